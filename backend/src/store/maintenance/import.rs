//! An export taken into an empty house.
//!
//! It goes through a log into a store of its own, which takes the folder's place when it is whole: so an import that is cut
//! short leaves nothing behind.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use super::{
    MaintenanceError, Progress, Report,
    backup::unshared,
    staging::{self, Cause, Staged},
};
use crate::{
    import::read_line,
    store::{
        Place, Store, disk, files,
        open_error::{OpenError, explain},
        record::{self, Record},
    },
};

/// The lines that one transaction stores.
const TOGETHER: usize = 1000;
/// The longest line, in bytes.
const LINE_BYTES: usize = crate::import::LINE_BYTES;

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How many lines.
    pub lines: u64,
    /// Where the empty store is that was there before.
    pub aside: Option<PathBuf>,
}

/// Takes an export into the house of a data folder, which has no messages and no people.
///
/// # Errors
///
/// The house is not empty, somebody has its folder, or a line cannot be taken. Then nothing was imported.
pub fn import(data: &Path, mut lines: impl BufRead, report: Report<'_>) -> Result<Taken, MaintenanceError> {
    let written = || MaintenanceError::write(data);
    files::make_folder(data).map_err(written())?;
    let _lock = files::lock(data)?;
    staging::finish_pending(data).map_err(written())?;
    check_empty(data)?;
    let staged = Staged::begin(data, Cause::Import).map_err(written())?;
    let store = Store::open(&Place::Folder(staged.place()), drop)?;
    let taken = take(&store, &mut lines, report);
    store.close_here();
    drop(store);
    let lines = taken?;
    let database = staged.place().join("parlor.db");
    let failed = || MaintenanceError::sqlite(&database);
    // It was no store of this folder until now: its first start need not look for what it may have lost.
    let db = unshared(&database).map_err(failed())?;
    db.execute("UPDATE store SET inode = 0", []).map_err(failed())?;
    db.close().map_err(|(_, error)| error).map_err(failed())?;
    disk::sync(&database).map_err(written())?;
    let aside = staged.commit(data)?;
    Ok(Taken { lines, aside })
}

fn check_empty(data: &Path) -> Result<(), MaintenanceError> {
    let path = data.join("parlor.db");
    if files::is_lost(&path) {
        return Err(OpenError::Lost(path).into());
    }
    if !path.exists() {
        return Ok(());
    }
    let failed = |error| explain(&path, &error);
    let db = files::reader(&path).map_err(failed)?;
    super::folder::check_kind(&db, &path)?;
    let count = |table: &str| {
        let count = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
        count.map(i64::cast_unsigned)
    };
    let (messages, people) = (count("messages").map_err(failed)?, count("authors").map_err(failed)?);
    if messages + people > 0 {
        return Err(MaintenanceError::NotEmpty(data.into(), messages, people));
    }
    Ok(())
}

/// Takes all lines in their order, and makes the messages searchable.
fn take(store: &Store, lines: &mut impl BufRead, report: Report<'_>) -> Result<u64, MaintenanceError> {
    let mut waiting = Waiting { store, records: Vec::with_capacity(TOGETHER), taken: 0 };
    let mut line = Vec::new();
    let mut ended = false;
    for number in 1.. {
        let failed = |error: String| MaintenanceError::Line(number, error);
        if !read_line(lines, &mut line).map_err(|error| failed(format!("it cannot be read: {error}")))? {
            break;
        }
        if line.len() > LINE_BYTES {
            return Err(failed(format!("it is longer than {LINE_BYTES} bytes")));
        }
        if ended {
            return Err(failed("there is a line behind the last one".into()));
        }
        let record: Record = serde_json::from_slice(&line).map_err(|error| {
            // The position within one line is called "line 1" by serde, which is not the file's.
            failed(error.to_string().split(" at line ").next().unwrap_or_default().to_owned())
        })?;
        match &record {
            Record::Export { version, .. } if *version > record::VERSION => {
                return Err(failed(format!(
                    "the export is of a later Parlor (version {version}): update this one"
                )));
            }
            Record::Export { .. } if number > 1 => {
                return Err(failed("an export begins within another".into()));
            }
            Record::End { lines } if *lines != number - 1 => {
                return Err(failed(format!(
                    "there should be {lines} lines before this one: some are missing"
                )));
            }
            Record::End { .. } => ended = true,
            _ => {}
        }
        waiting.records.push(record);
        if waiting.records.len() == TOGETHER {
            waiting.store()?;
            report(Progress { step: "importing", done: number, total: None });
        }
    }
    if !ended {
        let after = waiting.taken + waiting.records.len() as u64;
        return Err(MaintenanceError::Line(
            after + 1,
            "the export ends before its last line, so it was cut short".into(),
        ));
    }
    waiting.store()?;
    report(Progress { step: "indexing", done: waiting.taken, total: None });
    store.index_all()?;
    Ok(waiting.taken)
}

/// Lines that are stored together.
struct Waiting<'a> {
    store: &'a Store,
    records: Vec<Record>,
    /// How many came before.
    taken: u64,
}

impl Waiting<'_> {
    fn store(&mut self) -> Result<(), MaintenanceError> {
        let records = std::mem::replace(&mut self.records, Vec::with_capacity(TOGETHER));
        let count = records.len() as u64;
        if let Err((place, reason)) = self.store.take_records(records)? {
            return Err(MaintenanceError::Line(self.taken + place as u64 + 1, reason));
        }
        self.taken += count;
        Ok(())
    }
}
