//! `parlor send`: posts, and knows that what it posted is stored.

use std::{
    collections::VecDeque,
    io::{self, IsTerminal},
    time::Duration,
};

use clap::Args;
use shared::RoomName;
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::{
    ending::Ending,
    identity::{DefaultUrl, ServerArgs},
    signals::Signals,
    stdin,
    time::duration,
};
use crate::{Address, Client, PostFailure, Posting};

/// So many posts may be unacknowledged at once.
const UNDERWAY: usize = 512;
/// After Ctrl-C, what is under way has so long to be acknowledged.
const LAST_CALL: Duration = Duration::from_secs(1);

/// Post a text, or each line of standard input, into a room.
///
/// It exits with 0 only when the server has acknowledged everything, which means that it is on its disk. Lost
/// connections are made again and nothing is posted twice; if nothing is acknowledged for the time of --timeout it
/// gives up with 1, and says how many lines it does not know about. A line that is refused is reported with its number,
/// the others are posted, and the exit code is 1. Blank lines are left out.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct SendArgs {
    /// The server's URL, then the text. A first word that begins with ws://, wss://, http:// or https:// is the URL.
    /// Without a text, standard input is posted, line by line.
    #[arg(value_names = ["URL", "TEXT"], num_args = 0..=2)]
    what: Vec<String>,
    /// The room.
    #[arg(long, short, env = "PARLOR_ROOM", value_name = "ROOM")]
    room: RoomName,
    /// Post once in this time, as 1s or 500ms: the text again and again until Ctrl-C, or a line at a time.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    every: Option<Duration>,
    /// Give up when nothing was acknowledged for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    timeout: Duration,
    #[command(flatten)]
    default_url: DefaultUrl,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor send --room deploys 'Version 7 is live'
  journalctl -fu parlor | parlor send wss://chat.example.org --room logs --name log-bot
  parlor send --room lobby --every 1s ping

Exit codes: 0 everything is acknowledged, 1 something is not, 2 usage, 130 Ctrl-C (with --every: 0, as far as everything
was acknowledged), 143 SIGTERM. Tokens are kept in ~/.local/state/parlor/tokens.json; PARLOR_TOKEN gives another one.";

pub(super) async fn run(args: SendArgs) -> Result<(), Ending> {
    let (address, text) = what(args.what, args.default_url.default_url)?;
    let mut signals = Signals::new()?;
    let connecting = args.server.connect(&address, Some(args.timeout), |_| {});
    let (client, _) = tokio::select! {
        connected = connecting => connected?,
        ending = signals.next() => return Err(ending),
    };
    let source = match text {
        Some(text) if args.every.is_some() => Source::Again(text),
        Some(text) => Source::Once(Some(text)),
        None => {
            if io::stdin().is_terminal() {
                eprintln!("Each line is posted into {}. Ctrl-D ends.", args.room);
            }
            Source::Lines(stdin::lines())
        }
    };
    let pace = args.every.map(|every| {
        let mut pace = interval(every);
        pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
        pace
    });
    let mut sender = Sender {
        client: client.clone(),
        room: args.room,
        timeout: args.timeout,
        underway: VecDeque::new(),
        lines: matches!(source, Source::Lines(_)),
        taken: 0,
        acknowledged: 0,
        failed: false,
        progress: Instant::now(),
    };
    let ended = sender.run(source, pace, &mut signals).await;
    client.close().await;
    ended
}

/// Tells the URL from the text.
fn what(words: Vec<String>, default: Address) -> Result<(Address, Option<String>), Ending> {
    let is_url = |word: &String| {
        let schemes = ["ws://", "wss://", "http://", "https://"];
        schemes.iter().any(|scheme| word.starts_with(scheme)) && !word.contains(char::is_whitespace)
    };
    let mut words = words.into_iter().peekable();
    let address = match words.next_if(is_url) {
        Some(url) => url.parse().map_err(|error| Ending::Usage(format!("{error}")))?,
        None => default,
    };
    let text = words.next();
    match words.next() {
        Some(_) => Err(Ending::Usage(
            "the first of two words must be the URL, as ws://127.0.0.1:8080; put a text of several words in quotes"
                .into(),
        )),
        None => Ok((address, text)),
    }
}

/// Where posts come from.
enum Source {
    Once(Option<String>),
    Again(String),
    Lines(mpsc::Receiver<io::Result<Vec<u8>>>),
}

impl Source {
    /// The next text; none when there are no more. Cancelling loses nothing.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Once(text) => Ok(text.take().map(String::into_bytes)),
            Self::Again(text) => Ok(Some(text.clone().into_bytes())),
            Self::Lines(lines) => lines.recv().await.transpose(),
        }
    }
}

struct Sender {
    client: Client,
    room: RoomName,
    timeout: Duration,
    underway: VecDeque<(u64, Posting)>,
    /// The texts are lines of standard input.
    lines: bool,
    /// How many were read.
    taken: u64,
    acknowledged: u64,
    /// A line was refused.
    failed: bool,
    /// When something was last acknowledged, or there was nothing to acknowledge.
    progress: Instant,
}

impl Sender {
    async fn run(
        &mut self,
        mut source: Source,
        mut pace: Option<Interval>,
        signals: &mut Signals,
    ) -> Result<(), Ending> {
        let mut more = true;
        while more || !self.underway.is_empty() {
            let give_up = self.progress + self.timeout;
            let waiting = !self.underway.is_empty();
            let next = async {
                if let Some(pace) = &mut pace {
                    pace.tick().await;
                }
                source.next().await
            };
            tokio::select! {
                biased;
                ending = signals.next() => return self.interrupted(ending, pace.is_some()).await,
                answer = front(&mut self.underway), if waiting => self.answered(answer),
                line = next, if more && self.underway.len() < UNDERWAY => match line? {
                    Some(line) => self.take(line).await,
                    None => more = false,
                },
                () = sleep_until(give_up), if waiting => return Err(self.unknown()),
            }
        }
        if self.failed { Err(Ending::Told) } else { Ok(()) }
    }

    async fn take(&mut self, line: Vec<u8>) {
        self.taken += 1;
        let Ok(text) = String::from_utf8(line) else {
            return self.refused(self.taken, "it is not UTF-8");
        };
        if self.lines && text.trim().is_empty() {
            return;
        }
        if self.underway.is_empty() {
            self.progress = Instant::now();
        }
        let posting = self.client.enqueue(&self.room, &text, None).await;
        self.underway.push_back((self.taken, posting));
    }

    fn answered(&mut self, (line, answer): (u64, Result<crate::Posted, PostFailure>)) {
        self.progress = Instant::now();
        match answer {
            Ok(_) => self.acknowledged += 1,
            Err(failure) => self.refused(line, &failure.to_string()),
        }
    }

    fn refused(&mut self, line: u64, reason: &str) {
        eprintln!("parlor: line {line} was not posted: {reason}");
        self.failed = true;
    }

    async fn interrupted(&mut self, ending: Ending, was_endless: bool) -> Result<(), Ending> {
        let all = async {
            while !self.underway.is_empty() {
                let answer = front(&mut self.underway).await;
                self.answered(answer);
            }
        };
        let in_time = timeout(LAST_CALL, all).await.is_ok();
        match (in_time && !self.failed, was_endless && ending == Ending::Signal(2)) {
            (true, true) => Ok(()),
            (true, false) => Err(ending),
            (false, _) => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> Ending {
        let why = self.client.failure().map_or_else(String::new, |failure| format!(" ({failure})"));
        Ending::Failed(format!(
            "{} posts were not acknowledged in time{why}, so they may be stored or not; {} were",
            self.underway.len(),
            self.acknowledged
        ))
    }
}

/// The answer to the oldest post.
async fn front(underway: &mut VecDeque<(u64, Posting)>) -> (u64, Result<crate::Posted, PostFailure>) {
    let Some((line, posting)) = underway.front_mut() else { return std::future::pending().await };
    let answer = (*line, posting.await);
    underway.pop_front();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_told_from_the_text() {
        let here: Address = "ws://127.0.0.1:8080/ws".parse().unwrap();
        let words = |words: &[&str]| what(words.iter().map(ToString::to_string).collect(), here.clone());
        let there: Address = "wss://example.org".parse().unwrap();
        assert_eq!(words(&[]), Ok((here.clone(), None)));
        assert_eq!(words(&["hello"]), Ok((here.clone(), Some("hello".into()))));
        assert_eq!(words(&["https://example.org"]), Ok((there.clone(), None)));
        assert_eq!(words(&["wss://example.org", "hello"]), Ok((there, Some("hello".into()))));
        let link = "https://example.org is up";
        assert_eq!(words(&[link]), Ok((here.clone(), Some(link.into()))));
        assert!(words(&["hello", "world"]).is_err());
    }
}
