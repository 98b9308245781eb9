//! `parlor check`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{FolderArgs, bar::Bar, done, not_a_backup};
use crate::store::upkeep::{self, Fault};

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The backup to check, instead of the data folder.
    pub(super) file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

/// Prints a sentence for each fault. The exit code is 1 if there is one.
pub(super) fn run(args: &CheckArgs) -> ExitCode {
    if let Some(file) = &args.file
        && let Some(reason) = not_a_backup(file)
    {
        return done(Err(format!("{} is no backup: {reason}", file.display())));
    }
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
    print!("{}", listed(&checked.faults));
    ExitCode::FAILURE
}

/// A line for each fault, and the way out once behind those that have the same.
fn listed(faults: &[Fault]) -> String {
    let mut lines = String::new();
    for (at, fault) in faults.iter().enumerate() {
        lines += &fault.what;
        lines.push('\n');
        let goes_on = faults.get(at + 1).is_some_and(|next| next.way_out == fault.way_out);
        // What a start would say has its own.
        if !goes_on && !fault.way_out.is_empty() {
            lines.extend(["What to do: ", fault.way_out, ".\n"]);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_is_said_once_for_all_that_have_it() {
        let fault = |what: &str, way_out| Fault { what: what.into(), way_out };
        let faults = [fault("a", "restore it"), fault("b", "restore it"), fault("c", ""), fault("d", "wait")];
        let lines = "a\nb\nWhat to do: restore it.\nc\nd\nWhat to do: wait.\n";
        assert_eq!(listed(&faults), lines);
    }
}
