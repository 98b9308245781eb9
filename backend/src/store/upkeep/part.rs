//! A file that is written beside its place, and moved there when it is whole.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{UpkeepError, staging::sync, unfinished::Unfinished};

/// A file that is being written, `<name>.part`. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Part {
    file: PathBuf,
    part: Unfinished,
    /// Open, so that its lock tells others that it is being written.
    locked: File,
}

impl Part {
    /// Makes it, empty, readable by its owner only.
    pub(super) fn begin(file: &Path, replace: bool) -> Result<Self, UpkeepError> {
        if file.is_dir() || (file.exists() && !replace) {
            return Err(UpkeepError::Exists(file.into()));
        }
        let mut name = file.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let failed = |error| UpkeepError::Write(path.clone(), error);
        let locked = secret_file(&path, false).map_err(failed)?;
        if locked.try_lock().is_err() {
            return Err(UpkeepError::Busy(file.into()));
        }
        let part = Unfinished::new(path.clone());
        // One that was left behind by a kill is written over.
        locked.set_len(0).map_err(failed)?;
        Ok(Self { file: file.into(), part, locked })
    }

    pub(super) fn path(&self) -> &Path {
        self.part.path()
    }

    /// The open file.
    pub(super) fn file(&self) -> &File {
        &self.locked
    }

    /// Puts it in its place, on disk with its name, and gives its size in bytes.
    pub(super) fn keep(self) -> Result<u64, UpkeepError> {
        let Self { file, part, locked } = self;
        let path = part.path().to_path_buf();
        let kept = locked.sync_all().and_then(|()| {
            part.keep(|| {
                fs::rename(&path, &file)?;
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                sync(folder.unwrap_or(Path::new(".")))?;
                Ok(fs::metadata(&file)?.len())
            })
        });
        kept.map_err(UpkeepError::write(&file))
    }
}

/// A file that only its owner may read. `new`: it is not there yet.
pub(super) fn secret_file(path: &Path, new: bool) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
