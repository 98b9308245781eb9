//! `parlor restore` and `parlor new-key`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{FolderArgs, bar::Bar, not_a_backup};
use crate::{
    store::maintenance::{self, MaintenanceError},
    token,
};

/// Arguments of `restore`.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    /// Replace what is in the data folder. It is moved into a folder `before-restore-…` there, and never deleted.
    #[arg(long)]
    replace: bool,
    /// Take only the key out of the backup, and leave the database as it is.
    #[arg(long, conflicts_with = "replace")]
    only_key: bool,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

/// Arguments of `new-key`.
#[derive(Debug, Clone, Args)]
pub struct NewKeyArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

pub(super) fn run(args: &RestoreArgs) -> Result<(), MaintenanceError> {
    let data = &args.folder.data;
    if let Some(reason) = not_a_backup(&args.file) {
        return Err(MaintenanceError::NoBackup(args.file.clone(), reason));
    }
    if args.only_key {
        let aside = maintenance::restore_key(data, &args.file)?;
        println!("{} has the key of {}.", data.display(), args.file.display());
        if let Some(aside) = aside {
            println!("The key that was there before is {}.", aside.display());
        }
        return Ok(());
    }
    let key_before = fingerprint(data);
    let bar = Bar::new();
    let restored = maintenance::restore(data, &args.file, args.replace, &mut |progress| bar.show(progress))?;
    drop(bar);
    println!("{} has what was in {}. Its numbers begin a new epoch.", data.display(), args.file.display());
    if let Some(aside) = restored.aside {
        println!("What was there before is in {}.", aside.display());
    }
    if !restored.has_key {
        println!(
            "The backup has no key. Where accounts have tokens, put their `key` file into the folder, or make a new one with `parlor new-key`."
        );
    } else if key_before.is_some() && key_before != fingerprint(data) {
        println!(
            "Its key is another one than the folder had: tokens that the backup's key signed are good again, and those of the other \
             key are not. If the backup's key has leaked, run `parlor new-key` before the start."
        );
    }
    Ok(())
}

/// What tells the folder's key from others. `None`: it has none that can be used.
fn fingerprint(data: &Path) -> Option<[u8; 16]> {
    fs::read_to_string(data.join("key")).ok().and_then(|key| token::key_fingerprint(key.trim()))
}

pub(super) fn new_key(args: &NewKeyArgs) -> Result<(), MaintenanceError> {
    let aside = maintenance::new_key(&args.folder.data)?;
    println!("{} has a new key. All tokens have ended.", args.folder.data.display());
    if let Some(aside) = aside {
        println!("The key that was there before is {}.", aside.display());
    }
    Ok(())
}
