//! `parlor wire`: talks to any WebSocket server, and hides nothing.
//!
//! It has its own reader and writer of frames, for a library would not show how a message was cut into frames, nor the
//! pings and the handshake.

mod connection;
mod frame;
mod handshake;
mod run;

mod show;

pub(super) use run::run;

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use clap::Args;

use super::time::duration;
use crate::Address;
use frame::Opcode;

/// Talk to any WebSocket server: lines of standard input go out as messages, what comes is printed.
///
/// Text that comes is printed as it is, binary as hexadecimal (with --base64 in base64, with --binary as it is where it
/// is UTF-8). At the end of standard input it waits for answers until nothing came for the time of --wait, and closes.
/// Ctrl-C closes with 1000 and waits up to a second for the answer.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct WireArgs {
    /// The server: ws:// or wss:// with everything that belongs to it.
    pub(super) url: Address,
    /// Send this, and read nothing from standard input.
    pub(super) text: Option<String>,
    /// Show what is on the wire: the handshake, and each frame with its bits, mask, length and first bytes.
    #[arg(long, short)]
    pub(super) frames: bool,
    /// Send lines as binary messages.
    #[arg(long, group = "form")]
    pub(super) binary: bool,
    /// Lines are hexadecimal, and go out as binary messages.
    #[arg(long, group = "form")]
    pub(super) hex: bool,
    /// Lines are base64, and go out as binary messages.
    #[arg(long, group = "form")]
    pub(super) base64: bool,
    /// A header of the handshake; may be given several times.
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = handshake::header)]
    pub(super) header: Vec<String>,
    /// A subprotocol to offer; may be given several times.
    #[arg(long, short, value_name = "NAME", value_delimiter = ',', value_parser = handshake::value)]
    pub(super) subprotocol: Vec<String>,
    /// The Origin to come from, as a browser's page would.
    #[arg(long, value_name = "ORIGIN", value_parser = handshake::value)]
    pub(super) origin: Option<String>,
    /// Send the text, or the last line that was read, again and again in this time, as 1s or 100ms.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) every: Option<Duration>,
    /// End after so many messages were sent, and their answers came. With a text and without --every, it is sent so often.
    #[arg(long, short = 'n', value_name = "N")]
    pub(super) count: Option<u64>,
    /// Send a ping in this time, and tell how long its pong took.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) ping: Option<Duration>,
    /// After the last message, wait until nothing came for so long; `forever` goes on until the server closes.
    #[arg(long, value_name = "TIME", value_parser = wait, default_value = "1s")]
    pub(super) wait: Wait,
    /// Connect again when the connection is lost or closed by the server.
    #[arg(long)]
    pub(super) auto_reconnect: bool,
    /// Take any certificate of a wss:// server.
    #[arg(long)]
    pub(super) insecure: bool,
}

const EXAMPLES: &str = "\
Examples:
  echo hello | parlor wire ws://127.0.0.1:8080/lab/echo
  parlor wire --frames ws://127.0.0.1:8080/lab/echo hello
  parlor wire wss://example.org/feed -H 'Authorization: Bearer …' --subprotocol chat --ping 5s --wait forever

Exit codes: 0 closed as it should be (1000, 1001, or no code), 1 the connection failed, was lost, or was closed with
another code, 2 usage, 130 Ctrl-C, 143 SIGTERM.";

/// How long to wait for the last answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Quiet(Duration),
    Forever,
}

fn wait(text: &str) -> Result<Wait, String> {
    if text == "forever" { Ok(Wait::Forever) } else { duration(text).map(Wait::Quiet) }
}

/// How lines are read, and binary messages shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Binary,
    Hex,
    Base64,
}

impl WireArgs {
    pub(super) fn form(&self) -> Form {
        match (self.binary, self.hex, self.base64) {
            (true, ..) => Form::Binary,
            (_, true, _) => Form::Hex,
            (.., true) => Form::Base64,
            _ => Form::Text,
        }
    }
}

impl Form {
    /// The message that a line is. The error says what a line should be.
    fn read(self, line: &[u8]) -> Result<(Opcode, Vec<u8>), &'static str> {
        match self {
            Self::Text if str::from_utf8(line).is_err() => {
                Err("it is not UTF-8, as a text message must be; send it with --binary")
            }
            Self::Text => Ok((Opcode::TEXT, line.to_vec())),
            Self::Binary => Ok((Opcode::BINARY, line.to_vec())),
            Self::Hex => unhex(line).map(|bytes| (Opcode::BINARY, bytes)),
            Self::Base64 => match BASE64_STANDARD.decode(line.trim_ascii()) {
                Ok(bytes) => Ok((Opcode::BINARY, bytes)),
                Err(_) => Err("it is not base64"),
            },
        }
    }
}

fn unhex(line: &[u8]) -> Result<Vec<u8>, &'static str> {
    let digits: Option<Vec<u8>> = line
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => {
            Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
        }
        _ => Err("it is not hexadecimal: pairs of 0-9 and a-f, with or without spaces"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_the_form_that_was_asked_for() {
        assert_eq!(Form::Text.read("你好".as_bytes()), Ok((Opcode::TEXT, "你好".into())));
        assert_eq!(Form::Hex.read(b"de ad BEEF"), Ok((Opcode::BINARY, vec![0xDE, 0xAD, 0xBE, 0xEF])));
        assert_eq!(Form::Base64.read(b"SGk= "), Ok((Opcode::BINARY, b"Hi".to_vec())));
        for (form, line) in
            [(Form::Text, &b"\xFF"[..]), (Form::Hex, b"abc"), (Form::Hex, b"zz"), (Form::Base64, b"!")]
        {
            assert!(form.read(line).is_err());
        }
    }
}
