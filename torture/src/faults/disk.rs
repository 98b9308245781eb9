//! The disk as it is after a power loss.
//!
//! A file's bytes are durable when a sync of the file that began after they were written has ended without an error. A name is durable when
//! its folder was synced so. Of all else, a crash keeps nothing, everything, or some: see [`Survival`]. After a failed sync, what was
//! written before it counts as lost even if a later sync succeeds, as on Linux, where the kernel forgets what it could not write.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use fastrand::Rng;

use super::journal::{Kind, Operation};

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

/// See the module's page.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    files: Vec<Content>,
    /// What has this inode's number now.
    inodes: HashMap<u64, Id>,
    /// The names that are durable, and what they stand for.
    names: BTreeMap<PathBuf, Id>,
    /// Later changes of names, oldest first.
    renaming: Vec<Renaming>,
    /// The number of operations until now.
    clock: u64,
}

#[derive(Debug, Default)]
struct Content {
    inode: u64,
    /// The folder's path, if it is one.
    folder: Option<PathBuf>,
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
    /// The folder whose sync makes it durable.
    folder: PathBuf,
    added: Option<(PathBuf, Id)>,
    removed: Option<PathBuf>,
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
            renaming: Vec::new(),
            clock: 0,
        };
        let root = disk.root.clone();
        disk.read_folder(&root)?;
        Ok(disk)
    }

    fn read_folder(&mut self, folder: &Path) -> io::Result<()> {
        let id = self.add(fs::metadata(folder)?.ino());
        self.files[id].folder = Some(folder.into());
        self.names.insert(folder.into(), id);
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.read_folder(&path)?;
            } else if !is_shared_memory(&path) {
                let id = self.add(fs::metadata(&path)?.ino());
                self.files[id].durable = fs::read(&path)?;
                self.names.insert(path, id);
            }
        }
        Ok(())
    }

    fn add(&mut self, inode: u64) -> Id {
        self.files.push(Content { inode, ..Content::default() });
        self.inodes.insert(inode, self.files.len() - 1);
        self.files.len() - 1
    }

    /// Follows one more operation of the journal.
    pub fn apply(&mut self, operation: Operation) {
        self.clock += 1;
        let (clock, inode) = (self.clock, operation.inode);
        let created = |path: PathBuf, id| Renaming {
            clock,
            folder: parent(&path),
            added: Some((path, id)),
            removed: None,
        };
        match operation.kind {
            Kind::Create(path) => {
                let id = self.add(inode);
                self.renaming.push(created(path, id));
                return;
            }
            Kind::MakeFolder(path) => {
                let id = self.add(inode);
                self.files[id].folder = Some(path.clone());
                self.renaming.push(created(path, id));
                return;
            }
            Kind::Unlink(path) => {
                self.renaming.push(Renaming {
                    clock,
                    folder: parent(&path),
                    added: None,
                    removed: Some(path),
                });
                return;
            }
            Kind::Rename(from, to) => {
                let Some(&id) = self.inodes.get(&inode) else { return };
                self.renaming.push(Renaming {
                    clock,
                    folder: parent(&to),
                    added: Some((to, id)),
                    removed: Some(from),
                });
                return;
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
                if let (Some(folder), true) = (file.folder.clone(), done) {
                    self.folder_synced(&folder, began);
                }
            }
            _ => {}
        }
    }

    fn folder_synced(&mut self, folder: &Path, began: u64) {
        let names = &mut self.names;
        self.renaming.retain(|renaming| {
            let is_durable = renaming.folder == *folder && renaming.clock < began;
            if is_durable {
                renaming.apply(names);
            }
            !is_durable
        });
    }

    /// What the last operation leaves on the disk if the power is lost now.
    pub fn crash(&self, survival: Survival, chance: &mut Rng) -> Image {
        let mut names = self.names.clone();
        let mut kept: HashMap<&Path, usize> = HashMap::new();
        for renaming in &self.renaming {
            let of_folder = || self.renaming.iter().filter(|other| other.folder == renaming.folder).count();
            // A folder's changes reach the disk in their order.
            let kept = kept.entry(&renaming.folder).or_insert_with(|| match survival {
                Survival::Nothing => 0,
                Survival::Everything => usize::MAX,
                Survival::Beginning | Survival::Scattered(_) => chance.usize(..=of_folder()),
            });
            if *kept > 0 {
                renaming.apply(&mut names);
                *kept -= 1;
            }
        }
        let mut image = Image::default();
        for (path, id) in &names {
            let is_reached = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root));
            let file = &self.files[*id];
            match &file.folder {
                _ if !is_reached.into_iter().all(|folder| names.contains_key(folder)) => {}
                Some(_) if *path == self.root => {}
                Some(_) => image.folders.push(path.clone()),
                None => drop(image.files.insert(path.clone(), (file.inode, file.crash(survival, chance)))),
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
    fn apply(&self, names: &mut BTreeMap<PathBuf, Id>) {
        if let Some(path) = &self.removed {
            names.remove(path);
        }
        if let Some((path, id)) = &self.added {
            names.insert(path.clone(), *id);
        }
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

fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn is_shared_memory(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-shm")
}

/// Hard links to the files of a folder. With them an image's files get the inodes that they had: the server takes a
/// database on another inode for a copy.
#[derive(Debug)]
pub struct Inodes {
    links: PathBuf,
}

impl Inodes {
    /// Keeps the inodes of the files in a folder, by links in another folder of the same file system, which is created.
    pub fn keep(root: &Path, links: &Path) -> io::Result<Self> {
        fs::create_dir(links)?;
        let kept = Self { links: links.into() };
        kept.link(root)?;
        Ok(kept)
    }

    fn link(&self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.link(&path)?;
            } else {
                let link = self.links.join(fs::metadata(&path)?.ino().to_string());
                if !link.exists() {
                    fs::hard_link(&path, link)?;
                }
            }
        }
        Ok(())
    }

    /// Makes the folder what the image has of it, and nothing else.
    pub fn put(&self, image: &Image, root: &Path) -> io::Result<()> {
        for entry in fs::read_dir(root)? {
            let path = entry?.path();
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        for folder in &image.folders {
            fs::create_dir(folder)?;
        }
        for (path, (inode, bytes)) in &image.files {
            let link = self.links.join(inode.to_string());
            if link.exists() {
                fs::hard_link(&link, path)?;
            }
            // This keeps the inode of a file that is there.
            fs::File::create(path)?.write_all(bytes)?;
        }
        Ok(())
    }
}
