//! Connections that are dropped, frozen, slowed and split at any byte: 200 clients, 50 cuts each.

use std::time::Duration;

use anyhow::Result;
use shared::RoomName;
use tokio::time::{Instant, sleep};

use super::sum;
use crate::{
    client::{self, Client, Progress, Reconnect, World, room},
    figures::{Bound, Figures, exact},
    proxy::{Mode, Proxy},
    run::{PATIENCE, Run},
    server::Server,
    traffic::{self, Mix, Stop},
};

const ROOMS: usize = 10;
/// The rooms that one client follows.
const ROOMS_EACH: usize = 2;
const RATE: u32 = 100;
/// The time for all cuts.
const CUTTING: Duration = Duration::from_mins(10);

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let (count, cuts_each) = (run.size(200, 40), run.size(50, 6));
    let (mut server, _) = Server::start(run.setup()).await?;
    let world = World::new();
    let rooms: Vec<RoomName> = (0..ROOMS).map(|n| room(&format!("room-{n}"))).collect();
    let rooms_of =
        |n: usize| vec![rooms[n % ROOMS].clone(), rooms[(n + 1 + n / ROOMS % (ROOMS - 1)) % ROOMS].clone()];
    let (mut proxies, mut clients) = (Vec::new(), Vec::<Client>::new());
    for n in 0..count {
        let proxy = Proxy::start(server.address(), cuts_each, run.random(n as u64)).await?;
        proxy.set(Mode::Cutting);
        let address = proxy.address();
        clients.push(run.client(&world, format!("client {n}"), address, rooms_of(n), Reconnect::Quickly));
        proxies.push(proxy);
    }
    let mix = Mix { rooms: rooms.clone(), rate: RATE, about: 20, bytes: 80 };
    let stop = Stop::default();
    let began = Instant::now();
    let (posted, ()) = tokio::join!(traffic::run(&clients, &mix, run.random(u64::MAX), &stop), async {
        let is_done = |proxies: &[Proxy]| proxies.iter().all(|proxy| proxy.cuts() >= cuts_each);
        while !is_done(&proxies) && began.elapsed() < CUTTING {
            sleep(Duration::from_millis(50)).await;
        }
        stop.now();
    });
    let took = began.elapsed();
    let behind = client::settle(&world, &clients, rooms_of, PATIENCE).await;

    let mut figures = Figures::default();
    let cuts = proxies.iter().map(Proxy::cuts).sum();
    figures.count("clients", count);
    figures.promise("cuts", cuts, Bound::AtLeast(exact(count * cuts_each)));
    figures.time("cutting took", took, None);
    figures.count("posted", posted);
    figures.count("acknowledged", sum(&clients, Progress::acknowledged));
    figures.count("refused for good", sum(&clients, Progress::refused));
    figures.count("messages seen", sum(&clients, Progress::seen));
    // Many connections end before their rooms are joined.
    let least = exact(cuts * ROOMS_EACH / 10);
    figures.promise("rooms resumed", sum(&clients, Progress::resumed), Bound::AtLeast(least));
    figures.none("rooms not resumed", sum(&clients, Progress::restarted));
    figures.none("clients not level at the end", behind);
    run.check(&mut server, clients, &mut figures).await?;
    Ok(figures)
}
