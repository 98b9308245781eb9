//! `parlor export`.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{FolderArgs, bar::Bar};
use crate::store::upkeep::{self, UpkeepError};

/// Arguments of `export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The file to write; `-` is standard output.
    file: PathBuf,
    /// Write over an existing file, when the export is whole.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

pub(super) fn run(args: &ExportArgs) -> Result<(), UpkeepError> {
    let bar = Bar::new();
    let mut report = |progress| bar.show(progress);
    let data = &args.folder.data;
    if args.file.as_os_str() == "-" {
        let done = upkeep::export_to(data, io::stdout().lock(), Path::new("standard output"), &mut report);
        return match done {
            // Who reads it has read enough.
            Err(UpkeepError::Write(_, error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done.map(drop),
        };
    }
    let lines = upkeep::export(data, &args.file, args.replace, &mut report)?;
    drop(bar);
    println!("{}: {lines} lines", args.file.display());
    Ok(())
}
