//! The arguments of `wire`.

use std::time::Duration;

use clap::Args;
use client::Address;

use super::{form::Form, header};
use crate::time::duration;

/// Talk to any WebSocket server: lines of standard input are sent as messages, messages that come are printed.
///
/// Text is printed as it is, binary as hexadecimal (with --base64 as base64, with --binary as text if it is UTF-8). At the
/// end of standard input it waits for answers, until nothing came for the time of --wait, and closes. In a terminal, lines can
/// be edited, and Up and Down bring back earlier ones. Ctrl-C closes with 1000 and waits up to a second for the answer.
///
/// It keeps to RFC 6455 whatever the server does: what the server does wrong is reported, the connection is closed with the
/// code for it, and the exit code is 1.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct WireArgs {
    /// The server: ws:// or wss:// with its path and query.
    pub(super) url: Address,
    /// Send this text, and do not read standard input.
    pub(super) text: Option<String>,
    /// Show what is on the wire: the handshake, and each frame with its bits, mask, length and first bytes.
    #[arg(long, short)]
    pub(super) frames: bool,
    /// How many bytes of each frame --frames shows; `all` shows them all.
    #[arg(long, value_name = "COUNT", value_parser = bytes, default_value = "64")]
    pub(super) bytes: usize,
    /// Send lines as binary messages.
    #[arg(long, group = "form")]
    pub(super) binary: bool,
    /// Lines are hexadecimal, and are sent as binary messages.
    #[arg(long, group = "form")]
    pub(super) hex: bool,
    /// Lines are base64, and are sent as binary messages.
    #[arg(long, group = "form")]
    pub(super) base64: bool,
    /// A header of the handshake; may be given several times.
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header::header)]
    pub(super) header: Vec<String>,
    /// A subprotocol to offer; may be given several times.
    #[arg(long, short, value_name = "NAME", value_delimiter = ',', value_parser = header::token)]
    pub(super) subprotocol: Vec<String>,
    /// The Origin header, as a browser's page would send it.
    #[arg(long, value_name = "ORIGIN", value_parser = header::value)]
    pub(super) origin: Option<String>,
    /// Send the text, or the last line that was read, again and again in this time, as 1s or 100ms.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) every: Option<Duration>,
    /// End after this many messages were sent and their answers came. With a text and without --every, the text is sent this
    /// often.
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(super) count: Option<u64>,
    /// Send a ping in this time, and report how long its pong took.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) ping: Option<Duration>,
    /// After the last message, wait until nothing came for this time; `forever` goes on until the server closes. Default:
    /// 1s; with a text, 100ms once as many messages came as were sent.
    #[arg(long, value_name = "TIME", value_parser = wait)]
    pub(super) wait: Option<Wait>,
    /// Connect again if the connection is lost or closed by the server.
    #[arg(long)]
    pub(super) auto_reconnect: bool,
    /// Accept any certificate of a wss:// server.
    #[arg(long)]
    pub(super) insecure: bool,
}

const EXAMPLES: &str = "\
Examples:
  echo hello | parlor wire ws://127.0.0.1:8080/lab/echo
  parlor wire --frames ws://127.0.0.1:8080/lab/echo hello
  parlor wire wss://example.org/feed -H 'Authorization: Bearer …' --subprotocol chat --ping 5s --wait forever

Exit codes: 0 closed properly (1000, 1001, or no code), 1 the connection failed, was lost, was closed with another code, or
the server broke a rule of RFC 6455, 2 usage, 130 Ctrl-C, 143 SIGTERM.";

/// How long to wait for the last answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Quiet(Duration),
    Forever,
}

fn wait(text: &str) -> Result<Wait, String> {
    if text == "forever" { Ok(Wait::Forever) } else { duration(text).map(Wait::Quiet) }
}

fn bytes(text: &str) -> Result<usize, String> {
    if text == "all" {
        return Ok(usize::MAX);
    }
    text.parse().map_err(|_| "it is a number of bytes, or all".into())
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
