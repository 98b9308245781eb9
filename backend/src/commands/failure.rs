//! Why a command ends before it is done, and its exit code.

use std::{io, process::ExitCode};

use client::ApiError;
use shared::house::BadAct;

use super::printable::printable;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It was refused or failed. The sentence says what, and what to do about it.
    Failed(String),
    /// The command line cannot be right.
    Usage(String),
    /// The reader of standard output is gone.
    OutputClosed,
}

impl Failure {
    /// Prints the reason and returns the exit code.
    pub(super) fn code(self) -> ExitCode {
        let (code, sentence) = match self {
            Self::Failed(sentence) => (1, sentence),
            Self::Usage(sentence) => (2, sentence),
            Self::OutputClosed => return ExitCode::SUCCESS,
        };
        // A server's reason is in it.
        eprintln!("parlor: {}", printable(&sentence));
        ExitCode::from(code)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<BadAct> for Failure {
    fn from(error: BadAct) -> Self {
        Self::Usage(error.to_string())
    }
}
