//! `parlor backup`.

use std::path::PathBuf;

use clap::Args;

use super::{FolderArgs, bar::Bar};
use crate::store::upkeep::{self, UpkeepError};

/// Arguments of `backup`.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The file to write. Only its owner may read it.
    file: PathBuf,
    /// Write over an existing file, when the new backup is whole.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

pub(super) fn run(args: &BackupArgs) -> Result<(), UpkeepError> {
    let bar = Bar::new();
    let made =
        upkeep::backup(&args.folder.data, &args.file, args.replace, &mut |progress| bar.show(progress))?;
    drop(bar);
    println!("{}: {} bytes", args.file.display(), made.bytes);
    if !made.has_key {
        println!("The data folder has no key yet, so there is none in the backup.");
    }
    Ok(())
}
