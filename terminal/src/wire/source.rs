//! The messages to send: the text of the command line, or lines of standard input. It outlives lost connections.

use std::io::{self, IsTerminal};

use tokio::sync::mpsc;

use super::{args::WireArgs, form::Form};
use crate::{exit::Exit, stdin};

pub(super) struct Source {
    pub(super) form: Form,
    input: Input,
    /// The text, or the last line that was read.
    current: Option<Vec<u8>>,
    /// How often `current` is to be sent at once.
    burst: u64,
    /// How many messages may still be sent.
    left: u64,
    /// `current` is sent again and again.
    repeats: bool,
    /// How many messages were sent.
    pub(super) sent: u64,
}

enum Input {
    /// There is none, or it has ended.
    None,
    Lines(mpsc::Receiver<io::Result<Vec<u8>>>),
    /// The user types lines into the line editor.
    Typed,
}

impl Source {
    pub(super) fn new(args: &WireArgs) -> Self {
        let is_typed = io::stdin().is_terminal() && io::stdout().is_terminal();
        let input = match &args.text {
            Some(_) => Input::None,
            None if is_typed => Input::Typed,
            None => Input::Lines(stdin::lines()),
        };
        let burst = match (&args.text, args.every) {
            (None, _) => 0,
            (Some(_), Some(_)) => 1,
            (Some(_), None) => args.count.unwrap_or(1),
        };
        Self {
            form: args.form(),
            input,
            current: args.text.clone().map(String::into_bytes),
            burst,
            left: args.count.unwrap_or(u64::MAX),
            repeats: args.every.is_some(),
            sent: 0,
        }
    }

    /// Whether nothing more is to be sent.
    pub(super) fn is_over(&self) -> bool {
        let may_repeat = self.repeats && self.current.is_some();
        self.left == 0 || (matches!(self.input, Input::None) && self.burst == 0 && !may_repeat)
    }

    /// Whether the user types lines into the line editor.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self.input, Input::Typed)
    }

    /// The message to repeat.
    pub(super) fn current(&self) -> Option<Vec<u8>> {
        self.current.clone()
    }

    /// The user entered a line.
    pub(super) fn set_current(&mut self, line: &str) {
        self.current = Some(line.as_bytes().to_vec());
        self.burst = u64::from(self.left > 0);
    }

    /// The user ended the input.
    pub(super) fn end(&mut self) {
        self.input = Input::None;
    }

    /// A message was sent.
    pub(super) fn count_sent(&mut self) {
        self.left -= 1;
        self.sent += 1;
    }

    /// The next message that does not wait for its time; `None` at the end of standard input. Cancelling it loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Exit> {
        if self.burst > 0 {
            self.burst -= 1;
            return Ok(self.current.clone());
        }
        let Input::Lines(lines) = &mut self.input else { return std::future::pending().await };
        let line = lines.recv().await.transpose()?;
        if line.is_none() {
            self.input = Input::None;
            return Ok(None);
        }
        self.current = line;
        Ok(self.current.clone())
    }
}
