//! The real server opens a disk after a power loss, and somebody who was there before looks at it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use shared::{Epoch, FromClient, FromServer, MessageId, Post, RoomName, Seq, Token, Username};
use tokio::time::timeout;

use crate::{
    checker::{self, Fault},
    client::{
        room,
        socket::{Incoming, Socket},
    },
    history::{Event, History, Record},
    log::Log,
    run::Run,
    server::Server,
};

const NAME: &str = "witness";
/// The time for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody who has a name since before the power losses.
pub(super) struct Opening {
    data: std::path::PathBuf,
    token: Token,
    name: Username,
    posts: usize,
}

/// What became of a disk.
pub(super) enum Opened {
    /// The server did not open it, for this reason.
    Not(String),
    /// It did.
    Served {
        ready: Duration,
        /// What the checker has found.
        faults: Vec<Fault>,
        /// What else was not as it must be.
        wrong: Vec<String>,
        /// Whether the numbers are of another epoch than before.
        epoch_is_new: bool,
    },
}

/// What the witness was told.
struct Testimony {
    epoch: Epoch,
    wrong: Vec<String>,
    record: History,
}

impl Opening {
    /// Claims the name.
    pub(super) async fn new(run: &Run, address: SocketAddr) -> Result<Self> {
        let mut socket = Socket::open(address).await?;
        let name = Username::parse(NAME)?;
        let hello =
            FromClient::Hello { username: Some(name.clone()), token: None, secret: None, invitation: None };
        let welcome = ask(&mut socket, &hello, |frame| matches!(frame, FromServer::Welcome { .. })).await?;
        let FromServer::Welcome { token: Some(token), .. } = welcome else { bail!("a new name has a token") };
        socket.close().await;
        Ok(Self { data: run.folder().join("disk/data"), token, name, posts: 0 })
    }

    /// Starts the server, looks whether it keeps its promises to those with these histories, and kills it.
    pub(super) async fn open(&mut self, server: &mut Server, mut known: Vec<History>) -> Result<Opened> {
        let ready = match server.restart().await {
            Ok(ready) => ready,
            Err(error) => {
                // It may have ended by itself.
                let _ = server.kill().await;
                return Ok(Opened::Not(format!("{error:#}")));
            }
        };
        let positions = positions(&known);
        let Testimony { epoch, wrong, record } = self.testify(server.address(), &positions).await?;
        server.kill().await?;
        let log = match Log::read(&self.data) {
            Ok(log) => log,
            Err(error) => return Ok(Opened::Not(format!("{error:#}"))),
        };
        known.push(record);
        let faults = checker::check(&known, &log);
        let epoch_is_new = positions.iter().any(|(_, before, _)| *before != epoch);
        Ok(Opened::Served { ready, faults, wrong, epoch_is_new })
    }

    async fn testify(
        &mut self,
        address: SocketAddr,
        positions: &[(RoomName, Epoch, Seq)],
    ) -> Result<Testimony> {
        let mut socket = Socket::open(address).await?;
        let mut wrong = Vec::new();
        let is_answer =
            |frame: &FromServer| matches!(frame, FromServer::Welcome { .. } | FromServer::Refused(_));
        let token = Some(self.token.clone());
        let hello = FromClient::Hello { username: None, token, secret: None, invitation: None };
        let mut author = self.name.clone();
        if let FromServer::Refused(refusal) = ask(&mut socket, &hello, is_answer).await? {
            if !positions.is_empty() {
                wrong.push(format!("the token of before is refused: {}", refusal.reason));
            }
            author = Username::parse("newcomer")?;
            let hello = FromClient::Hello {
                username: Some(author.clone()),
                token: None,
                secret: None,
                invitation: None,
            };
            let welcome = ask(&mut socket, &hello, is_answer).await?;
            anyhow::ensure!(matches!(welcome, FromServer::Welcome { .. }), "a newcomer gets {welcome:?}");
        }
        let lobby = room("lobby");
        let mut epoch = None;
        let none = [(lobby.clone(), None)];
        let asked: Vec<(RoomName, Option<(Epoch, Seq)>)> = positions
            .iter()
            .map(|(room, epoch, seq)| (room.clone(), Some((epoch.clone(), *seq))))
            .chain(none)
            .collect();
        for (room, position) in asked {
            let (old, after) = position.clone().unzip();
            let join = FromClient::Join { room: room.clone(), epoch: old, after };
            let is_joined = |frame: &FromServer| matches!(frame, FromServer::Joined { .. });
            let answer = ask(&mut socket, &join, is_joined).await?;
            let FromServer::Joined { epoch: now, head, resumed, .. } = answer else {
                bail!("no answer to a join")
            };
            if let Some((before, seq)) = position {
                let is_same = before == now;
                if is_same != resumed {
                    wrong.push(format!("{room} of {before} was joined in {now}, and resumed is {resumed}"));
                }
                if is_same && head < seq {
                    wrong.push(format!("{room} ends at {head}, and {seq} was seen"));
                }
            }
            epoch = Some(now);
        }
        let epoch = epoch.context("a room was joined")?;
        let post = Arc::new(Post {
            id: MessageId::parse(&format!("after-{}", self.posts))?,
            room: lobby,
            text: "the power is back".into(),
            about: None,
        });
        self.posts += 1;
        let is_posted =
            |frame: &FromServer| matches!(frame, FromServer::Posted { .. } | FromServer::Refused(_));
        let answer = ask(&mut socket, &FromClient::Post(Post::clone(&post)), is_posted).await?;
        let FromServer::Posted { seq, .. } = answer else {
            bail!("a post after the power loss gets {answer:?}")
        };
        for (room, before, last) in positions {
            if *before == epoch && seq <= *last {
                wrong.push(format!("a new post is {seq}, and {last} was seen before in {room}"));
            }
        }
        socket.close().await;
        let event = |event| Record { at: Duration::MAX, event };
        let acknowledged = Event::Acknowledged { post: post.clone(), seq, epoch: Some(epoch.clone()) };
        let record = History { author, records: vec![event(Event::Posted(post)), event(acknowledged)] };
        Ok(Testimony { epoch, wrong, record })
    }
}

/// How far readers had come in each room.
fn positions(known: &[History]) -> Vec<(RoomName, Epoch, Seq)> {
    let mut positions: Vec<(RoomName, Epoch, Seq)> = Vec::new();
    let mut note = |room: &RoomName, epoch: Option<&Epoch>, seq: Seq| match (
        positions.iter_mut().find(|(known, ..)| known == room),
        epoch,
    ) {
        (Some((_, _, last)), _) => *last = seq.max(*last),
        (None, Some(epoch)) => positions.push((room.clone(), epoch.clone(), seq)),
        (None, None) => {}
    };
    for record in known.iter().flat_map(|history| &history.records) {
        match &record.event {
            Event::Joined(joined) => note(&joined.room, Some(&joined.epoch), joined.head),
            Event::Saw(message) => note(&message.room, None, message.seq),
            Event::Acknowledged { post, seq, .. } => note(&post.room, None, *seq),
            _ => {}
        }
    }
    positions
}

/// Says something, and waits for the answer among all that comes.
async fn ask(
    socket: &mut Socket,
    frame: &FromClient,
    is_answer: impl Fn(&FromServer) -> bool,
) -> Result<FromServer> {
    anyhow::ensure!(socket.send(frame.encode()).await, "the connection was lost");
    let answer = async {
        loop {
            match socket.next().await {
                Incoming::End(code) => {
                    bail!("the connection ended with {code}, before an answer to {frame:?}")
                }
                Incoming::Text(text) => {
                    if let Some(frame) = FromServer::decode(&text).ok().filter(&is_answer) {
                        return Ok(frame);
                    }
                }
            }
        }
    };
    timeout(PATIENCE, answer).await.with_context(|| format!("{frame:?} was not answered"))?
}
