//! Faults of the disk under a server, made by a library that is loaded before the system's own (`faults.c`).
//!
//! [`Faults`] compiles the library and steers it while the server runs: it fails writes and syncs, delays syncs and lets the disk
//! become full. It also records what the server does to its files: [`journal`] reads the record, and [`disk`] builds from it the
//! disk after a power loss.

pub mod disk;
pub mod journal;
pub mod moments;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

const SOURCE: &str = include_str!("faults.c");
/// The size of `struct control` in the library.
const CONTROL_BYTES: usize = 56;

/// A kind of files, by what the server uses them for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// `…db`.
    Database,
    /// `…-wal`, the write-ahead log.
    Wal,
    /// `…-shm`, the index of the write-ahead log, which is mapped into memory.
    SharedMemory,
    /// The folders.
    Folders,
    /// All of these and the others.
    All,
}

impl Files {
    fn mask(self) -> u32 {
        match self {
            Self::Database => 1,
            Self::Wal => 2,
            Self::Folders => 4,
            Self::SharedMemory => 8,
            Self::All => u32::MAX,
        }
    }
}

/// What an operation of a disk fails with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskError {
    /// EIO.
    Broken,
    /// ENOSPC.
    Full,
    /// EDQUOT.
    Quota,
}

impl DiskError {
    /// The number on Linux.
    fn number(self) -> u32 {
        match self {
            Self::Broken => 5,
            Self::Full => 28,
            Self::Quota => 122,
        }
    }
}

/// What the library has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Writes that it has failed.
    pub failed_writes: u64,
    /// Syncs that it has failed.
    pub failed_syncs: u64,
    /// Syncs that were asked for.
    pub syncs: u64,
}

/// The library and its control block. They are deleted when this is dropped.
#[derive(Debug)]
pub struct Faults {
    tools: TempDir,
    folder: PathBuf,
    control: File,
    records: bool,
}

impl Faults {
    /// Compiles the library for a server whose files are in this folder, or below it. The folder exists.
    pub fn below(folder: &Path) -> io::Result<Self> {
        let tools = tempfile::tempdir()?;
        let (source, library) = (tools.path().join("faults.c"), tools.path().join("faults.so"));
        fs::write(&source, SOURCE)?;
        // Building Parlor needs a C compiler anyway.
        let mut cc = Command::new("cc");
        cc.args(["-O1", "-shared", "-fPIC", "-o"]).args([&library, &source]).args(["-ldl", "-lpthread"]);
        let compiled = cc.output()?;
        if !compiled.status.success() {
            let said = String::from_utf8_lossy(&compiled.stderr).into_owned();
            return Err(io::Error::other(format!("the fault library does not compile: {said}")));
        }
        let path = tools.path().join("control");
        fs::write(&path, [0; CONTROL_BYTES])?;
        let control = File::options().read(true).write(true).open(path)?;
        Ok(Self { tools, folder: folder.canonicalize()?, control, records: false })
    }

    /// Also records what is done to the files.
    #[must_use]
    pub fn recording(self) -> Self {
        Self { records: true, ..self }
    }

    /// The environment of a server that the library is loaded into.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let mut environment = vec![
            ("LD_PRELOAD", self.tools.path().join("faults.so")),
            ("FAULTS_FOLDER", self.folder.clone()),
            ("FAULTS_CONTROL", self.tools.path().join("control")),
        ];
        if self.records {
            environment.push(("FAULTS_JOURNAL", self.journal()));
        }
        environment
    }

    /// The record, of all servers that were started with this library, one after the other.
    pub fn journal(&self) -> PathBuf {
        self.tools.path().join("journal")
    }

    /// From now on writes to these files fail; `None`: they succeed again.
    pub fn fail_writes(&self, fault: Option<(DiskError, Files)>) -> io::Result<()> {
        self.set_fault(0, fault)
    }

    /// From now on syncs of these files fail; `None`: they succeed again.
    pub fn fail_syncs(&self, fault: Option<(DiskError, Files)>) -> io::Result<()> {
        self.set_fault(8, fault)
    }

    fn set_fault(&self, at: u64, fault: Option<(DiskError, Files)>) -> io::Result<()> {
        let (error, mask) = fault.map_or((0, 0), |(error, files)| (error.number(), files.mask()));
        // First the mask: a set error with the old mask would fail other files for a moment.
        self.control.write_all_at(&mask.to_ne_bytes(), at + 4)?;
        self.control.write_all_at(&error.to_ne_bytes(), at)
    }

    /// From now on each sync takes so much longer.
    pub fn delay_syncs(&self, delay: Duration) -> io::Result<()> {
        let delay = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
        self.control.write_all_at(&delay.to_ne_bytes(), 16)
    }

    /// From now on the files may grow by so many bytes together, then the disk is full; `None`: it has room.
    pub fn leave_room(&self, bytes: Option<u32>) -> io::Result<()> {
        self.control.write_all_at(&i64::from(bytes.unwrap_or(0)).to_ne_bytes(), 24)?;
        self.control.write_all_at(&u32::from(bytes.is_some()).to_ne_bytes(), 20)
    }

    /// What was counted since the library was made.
    pub fn counts(&self) -> io::Result<Counts> {
        let count = |at| -> io::Result<u64> {
            let mut bytes = [0; 8];
            self.control.read_exact_at(&mut bytes, at)?;
            Ok(u64::from_ne_bytes(bytes))
        };
        Ok(Counts { failed_writes: count(32)?, failed_syncs: count(40)?, syncs: count(48)? })
    }
}
