//! The commands that keep the data: they work on a data folder or on a file, beside a server or without one.
//!
//! | file | what it is |
//! |---|---|
//! | `backup.rs`, `restore.rs`, `check.rs`, `export.rs`, `import.rs` | a file for each command |
//! | `bar.rs` | progress, for who looks on |

mod backup;
mod bar;
mod check;
mod export;
mod import;
mod restore;

use std::{
    fmt::Display,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::store::maintenance::abandon;

/// What an operator does with the data.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write everything into one file, while the server runs or while it does not: rooms, messages, people, and the key that
    /// signs their tokens. Keep it as safe as the key.
    Backup(backup::BackupArgs),
    /// Look for damage in the data folder, while the server runs or while it does not, or in a backup.
    Check(check::CheckArgs),
    /// Put a backup in the place of what is in the data folder, while no server runs. What was there is kept.
    Restore(restore::RestoreArgs),
    /// Write everything as lines of JSON, while the server runs or while it does not: for other programs, and to be imported
    /// into another house. Keep it as safe as what people write.
    Export(export::ExportArgs),
    /// Add history from a file of JSON lines, `room`, `username`, `text` and `said_at`; or take an export into an empty house.
    /// Of history, a bad line is reported and skipped, and importing the same file twice changes nothing. No server may run on the folder.
    Import(import::ImportArgs),
    /// Make a new key while no server runs: all tokens end. The old one is kept beside it.
    NewKey(restore::NewKeyArgs),
}

/// How the file of every SQLite database begins.
const DATABASE: &[u8] = b"SQLite format 3\0";

#[derive(Debug, Clone, Args)]
struct FolderArgs {
    /// The data folder.
    #[arg(long, env = "PARLOR_DATA", default_value = "./parlor-data", value_name = "FOLDER")]
    data: PathBuf,
}

impl FolderArgs {
    /// What a folder that may not be looked into has, nobody can say: without this it would be said to have no database.
    fn check_rights(&self) -> Result<(), String> {
        let data = self.data.display();
        match File::open(self.data.join("parlor.db")) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(format!(
                "the data folder {data} may not be read by this user: run the command as root (sudo), or as the user that the \
                 server runs as"
            )),
            _ => Ok(()),
        }
    }
}

impl Command {
    fn folder(&self) -> &FolderArgs {
        match self {
            Self::Backup(args) => &args.folder,
            Self::Check(args) => &args.folder,
            Self::Restore(args) => &args.folder,
            Self::Export(args) => &args.folder,
            Self::Import(args) => &args.folder,
            Self::NewKey(args) => &args.folder,
        }
    }
}

/// Runs a command to its end, or until it is interrupted. What it was making is then removed.
pub fn run(command: Command) -> ExitCode {
    let is_of_file = matches!(&command, Command::Check(args) if args.file.is_some());
    if !is_of_file && let Err(error) = command.folder().check_rights() {
        return done(Err(error));
    }
    interruptible(move || match command {
        Command::Backup(args) => done(backup::run(&args)),
        Command::Check(args) => check::run(&args),
        Command::Restore(args) => done(restore::run(&args)),
        Command::Export(args) => done(export::run(&args)),
        Command::Import(args) => done(import::run(&args)),
        Command::NewKey(args) => done(restore::new_key(&args)),
    })
}

/// Why a path that was given for a backup is none, as far as that can be told without reading all of it. A file that cannot be opened
/// is for its reader to complain about.
fn not_a_backup(path: &Path) -> Option<String> {
    let folder = path.display();
    if path.is_dir() {
        return Some(format!("it is a folder; a data folder is named with --data {folder}"));
    }
    // Opening a pipe would wait for who writes into it.
    if !fs::metadata(path).ok()?.is_file() {
        return Some("it is no regular file".into());
    }
    let mut file = File::open(path).ok()?;
    let mut start = Vec::new();
    file.by_ref().take(DATABASE.len() as u64).read_to_end(&mut start).ok()?;
    match &start[..] {
        DATABASE => None,
        [] => Some("it is empty".into()),
        [b'{', ..] => Some("it looks like an export, which `parlor import` takes into an empty house".into()),
        _ => Some(
            "it does not begin as a database does; if it was a backup, it is damaged: take another one"
                .into(),
        ),
    }
}

fn done(result: Result<(), impl Display>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does work that blocks. Ctrl-C and SIGTERM end the process between two states of the files.
pub fn interruptible(work: impl FnOnce() -> ExitCode + Send + 'static) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return done(Err(format!("cannot start: {error}"))),
    };
    runtime.block_on(async {
        let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        let (mut interrupt, mut terminate) = match (interrupt, terminate) {
            (Ok(interrupt), Ok(terminate)) => (interrupt, terminate),
            (Err(error), _) | (_, Err(error)) => {
                return done(Err(format!("cannot wait for signals: {error}")));
            }
        };
        let mut work = tokio::task::spawn_blocking(work);
        let code = tokio::select! {
            ended = &mut work => return ended.unwrap_or(ExitCode::FAILURE),
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
        };
        if !abandon() {
            return work.await.unwrap_or(ExitCode::FAILURE);
        }
        eprintln!("parlor: interrupted");
        // The work may wait for a pipe without end, so the process does not wait for it.
        std::process::exit(code)
    })
}
