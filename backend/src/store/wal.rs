//! The write-ahead log of the database: how it is begun anew without being empty at any moment.

use rusqlite::Connection;

/// A write-ahead log that is begun anew keeps at most so many bytes for what comes.
pub(super) const WAL_BYTES: i64 = 64 << 20;

/// Commits something small behind a checkpoint, and cuts the write-ahead log off behind that commit. SQLite writes the commit over
/// the beginning of the file, if no reader is in the way, and then makes the file shorter. So the file is empty at no moment: a
/// process that is killed here leaves no log that would be taken for a lost one.
pub(super) fn begin_wal_anew(db: &Connection) -> rusqlite::Result<()> {
    limit_wal(db, 0)?;
    mark_wal(db)?;
    limit_wal(db, WAL_BYTES)
}

/// Commits something small.
pub(super) fn mark_wal(db: &Connection) -> rusqlite::Result<()> {
    db.execute("UPDATE store SET opened = opened + 1", []).map(drop)
}

/// Sets how long the write-ahead log may be when it is begun anew, in bytes.
pub(super) fn limit_wal(db: &Connection, bytes: i64) -> rusqlite::Result<()> {
    db.pragma_update_and_check(None, "journal_size_limit", bytes, |_| Ok(()))
}
