//! The record that the library keeps of what a server does to its files, in the order in which it was done.
//!
//! Each record has a head of `HEAD_BYTES` in the machine's byte order (`struct record` in `faults.c`), then a path, a second
//! path and bytes.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

/// The size of a record's head.
const HEAD_BYTES: usize = 48;
/// A record is not larger than this: SQLite and the standard library write less at once.
const LARGEST: usize = 1 << 28;

/// What was done to a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file was created under this path.
    Create(PathBuf),
    /// These bytes were written.
    Write {
        /// Where they begin in the file.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The file was cut or extended to this size.
    Truncate(u64),
    /// A sync began: what was written before it is on disk when it ends well.
    SyncBegin,
    /// The sync of this thread ended, without an error if this is true.
    SyncEnd(bool),
    /// The first path became the second one.
    Rename(PathBuf, PathBuf),
    /// The path was removed.
    Unlink(PathBuf),
    /// A folder was made.
    MakeFolder(PathBuf),
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What was done.
    pub kind: Kind,
    /// When it began, in nanoseconds of `CLOCK_MONOTONIC`.
    pub at: u64,
    /// The file or folder. A number may be given again when a file is gone; the new one begins with [`Kind::Create`].
    pub inode: u64,
    /// The thread that did it.
    pub thread: u32,
}

/// Reads a journal from its beginning.
#[derive(Debug)]
pub struct Journal {
    file: BufReader<File>,
}

impl Journal {
    /// Opens a journal that nobody writes any more.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufReader::with_capacity(1 << 20, File::open(path)?) })
    }

    /// The next record. `None` at the end, and where the writer was killed inside of a record.
    fn next_operation(&mut self) -> io::Result<Option<Operation>> {
        let mut head = [0; HEAD_BYTES];
        if !self.fill(&mut head)? {
            return Ok(None);
        }
        let short = |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let long = |at: usize| u64::from_ne_bytes(std::array::from_fn(|n| head[at + n]));
        let (Some(path), Some(other)) = (self.path(short(36))?, self.path(short(40))?) else {
            return Ok(None);
        };
        let Some(bytes) = self.bytes(short(44))? else { return Ok(None) };
        let offset = long(24);
        let kind = match short(0) {
            1 => Kind::Create(path),
            2 => Kind::Write { offset, bytes },
            3 => Kind::Truncate(offset),
            4 => Kind::SyncBegin,
            5 => Kind::SyncEnd(short(4) == 0),
            6 => Kind::Rename(path, other),
            7 => Kind::Unlink(path),
            8 => Kind::MakeFolder(path),
            other => return Err(invalid(&format!("{other} is no kind of record"))),
        };
        Ok(Some(Operation { kind, at: long(8), inode: long(16), thread: short(32) }))
    }

    fn path(&mut self, length: u32) -> io::Result<Option<PathBuf>> {
        let Some(bytes) = self.bytes(length)? else { return Ok(None) };
        let path = String::from_utf8(bytes).map_err(|error| invalid(&error.to_string()))?;
        Ok(Some(path.into()))
    }

    fn bytes(&mut self, length: u32) -> io::Result<Option<Vec<u8>>> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > LARGEST {
            return Err(invalid(&format!("a record of {length} bytes")));
        }
        let mut bytes = vec![0; length];
        Ok(self.fill(&mut bytes)?.then_some(bytes))
    }

    /// False if the file ends before.
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        match self.file.read_exact(bytes) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the journal is damaged: {what}"))
}

impl Iterator for Journal {
    type Item = io::Result<Operation>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_operation().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record as `struct record` in `faults.c` is laid out.
    fn record(kind: u32, result: i32, numbers: [u64; 3], texts: [&str; 3]) -> Vec<u8> {
        let mut record = Vec::new();
        record.extend(kind.to_ne_bytes());
        record.extend(result.to_ne_bytes());
        record.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
        record.extend(7_u32.to_ne_bytes());
        record.extend(texts.iter().flat_map(|text| u32::try_from(text.len()).unwrap().to_ne_bytes()));
        record.extend(texts.iter().flat_map(|text| text.bytes()));
        record
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<Operation>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, bytes).unwrap();
        Journal::open(&path).unwrap().collect()
    }

    #[test]
    fn each_kind_of_record_is_read() {
        let journal = [
            record(1, 0, [10, 5, 0], ["/d/a", "", ""]),
            record(2, 0, [11, 5, 4096], ["", "", "bytes"]),
            record(3, 0, [12, 5, 99], ["", "", ""]),
            record(4, 0, [13, 5, 0], ["", "", ""]),
            record(5, 0, [14, 5, 0], ["", "", ""]),
            record(5, 28, [15, 5, 0], ["", "", ""]),
            record(6, 0, [16, 5, 0], ["/d/a", "/d/b", ""]),
            record(7, 0, [17, 5, 0], ["/d/b", "", ""]),
            record(8, 0, [18, 6, 0], ["/d/e", "", ""]),
        ];
        let kinds = [
            Kind::Create("/d/a".into()),
            Kind::Write { offset: 4096, bytes: b"bytes".into() },
            Kind::Truncate(99),
            Kind::SyncBegin,
            Kind::SyncEnd(true),
            Kind::SyncEnd(false),
            Kind::Rename("/d/a".into(), "/d/b".into()),
            Kind::Unlink("/d/b".into()),
            Kind::MakeFolder("/d/e".into()),
        ];
        let operations = read(&journal.concat()).unwrap();
        assert!(operations.iter().map(|operation| &operation.kind).eq(&kinds), "{operations:?}");
        assert_eq!((operations[0].at, operations[0].inode, operations[0].thread), (10, 5, 7));
    }

    #[test]
    fn a_journal_ends_where_its_writer_was_killed() {
        let whole = record(2, 0, [11, 5, 0], ["", "", "bytes"]);
        for cut in 0..whole.len() {
            let journal = [&whole[..], &whole[..cut]].concat();
            assert_eq!(read(&journal).unwrap().len(), 1, "{cut}");
        }
        assert_eq!(read(&[&whole[..], &whole].concat()).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_journal_is_said_to_be_damaged() {
        let error = read(&record(77, 0, [0, 0, 0], ["", "", ""])).unwrap_err();
        assert!(error.to_string().contains("77 is no kind of record"), "{error}");
    }
}
