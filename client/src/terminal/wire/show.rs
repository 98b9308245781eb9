//! What `wire` prints: what comes goes to standard output, what happens to standard error; with `--frames` all of it goes to
//! standard output, as it was on the wire.

use std::io::{self, IsTerminal, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use shared::CloseCode;

use super::{
    Form, WireArgs,
    frame::{Frame, Opcode},
};
use crate::{
    Address,
    client::wall_clock,
    terminal::{
        environment,
        shown::{one_line, visible},
        time::local,
    },
};

/// So many bytes of a payload are shown.
const BYTES: usize = 16;

pub(super) struct Show {
    frames: bool,
    form: Form,
    colours: bool,
    is_terminal: bool,
}

impl Show {
    pub(super) fn new(args: &WireArgs) -> Self {
        Self {
            frames: args.frames,
            form: args.form(),
            colours: environment::colours(),
            is_terminal: io::stdout().is_terminal(),
        }
    }

    /// Something that happened.
    pub(super) fn note(note: &str) {
        eprintln!("parlor: {note}");
    }

    pub(super) fn opened(&self, address: &Address, subprotocol: Option<&str>) {
        if !self.frames {
            let subprotocol = subprotocol.map_or_else(String::new, |name| format!(", subprotocol {name}"));
            Self::note(&format!("connected to {address}{subprotocol}"));
        }
    }

    /// The lines of a handshake's request or answer.
    pub(super) fn handshake<'a>(&self, arrow: &str, lines: impl Iterator<Item = &'a str>) -> io::Result<()> {
        if !self.frames {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        for line in lines {
            writeln!(out, "{} {}", self.arrow(arrow), one_line(line))?;
        }
        out.flush()
    }

    /// A frame on the wire.
    pub(super) fn frame(&self, arrow: &str, frame: &Frame) -> io::Result<()> {
        if !self.frames {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let time = local(wall_clock()).strftime("%H:%M:%S%.3f").to_string();
        let mask = frame.mask.map_or_else(|| "no mask".to_owned(), |mask| format!("mask {}", hex(&mask, "")));
        write!(
            out,
            "{} {time} {} RSV {:03b} opcode {:X} {} {mask} {} bytes",
            self.arrow(arrow),
            if frame.fin { "FIN" } else { "---" },
            frame.rsv,
            frame.opcode.0,
            frame.opcode,
            frame.payload.len(),
        )?;
        if !frame.payload.is_empty() {
            let first = &frame.payload[..frame.payload.len().min(BYTES)];
            let more = if frame.payload.len() > BYTES { " …" } else { "" };
            write!(out, "  {}{more}", hex(first, " "))?;
            if !matches!(frame.opcode, Opcode::CLOSE | Opcode::BINARY) {
                write!(out, "  {:?}", String::from_utf8_lossy(first))?;
            }
        }
        if frame.opcode == Opcode::CLOSE {
            let (code, reason) = frame.close().unwrap_or((CloseCode::NO_STATUS.0, String::new()));
            write!(out, "  {code}. {}", CloseCode(code).meaning())?;
            if !reason.is_empty() {
                write!(out, " Reason: {:?}", one_line(&reason))?;
            }
        }
        if arrow == "←" {
            for fault in frame.faults() {
                write!(out, "  (wrong: {fault})")?;
            }
        }
        writeln!(out)?;
        out.flush()
    }

    /// A whole message that came.
    pub(super) fn message(&self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        if self.frames {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let text = str::from_utf8(payload);
        match (opcode, text, self.form) {
            (Opcode::TEXT, Ok(text), _) | (_, Ok(text), Form::Binary) => self.text(&mut out, text)?,
            (_, _, Form::Base64) => writeln!(out, "{}", BASE64_STANDARD.encode(payload))?,
            _ => writeln!(out, "{}", hex(payload, " "))?,
        }
        out.flush()
    }

    /// A pipe gets a text as it is, a terminal nothing that it would obey.
    fn text(&self, out: &mut impl Write, text: &str) -> io::Result<()> {
        if !self.is_terminal {
            return writeln!(out, "{text}");
        }
        for line in text.split('\n') {
            writeln!(out, "{}", line.chars().map(visible).collect::<String>())?;
        }
        Ok(())
    }

    fn arrow(&self, arrow: &str) -> String {
        match (self.colours, arrow) {
            (false, _) => arrow.to_owned(),
            (true, "→") => format!("\x1b[38;5;71m{arrow}\x1b[0m"),
            (true, _) => format!("\x1b[38;5;68m{arrow}\x1b[0m"),
        }
    }
}

fn hex(bytes: &[u8], between: &str) -> String {
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(between)
}
