//! `parlor tail`: follows a room, a message a line.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use clap::Args;
use shared::{AboutKind, Connection, Epoch, Message, Refusal, RoomName, Seq, Side, limits};

use super::{
    ending::Ending,
    environment,
    identity::{ServerArgs, UrlArgs},
    shown::{hue, one_line},
    signals::{Signals, reader_gone},
    time::local,
};
use crate::{Client, Event, Events, Page, PageError};

/// Follow a room: each message is a line, as soon as it is stored.
///
/// It begins with the newest messages, or after --after with everything that came later, and goes on until it is
/// stopped. When the connection is lost it says so on standard error, connects again, and goes on where it was: no
/// message is missing and none comes twice.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct TailArgs {
    #[command(flatten)]
    url: UrlArgs,
    /// The room.
    #[arg(long, short, env = "PARLOR_ROOM", value_name = "ROOM")]
    room: RoomName,
    /// Print each message as the JSON object that the protocol has, for programs.
    #[arg(long)]
    json: bool,
    /// Begin after the message with this number.
    #[arg(long, value_name = "SEQ", value_parser = seq, conflicts_with = "lines")]
    after: Option<Seq>,
    /// Begin with so many of the newest messages, up to 50.
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10)]
    lines: usize,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor tail --room lobby
  parlor tail wss://chat.example.org --room deploys --json | jq -r .text
  parlor tail --room lobby --after 1041

Exit codes: 0 whoever read our output went away, 1 failed (the name or the room was refused), 2 usage, 130 Ctrl-C,
143 SIGTERM.";

fn seq(text: &str) -> Result<Seq, String> {
    text.trim_start_matches('#').parse().map(Seq).map_err(|_| "a message's number is a whole number".into())
}

pub(super) async fn run(args: TailArgs) -> Result<(), Ending> {
    let mut signals = Signals::new()?;
    let notice = |why: &str| eprintln!("parlor: {why}; trying again until it succeeds");
    let (client, events) = tokio::select! {
        connected = args.server.connect(&args.url.url, None, notice) => connected?,
        ending = signals.next() => return Err(ending),
    };
    client.join(&args.room);
    let mut tail = Tail {
        client: client.clone(),
        events,
        room: args.room,
        epoch: None,
        last: args.after,
        lines: args.lines,
        printer: Printer { json: args.json, colours: environment::colours() },
        lost: false,
    };
    let ending = tokio::select! {
        ended = tail.run() => ended,
        ending = signals.next() => Err(ending),
        ending = reader_gone() => Err(ending),
    };
    client.close().await;
    ending
}

struct Tail {
    client: Client,
    events: Events,
    room: RoomName,
    epoch: Option<Epoch>,
    /// The last message that was printed.
    last: Option<Seq>,
    lines: usize,
    printer: Printer,
    /// The connection was lost, and that was said.
    lost: bool,
}

impl Tail {
    async fn run(&mut self) -> Result<(), Ending> {
        while let Some(event) = self.events.next().await {
            match event {
                Event::Joined { epoch, head, resumed, messages, .. } => {
                    self.joined(epoch, head, resumed, messages).await?;
                }
                Event::Message(message) => self.print([message])?,
                Event::Connection(connection) => self.connection(&connection)?,
                Event::Refused(refusal) if refusal.retry_after_ms.is_none() => return Err(failed(refusal)),
                _ => {}
            }
        }
        Ok(())
    }

    async fn joined(
        &mut self,
        epoch: Epoch,
        head: Seq,
        resumed: bool,
        mut messages: Vec<Message>,
    ) -> Result<(), Ending> {
        let known = self.epoch.replace(epoch);
        if resumed {
            return Ok(());
        }
        let is_other = known.is_some_and(|known| Some(known) != self.epoch);
        if is_other || self.last.is_some_and(|last| last > head) {
            eprintln!(
                "parlor: the room's log is not the one that it was: beginning with its latest messages"
            );
            self.last = None;
        } else if self.last.is_none() {
            messages.drain(..messages.len().saturating_sub(self.lines));
        } else {
            self.catch_up().await?;
        }
        self.print(messages)
    }

    /// Prints what came after the last message, page by page.
    async fn catch_up(&mut self) -> Result<(), Ending> {
        loop {
            let after = self.last.unwrap_or(Seq::ZERO);
            let (page, meanwhile) = self.page(after).await?;
            let more = page.more;
            self.print(page.messages)?;
            if !more {
                return self.print(meanwhile);
            }
        }
    }

    /// A page, and the messages that came while it was waited for. Events must be read meanwhile: the page comes
    /// behind them.
    async fn page(&mut self, after: Seq) -> Result<(Page, VecDeque<Message>), Ending> {
        let mut meanwhile = VecDeque::new();
        loop {
            let (client, room) = (self.client.clone(), self.room.clone());
            let asked = client.page(&room, Side::After(after), limits::PAGE_MESSAGES);
            tokio::pin!(asked);
            let answer = loop {
                tokio::select! {
                    answer = &mut asked => break answer,
                    event = self.events.next() => match event {
                        Some(Event::Message(message)) => meanwhile.push_back(message),
                        Some(Event::Connection(connection)) => self.connection(&connection)?,
                        Some(_) => {}
                        None => return Err(Ending::Told),
                    },
                }
            };
            match answer {
                Ok(page) => return Ok((page, meanwhile)),
                Err(PageError::NotConnected) => {}
                Err(PageError::Refused(refusal)) if refusal.retry_after_ms.is_none() => {
                    return Err(failed(refusal));
                }
                Err(PageError::Refused(refusal)) => {
                    let wait = refusal.retry_after_ms.unwrap_or(limits::HEARTBEAT_MS);
                    tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
                }
            }
            // The connection was lost. While it is away nothing comes, so nothing waits to be read.
            self.client.ready().await?;
        }
    }

    fn connection(&mut self, connection: &Connection) -> Result<(), Ending> {
        match connection {
            Connection::Waiting { .. } if !self.lost => {
                self.lost = true;
                let why = self.client.failure().unwrap_or_else(|| "the connection was lost".into());
                eprintln!("parlor: {why}; trying again until it succeeds");
            }
            Connection::Live if std::mem::take(&mut self.lost) => {
                eprintln!("parlor: connected again");
            }
            Connection::Refused(refusal) => return Err(failed(refusal.clone())),
            _ => {}
        }
        Ok(())
    }

    /// Prints what was not printed yet.
    fn print(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), Ending> {
        let mut out = io::stdout().lock();
        for message in messages {
            if self.last.is_none_or(|last| message.seq > last) {
                self.last = Some(message.seq);
                self.printer.print(&mut out, &message)?;
            }
        }
        Ok(out.flush()?)
    }
}

fn failed(refusal: Refusal) -> Ending {
    Ending::Failed(refusal.reason)
}

struct Printer {
    json: bool,
    colours: bool,
}

impl Printer {
    fn print(&self, out: &mut impl Write, message: &Message) -> io::Result<()> {
        if self.json {
            serde_json::to_writer(&mut *out, message)?;
            return writeln!(out);
        }
        let time = local(message.sent_at).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let (dim, name, plain) = if self.colours {
            ("\x1b[2m", format!("\x1b[38;5;{}m", hue(&message.username)), "\x1b[0m")
        } else {
            ("", String::new(), "")
        };
        write!(out, "{dim}{time} #{}{plain} {name}{}{plain}", message.seq.0, message.username)?;
        let text = one_line(&message.text);
        match message.about {
            None if text.is_empty() => writeln!(out, " {dim}(taken back){plain}"),
            None => writeln!(out, ": {text}"),
            Some(about) => match about.kind {
                AboutKind::Reply => writeln!(out, " {dim}to #{}{plain}: {text}", about.seq.0),
                AboutKind::Edit => writeln!(out, " {dim}changed #{}{plain}: {text}", about.seq.0),
                AboutKind::Retraction => writeln!(out, " {dim}took back #{}{plain}", about.seq.0),
                AboutKind::Reaction => writeln!(out, " {dim}reacted to #{}{plain}: {text}", about.seq.0),
            },
        }
    }
}
