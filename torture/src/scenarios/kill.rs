//! `kill -9` at random moments, under 200 posts/s in 20 rooms, with readers that resume.

use std::time::Duration;

use anyhow::Result;
use shared::RoomName;
use tokio::time::sleep;

use super::sum;
use crate::{
    client::{self, Client, Progress, Reconnect, World, room},
    figures::{Bound, Figures, exact, quantile},
    run::{PATIENCE, Run},
    server::Server,
    traffic::{self, Mix, Stop},
};

const ROOMS: usize = 20;
const READERS: usize = 40;
/// The rooms that one reader follows.
const ROOMS_EACH: usize = 5;
const POSTERS: usize = 20;
const RATE: u32 = 200;
/// The time in which a server must be ready again.
const READY: Duration = Duration::from_secs(2);
/// How long a server lives between two kills, in milliseconds.
const LIFE_MS: std::ops::Range<u64> = 200..1_500;
/// How long a start lasts that is killed, in microseconds.
const START_US: std::ops::Range<u64> = 1_000..60_000;

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let kills = run.size(100, 4);
    let (mut server, first) = Server::start(run.setup()).await?;
    let address = server.address();
    let world = World::new();
    let rooms: Vec<RoomName> = (0..ROOMS).map(|n| room(&format!("room-{n}"))).collect();
    let rooms_of = |n: usize| -> Vec<RoomName> {
        if n >= READERS {
            return Vec::new();
        }
        (0..ROOMS_EACH).map(|k| rooms[(n * 3 + k * 4) % ROOMS].clone()).collect()
    };
    let start = |n: usize| {
        let name = if n < READERS { format!("reader {n}") } else { format!("poster {n}") };
        run.client(&world, name, address, rooms_of(n), Reconnect::Quickly)
    };
    let mut readers: Vec<Client> = (0..READERS).map(start).collect();
    let posters: Vec<Client> = (READERS..READERS + POSTERS).map(start).collect();
    client::until_live(&readers, PATIENCE).await?;

    let mix = Mix { rooms: rooms.clone(), rate: RATE, about: 20, bytes: 80 };
    let stop = Stop::default();
    let mut random = run.random(1);
    let (posted, ready) = tokio::join!(traffic::run(&posters, &mix, run.random(2), &stop), async {
        let mut times = Vec::new();
        let mut result = Ok(());
        for number in 0..kills {
            sleep(Duration::from_millis(random.u64(LIFE_MS))).await;
            // Every fourth time the server is killed once more while it starts.
            let at_start = (number % 4 == 3).then(|| Duration::from_micros(random.u64(START_US)));
            match again(&mut server, at_start).await {
                Ok(time) => times.push(time),
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        sleep(Duration::from_millis(500)).await;
        stop.now();
        result.map(|()| times)
    });
    let mut ready = ready?;
    ready.sort_unstable();
    readers.extend(posters);
    let clients = readers;
    let behind = client::settle(&world, &clients, rooms_of, PATIENCE).await;

    let mut figures = Figures::default();
    figures.count("kills", ready.len());
    figures.count("kills during a start", ready.len() / 4);
    figures.count("posted", posted);
    figures.count("acknowledged", sum(&clients, Progress::acknowledged));
    figures.count("refused for good", sum(&clients, Progress::refused));
    figures.count("messages seen", sum(&clients, Progress::seen));
    // A reader may miss a short life of the server, but not most of them.
    let least = ready.len() * READERS * ROOMS_EACH / 2;
    figures.promise("rooms resumed", sum(&clients, Progress::resumed), Bound::AtLeast(exact(least)));
    figures.none("rooms not resumed", sum(&clients, Progress::restarted));
    figures.none("clients not level at the end", behind);
    figures.time("first start", first, None);
    figures.time("ready after a kill, p50", quantile(&ready, 0.5), None);
    figures.time("ready after a kill, slowest", quantile(&ready, 1.0), Some(READY));
    run.check(&mut server, clients, &mut figures).await?;
    Ok(figures)
}

async fn again(server: &mut Server, at_start: Option<Duration>) -> Result<Duration> {
    server.kill().await?;
    if let Some(after) = at_start {
        server.start_and_kill(after).await?;
    }
    server.restart().await
}
