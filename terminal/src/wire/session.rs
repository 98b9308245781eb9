//! A run of `wire`: connect, send and receive, close; with `--auto-reconnect` again and again.

use std::{collections::HashMap, io, time::Duration};

use client::CloseCode;
use crossterm::event::EventStream;
use futures_util::StreamExt;
use shared::close::Advice;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until};

use super::{
    args::{Wait, WireArgs},
    connection::Connection,
    frame::{Frame, Opcode},
    output::{Direction, Output},
    source::Source,
};
use crate::{
    editor::Input,
    exit::Exit,
    signals::{Signals, reader_gone},
};

/// The largest message that is assembled from fragments, in bytes.
const MESSAGE_BYTES: usize = 64 << 20;
/// The shortest and the longest wait before connecting again.
const FIRST_RECONNECT: Duration = Duration::from_millis(500);
const LONGEST_RECONNECT: Duration = Duration::from_secs(30);
/// The default of `--wait`, and what is left of it once a text has as many answers as it was sent.
const QUIET: Duration = Duration::from_secs(1);
const QUIET_AFTER_ANSWER: Duration = Duration::from_millis(100);

pub(crate) async fn run(args: WireArgs) -> Result<(), Exit> {
    let mut signals = Signals::new()?;
    let mut output = Output::new(&args);
    let mut source = Source::new(&args);
    let mut wait = FIRST_RECONNECT;
    let gone = reader_gone();
    tokio::pin!(gone);
    loop {
        let opened = tokio::select! {
            opened = Connection::open(&args.url, &args, &mut output) => opened,
            exit = signals.next() => return Err(exit),
        };
        let lost = match opened {
            Ok(connection) => {
                wait = FIRST_RECONNECT;
                let mut session = Session::new(connection, &args, &mut output, &mut source);
                let outcome = tokio::select! {
                    outcome = session.run() => outcome,
                    exit = signals.next() => Err(exit),
                    exit = &mut gone => Err(exit),
                };
                let ended = session.end(outcome).await;
                output.stop_editing();
                ended?
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Exit::OutputClosed),
            Err(error) => Some(error.to_string()),
        };
        if !args.auto_reconnect {
            return lost.map_or(Ok(()), |why| Err(Exit::Failed(why)));
        }
        let why = lost.unwrap_or_else(|| "the server closed".into());
        output.note(&format!("{why}; connecting again in {:.1} s", wait.as_secs_f32()))?;
        tokio::select! {
            () = sleep(wait) => {}
            exit = signals.next() => return Err(exit),
        }
        wait = (wait * 2).min(LONGEST_RECONNECT);
    }
}

/// How a connection ended.
enum Outcome {
    /// Everything was sent, and the answers came.
    Done,
    /// The server closed with this code and reason.
    Closed(CloseCode, String),
    /// The connection is to be closed with this code: the sentence says what the server did.
    Unacceptable(CloseCode, String),
    Lost(String),
}

/// What happens on one connection.
struct Session<'a> {
    connection: Connection,
    args: &'a WireArgs,
    output: &'a mut Output,
    source: &'a mut Source,
    /// The fragments of an incomplete message.
    fragments: Option<(Opcode, Vec<u8>)>,
    pings: HashMap<Vec<u8>, Instant>,
    pinged: u64,
    /// How many messages came.
    received: u64,
    /// When something last came or went.
    quiet_since: Instant,
}

impl<'a> Session<'a> {
    fn new(
        connection: Connection,
        args: &'a WireArgs,
        output: &'a mut Output,
        source: &'a mut Source,
    ) -> Self {
        let (pings, quiet_since) = (HashMap::new(), Instant::now());
        Self { connection, args, output, source, fragments: None, pings, pinged: 0, received: 0, quiet_since }
    }

    async fn run(&mut self) -> Result<Outcome, Exit> {
        let mut every = self.args.every.map(ticks);
        let mut ping = self.args.ping.map(ticks);
        let mut keys = None;
        if self.source.is_typed() {
            self.output.start_editing()?;
            keys = Some(EventStream::new());
        }
        loop {
            let over = self.source.is_over();
            let quiet_at = if over { self.quiet_at() } else { None };
            let takes = !over && self.connection.has_space();
            tokio::select! {
                frame = self.connection.next() => match frame {
                    Ok(Some(frame)) => {
                        if let Some(outcome) = self.receive(frame).await? {
                            return Ok(outcome);
                        }
                    }
                    Ok(None) => return Ok(Outcome::Lost("the server ended the connection without a close frame".into())),
                    Err(error) => return Ok(Outcome::Lost(format!("the connection was lost: {error}"))),
                },
                message = self.source.next(), if takes => {
                    if let Some(message) = message? {
                        self.send(&message)?;
                    }
                }
                event = next_event(&mut keys) => match event.transpose()? {
                    Some(event) => match self.output.edit(event)? {
                        Some(Input::Line(line)) => self.source.set_current(&line),
                        Some(Input::Interrupt) => return Err(Exit::Signal(2)),
                        Some(Input::End) => {
                            // Out of raw mode, Ctrl-C is a signal again.
                            self.output.stop_editing();
                            keys = None;
                            self.source.end();
                        }
                        None => {}
                    },
                    None => return Err(Exit::Signal(1)),
                },
                () = tick(&mut every), if takes => {
                    if let Some(message) = self.source.current() {
                        self.send(&message)?;
                    }
                }
                () = tick(&mut ping) => self.ping()?,
                () = sleep_until(quiet_at.unwrap_or_else(Instant::now)), if quiet_at.is_some() => {
                    return Ok(Outcome::Done);
                }
            }
        }
    }

    /// When the last answers are believed to have come; `None` if the server is to close.
    fn quiet_at(&self) -> Option<Instant> {
        let is_answered = self.args.text.is_some() && self.received >= self.source.sent;
        match self.args.wait {
            Some(Wait::Forever) => None,
            Some(Wait::Quiet(wait)) => Some(self.quiet_since + wait),
            None if is_answered => Some(self.quiet_since + QUIET_AFTER_ANSWER),
            None => Some(self.quiet_since + QUIET),
        }
    }

    /// Closes as the outcome asks for. Returns why the connection was lost, if it was.
    async fn end(&mut self, outcome: Result<Outcome, Exit>) -> Result<Option<String>, Exit> {
        match outcome {
            Ok(Outcome::Done) => {
                let fault = self.connection.close(CloseCode::NORMAL, "", self.output).await?;
                fault.map_or(Ok(None), |fault| Err(Exit::Failed(violated(fault))))
            }
            Ok(Outcome::Unacceptable(code, why)) => {
                self.connection.close(code, &why, self.output).await?;
                Ok(Some(why))
            }
            Ok(Outcome::Closed(code, reason)) => self.closed(code, &reason),
            Ok(Outcome::Lost(why)) => Ok(Some(why)),
            Err(exit) => {
                // Even if the reader of the output is gone, the server is told.
                let _ = self.connection.close(CloseCode::NORMAL, "", self.output).await;
                Err(exit)
            }
        }
    }

    /// The server closed. Returns a sentence if it was not properly.
    fn closed(&mut self, code: CloseCode, reason: &str) -> Result<Option<String>, Exit> {
        let reason = if reason.is_empty() { String::new() } else { format!(" Its reason: {reason:?}") };
        let sentence = format!("the server closed with {code}. {}{reason}", self.output.meaning(code));
        let is_proper =
            code.advice() == Advice::Stop || matches!(code, CloseCode::GOING_AWAY | CloseCode::NO_STATUS);
        if !is_proper {
            return Ok(Some(sentence));
        }
        self.output.note(&sentence)?;
        Ok(None)
    }

    fn send(&mut self, line: &[u8]) -> Result<(), Exit> {
        self.quiet_since = Instant::now();
        match self.source.form.read(line) {
            Ok((opcode, payload)) => {
                self.source.count_sent();
                Ok(self.connection.send(&Frame::message(opcode, payload), self.output)?)
            }
            Err(reason) if self.args.text.is_some() => {
                Err(Exit::Usage(format!("the text cannot be sent: {reason}")))
            }
            Err(reason) => Ok(self.output.note(&format!("a line was not sent: {reason}"))?),
        }
    }

    fn send_control(&mut self, opcode: Opcode, payload: Vec<u8>) -> Result<(), Exit> {
        // Our pings are short, and pings that are too long are violations that get no pong.
        let frame = Frame::control(opcode, payload).expect("the payload has at most 125 bytes");
        Ok(self.connection.send(&frame, self.output)?)
    }

    fn ping(&mut self) -> Result<(), Exit> {
        if self.pings.len() > 2 {
            self.output.note(&format!("{} pings were not answered", self.pings.len()))?;
        }
        self.pinged += 1;
        let payload = self.pinged.to_string().into_bytes();
        self.pings.insert(payload.clone(), Instant::now());
        self.send_control(Opcode::PING, payload)
    }

    async fn receive(&mut self, frame: Frame) -> Result<Option<Outcome>, Exit> {
        self.output.frame(Direction::Received, &frame, self.connection.has_extension)?;
        let fault = frame.faults(self.connection.has_extension).first().copied();
        if frame.opcode == Opcode::CLOSE {
            self.connection.send(&frame.close_answer(), self.output)?;
            self.connection.finish().await;
            let (code, reason) = frame.close_code().unwrap_or((CloseCode::NO_STATUS, String::new()));
            return Ok(Some(match fault {
                Some(fault) => Outcome::Lost(format!("{} (its close code is {code})", violated(fault))),
                None => Outcome::Closed(code, reason),
            }));
        }
        if let Some(fault) = fault {
            return Ok(Some(Outcome::Unacceptable(CloseCode::PROTOCOL, violated(fault))));
        }
        match frame.opcode {
            Opcode::PING => self.send_control(Opcode::PONG, frame.payload)?,
            Opcode::PONG => {
                if let Some(sent) = self.pings.remove(&frame.payload) {
                    let millis = sent.elapsed().as_secs_f64() * 1_000.0;
                    self.output.note(&format!("pong after {millis:.1} ms"))?;
                }
            }
            _ => {
                self.quiet_since = Instant::now();
                return self.data(frame);
            }
        }
        Ok(None)
    }

    /// Assembles messages from fragments.
    fn data(&mut self, frame: Frame) -> Result<Option<Outcome>, Exit> {
        let unacceptable = |code, why| Ok(Some(Outcome::Unacceptable(code, why)));
        let (opcode, mut payload) = match (self.fragments.take(), frame.opcode) {
            (Some(fragments), Opcode::CONTINUATION) => fragments,
            (None, Opcode::CONTINUATION) => {
                return unacceptable(
                    CloseCode::PROTOCOL,
                    violated("a continuation came without a beginning"),
                );
            }
            (None, opcode) => (opcode, Vec::new()),
            (Some(_), _) => {
                return unacceptable(
                    CloseCode::PROTOCOL,
                    violated("a message began before the last one was complete"),
                );
            }
        };
        payload.extend(frame.payload);
        if payload.len() > MESSAGE_BYTES {
            return unacceptable(
                CloseCode::TOO_BIG,
                "a message is larger than 64 MiB, more than wire reads".into(),
            );
        }
        if !frame.fin {
            self.fragments = Some((opcode, payload));
            return Ok(None);
        }
        self.received += 1;
        // With an extension, the bytes are in the extension's form.
        let is_text = opcode == Opcode::TEXT && !self.connection.has_extension;
        self.output.message(opcode, &payload)?;
        if is_text && str::from_utf8(&payload).is_err() {
            return unacceptable(CloseCode::NOT_UTF8, violated("a text message is not UTF-8"));
        }
        Ok(None)
    }
}

fn violated(fault: &str) -> String {
    format!("the server broke a rule of RFC 6455: {fault}")
}

async fn next_event(keys: &mut Option<EventStream>) -> Option<io::Result<crossterm::event::Event>> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}
