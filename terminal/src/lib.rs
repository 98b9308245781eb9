//! Parlor's terminal commands: each has arguments that clap parses and a `run` that ends with an exit code.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed, refused, or not known to be done |
//! | 2 | the command line cannot be understood |
//! | 129, 130, 143 | ended by SIGHUP, Ctrl-C (SIGINT), SIGTERM |
//!
//! Errors are one sentence on standard error. A command ends quietly if the reader of its standard output goes away.

mod chat;
mod display;
mod editor;
mod environment;
mod exit;
mod identity;
mod send;
mod signals;
mod state_file;
mod stdin;
mod tail;
mod time;
mod tokens;
mod wire;

use std::{future::Future, process::ExitCode};

use clap::Subcommand;

use crate::exit::Exit;

/// The terminal commands, as part of a command line.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "clap would show a comment here instead of the help of the arguments")]
pub enum Command {
    Chat(chat::ChatArgs),
    Send(send::SendArgs),
    Tail(tail::TailArgs),
    Wire(wire::WireArgs),
}

/// Runs a command.
pub fn run(command: Command) -> ExitCode {
    match command {
        Command::Chat(args) => block_on(Box::pin(chat::run(args))),
        Command::Send(args) => block_on(Box::pin(send::run(args))),
        Command::Tail(args) => block_on(Box::pin(tail::run(args))),
        Command::Wire(args) => block_on(Box::pin(wire::run(args))),
    }
}

/// Runs a command to its end. Its tasks run on another thread, so that a full pipe does not hold them up.
fn block_on(command: impl Future<Output = Result<(), Exit>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(command);
            // A thread may still be blocked on a read of standard input, which never has to end.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(Exit::Failed(format!("cannot start: {error}"))),
    };
    ended.map_or_else(Exit::code, |()| ExitCode::SUCCESS)
}
