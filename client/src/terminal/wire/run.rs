//! The course of a `wire`: connect, talk, end; perhaps again.

use std::{collections::HashMap, io, time::Duration};

use shared::{CloseCode, close::Advice};
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until},
};

use super::{
    Form, Wait, WireArgs,
    connection::Connection,
    frame::{Frame, Opcode},
    show::Show,
};
use crate::terminal::{
    ending::Ending,
    signals::{Signals, reader_gone},
    stdin,
};

/// The largest message that is put together from fragments, in bytes.
const MESSAGE_BYTES: usize = 64 << 20;
/// The longest wait before connecting again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

pub(crate) async fn run(args: WireArgs) -> Result<(), Ending> {
    let mut signals = Signals::new()?;
    let mut show = Show::new(&args);
    let mut source = Source::new(&args);
    let mut wait = Duration::from_millis(500);
    let gone = reader_gone();
    tokio::pin!(gone);
    loop {
        let opened = tokio::select! {
            opened = Connection::open(&args.url, &args, &mut show) => opened,
            ending = signals.next() => return Err(ending),
        };
        let lost = match opened {
            Ok(connection) => {
                wait = Duration::from_millis(500);
                let mut talk = Talk::new(connection, &args, &mut show, &mut source);
                let outcome = tokio::select! {
                    outcome = talk.run() => outcome?,
                    ending = signals.next() => Outcome::Ended(ending),
                    ending = &mut gone => Outcome::Ended(ending),
                };
                match outcome {
                    Outcome::Done => {
                        talk.connection.goodbye(talk.show).await?;
                        return Ok(());
                    }
                    Outcome::Ended(ending) => {
                        // Our own output may be gone, but the server is to hear it all the same.
                        let _ = talk.connection.goodbye(talk.show).await;
                        return Err(ending);
                    }
                    Outcome::Closed(code, reason) => closed(code, &reason),
                    Outcome::Lost(why) => Err(why),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Ending::Unread),
            Err(error) => Err(error.to_string()),
        };
        if !args.auto_reconnect {
            return lost.map_err(Ending::Failed);
        }
        let why = lost.err().unwrap_or_else(|| "the server closed".into());
        Show::note(&format!("{why}; connecting again in {:.1} s", wait.as_secs_f32()));
        tokio::select! {
            () = sleep(wait) => {}
            ending = signals.next() => return Err(ending),
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// The server closed: as it should be, or with a sentence about what was wrong.
fn closed(code: CloseCode, reason: &str) -> Result<(), String> {
    let reason = if reason.is_empty() { String::new() } else { format!(" Its reason: {reason:?}") };
    let sentence = format!("the server closed with {code}. {}{reason}", code.meaning());
    let good = code.advice() == Advice::Stop || matches!(code, CloseCode::GOING_AWAY | CloseCode::NO_STATUS);
    if good {
        Show::note(&sentence);
        Ok(())
    } else {
        Err(sentence)
    }
}

/// What is to be sent, over all connections.
struct Source {
    form: Form,
    lines: Option<mpsc::Receiver<io::Result<Vec<u8>>>>,
    /// The text, or the last line that was read.
    current: Option<Vec<u8>>,
    /// How often `current` is to be sent at once.
    burst: u64,
    /// How many messages may still be sent.
    left: u64,
    /// The current one is sent again and again.
    repeats: bool,
}

impl Source {
    fn new(args: &WireArgs) -> Self {
        let lines = if args.text.is_none() { Some(stdin::lines()) } else { None };
        let burst = match (&args.text, args.every) {
            (None, _) => 0,
            (Some(_), Some(_)) => 1,
            (Some(_), None) => args.count.unwrap_or(1),
        };
        Self {
            form: args.form(),
            lines,
            current: args.text.clone().map(String::into_bytes),
            burst,
            left: args.count.unwrap_or(u64::MAX),
            repeats: args.every.is_some(),
        }
    }

    /// Nothing more is to be sent.
    fn is_over(&self) -> bool {
        self.left == 0
            || (self.lines.is_none() && self.burst == 0 && (!self.repeats || self.current.is_none()))
    }

    /// The next message that does not wait for its time; none when standard input has ended. Cancelling loses nothing.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Ending> {
        if self.burst > 0 {
            self.burst -= 1;
            return Ok(self.current.clone());
        }
        let Some(lines) = &mut self.lines else { return std::future::pending().await };
        let line = lines.recv().await.transpose()?;
        if line.is_none() {
            self.lines = None;
            return Ok(None);
        }
        self.current = line;
        Ok(self.current.clone())
    }
}

enum Outcome {
    /// Everything was sent, and the answers came.
    Done,
    Ended(Ending),
    Closed(CloseCode, String),
    Lost(String),
}

/// One connection's course.
struct Talk<'a> {
    connection: Connection,
    args: &'a WireArgs,
    show: &'a mut Show,
    source: &'a mut Source,
    /// The fragments of a message that is not whole yet.
    part: Option<(Opcode, Vec<u8>)>,
    pings: HashMap<Vec<u8>, Instant>,
    pinged: u64,
    /// When something last came or went.
    quiet_since: Instant,
}

impl<'a> Talk<'a> {
    fn new(connection: Connection, args: &'a WireArgs, show: &'a mut Show, source: &'a mut Source) -> Self {
        let (part, pings, quiet_since) = (None, HashMap::new(), Instant::now());
        Self { connection, args, show, source, part, pings, pinged: 0, quiet_since }
    }

    async fn run(&mut self) -> Result<Outcome, Ending> {
        let mut every = self.args.every.map(ticks);
        let mut ping = self.args.ping.map(ticks);
        loop {
            let over = self.source.is_over();
            let quiet = match self.args.wait {
                Wait::Quiet(wait) if over => Some(self.quiet_since + wait),
                _ => None,
            };
            let takes = !over && self.connection.takes_more();
            tokio::select! {
                frame = self.connection.next() => match frame {
                    Ok(Some(frame)) => {
                        if let Some(outcome) = self.came(frame).await? {
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
                () = tick(&mut every), if takes => {
                    if let Some(message) = self.source.current.clone() {
                        self.send(&message)?;
                    }
                }
                () = tick(&mut ping) => self.ping()?,
                () = async { sleep_until(quiet.expect("checked")).await }, if quiet.is_some() => {
                    return Ok(Outcome::Done);
                }
            }
        }
    }

    fn send(&mut self, line: &[u8]) -> Result<(), Ending> {
        self.quiet_since = Instant::now();
        match self.source.form.read(line) {
            Ok((opcode, payload)) => {
                self.source.left -= 1;
                Ok(self.connection.send(opcode, payload, self.show)?)
            }
            Err(reason) if self.args.text.is_some() => {
                Err(Ending::Usage(format!("the text cannot be sent: {reason}")))
            }
            Err(reason) => {
                Show::note(&format!("a line was not sent: {reason}"));
                Ok(())
            }
        }
    }

    fn ping(&mut self) -> Result<(), Ending> {
        if self.pings.len() > 2 {
            Show::note(&format!("{} pings were not answered", self.pings.len()));
        }
        self.pinged += 1;
        let payload = self.pinged.to_string().into_bytes();
        self.pings.insert(payload.clone(), Instant::now());
        Ok(self.connection.send(Opcode::PING, payload, self.show)?)
    }

    /// Takes a frame that came.
    async fn came(&mut self, frame: Frame) -> Result<Option<Outcome>, Ending> {
        self.show.frame("←", &frame)?;
        if !self.args.frames {
            frame.faults().iter().for_each(|fault| Show::note(&format!("a frame is wrong: {fault}")));
        }
        match frame.opcode {
            Opcode::PING => self.connection.send(Opcode::PONG, frame.payload, self.show)?,
            Opcode::PONG => {
                if let Some(sent) = self.pings.remove(&frame.payload) {
                    Show::note(&format!("pong after {:.1} ms", sent.elapsed().as_secs_f64() * 1_000.0));
                }
            }
            Opcode::CLOSE => {
                let said = frame.close();
                let payload =
                    said.as_ref().map_or_else(Vec::new, |(code, _)| Frame::close_payload(*code, ""));
                self.connection.send(Opcode::CLOSE, payload, self.show)?;
                self.connection.part().await;
                let (code, reason) = said.unwrap_or((CloseCode::NO_STATUS.0, String::new()));
                return Ok(Some(Outcome::Closed(CloseCode(code), reason)));
            }
            _ => {
                self.quiet_since = Instant::now();
                return self.data(frame);
            }
        }
        Ok(None)
    }

    /// Puts a message together.
    fn data(&mut self, frame: Frame) -> Result<Option<Outcome>, Ending> {
        let (opcode, mut payload) = match (self.part.take(), frame.opcode) {
            (Some(part), Opcode::CONTINUATION) => part,
            (None, Opcode::CONTINUATION) => {
                Show::note("a continuation came, and nothing that it continues");
                (Opcode::BINARY, Vec::new())
            }
            (None, opcode) => (opcode, Vec::new()),
            (Some(_), opcode) => {
                Show::note("a message began before the last one was whole");
                (opcode, Vec::new())
            }
        };
        payload.extend(frame.payload);
        if payload.len() > MESSAGE_BYTES {
            return Ok(Some(Outcome::Lost(format!("a message is larger than {MESSAGE_BYTES} bytes"))));
        }
        if !frame.fin {
            self.part = Some((opcode, payload));
            return Ok(None);
        }
        if opcode == Opcode::TEXT && str::from_utf8(&payload).is_err() {
            Show::note("a text message is not UTF-8, which RFC 6455 forbids; shown in hexadecimal");
        }
        self.show.message(opcode, &payload)?;
        Ok(None)
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
