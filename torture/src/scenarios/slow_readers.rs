//! Readers that stop reading for 25 s, in a room with 500 messages/s. They cost the server no memory and the others no time, and
//! get everything when they read again.

use std::{collections::HashMap, time::Duration};

use anyhow::Result;
use shared::MessageId;
use tokio::time::sleep;

use crate::{
    client::{self, Client, Progress, Reconnect, World, room},
    figures::{Bound, Figures, exact, millis, quantile},
    history::{Event, History, Record},
    run::{PATIENCE, Run},
    server::Server,
    traffic::{self, Mix, Stop},
};

const POSTERS: usize = 10;
/// So long that the buffers of the system between server and reader hold a few seconds only.
const TEXT_BYTES: usize = 1_000;
/// What the server may need more, in MiB.
const MEMORY: f64 = 20.0;
/// How often the memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let (slow, others) = (run.size(50, 15), run.size(50, 15));
    let (mut server, _) = Server::start(run.setup()).await?;
    let address = server.address();
    let world = World::new();
    let busy = room("busy");
    let start = |n: usize| {
        let name = if n < slow { format!("slow {n}") } else { format!("client {n}") };
        let rooms = if n < slow + others { vec![busy.clone()] } else { Vec::new() };
        let options = run.options(name, address, rooms, Reconnect::Quickly);
        Client::start(&world, client::Options { small_window: n < slow, ..options })
    };
    let clients: Vec<Client> = (0..slow + others + POSTERS).map(start).collect();
    client::until_live(&clients, PATIENCE).await?;
    let posters = &clients[slow + others..];

    let stop = Stop::default();
    let mix = Mix { rooms: vec![busy.clone()], rate: run.size(500, 300), about: 0, bytes: TEXT_BYTES };
    let (posted, phases) = tokio::join!(traffic::run(posters, &mix, run.random(1), &stop), async {
        let phases = stop_reading(run, &world, &server, &clients[..slow]).await;
        stop.now();
        phases
    });
    let phases = phases?;
    let rooms_of = |n: usize| if n < slow + others { vec![busy.clone()] } else { Vec::new() };
    let behind = client::settle(&world, &clients, rooms_of, PATIENCE).await;

    let mut figures = Figures::default();
    figures.count("slow readers", slow);
    figures.count("other readers", others);
    figures.count("posted", posted);
    figures.none("clients not level at the end", behind);
    // Whoever has everything in the kernel's buffers was never slow for the server.
    figures.promise("least that a slow reader was behind", phases.behind, Bound::AtLeast(exact(posted / 10)));
    let reconnects = clients.iter().map(|client| Progress::welcomed(client.progress()) - 1).sum();
    figures.none("connections lost", reconnects);
    let mib = |bytes: u64| exact(usize::try_from(bytes >> 10).unwrap_or(usize::MAX)) / 1024.0;
    figures.measure("memory before", mib(phases.memory_before), "MiB", None);
    let grown = phases.memory_most.saturating_sub(phases.memory_before);
    figures.measure("memory grown by", mib(grown), "MiB", Some(Bound::AtMost(MEMORY)));
    let (histories, _) = run.check(&mut server, clients, &mut figures).await?;
    let readers = &histories[slow..slow + others];
    let all = posted_at(&histories);
    let before = delivery(readers, &all, phases.began..phases.stopped);
    let meanwhile = delivery(readers, &all, phases.stopped..phases.read_again);
    figures.time("delivery to the others before, p99", before, None);
    let most = exact(2) * millis(before);
    figures.measure(
        "delivery to the others meanwhile, p99",
        millis(meanwhile),
        "ms",
        Some(Bound::AtMost(most)),
    );
    Ok(figures)
}

/// When the slow readers stopped, by the world's clock, and what was seen meanwhile.
struct Phases {
    began: Duration,
    stopped: Duration,
    read_again: Duration,
    memory_before: u64,
    memory_most: u64,
    /// How many messages the slow reader with the most had not got when it read again.
    behind: usize,
}

async fn stop_reading(run: &Run, world: &World, server: &Server, slow: &[Client]) -> Result<Phases> {
    sleep(Duration::from_secs(2)).await;
    let began = world.now();
    sleep(Duration::from_secs(run.size(10, 2))).await;
    let memory_before = server.process()?.memory;
    let stopped = world.now();
    for client in slow {
        client.read(false);
    }
    let (mut memory_most, lasts) = (0, Duration::from_secs(run.size(25, 6)));
    let seen = |client: &Client| client.progress().seen();
    while world.now() < stopped + lasts {
        sleep(LOOK_EVERY).await;
        memory_most = memory_most.max(server.process()?.memory);
    }
    let read_again = world.now();
    let most_seen = slow.iter().map(seen).max().unwrap_or(0);
    for client in slow {
        client.read(true);
    }
    // What is behind costs memory, too, while it is read.
    for _ in 0..run.size(20, 8) {
        sleep(LOOK_EVERY).await;
        memory_most = memory_most.max(server.process()?.memory);
    }
    let all = slow.iter().map(seen).max().unwrap_or(0);
    Ok(Phases {
        began,
        stopped,
        read_again,
        memory_before,
        memory_most,
        behind: all.saturating_sub(most_seen),
    })
}

/// When each message was posted.
fn posted_at(histories: &[History]) -> HashMap<&MessageId, Duration> {
    let records = histories.iter().flat_map(|history| &history.records);
    let posts = records.filter_map(|Record { at, event }| match event {
        Event::Posted(post) => Some((&post.id, *at)),
        _ => None,
    });
    posts.collect()
}

/// The 99th percentile of the time from a post to its delivery, for what was posted in this time.
fn delivery(
    readers: &[History],
    posted_at: &HashMap<&MessageId, Duration>,
    during: std::ops::Range<Duration>,
) -> Duration {
    let records = readers.iter().flat_map(|history| &history.records);
    let times = records.filter_map(|Record { at, event }| match event {
        Event::Saw(message) => {
            let posted = posted_at.get(&message.id).filter(|posted| during.contains(posted))?;
            Some(at.saturating_sub(*posted))
        }
        _ => None,
    });
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    quantile(&times, 0.99)
}
