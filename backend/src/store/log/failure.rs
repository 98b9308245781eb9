//! Failures of the log's thread: which of them are final, what was committed after all, and a search index that is damaged.

use rusqlite::ErrorCode;
use shared::Seq;

use super::queue::DISK_FULL;
use crate::store::{
    connection::WriteConnection,
    entry::{Change, Commit},
    errors::is_full,
    files::Lost,
    maintenance, model, read, search,
};

/// The messages by which the index grows at a time; posts get their turn between.
const INDEXED_AT_ONCE: usize = 1000;
/// … or the bytes of text.
const INDEXED_BYTES: usize = 1 << 18;

/// Whether nothing is certain any more of what the system has in memory of the files.
pub(super) fn is_failure_of_disk(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) && !is_full(error)
}

/// Why the log cannot be written, in a sentence.
pub(super) fn fault(error: &rusqlite::Error) -> String {
    if is_full(error) { DISK_FULL.into() } else { error.to_string() }
}

/// Why the log ends when its files are lost. What `open` can still read of them is put into a backup; an error says why that is not
/// possible now.
pub(super) fn lost_files(
    lost: &Lost,
    open: Option<&WriteConnection>,
    key: Option<&str>,
) -> Result<String, String> {
    let path = match lost {
        Lost::Bytes(_) => {
            return Ok(format!(
                "{lost}: `parlor check` says what is left, and `parlor restore FILE --replace` puts a backup in its place"
            ));
        }
        Lost::Name(path) => path,
    };
    let Some(open) = open else { return Ok(lost.to_string()) };
    let rescued = maintenance::rescue(&open.lock(), key, path.parent().unwrap_or(path))
        .map_err(|error| format!("{lost}, and what it had cannot be saved: {error}"))?;
    open.write_position_again(path.parent().unwrap_or(path));
    Ok(format!(
        "{lost}; all that was acknowledged is in a backup: `parlor restore {} --replace` puts it back",
        rescued.display()
    ))
}

/// What was committed after all, though the commit seemed to fail. Which rights it has changed is not known.
pub(super) fn missed(db: &rusqlite::Connection, delivered: Seq) -> rusqlite::Result<Commit> {
    let messages = read::beyond(db, delivered)?;
    let unlisted = read::unlisted(db, delivered)?;
    let (bars, settings) = (model::bars(db)?, model::read_settings(db)?);
    let listed = read::rooms::list(db)?.into_iter().map(|room| (room.summary, room.newest_at)).collect();
    let changes = vec![
        Change::Unknown(listed),
        Change::Bars(bars),
        Change::Settings(settings),
        Change::Everybody,
        Change::Webhooks,
    ];
    Ok(Commit { messages, unlisted, changes })
}

/// Indexes some more messages in a transaction of its own, and makes a damaged index anew.
pub(super) fn extend_index(open: &mut WriteConnection, damaged: bool) -> rusqlite::Result<()> {
    let mut fault = damaged.then_some(rusqlite::Error::InvalidQuery);
    if fault.is_none() && open.model.index_is_behind() {
        let head = open.model.position();
        // On a slow disk a sync of its own would hold up posts. After a power loss the index is behind, and catches up.
        let extended =
            open.transact_unsynced(|model, db| model.index.extend(db, head, INDEXED_AT_ONCE, INDEXED_BYTES));
        match extended {
            Err(error) if search::is_damage(&error) => fault = Some(error),
            extended => extended?,
        }
    }
    if let Some(fault) = fault {
        open.read_model_again()?;
        open.transact(|model, db| model.index.note_damage(db, &fault))?;
    }
    Ok(())
}
