//! A file that is written beside its place, and moved there when it is whole.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{MaintenanceError, unfinished::Unfinished};
use crate::store::disk::{private, sync};

/// A file that is being written, `<name>.part`. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Part {
    file: PathBuf,
    part: Unfinished,
    /// Open, so that its lock tells others that it is being written.
    locked: File,
}

impl Part {
    /// Makes it, empty, readable by its owner only. It is none of the files of the store that is in `data`.
    pub(super) fn begin(file: &Path, replace: bool, data: &Path) -> Result<Self, MaintenanceError> {
        if is_of_store(file, data) {
            return Err(MaintenanceError::OfStore(file.into()));
        }
        if file.exists() && !file.is_file() {
            return Err(MaintenanceError::NoFile(file.into()));
        }
        if file.exists() && !replace {
            return Err(MaintenanceError::Exists(file.into()));
        }
        let mut name = file.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let failed = |error| MaintenanceError::Write(path.clone(), error);
        if let Ok(other) = File::open(&path) {
            if other.try_lock().is_err() {
                return Err(MaintenanceError::Busy(file.into()));
            }
            // It was left behind by a kill. Who made it may have let others read it.
            fs::remove_file(&path).map_err(failed)?;
        }
        let part = Unfinished::new(path.clone());
        let locked = secret_file(&path).map_err(failed)?;
        // Nobody else can have it yet.
        let _ = locked.try_lock();
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
    pub(super) fn keep(self) -> Result<u64, MaintenanceError> {
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
        kept.map_err(MaintenanceError::write(&file))
    }
}

/// Whether a file has a name of those that a server and its commands write in the data folder.
fn is_of_store(file: &Path, data: &Path) -> bool {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_in_data =
        matches!((folder.canonicalize(), data.canonicalize()), (Ok(folder), Ok(data)) if folder == data);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    is_in_data
        && (["key", "address"].contains(&&*name)
            || ["parlor.", "key.", ".", "before-"].iter().any(|begin| name.starts_with(begin)))
}

/// A new file that only its owner may read.
pub(super) fn secret_file(path: &Path) -> io::Result<File> {
    private(File::options().write(true).create_new(true)).open(path)
}
