//! Files and folders that are temporary until they are complete. A command that fails or is interrupted removes them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use parking_lot::{Mutex, MutexGuard};

/// Those that this process is writing.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// Whether something was kept.
static KEPT: AtomicBool = AtomicBool::new(false);

/// A file or a folder that is removed when this is dropped, unless it was kept.
#[derive(Debug)]
pub(in crate::store) struct Unfinished(PathBuf);

impl Unfinished {
    /// Notes it before it is made.
    pub(in crate::store) fn new(path: PathBuf) -> Self {
        UNFINISHED.lock().push(path.clone());
        Self(path)
    }

    pub(in crate::store) fn path(&self) -> &Path {
        &self.0
    }

    /// Runs what makes it count, which [`abandon`] waits for.
    pub(in crate::store) fn keep<T>(self, keep: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let mut all = UNFINISHED.lock();
        KEPT.store(true, Ordering::SeqCst);
        let kept = keep()?;
        all.retain(|path| *path != self.0);
        Ok(kept)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut all = UNFINISHED.lock();
        if all.contains(&self.0) {
            // Whatever stays is written over by the next attempt.
            let _ = remove(&self.0);
            all.retain(|path| *path != self.0);
        }
    }
}

/// Removes what is unfinished, because the process is about to end. Until it does, nothing can be kept or begun. False if something
/// was kept: then the work is nearly done, and should end by itself.
pub fn abandon() -> bool {
    let all = UNFINISHED.lock();
    if KEPT.load(Ordering::SeqCst) {
        return false;
    }
    for path in all.iter() {
        // Its maker may still add to a folder that is being removed.
        let _ = (0..10).any(|_| remove(path).is_ok());
    }
    MutexGuard::leak(all);
    true
}

/// Removes a file or a folder, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
