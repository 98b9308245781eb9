//! Why a command ends before it is done, and the exit code for it.

use std::{io, process::ExitCode};

use crate::{ConnectError, PageError, PostFailure};

/// See the module's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It failed. The sentence says what, and what to do about it.
    Failed(String),
    /// It failed, and has said so already.
    Told,
    /// The command cannot be meant so.
    Usage(String),
    /// A signal of this number.
    Signal(u8),
    /// Nobody reads our output any more.
    Unread,
}

impl Ending {
    /// Says what there is to be said, and gives the exit code.
    pub(crate) fn exit(self) -> ExitCode {
        let (code, sentence) = match self {
            Self::Failed(sentence) => (1, Some(sentence)),
            Self::Told => (1, None),
            Self::Usage(sentence) => (2, Some(sentence)),
            Self::Signal(number) => (128 + number, None),
            Self::Unread => (0, None),
        };
        if let Some(sentence) = sentence {
            eprintln!("parlor: {sentence}");
        }
        ExitCode::from(code)
    }
}

impl From<io::Error> for Ending {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<ConnectError> for Ending {
    fn from(error: ConnectError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<PageError> for Ending {
    fn from(error: PageError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<PostFailure> for Ending {
    fn from(failure: PostFailure) -> Self {
        Self::Failed(failure.to_string())
    }
}
