//! `parlor chat`: the rooms in a terminal.
//!
//! It draws the [`shared::View`] that the client keeps, and tells the client what the user wants; it knows nothing of the
//! protocol.

mod app;
mod composer;
mod draw;
mod lines;
mod screen;
mod wrap;

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use clap::Args;
use crossterm::event::EventStream;
use futures_util::StreamExt;
use shared::{Connection, RoomName, link::Progress};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::{
    app::{App, Next},
    screen::Screen,
};
use super::{
    ending::Ending,
    environment,
    identity::{ServerArgs, UrlArgs},
    signals::Signals,
};
use crate::Client;

/// The screen is drawn at most so often.
const FRAME: Duration = Duration::from_millis(33);
/// When the user leaves, posts that are under way have so long to be acknowledged.
const LAST_CALL: Duration = Duration::from_secs(2);

/// Talk in rooms: the timeline, who is there, what is unread elsewhere, and a line to write in.
///
/// Enter sends, Alt-Enter begins a new line. Up in an empty line changes your last message; emptied, it is taken back.
/// Page Up and Page Down read the history, Esc returns to the newest. Tab goes to the next room with something unread,
/// Ctrl-N and Ctrl-P to the next and the last one; /join ROOM enters any. Ctrl-R connects now, Ctrl-T tries a refused
/// message again, Ctrl-X gives it up. Ctrl-Q or Ctrl-C quits.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ChatArgs {
    #[command(flatten)]
    url: UrlArgs,
    /// The room to enter.
    #[arg(long, short, env = "PARLOR_ROOM", value_name = "ROOM", default_value = "lobby")]
    room: RoomName,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor chat --name ann
  parlor chat https://chat.example.org --room deploys

Exit codes: 0 quit, 1 failed, or a message was not acknowledged when you quit (it is printed), 2 usage, 129 the terminal
is gone, 143 SIGTERM. The name's token is kept in ~/.local/state/parlor/tokens.json: next time, --name is not needed.";

pub(super) async fn run(args: ChatArgs) -> Result<(), Ending> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Ending::Usage(
            "chat needs a terminal; in a script, use `parlor send` and `parlor tail`".into(),
        ));
    }
    let mut signals = Signals::new()?;
    let notice = |why: &str| eprintln!("parlor: {why}; trying again until it succeeds (Ctrl-C ends)");
    let (client, events) = tokio::select! {
        connected = args.server.connect(&args.url.url, None, notice) => connected?,
        ending = signals.next() => return Err(ending),
    };
    // What is drawn is the view; nobody needs to be told of each event.
    drop(events);
    let ended = talk(App::new(client.clone(), args.room), &mut signals).await;
    // The terminal is the user's again; what was just written still has a moment.
    let unknown = unacknowledged(&client).await;
    client.close().await;
    for text in &unknown {
        eprintln!("parlor: not acknowledged when you left: {text}");
    }
    match ended {
        Ok(()) if !unknown.is_empty() => Err(Ending::Told),
        ended => ended,
    }
}

async fn talk(mut app: App, signals: &mut Signals) -> Result<(), Ending> {
    let mut screen = Screen::open()?;
    let mut keys = EventStream::new();
    let mut changes = app.client.changes();
    let colours = environment::colours();
    let mut drawn = Instant::now();
    loop {
        app.mark_seen();
        screen.0.draw(|frame| draw::draw(frame, &mut app, colours))?;
        drawn = drawn.max(Instant::now() - FRAME);
        tokio::select! {
            key = keys.next() => match key {
                Some(Ok(key)) => {
                    if app.take(key) == Next::Quit {
                        return Ok(());
                    }
                }
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Ending::Signal(1)),
            },
            _ = changes.changed() => sleep_until(drawn + FRAME).await,
            // Seconds are counted down while there is no connection.
            () = sleep(Duration::from_millis(500)), if app.client.connection() != Connection::Live => {}
            ending = signals.next() => {
                return if ending == Ending::Signal(2) { Ok(()) } else { Err(ending) };
            }
        }
        drawn = Instant::now();
    }
}

/// Waits a moment for what is under way, and returns the texts that were not acknowledged.
async fn unacknowledged(client: &Client) -> Vec<String> {
    let texts = || {
        client.look(|brain| {
            let posts = brain.link().outbox().posts().iter();
            let unknown = posts.filter(|post| !matches!(post.progress, Progress::Stored(_)));
            unknown.map(|outgoing| super::shown::one_line(&outgoing.post.text)).collect::<Vec<_>>()
        })
    };
    let mut changes = client.changes();
    let all = async {
        while !texts().is_empty() {
            let _ = changes.changed().await;
        }
    };
    let _ = timeout(LAST_CALL, all).await;
    texts()
}
