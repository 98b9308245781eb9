//! `parlor check`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{FolderArgs, bar::Bar, done};
use crate::store::upkeep;

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The backup to check, instead of the data folder.
    file: Option<PathBuf>,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Prints a sentence for each fault. The exit code is 1 if there is one.
pub(super) fn run(args: &CheckArgs) -> ExitCode {
    let bar = Bar::new();
    let mut report = |progress| bar.show(progress);
    let (what, checked) = match &args.file {
        Some(file) => (file, upkeep::check_file(file, &mut report)),
        None => (&args.folder.data, upkeep::check_folder(&args.folder.data, &mut report)),
    };
    drop(bar);
    let checked = match checked {
        Ok(checked) => checked,
        Err(error) => return done(Err(error)),
    };
    if checked.faults.is_empty() {
        let upkeep::Checked { messages, rooms, accounts, .. } = checked;
        println!("{} is whole: {messages} messages in {rooms} rooms, {accounts} accounts", what.display());
        return ExitCode::SUCCESS;
    }
    for fault in &checked.faults {
        println!("{fault}");
    }
    ExitCode::FAILURE
}
