//! Answers with a bound in bytes, however long the texts are.

use shared::{Message, limits};

/// The other fields of a message in JSON, at most.
const FIELDS_BYTES: usize = 512;

/// Messages up to a number of bytes in JSON. The first one fits always.
pub(super) struct Budgeted {
    pub(super) list: Vec<Message>,
    left: usize,
}

impl Budgeted {
    pub(super) fn new(bytes: usize) -> Self {
        Self { list: Vec::new(), left: bytes }
    }

    /// Adds a message. Returns whether it fits.
    pub(super) fn push(&mut self, message: Message) -> bool {
        let size = escaped_bytes(&message.text) + FIELDS_BYTES;
        if size > self.left && !self.list.is_empty() {
            return false;
        }
        self.left = self.left.saturating_sub(size);
        self.list.push(message);
        true
    }

    /// How many more messages may be added as context.
    pub(super) fn free(&self) -> usize {
        if self.left == 0 { 0 } else { usize::from(limits::CONTEXT_MESSAGES).saturating_sub(self.list.len()) }
    }

    pub(super) fn push_all(&mut self, messages: Vec<Message>) {
        for message in messages {
            if self.free() > 0 {
                self.push(message);
            }
        }
    }
}

/// The bytes of a text in JSON.
fn escaped_bytes(text: &str) -> usize {
    let escapes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
        0..0x20 => 5,
        _ => 0,
    });
    text.len() + escapes.sum::<usize>()
}
