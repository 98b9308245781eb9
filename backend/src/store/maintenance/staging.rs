//! How a new store takes the place of an old one, so that a kill at any moment leaves the old one or the new one.
//!
//! The new files are made in `.restore.part/new`, in the data folder. When all of them are on disk, that folder is renamed to
//! `.restore`: this is the moment of the decision. Then the old files are moved into `.restore`, the new ones out of it, and
//! what is left of it is renamed to `before-restore-<time>`. Whoever takes the folder's lock first finishes what was decided
//! ([`finish_pending`]) and removes what was not. So nothing reads a folder with files of both stores.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    MaintenanceError,
    unfinished::{Unfinished, remove},
};
use crate::{
    clock,
    store::disk::{give_to_owner, sync},
};

/// The files of a store that are moved aside together, the database last: the others mean nothing without it.
const DATABASE: [&str; 3] = ["parlor.db-wal", "parlor.db-shm", "parlor.db"];
/// The signing key's file.
const KEY: &str = "key";

/// Why a store is replaced. It names the folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Cause {
    Restore,
    Import,
}

impl Cause {
    const ALL: [Self; 2] = [Self::Restore, Self::Import];

    fn word(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Import => "import",
        }
    }

    fn unfinished(self, folder: &Path) -> PathBuf {
        folder.join(format!(".{}.part", self.word()))
    }

    fn decided(self, folder: &Path) -> PathBuf {
        folder.join(format!(".{}", self.word()))
    }
}

/// A new store that is being made. The caller holds the folder's lock.
#[derive(Debug)]
pub(in crate::store) struct Staged {
    cause: Cause,
    folder: PathBuf,
    unfinished: Unfinished,
}

impl Staged {
    /// Begins with an empty folder.
    pub(in crate::store) fn begin(folder: &Path, cause: Cause) -> io::Result<Self> {
        let unfinished = Unfinished::new(cause.unfinished(folder));
        remove(unfinished.path())?;
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(unfinished.path())?;
        let staged = Self { cause, folder: folder.into(), unfinished };
        builder.create(staged.place())?;
        Ok(staged)
    }

    /// Where the new files are made.
    pub(in crate::store) fn place(&self) -> PathBuf {
        self.unfinished.path().join("new")
    }

    /// Puts the new files, which are synced, in the place of the old ones. Gives the folder that holds the old ones now, if there
    /// were any.
    pub(in crate::store) fn commit(self, data: &Path) -> Result<Option<PathBuf>, MaintenanceError> {
        self.decide()
            .map_err(MaintenanceError::write(data))?
            .map_err(|error| MaintenanceError::Unfinished(data.into(), error))
    }

    /// The outer error comes before the decision, the inner one behind it.
    fn decide(self) -> io::Result<io::Result<Option<PathBuf>>> {
        for entry in fs::read_dir(self.place())? {
            let entry = entry?;
            if !["parlor.db", KEY].contains(&entry.file_name().to_string_lossy().as_ref()) {
                fs::remove_file(entry.path())?;
            }
        }
        for path in [self.unfinished.path().into(), self.place().join("parlor.db"), self.place().join(KEY)] {
            give_to_owner(&path, &self.folder);
        }
        sync(&self.place())?;
        sync(self.unfinished.path())?;
        let Self { cause, folder, unfinished } = self;
        let made = unfinished.path().to_path_buf();
        unfinished.keep(|| {
            fs::rename(made, cause.decided(&folder))?;
            Ok(sync(&folder).and_then(|()| finish(&folder, cause)))
        })
    }
}

/// Whether there is something to [`finish_pending`].
pub(in crate::store) fn has_pending(folder: &Path) -> bool {
    Cause::ALL.iter().any(|cause| cause.decided(folder).exists() || cause.unfinished(folder).exists())
}

/// Whether another store is being moved in.
pub(in crate::store) fn is_decided(folder: &Path) -> bool {
    Cause::ALL.iter().any(|cause| cause.decided(folder).exists())
}

/// Finishes what was decided and removes what was not. The caller holds the folder's lock.
pub(in crate::store) fn finish_pending(folder: &Path) -> io::Result<()> {
    for cause in Cause::ALL {
        remove(&cause.unfinished(folder))?;
        finish(folder, cause)?;
    }
    Ok(())
}

/// Moves the old files aside and the new ones in. Each step may have been done before.
fn finish(folder: &Path, cause: Cause) -> io::Result<Option<PathBuf>> {
    let decided = cause.decided(folder);
    let new = decided.join("new");
    if !decided.exists() {
        return Ok(None);
    }
    for (name, old) in [("parlor.db", &DATABASE[..]), (KEY, &[KEY])] {
        // A file that is not here any more is in its place already.
        if !new.join(name).exists() {
            continue;
        }
        for old in old {
            if folder.join(old).exists() {
                fs::rename(folder.join(old), decided.join(old))?;
            }
        }
        sync(&decided)?;
        sync(folder)?;
        fs::rename(new.join(name), folder.join(name))?;
        sync(folder)?;
    }
    if new.exists() {
        fs::remove_dir(&new)?;
    }
    if fs::read_dir(&decided)?.next().is_none() {
        fs::remove_dir(&decided)?;
        return Ok(None);
    }
    let aside = free_name(folder, cause);
    fs::rename(&decided, &aside)?;
    sync(folder)?;
    Ok(Some(aside))
}

/// Whether a folder has a file that a new store would replace.
pub(in crate::store) fn is_occupied(folder: &Path) -> bool {
    DATABASE.iter().chain([&KEY]).any(|name| folder.join(name).exists())
}

/// `before-restore-20261122T031500123Z`, or with a number behind it.
fn free_name(folder: &Path, cause: Cause) -> PathBuf {
    let name = format!("before-{}-{}", cause.word(), clock::now_in_file_name());
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    let mut names = std::iter::once(name.clone()).chain(numbered).map(|name| folder.join(name));
    names.find(|path| !path.exists()).expect("the numbers do not end")
}
