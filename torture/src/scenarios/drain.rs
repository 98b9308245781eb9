//! SIGTERM with 2,000 clients under load: all are told when to come back, and come back without a herd.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use serde_json::json;
use shared::{Post, RoomName, Seq, Username};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::sum;
use crate::{
    client::{self, Client, Progress, Reconnect, World, room},
    figures::{Bound, Figures, exact},
    history::{Event, History, Record},
    http,
    run::{PATIENCE, Run},
    server::Server,
    traffic::{self, Mix, Stop},
};

const ROOMS: usize = 40;
const RATE: u32 = 100;
/// Programs that post over HTTP, one post after the other.
const HTTP_POSTERS: usize = 8;
/// Requests that wait for a message when the signal comes.
const LONG_POLLS: usize = 20;
/// The time in which the process is gone.
const GONE: Duration = Duration::from_secs(10);
/// The time in which all have resumed after the restart.
const RESUMED: Duration = Duration::from_mins(1);
/// The codes of a close that says that the server goes away, or comes back.
const CODES: [u16; 2] = [1001, 1012];
/// The time in which clients connect at first, for each of them.
const ARRIVAL: Duration = Duration::from_millis(2);

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let count = run.size(2_000, 300);
    let (mut server, _) = Server::start(run.setup()).await?;
    let address = server.address();
    let world = World::new();
    let rooms: Vec<RoomName> = (0..ROOMS).map(|n| room(&format!("room-{n}"))).collect();
    let rooms_of = |n: usize| vec![rooms[n % ROOMS].clone()];
    let mut clients: Vec<Client> = Vec::new();
    for n in 0..count {
        clients.push(run.client(&world, format!("client {n}"), address, rooms_of(n), Reconnect::AsTold));
        sleep(ARRIVAL).await;
    }
    client::until_live(&clients, PATIENCE).await?;

    let (stop, stop_http) = (Stop::default(), Stop::default());
    let mix = Mix { rooms: rooms.clone(), rate: RATE, about: 10, bytes: 80 };
    let mut http_posters = JoinSet::new();
    for n in 0..HTTP_POSTERS {
        http_posters.spawn(post_over_http(world.clone(), server.address(), n, stop_http.clone()));
    }
    let mut polls = JoinSet::new();
    for _ in 0..LONG_POLLS {
        polls.spawn(poll(server.address()));
    }
    let (posted, drained) = tokio::join!(traffic::run(&clients, &mix, run.random(1), &stop), async {
        let drained = drain(&mut server, &world, run.size(3, 1)).await;
        stop_http.now();
        let resumed = async {
            let until = Instant::now() + RESUMED;
            while Instant::now() < until && clients.iter().any(|client| client.progress().resumed() == 0) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        resumed.await;
        stop.now();
        drained
    });
    let drained = drained?;
    let behind = client::settle(&world, &clients, rooms_of, PATIENCE).await;

    let mut figures = Figures::default();
    figures.count("clients", count);
    figures.count("posted over WebSockets", posted);
    figures.none("exits with a failure", usize::from(!drained.success));
    figures.none("still there after 10 s", usize::from(drained.gone.is_none()));
    figures.time("gone after", drained.gone.unwrap_or(GONE), Some(GONE));
    figures.time("ready again after", drained.ready, None);
    let mut answered = 0;
    while let Some(answer) = polls.join_next().await {
        answered += usize::from(answer?.is_some_and(|status| status == 200));
    }
    figures.promise("long polls answered", answered, Bound::AtLeast(exact(LONG_POLLS)));
    let (mut histories, mut unanswered, mut over_http) = (Vec::new(), 0, 0);
    while let Some(poster) = http_posters.join_next().await {
        let (history, lost) = poster?;
        over_http += history.records.iter().filter(|record| matches!(record.event, Event::Posted(_))).count();
        unanswered += lost;
        histories.push(history);
    }
    figures.count("posted over HTTP", over_http);
    figures.none("HTTP requests without an answer", unanswered);
    figures.none("rooms not resumed", sum(&clients, Progress::restarted));
    figures.none("clients not level at the end", behind);
    let of_clients = client::stop_all(clients).await?;
    returns(&of_clients, &drained, &mut figures);
    histories.extend(of_clients);
    run.compare(&mut server, &histories, &mut figures).await?;
    Ok(figures)
}

/// How the server ended and came back.
struct Drained {
    success: bool,
    /// How long the process took to end. `None`: it had not ended in [`GONE`].
    gone: Option<Duration>,
    ready: Duration,
    /// When it was asked to end, by the world's clock.
    asked_at: Duration,
    /// When it was ready again, by the world's clock.
    ready_at: Duration,
}

async fn drain(server: &mut Server, world: &World, load_s: u64) -> Result<Drained> {
    sleep(Duration::from_secs(load_s)).await;
    let (began, asked_at) = (Instant::now(), world.now());
    server.signal("TERM").await?;
    let status = server.end(GONE).await?;
    let gone = status.map(|_| began.elapsed());
    if gone.is_none() {
        server.kill().await?;
    }
    // As a service manager does it: at once.
    let ready = server.restart().await?;
    let success = status.is_some_and(|status| status.success());
    Ok(Drained { success, gone, ready, asked_at, ready_at: world.now() })
}

/// What the clients were told, and when they came back.
fn returns(histories: &[History], drained: &Drained, figures: &mut Figures) {
    let (mut told, mut other_codes, mut delays, mut back) = (0, 0, Vec::new(), Vec::new());
    for history in histories {
        let later = history.records.iter().filter(|record| record.at >= drained.asked_at);
        let mut closed = false;
        for Record { at, event } in later {
            match event {
                Event::Closing { reconnect_after_ms } => {
                    told += 1;
                    delays.push(Duration::from_millis(*reconnect_after_ms));
                }
                Event::Disconnected(code) if !closed => {
                    closed = true;
                    other_codes += usize::from(!CODES.contains(code));
                }
                Event::Joined(joined) if joined.resumed => {
                    back.push(at.saturating_sub(drained.ready_at));
                    break;
                }
                _ => {}
            }
        }
    }
    delays.sort_unstable();
    back.sort_unstable();
    let count = exact(histories.len());
    figures.promise("told when to come back", told, Bound::AtLeast(count));
    figures.none("closed with another code", other_codes);
    figures.time("shortest delay", delays.first().copied().unwrap_or_default(), None);
    figures.time("longest delay", delays.last().copied().unwrap_or_default(), None);
    figures.promise("resumed", back.len(), Bound::AtLeast(count));
    figures.time("all resumed after", back.last().copied().unwrap_or_default(), Some(RESUMED));
    let (first, later): (Vec<_>, Vec<_>) = back.iter().partition(|at| **at < SECOND);
    figures.measure("back in the first second", exact(first.len()) / count * 100.0, "%", None);
    let most = exact(busiest_second(&later)) / count * 100.0;
    figures.measure("busiest second after the first", most, "%", Some(Bound::AtMost(10.0)));
}

const SECOND: Duration = Duration::from_secs(1);

/// The most of these rising times that are within one second, wherever it begins.
fn busiest_second(times: &[&Duration]) -> usize {
    let within = |from: usize| times[from..].iter().take_while(|at| ***at < *times[from] + SECOND).count();
    (0..times.len()).map(within).max().unwrap_or(0)
}

/// The status that a request gets which waits for a message.
async fn poll(server: std::net::SocketAddr) -> Option<u16> {
    let path = "/api/rooms/silent/messages?after=0&wait=60";
    http::get(server, path).await.ok().map(|answer| answer.status)
}

/// Posts over HTTP until it is told to stop or nobody listens. Returns what it did, and how many requests were taken and not
/// answered.
async fn post_over_http(
    world: World,
    server: std::net::SocketAddr,
    n: usize,
    stop: Stop,
) -> (History, usize) {
    let author = Username::parse(&format!("http {n}")).expect("a valid name");
    let room = room(&format!("room-{n}"));
    let (mut records, mut unanswered) = (Vec::new(), 0);
    for number in 0.. {
        let id = format!("{n}-{number}").parse().expect("digits and a hyphen");
        let post =
            Arc::new(Post { room: room.clone(), id, text: format!("over HTTP {number}"), about: None });
        records.push(Record { at: world.now(), event: Event::Posted(post.clone()) });
        let body = json!({"username": author, "id": post.id, "text": post.text});
        match http::post(server, &format!("/api/rooms/{room}/messages"), None, &body).await {
            Ok(answer) if answer.status == 201 => match seq(&answer) {
                Ok(seq) => {
                    let event = Event::Acknowledged { post, seq, epoch: None };
                    records.push(Record { at: world.now(), event });
                }
                Err(_) => unanswered += 1,
            },
            Ok(_) => {}
            Err(error) if http::was_refused(&error) => break,
            Err(error) => {
                eprintln!("  {error:#}");
                unanswered += 1;
            }
        }
        if stop.is_over() {
            break;
        }
    }
    (History { author, records }, unanswered)
}

fn seq(answer: &http::Answer) -> Result<Seq> {
    let number = answer.json()["seq"].as_u64().context("a stored post has a number")?;
    Ok(Seq::try_from(number)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_begins_anywhere() {
        let times: Vec<_> = [0, 900, 1_500, 1_899, 1_900, 5_000].map(Duration::from_millis).to_vec();
        let times: Vec<_> = times.iter().collect();
        assert_eq!(busiest_second(&times), 3);
        assert_eq!(busiest_second(&[]), 0);
    }
}
