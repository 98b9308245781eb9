//! The terminal commands: each is an `…Args` that clap reads, and a `run` that ends in an exit code.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | what was asked for is done |
//! | 1 | it failed, was refused, or is not known to be done |
//! | 2 | the command was not understood |
//! | 129, 130, 143 | ended by SIGHUP, Ctrl-C (SIGINT), SIGTERM |
//!
//! Errors are one sentence on standard error. A reader of standard output that goes away ends a command quietly.

mod chat;
mod ending;
mod environment;
mod identity;
mod send;
mod shown;
mod signals;
mod stdin;
mod tail;
mod time;
mod tokens;
mod wire;

use std::{future::Future, process::ExitCode};

use clap::Subcommand;
use ending::Ending;

/// The terminal commands, as part of a command line.
#[derive(Debug, Subcommand)]
#[expect(
    missing_docs,
    reason = "the page of each one's arguments is its help, and a line here would replace it"
)]
pub enum Command {
    Chat(chat::ChatArgs),
    Send(send::SendArgs),
    Tail(tail::TailArgs),
    Wire(wire::WireArgs),
}

/// Runs a command.
pub fn run(command: Command) -> ExitCode {
    match command {
        Command::Chat(args) => end(Box::pin(chat::run(args))),
        Command::Send(args) => end(Box::pin(send::run(args))),
        Command::Tail(args) => end(Box::pin(tail::run(args))),
        Command::Wire(args) => end(Box::pin(wire::run(args))),
    }
}

/// Runs a command to its end. The handles run on a thread of their own, so that a full pipe does not hold them up.
fn end(command: impl Future<Output = Result<(), Ending>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(command);
            // Something may still be blocked on a read of standard input, which never has to end.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(Ending::Failed(format!("cannot start: {error}"))),
    };
    ended.map_or_else(Ending::exit, |()| ExitCode::SUCCESS)
}
