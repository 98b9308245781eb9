//! The disk as it is after a power loss.
//!
//! A file's bytes are durable when a sync of the file that began after they were written has ended without an error. A name is durable when
//! its folder was synced so. Of all else, a crash keeps nothing, everything, or some: see [`Survival`]. After a failed sync, what was
//! written before it counts as lost even if a later sync succeeds, as on Linux, where the kernel forgets what it could not write.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use fastrand::Rng;

use super::journal::{Journal, Kind, Operation};

/// A disk writes this many bytes wholly or not at all.
const SECTOR: usize = 512;
/// What may be found where a file grew and its bytes were not written.
const GARBAGE: u8 = 0xA5;

/// What a crash leaves of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survival {
    /// Nothing.
    Nothing,
    /// All of it, as after `kill -9`.
    Everything,
    /// What was written first, up to a random sector of each file.
    Beginning,
    /// Random sectors, in no order. Where a file has grown, the others are zeros, or garbage if this is true.
    Scattered(bool),
}

/// A file or folder that was there at some time. Its inode's number may have been given again.
type Id = usize;
/// A folder, and a name in it.
type Name = (Id, OsString);
/// The folder that is always there.
const ROOT: Id = 0;

/// See the module's page.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    files: Vec<Content>,
    /// What has this inode's number now.
    inodes: HashMap<u64, Id>,
    /// The names as the program sees them, and what they stand for.
    names: BTreeMap<Name, Id>,
    /// Those that are durable.
    durable: BTreeMap<Name, Id>,
    /// Later changes of names, oldest first.
    renaming: Vec<Renaming>,
    /// The number of operations until now.
    clock: u64,
}

#[derive(Debug, Default)]
struct Content {
    inode: u64,
    is_folder: bool,
    durable: Vec<u8>,
    /// What was not synced, oldest first.
    pending: Vec<Pending>,
    /// When each thread's sync began.
    syncing: HashMap<u32, u64>,
}

#[derive(Debug)]
struct Pending {
    clock: u64,
    change: Change,
    /// A sync of it has failed.
    doubtful: bool,
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Debug)]
struct Renaming {
    clock: u64,
    added: Option<(Name, Id)>,
    removed: Option<Name>,
}

/// What is on the disk when the power is back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// The folders, outermost first.
    pub folders: Vec<PathBuf>,
    /// The files with their inodes' numbers and their bytes.
    pub files: BTreeMap<PathBuf, (u64, Vec<u8>)>,
}

impl Disk {
    /// The disk with everything in this folder durable. The folder itself is always there.
    pub fn of(root: &Path) -> io::Result<Self> {
        let mut disk = Self {
            root: root.canonicalize()?,
            files: Vec::new(),
            inodes: HashMap::new(),
            names: BTreeMap::new(),
            durable: BTreeMap::new(),
            renaming: Vec::new(),
            clock: 0,
        };
        let root = disk.root.clone();
        let id = disk.add(fs::metadata(&root)?.ino(), true);
        disk.read_folder(&root, id)?;
        disk.durable = disk.names.clone();
        Ok(disk)
    }

    fn read_folder(&mut self, path: &Path, folder: Id) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let path = entry.path();
            if is_shared_memory(&path) {
                continue;
            }
            let metadata = fs::metadata(&path)?;
            let id = self.add(metadata.ino(), metadata.is_dir());
            self.names.insert((folder, entry.file_name()), id);
            if metadata.is_dir() {
                self.read_folder(&path, id)?;
            } else {
                self.files[id].durable = fs::read(&path)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, inode: u64, is_folder: bool) -> Id {
        self.files.push(Content { inode, is_folder, ..Content::default() });
        self.inodes.insert(inode, self.files.len() - 1);
        self.files.len() - 1
    }

    /// Follows one more operation of the journal.
    pub fn apply(&mut self, operation: Operation) {
        self.clock += 1;
        let (clock, inode) = (self.clock, operation.inode);
        match operation.kind {
            Kind::Create(path) => {
                let id = self.add(inode, false);
                return self.rename(self.name(&path).map(|name| (name, id)), None);
            }
            Kind::MakeFolder(path) => {
                let id = self.add(inode, true);
                return self.rename(self.name(&path).map(|name| (name, id)), None);
            }
            Kind::Unlink(path) => return self.rename(None, self.name(&path)),
            Kind::Rename(from, to) => {
                let Some(&id) = self.inodes.get(&inode) else { return };
                return self.rename(self.name(&to).map(|name| (name, id)), self.name(&from));
            }
            Kind::Write { .. } | Kind::Truncate(_) | Kind::SyncBegin | Kind::SyncEnd(_) => {}
        }
        let Some(&id) = self.inodes.get(&inode) else { return };
        let file = &mut self.files[id];
        match operation.kind {
            Kind::Write { offset, bytes } => file.note(clock, Change::Write(size(offset), bytes)),
            Kind::Truncate(to) => file.note(clock, Change::Truncate(size(to))),
            Kind::SyncBegin => drop(file.syncing.insert(operation.thread, clock)),
            Kind::SyncEnd(done) => {
                let Some(began) = file.syncing.remove(&operation.thread) else { return };
                file.synced(began, done);
                if file.is_folder && done {
                    self.folder_synced(id, began);
                }
            }
            _ => {}
        }
    }

    /// Follows a whole journal.
    pub fn follow(&mut self, journal: Journal) -> io::Result<()> {
        for operation in journal {
            self.apply(operation?);
        }
        Ok(())
    }

    /// The folder and the name that a path stands for now. `None`: its folder is not on this disk.
    fn name(&self, path: &Path) -> Option<Name> {
        let mut folder = ROOT;
        for part in path.parent()?.strip_prefix(&self.root).ok()? {
            folder = *self.names.get(&(folder, part.to_owned()))?;
        }
        Some((folder, path.file_name()?.to_owned()))
    }

    fn rename(&mut self, added: Option<(Name, Id)>, removed: Option<Name>) {
        let renaming = Renaming { clock: self.clock, added, removed };
        renaming.apply(&mut self.names);
        self.renaming.push(renaming);
    }

    fn folder_synced(&mut self, folder: Id, began: u64) {
        let durable = &mut self.durable;
        self.renaming.retain(|renaming| {
            let is_durable = renaming.clock < began && renaming.is_in(folder);
            if is_durable {
                renaming.apply(durable);
            }
            !is_durable
        });
    }

    /// What is on the disk for certain if the power is lost now.
    pub fn synced(&self) -> Image {
        self.crash(Survival::Nothing, &mut Rng::with_seed(0))
    }

    /// What the last operation leaves on the disk if the power is lost now.
    pub fn crash(&self, survival: Survival, chance: &mut Rng) -> Image {
        let mut names = self.durable.clone();
        // A file system writes changes of names in their order.
        let kept = match survival {
            Survival::Nothing => 0,
            Survival::Everything => self.renaming.len(),
            Survival::Beginning | Survival::Scattered(_) => chance.usize(..=self.renaming.len()),
        };
        for renaming in &self.renaming[..kept] {
            renaming.apply(&mut names);
        }
        let mut image = Image::default();
        let mut folders = vec![(ROOT, self.root.clone())];
        while let Some((folder, path)) = folders.pop() {
            for ((_, name), id) in names.range((folder, OsString::new())..(folder + 1, OsString::new())) {
                let (path, file) = (path.join(name), &self.files[*id]);
                if file.is_folder {
                    image.folders.push(path.clone());
                    folders.push((*id, path));
                } else {
                    image.files.insert(path, (file.inode, file.crash(survival, chance)));
                }
            }
        }
        image
    }
}

impl Content {
    fn note(&mut self, clock: u64, change: Change) {
        self.pending.push(Pending { clock, change, doubtful: false });
    }

    fn synced(&mut self, began: u64, done: bool) {
        for pending in self.pending.iter_mut().filter(|pending| pending.clock < began) {
            match done {
                true if !pending.doubtful => pending.change.apply(&mut self.durable),
                true => {}
                false => pending.doubtful = true,
            }
        }
        if done {
            self.pending.retain(|pending| pending.clock >= began);
        }
    }

    fn crash(&self, survival: Survival, chance: &mut Rng) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        match survival {
            Survival::Nothing => {}
            Survival::Everything => self.pending.iter().for_each(|pending| pending.change.apply(&mut bytes)),
            Survival::Beginning => {
                let kept = chance.usize(..=self.pending.len());
                self.pending[..kept].iter().for_each(|pending| pending.change.apply(&mut bytes));
                if let Some(Pending { change: Change::Write(offset, written), .. }) = self.pending.get(kept) {
                    let sectors = sectors(*offset, written.len());
                    let torn = chance.usize(..sectors.len());
                    for (from, to) in &sectors[..torn] {
                        write(&mut bytes, offset + from, &written[*from..*to]);
                    }
                }
            }
            Survival::Scattered(garbage) => {
                let likely = [10, 50, 90][chance.usize(..3)];
                self.scatter(&mut bytes, likely, garbage, chance);
            }
        }
        bytes
    }

    fn scatter(&self, bytes: &mut Vec<u8>, likely: u32, garbage: bool, chance: &mut Rng) {
        for pending in &self.pending {
            match &pending.change {
                Change::Truncate(_) if chance.u32(..100) < likely => pending.change.apply(bytes),
                Change::Truncate(_) => {}
                Change::Write(offset, written) => {
                    for (from, to) in sectors(*offset, written.len()) {
                        if chance.u32(..100) < likely {
                            let end = bytes.len();
                            write(bytes, offset + from, &written[from..to]);
                            if garbage && end < offset + from {
                                bytes[end..offset + from].fill(GARBAGE);
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(offset, written) => write(bytes, *offset, written),
            Self::Truncate(size) => bytes.resize(*size, 0),
        }
    }
}

impl Renaming {
    fn apply(&self, names: &mut BTreeMap<Name, Id>) {
        if let Some(name) = &self.removed {
            names.remove(name);
        }
        if let Some((name, id)) = &self.added {
            names.insert(name.clone(), *id);
        }
    }

    fn is_in(&self, folder: Id) -> bool {
        let added = self.added.iter().map(|(name, _)| name);
        added.chain(&self.removed).any(|(parent, _)| *parent == folder)
    }
}

fn write(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

/// The parts of a write that each survive or not, as ranges of its bytes.
fn sectors(offset: usize, length: usize) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut from = 0;
    while from < length {
        let to = length.min(from + SECTOR - (offset + from) % SECTOR);
        parts.push((from, to));
        from = to;
    }
    parts
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn is_shared_memory(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-shm")
}
