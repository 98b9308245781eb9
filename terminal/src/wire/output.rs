//! What `wire` prints. Messages go to standard output and notes to standard error; with `--frames`, everything on the wire
//! goes to standard output. While a line is edited, output is printed above it.

use std::io::{self, IsTerminal, Write};

use client::{Address, CloseCode};
use crossterm::event::Event;
use data_encoding::BASE64;
use jiff::Zoned;

use super::{
    args::WireArgs,
    form::{Form, spaced_hex},
    frame::{Frame, Opcode},
};
use crate::{
    display::{one_line, printable},
    editor::{Input, LineEditor},
    environment,
};

/// Whether a frame or a header was sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Sent,
    Received,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(super) struct Output {
    frames: bool,
    /// How many bytes of a payload are shown.
    bytes: usize,
    form: Form,
    colours: bool,
    is_terminal: bool,
    /// The URL is one of Parlor's rooms, where close codes from 4000 on have Parlor's meaning.
    is_rooms: bool,
    editor: LineEditor,
}

impl Output {
    pub(super) fn new(args: &WireArgs) -> Self {
        Self {
            frames: args.frames,
            bytes: args.bytes,
            form: args.form(),
            colours: environment::colours(),
            is_terminal: io::stdout().is_terminal(),
            is_rooms: args.url.path() == "/ws",
            editor: LineEditor::default(),
        }
    }

    /// Shows the line that the user edits.
    pub(super) fn start_editing(&mut self) -> io::Result<()> {
        self.editor.activate()
    }

    /// Removes the line and gives the terminal back.
    pub(super) fn stop_editing(&mut self) {
        self.editor.deactivate();
    }

    /// Passes a terminal event to the line editor.
    pub(super) fn edit(&mut self, event: Event) -> io::Result<Option<Input>> {
        self.editor.handle(event)
    }

    /// Prints a note on standard error.
    pub(super) fn note(&mut self, note: &str) -> io::Result<()> {
        self.editor.print(&mut io::stderr(), &format!("parlor: {note}\n"))
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        self.editor.print(&mut io::stdout(), text)
    }

    /// What a close code means. On other servers, 4000 and above mean what those servers say.
    pub(super) fn meaning(&self, code: CloseCode) -> String {
        match code.0 {
            4000..=4003 if self.is_rooms => format!("On Parlor's /ws: {}", code.meaning()),
            4000..=4999 => "A code of the application's own.".into(),
            _ => code.meaning().into(),
        }
    }

    pub(super) fn opened(&mut self, address: &Address, subprotocol: Option<&str>) -> io::Result<()> {
        if self.frames {
            return Ok(());
        }
        let subprotocol = subprotocol.map_or_else(String::new, |name| format!(", subprotocol {name}"));
        self.note(&format!("connected to {address}{subprotocol}"))
    }

    /// Prints the lines of a handshake's request or answer.
    pub(super) fn handshake<'a>(
        &mut self,
        direction: Direction,
        lines: impl Iterator<Item = &'a str>,
    ) -> io::Result<()> {
        if !self.frames {
            return Ok(());
        }
        let arrow = self.arrow(direction);
        let lines: Vec<_> = lines.map(|line| format!("{arrow} {}\n", one_line(line))).collect();
        self.print(&lines.concat())
    }

    /// Prints a frame.
    pub(super) fn frame(
        &mut self,
        direction: Direction,
        frame: &Frame,
        has_extension: bool,
    ) -> io::Result<()> {
        if !self.frames {
            return Ok(());
        }
        let mask = frame
            .mask
            .map_or_else(|| "no mask".to_owned(), |mask| format!("mask {:08x}", u32::from_be_bytes(mask)));
        let mut parts = vec![format!(
            "{} {} {} RSV {:03b} opcode {:X} {} {mask} {} bytes",
            self.arrow(direction),
            Zoned::now().strftime("%H:%M:%S%.3f"),
            if frame.fin { "FIN" } else { "---" },
            frame.rsv,
            frame.opcode.0,
            frame.opcode,
            frame.payload.len(),
        )];
        parts.extend(self.payload(frame));
        if frame.opcode == Opcode::CLOSE {
            let (code, reason) = frame.close_code().unwrap_or((CloseCode::NO_STATUS, String::new()));
            parts.push(format!("{code}. {}", self.meaning(code)));
            if !reason.is_empty() {
                parts.push(format!("Reason: {:?}", one_line(&reason)));
            }
        }
        if direction == Direction::Received {
            parts.extend(frame.faults(has_extension).iter().map(|fault| format!("(wrong: {fault})")));
        }
        self.print(&(parts.join("  ") + "\n"))
    }

    /// The first bytes of a frame's payload, and their text.
    fn payload(&self, frame: &Frame) -> Vec<String> {
        let first = &frame.payload[..frame.payload.len().min(self.bytes)];
        if first.is_empty() {
            return Vec::new();
        }
        let more = if frame.payload.len() > first.len() { " …" } else { "" };
        let bytes = format!("{}{more}", spaced_hex(first));
        if matches!(frame.opcode, Opcode::CLOSE | Opcode::BINARY) {
            return vec![bytes];
        }
        vec![bytes, format!("{:?}", String::from_utf8_lossy(first))]
    }

    /// Prints a whole message.
    pub(super) fn message(&mut self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        if self.frames {
            return Ok(());
        }
        match (opcode, str::from_utf8(payload), self.form) {
            (Opcode::TEXT, Ok(text), _) | (_, Ok(text), Form::Binary) => self.text(text),
            (_, _, Form::Base64) => self.print(&(BASE64.encode(payload) + "\n")),
            _ => self.print(&(spaced_hex(payload) + "\n")),
        }
    }

    /// A pipe gets a text as it is, a terminal nothing that it would obey.
    fn text(&mut self, text: &str) -> io::Result<()> {
        if !self.is_terminal {
            return writeln!(io::stdout(), "{text}");
        }
        let lines: String =
            text.split('\n').map(|line| line.chars().map(printable).collect::<String>() + "\n").collect();
        self.print(&lines)
    }

    fn arrow(&self, direction: Direction) -> &'static str {
        match (self.colours, direction) {
            (false, Direction::Sent) => "→",
            (false, Direction::Received) => "←",
            (true, Direction::Sent) => "\x1b[38;5;71m→\x1b[0m",
            (true, Direction::Received) => "\x1b[38;5;68m←\x1b[0m",
        }
    }
}
