//! Peers that are silent though their connection is open: each side must notice the other within 35 s.
//!
//! The clients are those of the SDK: that its `Link` notices a frozen server is the promise. That the server notices a
//! frozen client is seen by a witness, who is told that a member has left.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use ::client::{Client as Sdk, Connection, Event as SdkEvent, Events, Options};
use anyhow::{Context, Result};
use parking_lot::Mutex;
use shared::{Epoch, Post, RoomName, Seq, Username};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::{
    client::{Client, Reconnect, World, room},
    figures::{Bound, Figures, exact},
    history::{Event, History, Joined, Record},
    proxy::{Mode, Proxy},
    run::{PATIENCE, Run},
    server::Server,
};

/// Each side notices a frozen peer in this time.
const NOTICED: Duration = Duration::from_secs(35);
/// How long everything stays frozen, from the first freeze on: more than the bound, so that a later notice is measured.
const FROZEN: Duration = Duration::from_secs(45);
/// The time in which the full run freezes one after the other: more than the time between two heartbeats.
const STAGGER: Duration = Duration::from_secs(26);

/// A client of the SDK behind a proxy of its own.
struct Peer {
    name: Username,
    room: RoomName,
    proxy: Proxy,
    sdk: Sdk,
    /// When its connection was lost first.
    lost: Arc<Mutex<Option<Instant>>>,
    task: JoinHandle<History>,
}

/// When members have left the rooms, as others are told.
type Departures = Arc<Mutex<HashMap<Username, Instant>>>;

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let (mut server, _) = Server::start(run.setup()).await?;
    let world = World::new();
    let (quiet, busy) = (room("quiet"), room("busy"));
    let address = server.address();
    let poster = run.client(&world, "poster".into(), address, Vec::new(), Reconnect::Quickly);
    let departures = Departures::default();
    let witness = witness(server.address(), &[&quiet, &busy], departures.clone()).await?;
    let mut peers = Vec::new();
    for n in 0..run.size(16, 6) {
        let room = if n % 2 == 0 { &quiet } else { &busy };
        peers.push(peer(&world, server.address(), n, room, run.random(n)).await?);
    }
    // The last ones are never frozen: who is only quiet must not be given up.
    let to_freeze = peers.len() * 3 / 4;
    let spread = run.size(STAGGER, Duration::from_secs(1));
    let (began, mut frozen, mut count) = (Instant::now(), HashMap::new(), 0);
    loop {
        post(&poster, &busy, &mut count);
        let next = frozen.len();
        if next < to_freeze {
            if began.elapsed() >= spread.mul_f64(exact(next) / exact(to_freeze)) {
                peers[next].proxy.set(Mode::Frozen);
                frozen.insert(peers[next].name.clone(), Instant::now());
            }
        } else {
            let all = |peer: &Peer| peer.lost.lock().is_some() && departures.lock().contains_key(&peer.name);
            if peers[..to_freeze].iter().all(all) || began.elapsed() >= spread + FROZEN {
                break;
            }
        }
        sleep(Duration::from_millis(100)).await;
    }
    let departed = departures.lock().clone();
    let lost: Vec<_> = peers.iter().map(|peer| *peer.lost.lock()).collect();
    for peer in &peers {
        peer.proxy.set(Mode::Normal);
    }
    let behind = until_level(&world, &peers).await;
    drop(witness);

    let (mut by_server, mut by_sdk, mut given_up) = (Vec::new(), Vec::new(), 0);
    for (peer, lost) in peers.iter().zip(lost) {
        let departed = departed.get(&peer.name);
        if let Some(since) = frozen.get(&peer.name) {
            by_server.extend(departed.map(|at| at.duration_since(*since)));
            by_sdk.extend(lost.map(|at| at.duration_since(*since)));
        } else {
            given_up += usize::from(departed.is_some() || lost.is_some());
        }
    }
    let slowest = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
    let mut figures = Figures::default();
    let all = Bound::AtLeast(exact(to_freeze));
    figures.count("frozen peers", to_freeze);
    figures.promise("noticed by the server", by_server.len(), all);
    figures.promise("noticed by the SDK", by_sdk.len(), all);
    figures.count("quiet peers", peers.len() - to_freeze);
    figures.none("quiet peers given up", given_up);
    figures.time("noticed by the server, slowest", slowest(&by_server), Some(NOTICED));
    figures.time("noticed by the SDK, slowest", slowest(&by_sdk), Some(NOTICED));
    figures.count("posted", count);
    figures.none("peers not level at the end", behind);
    let mut histories = vec![poster.stop().await?];
    for Peer { sdk, task, .. } in peers {
        sdk.close().await;
        histories.push(task.await?);
    }
    run.compare(&mut server, &histories, &mut figures).await?;
    Ok(figures)
}

fn post(poster: &Client, room: &RoomName, number: &mut usize) {
    *number += 1;
    let id = format!("{number}").parse().expect("digits");
    poster.post(Post { room: room.clone(), id, text: format!("text {number}"), about: None });
}

async fn peer(
    world: &World,
    server: SocketAddr,
    n: u64,
    room: &RoomName,
    random: fastrand::Rng,
) -> Result<Peer> {
    let name = Username::parse(&format!("peer {n}"))?;
    let proxy = Proxy::start(server, 0, random).await?;
    let (sdk, events) = connect(proxy.address(), &name).await?;
    sdk.join(room);
    let lost = Arc::new(Mutex::new(None));
    let task = tokio::spawn(follow(world.clone(), name.clone(), events, lost.clone()));
    Ok(Peer { name, room: room.clone(), proxy, sdk, lost, task })
}

async fn connect(address: SocketAddr, name: &Username) -> Result<(Sdk, Events)> {
    let address = format!("ws://{address}").parse()?;
    let options = Options { username: Some(name.clone()), ..Options::default() };
    let connecting = Sdk::connect(&address, options);
    timeout(PATIENCE, connecting).await.context("the SDK was not welcomed")?.map_err(anyhow::Error::from)
}

/// Records what a client of the SDK is told.
async fn follow(
    world: World,
    author: Username,
    mut events: Events,
    lost: Arc<Mutex<Option<Instant>>>,
) -> History {
    let mut records = Vec::new();
    let mut position: Option<(Epoch, Seq)> = None;
    while let Some(event) = events.next().await {
        let event = match event {
            SdkEvent::Connection(Connection::Live) => Event::Connected,
            SdkEvent::Connection(Connection::Waiting { .. }) => {
                lost.lock().get_or_insert_with(Instant::now);
                continue;
            }
            SdkEvent::Joined { room, epoch, head, resumed, messages, .. } => {
                let asked = position.clone();
                if !resumed {
                    position = Some((epoch.clone(), head));
                }
                Event::Joined(Box::new(Joined { room, asked, epoch, head, resumed, page: messages }))
            }
            SdkEvent::Message(message) => {
                if let Some((_, seq)) = &mut position {
                    *seq = message.seq;
                }
                Event::Saw(Arc::new(message))
            }
            _ => continue,
        };
        records.push(Record { at: world.now(), event });
    }
    History { author, records }
}

/// Somebody who is in all rooms, and notes when others have left them.
async fn witness(server: SocketAddr, rooms: &[&RoomName], departures: Departures) -> Result<Sdk> {
    let (sdk, mut events) = connect(server, &Username::parse("witness")?).await?;
    for room in rooms {
        sdk.join(room);
    }
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if let SdkEvent::Presence { departed, .. } = event {
                for name in departed {
                    departures.lock().entry(name).or_insert_with(Instant::now);
                }
            }
        }
    });
    Ok(sdk)
}

/// Waits until all peers are in their rooms again and have everything. Returns how many are not.
async fn until_level(world: &World, peers: &[Peer]) -> usize {
    let until = Instant::now() + PATIENCE;
    loop {
        let is_behind = |peer: &&Peer| {
            peer.sdk.read(|client| {
                let room = client.view().room(&peer.room);
                !room.is_some_and(|room| room.is_joined() && room.head() >= world.head(&peer.room))
            })
        };
        let behind = peers.iter().filter(is_behind).count();
        if behind == 0 || Instant::now() >= until {
            return behind;
        }
        sleep(Duration::from_millis(50)).await;
    }
}
