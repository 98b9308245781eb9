//! `parlor chat`: the rooms in a terminal.
//!
//! It draws the view that the client keeps, and tells the client what the user wants. It knows nothing of the protocol.

mod app;
mod command;
mod completion;
mod drafts;
mod draw;
mod execute;
mod keys;
mod panel;
mod screen;
mod timeline;
mod updates;
mod wrap;

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use clap::Args;
use client::{Client, Connection, Event, Events, Progress, RoomName};
use crossterm::event::EventStream;
use futures_util::StreamExt;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use self::{
    app::{App, Next},
    drafts::Drafts,
    screen::Screen,
    updates::Updates,
};
use crate::{
    display::one_line,
    environment,
    exit::Exit,
    identity::{InvitationArgs, ServerArgs, UrlArgument},
    signals::Signals,
};

/// The shortest time between two drawings of the screen.
const FRAME: Duration = Duration::from_millis(33);
/// How often drafts are written to disk, if they changed.
const SAVE_DRAFTS: Duration = Duration::from_millis(500);
/// The time for pending posts to be acknowledged when the user quits.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Talk in rooms: the timeline, the members, what is unread elsewhere, and a line to write in.
///
/// Enter sends. /help shows the commands (/reply, /react, /edit, /search, /join, /leave, /me) and the keys: Tab completes
/// names and commands, Up and Down bring back what you entered, Page Up reads the history, Ctrl-Q or Ctrl-C quits. What you
/// wrote and did not send is kept for the next time. The terminal's bell rings when somebody mentions you.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ChatArgs {
    #[command(flatten)]
    server: UrlArgument,
    /// The room to enter.
    #[arg(long, short, env = "PARLOR_ROOM", value_name = "ROOM", default_value = "lobby")]
    room: RoomName,
    #[command(flatten)]
    identity: ServerArgs,
    #[command(flatten)]
    invitation: InvitationArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor chat --name ann
  parlor chat https://chat.example.org --room deploys
  parlor chat --name ann 'https://chat.example.org/#invitation=q1Yx8ZrT0vLw3kPa5sDf7g'

Exit codes: 0 quit, 1 failed, or a message was not acknowledged when you quit (it is printed), 2 usage, 129 the terminal
is gone, 143 SIGTERM. The name's token is kept in ~/.local/state/parlor/tokens.json: next time, --name is not needed.
Drafts are kept beside it, in drafts.json.";

pub(super) async fn run(args: ChatArgs) -> Result<(), Exit> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Exit::Usage(
            "chat needs a terminal; in a script, use `parlor send` and `parlor tail`".into(),
        ));
    }
    let mut signals = Signals::new()?;
    let invitation = args.invitation.of(&args.server.url);
    let address = args.server.url.address;
    let (client, events) = tokio::select! {
        connected = args.identity.connect(&address, invitation.as_ref(), None) => connected?,
        exit = signals.next() => return Err(exit),
    };
    let mut drafts = Drafts::load(&address, client.username().as_ref())?;
    let updates = Updates::start(&client, &address);
    let mut app = App::new(client.clone(), updates.searcher(), args.room, drafts.texts());
    let ended = talk(&mut app, &mut drafts, events, updates, &mut signals).await;
    if let Err(error) = drafts.finish(app.draft_texts()).await {
        eprintln!("parlor: what you did not send is not kept: {error}");
    }
    let unknown = unacknowledged(&client).await;
    client.close().await;
    for text in &unknown {
        eprintln!("parlor: not acknowledged when you left: {text}");
    }
    match ended {
        Ok(()) if !unknown.is_empty() => Err(Exit::Reported),
        ended => ended,
    }
}

async fn talk(
    app: &mut App,
    drafts: &mut Drafts,
    mut events: Events,
    mut updates: Updates,
    signals: &mut Signals,
) -> Result<(), Exit> {
    let mut screen = Screen::open()?;
    let mut keys = EventStream::new();
    let mut changes = app.client.changes();
    let colours = environment::colours();
    let mut drawn = Instant::now();
    let mut save = interval(SAVE_DRAFTS);
    save.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        app.land();
        app.mark_seen();
        screen.0.draw(|frame| draw::draw(frame, app, colours))?;
        drawn = drawn.max(Instant::now() - FRAME);
        tokio::select! {
            key = keys.next() => match key {
                Some(Ok(key)) => {
                    if app.handle(key) == Next::Quit {
                        return Ok(());
                    }
                }
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Exit::Signal(1)),
            },
            event = events.next() => match event {
                Some(Event::Message(message)) if app.is_mentioned_in(&message) => ring_bell()?,
                Some(Event::Left { room, .. }) => app.left(&room),
                _ => {}
            },
            Some(update) = updates.next() => app.update(update),
            _ = changes.changed() => sleep_until(drawn + FRAME).await,
            _ = save.tick() => drafts.save(app.draft_texts()),
            // The seconds until the next attempt are counted down.
            () = sleep(Duration::from_millis(500)), if app.client.connection() != Connection::Live => {}
            exit = signals.next() => {
                return if exit == Exit::Signal(2) { Ok(()) } else { Err(exit) };
            }
        }
        drawn = Instant::now();
    }
}

fn ring_bell() -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(b"\x07")?;
    out.flush()
}

/// Waits a moment for pending posts, and returns the texts that were not acknowledged.
async fn unacknowledged(client: &Client) -> Vec<String> {
    let texts = || {
        client.read(|machine| {
            let posts = machine.link().outbox().posts().iter();
            let unknown = posts.filter(|post| !matches!(post.progress, Progress::Stored(_)));
            unknown.map(|outgoing| one_line(&outgoing.post.text)).collect::<Vec<_>>()
        })
    };
    let mut changes = client.changes();
    let all = async {
        while !texts().is_empty() {
            let _ = changes.changed().await;
        }
    };
    let _ = timeout(LAST_ANSWERS, all).await;
    texts()
}
