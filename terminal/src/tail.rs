//! `parlor tail`: follows a room, one message a line.
//!
//! It reads the room's event stream over HTTP. So it has no session and no name, and is not counted as a member.

use std::{
    convert::Infallible,
    future::Future,
    io::{self, Write},
    time::Duration,
};

use clap::Args;
use client::{AboutKind, Address, Api, ApiError, Epoch, Message, RoomEvent, RoomName, Seq};
use tokio::time::sleep;

use crate::{
    display::{authorship_mark, hue, one_line},
    environment,
    exit::Exit,
    identity::{NOTICE_AFTER, ServerArgs, UrlArgument},
    signals::{Signals, reader_gone},
    time::local,
};

/// The shortest and the longest wait before connecting again.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The most messages to begin with.
const MOST_LINES: u16 = 200;

/// Follow a room: each message is one line, as soon as it is stored.
///
/// It begins with the newest messages, or with --after with everything after that message, and goes on until it is
/// stopped. If the connection is lost, it says so on standard error, connects again, and continues: no message is missing
/// and none comes twice. It does not count as a member of the room. A name that no token proved is marked: `ann?` was
/// only stated, `ann*` was imported.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct TailArgs {
    #[command(flatten)]
    server: UrlArgument,
    /// The room.
    #[arg(long, short, env = "PARLOR_ROOM", value_name = "ROOM")]
    room: RoomName,
    /// Print each message as the protocol's JSON object, for programs.
    #[arg(long)]
    json: bool,
    /// Begin after the message with this number.
    #[arg(long, value_name = "SEQ", value_parser = seq, conflicts_with = "lines")]
    after: Option<Seq>,
    /// Begin with this many of the newest messages, 0 to 200.
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 10,
        value_parser = clap::value_parser!(u16).range(..=i64::from(MOST_LINES)))]
    lines: u16,
    #[command(flatten)]
    identity: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor tail --room lobby
  parlor tail wss://chat.example.org --room deploys --json | jq -r .text
  parlor tail --room lobby --after 1041

Exit codes: 0 the reader of the output went away, 1 failed (there is no Parlor server, it refused, or you are no longer in the
room), 2 usage, 130 Ctrl-C, 143 SIGTERM.";

fn seq(text: &str) -> Result<Seq, String> {
    text.trim_start_matches('#').parse().map(Seq).map_err(|_| "a message's number is a whole number".into())
}

pub(super) async fn run(args: TailArgs) -> Result<(), Exit> {
    let mut signals = Signals::new()?;
    let address = args.server.url.without_invitation()?;
    let token = args.identity.token_for_reading(&address)?;
    let mut tail = Tail {
        api: Api::new(&address, token),
        may_drop_token: !args.identity.has_own_token(),
        address,
        room: args.room,
        position: None,
        after: args.after,
        lines: args.lines,
        printer: Printer { json: args.json, colours: environment::colours() },
        wait: FIRST_WAIT,
        is_lost: false,
    };
    tokio::select! {
        ended = tail.run() => match ended { Err(exit) => Err(exit) },
        exit = signals.next() => Err(exit),
        exit = reader_gone() => Err(exit),
    }
}

/// Why following ended.
enum Stop {
    Api(ApiError),
    Exit(Exit),
    /// The numbers of the log changed: begin anew.
    OtherLog,
    /// Messages that come next are deleted, and the user knows: go on behind them.
    Expired,
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Exit(error.into())
    }
}

struct Tail {
    api: Api,
    address: Address,
    /// The token is one that was kept, not one that the user gave.
    may_drop_token: bool,
    room: RoomName,
    /// The last message that was printed, and its epoch.
    position: Option<(Epoch, Seq)>,
    /// The message that the user asked to begin after.
    after: Option<Seq>,
    lines: u16,
    printer: Printer,
    /// The wait before connecting again.
    wait: Duration,
    /// The connection was lost, and the user knows.
    is_lost: bool,
}

impl Tail {
    async fn run(&mut self) -> Result<Infallible, Exit> {
        loop {
            let error = match self.follow().await {
                Err(Stop::Api(error)) => error,
                Err(Stop::Exit(exit)) => return Err(exit),
                Err(Stop::Expired) => continue,
                Err(Stop::OtherLog) => {
                    eprintln!(
                        "parlor: the numbers of this room's log changed: beginning with its newest messages"
                    );
                    (self.position, self.after) = (None, None);
                    continue;
                }
            };
            if matches!(error, ApiError::Refused { status: 401, .. })
                && std::mem::take(&mut self.may_drop_token)
            {
                // The kept token is of another server at this address. Reading needs no name.
                self.api = Api::new(&self.address, None);
                continue;
            }
            if !error.is_passing() {
                return Err(error.into());
            }
            if !self.is_lost {
                eprintln!("parlor: {error}; trying again until it succeeds");
                self.is_lost = true;
            }
            sleep(self.wait).await;
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Prints messages until the connection is lost.
    async fn follow(&mut self) -> Result<Infallible, Stop> {
        let (epoch, mut after) = match self.position.clone() {
            Some(position) => position,
            None => self.begin().await?,
        };
        let opened = self.api.events(&self.room, &epoch, after);
        let mut events = tell_if_slow(&self.address, opened).await?;
        loop {
            match events.next().await? {
                RoomEvent::Joined { resumed: true, .. } => {
                    self.wait = FIRST_WAIT;
                    if std::mem::take(&mut self.is_lost) {
                        eprintln!("parlor: connected again");
                    }
                }
                RoomEvent::Joined { epoch: now, floor, .. } if now == epoch && after < floor => {
                    eprintln!("parlor: messages up to #{floor} are not kept any more: going on after it");
                    self.position = Some((epoch, floor));
                    return Err(Stop::Expired);
                }
                RoomEvent::Joined { .. } => return Err(Stop::OtherLog),
                RoomEvent::Left => {
                    let sentence = format!("you are no longer in {}: nothing more comes from it", self.room);
                    return Err(Stop::Exit(Exit::Failed(sentence)));
                }
                RoomEvent::Message(message) => {
                    let seq = message.seq;
                    self.print([message])?;
                    after = seq;
                    self.position = Some((epoch.clone(), seq));
                }
            }
        }
    }

    /// Prints the messages to begin with, and returns where the log goes on.
    async fn begin(&mut self) -> Result<(Epoch, Seq), Stop> {
        let lines = if self.after.is_some() { 0 } else { self.lines };
        let latest = self.api.messages(&self.room, None, lines.max(1));
        let page = tell_if_slow(&self.address, latest).await?;
        let at = match self.after {
            Some(after) if after > page.head => return Err(Stop::OtherLog),
            Some(after) => after,
            None => {
                // Not `head`: it may be newer than the page.
                let last = page.messages.last().map_or(Seq::ZERO, |last| last.seq);
                let skipped = page.messages.len().saturating_sub(lines.into());
                self.print(page.messages.into_iter().skip(skipped))?;
                last
            }
        };
        self.position = Some((page.epoch.clone(), at));
        Ok((page.epoch, at))
    }

    fn print(&self, messages: impl IntoIterator<Item = Message>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for message in messages {
            self.printer.print(&mut out, &message)?;
        }
        out.flush()
    }
}

/// Waits for an answer, and says so if it does not come soon.
async fn tell_if_slow<T>(address: &Address, answer: impl Future<Output = T>) -> T {
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => return answer,
        () = sleep(NOTICE_AFTER) => eprintln!("parlor: {} has not answered yet", address.authority()),
    }
    answer.await
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
        let mark = authorship_mark(message.authorship);
        write!(out, "{dim}{time} #{}{plain} {name}{}{plain}{mark}", message.seq, message.username)?;
        let text = one_line(&message.text);
        match message.about {
            None if text.is_empty() => writeln!(out, " {dim}(retracted){plain}"),
            None => writeln!(out, ": {text}"),
            Some(about) => match about.kind {
                AboutKind::Reply => writeln!(out, " {dim}replied to #{}{plain}: {text}", about.seq),
                AboutKind::Edit => writeln!(out, " {dim}edited #{}{plain}: {text}", about.seq),
                AboutKind::Retraction => writeln!(out, " {dim}retracted #{}{plain}", about.seq),
                AboutKind::Reaction => writeln!(out, " {dim}reacted to #{}{plain}: {text}", about.seq),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use client::{About, Authorship};

    use super::*;

    #[test]
    fn a_line_marks_names_that_no_token_proved_and_says_what_it_is_about() {
        let message = Message {
            room: "lobby".parse().unwrap(),
            seq: Seq(7),
            id: "a".parse().unwrap(),
            username: "ann".parse().unwrap(),
            text: "hi".into(),
            sent_at: client::Timestamp::default(),
            about: None,
            authorship: Authorship::Unproven,
        };
        let line = |message: &Message| {
            let mut out = Vec::new();
            Printer { json: false, colours: false }.print(&mut out, message).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(line(&message).ends_with(" #7 ann?: hi\n"), "{}", line(&message));
        let about = Some(About { seq: Seq(3), kind: AboutKind::Reply });
        let imported = Message { authorship: Authorship::Imported, about, ..message };
        assert!(line(&imported).ends_with(" #7 ann* replied to #3: hi\n"), "{}", line(&imported));
    }
}
