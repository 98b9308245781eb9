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

pub mod chat;
mod ending;
mod environment;
mod identity;
pub mod send;
mod shown;
mod signals;
mod stdin;
pub mod tail;
mod time;
mod tokens;
pub mod wire;

pub use identity::ServerArgs;

use std::{future::Future, process::ExitCode};

use ending::Ending;

/// Runs a command to its end. The handles run on a thread of their own, so that a full pipe does not hold them up.
fn run(command: impl Future<Output = Result<(), Ending>>) -> ExitCode {
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
