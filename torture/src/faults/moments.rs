//! The moments at which the power may be lost, found in a journal.

use std::{io, path::Path};

use super::journal::{Kind, Operation};

/// What a server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// It opens its files.
    Opening,
    /// Something is in the write-ahead log and not synced.
    InsideCommit,
    /// A commit was just synced, and not answered.
    AfterCommit,
    /// Something is in the database file and not synced.
    Checkpoint,
    /// The write-ahead log was emptied or begins anew, and its first commit is not synced.
    NewWal,
}

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// How many operations were done before.
    pub after: usize,
    /// When the next operation began, in nanoseconds of `CLOCK_MONOTONIC`: what somebody knew before that, was told before the
    /// power loss.
    pub at: u64,
    /// What the server was doing.
    pub moment: Moment,
}

/// What is known of the files while a journal is read.
#[derive(Default)]
struct State {
    wal: Option<u64>,
    database: Option<u64>,
    wal_unsynced: bool,
    database_unsynced: bool,
    new_wal: bool,
    /// A frame was written into the new log.
    has_frame: bool,
    committed: bool,
}

/// All moments of a journal that begins with an empty folder. The server has opened its files at `opened`.
pub fn find(journal: impl Iterator<Item = io::Result<Operation>>, opened: u64) -> io::Result<Vec<Point>> {
    let mut state = State::default();
    let mut points: Vec<Point> = Vec::new();
    let mut last = None;
    let mut count = 0;
    for operation in journal {
        let operation = operation?;
        if let Some(moment) = last {
            points.push(Point { after: count, at: operation.at, moment });
        }
        count += 1;
        let is_opening = operation.at < opened;
        state.follow(operation);
        last = if is_opening { Some(Moment::Opening) } else { state.moment() };
    }
    Ok(points)
}

impl State {
    fn follow(&mut self, operation: Operation) {
        self.committed = false;
        let Operation { kind, inode, .. } = operation;
        if let Kind::Create(path) = &kind {
            if ends_with(path, ".db-wal") {
                self.wal = Some(inode);
            } else if ends_with(path, ".db") {
                self.database = Some(inode);
            }
        }
        let (of_wal, of_database) = (self.wal == Some(inode), self.database == Some(inode));
        match kind {
            Kind::Write { offset, .. } if of_wal => {
                self.wal_unsynced = true;
                if offset == 0 {
                    (self.new_wal, self.has_frame) = (true, false);
                } else {
                    self.has_frame = true;
                }
            }
            Kind::Truncate(0) if of_wal => (self.new_wal, self.has_frame) = (true, false),
            Kind::Write { .. } | Kind::Truncate(_) if of_database => self.database_unsynced = true,
            Kind::SyncEnd(true) if of_wal => {
                // The header of a new log is synced before its first commit.
                self.new_wal &= !self.has_frame;
                self.committed = self.wal_unsynced;
                self.wal_unsynced = false;
            }
            Kind::SyncEnd(true) if of_database => self.database_unsynced = false,
            _ => {}
        }
    }

    fn moment(&self) -> Option<Moment> {
        if self.new_wal {
            Some(Moment::NewWal)
        } else if self.database_unsynced {
            Some(Moment::Checkpoint)
        } else if self.wal_unsynced {
            Some(Moment::InsideCommit)
        } else {
            self.committed.then_some(Moment::AfterCommit)
        }
    }
}

fn ends_with(path: &Path, end: &str) -> bool {
    path.to_string_lossy().ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_at_a_moment() {
        let (database, wal) = (1, 2);
        let written = |offset| Kind::Write { offset, bytes: vec![1] };
        let operations = [
            (database, Kind::Create("/d/parlor.db".into()), Some(Moment::Opening)),
            (wal, Kind::Create("/d/parlor.db-wal".into()), Some(Moment::Opening)),
            (wal, written(32), Some(Moment::InsideCommit)),
            (wal, Kind::SyncBegin, Some(Moment::InsideCommit)),
            (wal, Kind::SyncEnd(true), Some(Moment::AfterCommit)),
            (wal, Kind::SyncBegin, None),
            (database, written(0), Some(Moment::Checkpoint)),
            (database, Kind::SyncBegin, Some(Moment::Checkpoint)),
            (database, Kind::SyncEnd(true), None),
            (wal, Kind::Truncate(0), Some(Moment::NewWal)),
            (wal, written(0), Some(Moment::NewWal)),
            (wal, Kind::SyncEnd(true), Some(Moment::NewWal)),
            (wal, written(32), Some(Moment::NewWal)),
            (wal, Kind::SyncEnd(true), Some(Moment::AfterCommit)),
            (wal, written(4152), Some(Moment::InsideCommit)),
            (wal, Kind::SyncEnd(false), None),
        ];
        let journal = operations
            .iter()
            .zip(0..)
            .map(|((inode, kind, _), at)| Ok(Operation { kind: kind.clone(), at, inode: *inode, thread: 1 }));
        let points = find(journal, 2).unwrap();
        let expected: Vec<_> = (operations.iter().zip(1..))
            .filter_map(|((_, _, moment), after)| Some(((*moment)?, after)))
            .map(|(moment, after)| Point { after, at: after as u64, moment })
            .collect();
        assert_eq!(points, expected);
    }
}
