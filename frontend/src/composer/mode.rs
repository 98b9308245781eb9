//! What the field is used for.

use crate::message::Subject;

/// What is being written.
#[derive(Debug, Clone, PartialEq)]
pub enum Mode {
    /// A message.
    Write,
    /// A reply to this message.
    Reply(Subject),
    /// A new text for this message.
    Edit(Subject),
}

impl Mode {
    /// The message that is replied to or edited.
    pub(super) fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Write => None,
            Self::Reply(subject) | Self::Edit(subject) => Some(subject),
        }
    }
}
