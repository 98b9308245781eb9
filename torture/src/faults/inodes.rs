//! Puts an image of a disk onto the inodes that its files had.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::disk::Image;

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
        let mut used = HashSet::new();
        for (path, (inode, bytes)) in &image.files {
            let link = self.links.join(inode.to_string());
            // A number that was given again may stand for two files that a crash leaves.
            if used.insert(inode) && link.exists() {
                fs::hard_link(&link, path)?;
            }
            // This keeps the inode of a file that is there.
            fs::File::create(path)?.write_all(bytes)?;
        }
        Ok(())
    }
}
