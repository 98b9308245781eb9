//! Why a command ends before it is done, and its exit code.

use std::{io, process::ExitCode};

use client::{ApiError, ConnectError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It failed. The sentence says what, and what to do about it.
    Failed(String),
    /// It failed, and the reason was printed already.
    Reported,
    /// The command line cannot be understood.
    Usage(String),
    /// A signal of this number came.
    Signal(u8),
    /// The reader of standard output is gone.
    OutputClosed,
}

impl Exit {
    /// Prints the reason and returns the exit code.
    pub(crate) fn code(self) -> ExitCode {
        let (code, sentence) = match self {
            Self::Failed(sentence) => (1, Some(sentence)),
            Self::Reported => (1, None),
            Self::Usage(sentence) => (2, Some(sentence)),
            Self::Signal(number) => (128 + number, None),
            Self::OutputClosed => (0, None),
        };
        if let Some(sentence) = sentence {
            eprintln!("parlor: {sentence}");
        }
        ExitCode::from(code)
    }
}

impl From<io::Error> for Exit {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<ConnectError> for Exit {
    fn from(error: ConnectError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ApiError> for Exit {
    fn from(error: ApiError) -> Self {
        Self::Failed(error.to_string())
    }
}
