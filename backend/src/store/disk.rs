//! What is done with single files, whatever is in them.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The file that says how far the log was written.
pub(super) fn position_file(folder: &Path) -> PathBuf {
    folder.join("parlor.position")
}

/// A file's size in bytes; 0 if it is not there.
pub(super) fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// What tells a file from its copies; 0 where the system does not say.
pub(super) fn inode(path: &Path) -> i64 {
    fs::metadata(path).map_or(0, |file| inode_of(&file))
}

pub(super) fn inode_of(file: &fs::Metadata) -> i64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::ino(file).cast_signed();
    #[cfg(not(unix))]
    return 0;
}

/// Gives a file to the owner of the folder: root may work for a server that runs as somebody else.
pub(super) fn give_to_owner(path: &Path, folder: &Path) {
    #[cfg(unix)]
    if let Ok(owner) = fs::metadata(folder) {
        use std::os::unix::fs::{MetadataExt, chown};
        // Nobody but root can, and nobody else needs to.
        let _ = chown(path, Some(owner.uid()), Some(owner.gid()));
    }
    #[cfg(not(unix))]
    let _ = (path, folder);
}

/// Lets only its owner read a file that these options make.
pub(super) fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Syncs a file, or a folder's names.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    // Only Unix opens folders, and needs to.
    if cfg!(unix) || path.is_file() { File::open(path)?.sync_all() } else { Ok(()) }
}
