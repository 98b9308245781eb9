//! `parlor import`.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
};

use clap::Args;

use super::{FolderArgs, bar::Bar};
use crate::{
    import,
    store::{Place, Store, upkeep},
};

/// Arguments of `import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The file to read; `-` is standard input.
    file: PathBuf,
    #[command(flatten)]
    pub(super) folder: FolderArgs,
}

pub(super) fn run(args: &ImportArgs) -> Result<(), Box<dyn std::error::Error>> {
    if args.file.is_dir() {
        return Err(
            format!("{} is a folder; an import reads a file of lines of JSON", args.file.display()).into()
        );
    }
    let bar = Bar::new();
    let mut reader: Box<dyn BufRead> = if args.file.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(&args.file)
            .map_err(|error| format!("cannot read {}: {error}", args.file.display()))?;
        Box::new(BufReader::new(bar.reading(file, "importing")))
    };
    // The first line says which it is.
    let mut first = Vec::new();
    import::read_line(&mut reader, &mut first)?;
    if first.starts_with(b"SQLite format 3\0") {
        let file = args.file.display();
        return Err(format!(
            "{file} is a backup or another database: `parlor restore {file}` takes a backup"
        )
        .into());
    }
    let is_export = is_export(&first);
    first.push(b'\n');
    let lines = first.chain(reader);
    if is_export { take_export(args, lines, bar) } else { add_history(args, lines, bar) }
}

/// Whether the first line is that of an export.
fn is_export(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(line).is_ok_and(|line| line["type"] == "export")
}

fn take_export(args: &ImportArgs, lines: impl BufRead, bar: Bar) -> Result<(), Box<dyn std::error::Error>> {
    let data = &args.folder.data;
    let taken = upkeep::import(data, lines, &mut |progress| bar.show(progress))?;
    drop(bar);
    println!("{} has what the {} lines say. Its numbers begin a new epoch.", data.display(), taken.lines);
    if let Some(aside) = taken.aside {
        println!("The empty store that was there before is in {}.", aside.display());
    }
    if !data.join("key").exists() {
        println!(
            "Copy the file `key` of the house that this came from into {}: tokens need it.",
            data.display()
        );
    }
    Ok(())
}

fn add_history(args: &ImportArgs, lines: impl BufRead, bar: Bar) -> Result<(), Box<dyn std::error::Error>> {
    // Nobody follows the rooms here.
    let store = Store::open(&Place::Folder(args.folder.data.clone()), |_| {})?;
    let report = |line: u64, reason: &str| eprintln!("line {line}: skipped: {reason}");
    let imported = import::import(&store, lines, report);
    store.close_here();
    drop(bar);
    let import::Summary { added, already, skipped } = imported?;
    println!("{added} added, {already} already there, {skipped} skipped");
    if skipped > 0 && added + already == 0 {
        return Err("nothing was imported: docs/export.md says which lines are taken".into());
    }
    Ok(())
}
