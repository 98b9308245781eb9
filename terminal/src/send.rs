//! `parlor send`: posts, and knows that what it posted is stored.

use std::{
    collections::VecDeque,
    io::{self, IsTerminal},
    time::Duration,
};

use clap::Args;
use client::{
    Client, Connection, PostAnswer, PostFailure, Posting, Progress, Refusal, RefusalCode, RoomName,
};
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout},
};

use crate::{
    exit::Exit,
    identity::{InvitationArgs, NOTICE_AFTER, ServerArgs, UrlOption},
    signals::Signals,
    stdin,
    time::duration,
};

/// The most posts without an answer.
const PENDING: usize = 512;
/// The time for pending posts to be acknowledged after a signal.
const LAST_ANSWERS: Duration = Duration::from_secs(1);
/// Without --timeout: the time to connect for the first time, and the time without an acknowledgement.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Post a text, or each line of standard input, into a room.
///
/// It exits with 0 only if the server has acknowledged everything: then it is on the server's disk. A lost connection is
/// made again, and nothing is posted twice. A line that is refused is reported with its number, the others are posted, and
/// the exit code is 1. It ends at once if nothing can be posted into the room any more, or if the server does not let you in.
/// In a room that is slowed down, each post waits for its turn. Blank lines are left out.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct SendArgs {
    /// The text. Several words are joined with spaces. Without a text, each line of standard input is posted.
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// The room.
    #[arg(long, short, env = "PARLOR_ROOM", value_name = "ROOM")]
    room: RoomName,
    #[command(flatten)]
    server: UrlOption,
    /// Post once in this time, as 1s or 500ms: the text again and again until Ctrl-C, or one line at a time.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    every: Option<Duration>,
    /// Give up if the server cannot be reached, or has acknowledged nothing, for this time. Default: 10s to reach it,
    /// 30s for an acknowledgement.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    identity: ServerArgs,
    #[command(flatten)]
    invitation: InvitationArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor send --room deploys Version 7 is live
  parlor send --room links https://example.org/news
  journalctl -fu parlor | parlor send --url wss://chat.example.org --room logs --name log-bot
  parlor send --room lobby --every 1s ping

Exit codes: 0 everything is acknowledged, 1 something is not, 2 usage, 130 Ctrl-C (with --every: 0 if everything was
acknowledged), 143 SIGTERM. Tokens are kept in ~/.local/state/parlor/tokens.json; PARLOR_TOKEN gives another one.";

pub(super) async fn run(args: SendArgs) -> Result<(), Exit> {
    let mut signals = Signals::new()?;
    let invitation = args.invitation.of(&args.server.url);
    let address = &args.server.url.address;
    let patience = args.timeout.unwrap_or(CONNECT_TIMEOUT);
    let (client, _) = tokio::select! {
        connected = args.identity.connect(address, invitation.as_ref(), Some(patience)) => {
            connected?
        }
        exit = signals.next() => return Err(exit),
    };
    let text = (!args.text.is_empty()).then(|| args.text.join(" "));
    let source = match text {
        Some(text) if args.every.is_some() => Source::Repeated(text),
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
        pending: VecDeque::new(),
        has_lines: matches!(source, Source::Lines(_)),
        taken: 0,
        acknowledged: 0,
        failed: false,
        refused_alike: None,
        progress: Instant::now(),
        told: false,
    };
    let ended = sender.run(source, pace, &mut signals).await;
    client.close().await;
    ended
}

/// Where posts come from.
enum Source {
    Once(Option<String>),
    Repeated(String),
    Lines(mpsc::Receiver<io::Result<Vec<u8>>>),
}

impl Source {
    /// The next text; `None` at the end. Cancelling it loses nothing.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Once(text) => Ok(text.take().map(String::into_bytes)),
            Self::Repeated(text) => Ok(Some(text.clone().into_bytes())),
            Self::Lines(lines) => lines.recv().await.transpose(),
        }
    }
}

struct Sender {
    client: Client,
    room: RoomName,
    /// What the user gave. `None`: the default, and the time for which the server has put a post off does not count.
    timeout: Option<Duration>,
    /// The posts without an answer, each with the number of its text.
    pending: VecDeque<(u64, Posting)>,
    /// The texts are lines of standard input.
    has_lines: bool,
    /// How many texts were read.
    taken: u64,
    acknowledged: u64,
    /// A text was refused.
    failed: bool,
    /// Nothing can be posted into the room any more, and so many other texts were refused because of that.
    refused_alike: Option<usize>,
    /// When something was last acknowledged, or nothing was pending.
    progress: Instant,
    /// The user knows that acknowledgements are late.
    told: bool,
}

impl Sender {
    async fn run(
        &mut self,
        mut source: Source,
        mut pace: Option<Interval>,
        signals: &mut Signals,
    ) -> Result<(), Exit> {
        let mut more = true;
        while (more && self.refused_alike.is_none()) || !self.pending.is_empty() {
            let is_waiting = !self.pending.is_empty();
            let give_up_at = self.progress + self.patience();
            let next = async {
                if let Some(pace) = &mut pace {
                    pace.tick().await;
                }
                source.next().await
            };
            tokio::select! {
                biased;
                exit = signals.next() => return self.interrupted(exit, pace.is_some()).await,
                answer = oldest_answer(&mut self.pending), if is_waiting => self.answered(answer),
                refusal = refusal(self.client.clone()) => return Err(self.shut_out(&refusal)),
                line = next, if more && self.refused_alike.is_none() && self.pending.len() < PENDING => match line? {
                    Some(line) => self.take(line).await,
                    None => more = false,
                },
                () = sleep_until(self.progress + NOTICE_AFTER), if is_waiting && !self.told => self.tell_late(),
                () = sleep_until(give_up_at), if is_waiting => match self.next_turn() {
                    Some(turn) if self.timeout.is_none() => self.progress = turn,
                    _ => return Err(self.unknown()),
                },
            }
        }
        if let Some(count @ 1..) = self.refused_alike {
            eprintln!("parlor: {} not posted either, for the same reason", posts(count));
        }
        if self.failed { Err(Exit::Reported) } else { Ok(()) }
    }

    /// The time without an acknowledgement after which it gives up.
    fn patience(&self) -> Duration {
        self.timeout.unwrap_or(ANSWER_TIMEOUT)
    }

    /// Says that acknowledgements are late, once until the next one comes.
    fn tell_late(&mut self) {
        self.told = true;
        if let Some(turn) = self.next_turn() {
            let seconds = turn.saturating_duration_since(Instant::now()).as_secs() + 1;
            let waiting = posts(self.pending.len());
            return eprintln!(
                "parlor: {waiting} not posted yet: the server takes the next one in {seconds} s"
            );
        }
        let why =
            self.client.failure().map_or_else(|| "the server has not answered yet".into(), |it| it.reason);
        eprintln!(
            "parlor: {why}; {} not acknowledged, trying for {} s",
            posts(self.pending.len()),
            self.patience().as_secs_f32()
        );
    }

    async fn take(&mut self, line: Vec<u8>) {
        self.taken += 1;
        let Ok(text) = String::from_utf8(line) else {
            return self.refused(self.taken, "it is not UTF-8");
        };
        if self.has_lines && text.trim().is_empty() {
            return;
        }
        if self.pending.is_empty() {
            self.progress = Instant::now();
        }
        let posting = self.client.enqueue(&self.room, &text, None).await;
        self.pending.push_back((self.taken, posting));
    }

    fn answered(&mut self, (line, answer): (u64, PostAnswer)) {
        (self.progress, self.told) = (Instant::now(), false);
        match answer {
            Ok(_) => self.acknowledged += 1,
            Err(PostFailure::Refused(refusal)) if ends_room(&refusal) => {
                if let Some(count) = &mut self.refused_alike {
                    *count += 1;
                } else {
                    self.refused_alike = Some(0);
                    self.refused(line, &refusal.reason);
                }
            }
            Err(failure) => self.refused(line, &failure.to_string()),
        }
    }

    fn refused(&mut self, line: u64, reason: &str) {
        let what = if self.has_lines { format!("line {line}") } else { "the text".to_owned() };
        eprintln!("parlor: {what} was not posted: {reason}");
        self.failed = true;
    }

    async fn interrupted(&mut self, exit: Exit, was_endless: bool) -> Result<(), Exit> {
        let all = async {
            while !self.pending.is_empty() {
                let answer = oldest_answer(&mut self.pending).await;
                self.answered(answer);
            }
        };
        let in_time = timeout(LAST_ANSWERS, all).await.is_ok();
        match (in_time && !self.failed, was_endless && exit == Exit::Signal(2)) {
            (true, true) => Ok(()),
            (true, false) => Err(exit),
            (false, _) => Err(self.unknown()),
        }
    }

    /// When the server takes a post that it has put off, if that is in the future.
    fn next_turn(&self) -> Option<Instant> {
        let now = self.client.now();
        let until = self.client.read(|machine| {
            let posts = machine.link().outbox().posts().iter();
            let turns = posts.filter_map(|outgoing| match outgoing.progress {
                Progress::Deferred { until } => Some(until),
                _ => None,
            });
            turns.min()
        });
        until.filter(|until| *until > now).map(|until| Instant::now() + Duration::from_millis(until - now))
    }

    /// The server does not let this user in any more.
    fn shut_out(&self, refusal: &Refusal) -> Exit {
        let (pending, acknowledged) = (posts(self.pending.len()), self.acknowledged);
        let reason = &refusal.reason;
        Exit::Failed(format!(
            "{reason}; {pending} not acknowledged and may be stored or not; acknowledged before: {acknowledged}"
        ))
    }

    fn unknown(&self) -> Exit {
        let why = self.client.failure().map_or_else(String::new, |failure| format!(" ({failure})"));
        let (pending, acknowledged) = (posts(self.pending.len()), self.acknowledged);
        Exit::Failed(format!(
            "{pending} not acknowledged in time{why} and may be stored or not; acknowledged before: {acknowledged}"
        ))
    }
}

/// Whether no other post into the room can succeed.
fn ends_room(refusal: &Refusal) -> bool {
    matches!(refusal.code, RefusalCode::NoRoom | RefusalCode::Archived)
}

/// Why the server does not let the client in, once it does not.
async fn refusal(client: Client) -> Refusal {
    let mut changes = client.changes();
    loop {
        if let Connection::Refused(refusal) = client.connection() {
            return refusal;
        }
        // The sender lives as long as the handle.
        let _ = changes.changed().await;
    }
}

fn posts(count: usize) -> String {
    if count == 1 { "1 post was".to_owned() } else { format!("{count} posts were") }
}

/// The answer to the oldest post. Cancelling it loses nothing.
async fn oldest_answer(pending: &mut VecDeque<(u64, Posting)>) -> (u64, PostAnswer) {
    let Some((line, posting)) = pending.front_mut() else { return std::future::pending().await };
    let answer = (*line, posting.await);
    pending.pop_front();
    answer
}
