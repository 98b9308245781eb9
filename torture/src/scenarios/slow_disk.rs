//! Each sync takes 100 ms, and 200 posters post again as soon as they are answered.

use std::{collections::HashMap, time::Duration};

use anyhow::Result;
use shared::{MessageId, Post};
use tokio::time::{Instant, sleep};

use crate::{
    client::{self, Client, Reconnect, World, room},
    faults::Faults,
    figures::{Bound, Figures, exact, quantile},
    history::{Event, History},
    run::{PATIENCE, Run},
    server::Server,
};

const DELAY: Duration = Duration::from_millis(100);
const POSTERS: usize = 200;
const ROOMS: usize = 20;
/// The bound of the issue for 99 of 100 posts.
const SLOWEST: Duration = Duration::from_millis(400);

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let faults = Faults::below(&run.data())?;
    let mut setup = run.setup();
    for (name, value) in faults.environment() {
        setup.set(name, value);
    }
    let (mut server, _) = Server::start(setup).await?;
    let address = server.address();
    let world = World::new();
    let name_of = |n: usize| room(&format!("room-{}", n % ROOMS));
    let start = |n| run.client(&world, format!("poster {n}"), address, vec![name_of(n)], Reconnect::Quickly);
    let clients: Vec<Client> = (0..POSTERS).map(start).collect();
    client::until_live(&clients, PATIENCE).await?;
    faults.delay_syncs(DELAY)?;
    let before = faults.counts()?.syncs;
    let end = Instant::now() + Duration::from_secs(run.size(30, 3));
    let mut posted = 0;
    while Instant::now() < end {
        for (n, client) in clients.iter().enumerate() {
            if client.progress().unanswered() == 0 {
                let id = MessageId::parse(&format!("slow-{posted}"))?;
                client.post(Post { room: name_of(n), id, text: format!("post {posted}"), about: None });
                posted += 1;
            }
        }
        sleep(Duration::from_millis(1)).await;
    }
    let behind = client::settle(&world, &clients, |n| vec![name_of(n)], PATIENCE).await;
    let syncs = usize::try_from(faults.counts()?.syncs - before)?;
    let mut figures = Figures::default();
    figures.none("clients not level at the end", behind);
    figures.count("posts", posted);
    figures.count("syncs", syncs);
    // One sync for each post would be one.
    let least = Bound::AtLeast(exact(POSTERS) / 10.0);
    figures.promise("posts for each sync", posted / syncs.max(1), least);
    let (histories, _) = run.check(&mut server, clients, &mut figures).await?;
    let times = times(&histories);
    figures.time("acknowledged, p50", quantile(&times, 0.5), None);
    figures.time("acknowledged, p99", quantile(&times, 0.99), Some(SLOWEST));
    figures.time("acknowledged, slowest", quantile(&times, 1.0), None);
    Ok(figures)
}

/// The times from a post until its answer, rising.
fn times(histories: &[History]) -> Vec<Duration> {
    let mut times = Vec::new();
    for history in histories {
        let mut posted = HashMap::new();
        for record in &history.records {
            match &record.event {
                Event::Posted(post) => drop(posted.insert(&post.id, record.at)),
                Event::Acknowledged { post, .. } => {
                    times.extend(posted.get(&post.id).map(|at| record.at.saturating_sub(*at)));
                }
                _ => {}
            }
        }
    }
    times.sort_unstable();
    times
}
