//! The log as the server has left it on disk.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags, Row};
use shared::{About, AboutKind, Authorship, Epoch, Message, MessageId, RoomName, Seq, Timestamp, Username};

/// The database in a data folder.
pub const DATABASE: &str = "parlor.db";
/// Its write-ahead log.
pub const WAL: &str = "parlor.db-wal";
/// The header of a write-ahead log, in bytes (SQLite file format §4.1) …
pub const WAL_HEADER: usize = 32;
/// … and that of each of its frames.
pub const FRAME_HEADER: usize = 24;

/// The whole log.
#[derive(Debug, Clone)]
pub struct Log {
    /// The epoch of its numbers.
    pub epoch: Epoch,
    /// Each room's messages, by rising number.
    pub rooms: BTreeMap<RoomName, Vec<Stored>>,
}

/// A message as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The message, with the text that is stored now.
    pub message: Message,
    /// The edit that readers are shown.
    pub edit: Option<Seq>,
    /// The retraction that has blanked it.
    pub retraction: Option<Seq>,
}

impl Log {
    /// Reads the log from a data folder whose server has stopped.
    ///
    /// It reads a copy: whoever opens the file itself, even to read it, may end its write-ahead log, and the server takes a
    /// missing one for lost data.
    pub fn read(folder: &Path) -> Result<Self> {
        let copies = tempfile::tempdir()?;
        for name in [DATABASE, WAL] {
            let from = folder.join(name);
            if from.exists() {
                fs::copy(&from, copies.path().join(name))
                    .with_context(|| format!("cannot copy {}", from.display()))?;
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let db = Connection::open_with_flags(copies.path().join(DATABASE), flags)
            .with_context(|| format!("{} cannot be opened", folder.join(DATABASE).display()))?;
        let sound: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        anyhow::ensure!(sound == "ok", "the database in {} is damaged: {sound}", folder.display());
        let epoch: String = db.query_row("SELECT epoch FROM store", [], |row| row.get(0))?;
        let mut rooms: BTreeMap<RoomName, Vec<Stored>> = BTreeMap::new();
        let mut statement = db.prepare(
            "SELECT r.name, m.seq, m.id, a.name, m.text, m.sent_at, m.about, m.kind, m.edit, m.retraction, a.kind
             FROM messages m JOIN rooms r ON r.id = m.room JOIN authors a ON a.id = m.author ORDER BY m.seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let stored = stored(row)?;
            rooms.entry(stored.message.room.clone()).or_default().push(stored);
        }
        Ok(Self { epoch: epoch.parse().context("the store's epoch")?, rooms })
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.rooms.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }
}

fn stored(row: &Row<'_>) -> Result<Stored> {
    let text = |column| row.get::<_, String>(column);
    let seq = |column| -> Result<Option<Seq>> {
        let number: Option<i64> = row.get(column)?;
        Ok(number.map(|number| Seq::try_from(number.cast_unsigned())).transpose()?)
    };
    let kind = match row.get::<_, Option<i64>>(7)? {
        None => None,
        Some(0) => Some(AboutKind::Reply),
        Some(1) => Some(AboutKind::Edit),
        Some(2) => Some(AboutKind::Retraction),
        Some(3) => Some(AboutKind::Reaction),
        Some(other) => anyhow::bail!("message {:?} is of the unknown kind {other}", seq(1)?),
    };
    let about = match (seq(6)?, kind) {
        (Some(seq), Some(kind)) => Some(About { seq, kind }),
        _ => None,
    };
    // Accounts of this server and of an application are 0 and 1.
    let proven = row.get::<_, i64>(10)? < 2;
    let message = Message {
        room: RoomName::parse(&text(0)?)?,
        seq: seq(1)?.unwrap_or_default(),
        id: MessageId::parse(&text(2)?)?,
        username: Username::parse(&text(3)?)?,
        text: text(4)?,
        sent_at: Timestamp::from_millis(row.get(5)?),
        about,
        authorship: if proven { Authorship::Proven } else { Authorship::Unproven },
    };
    Ok(Stored { message, edit: seq(8)?, retraction: seq(9)? })
}
