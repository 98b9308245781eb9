//! Everything at once for half an hour: posts, edits, reactions, joins, cuts, searches, backups, and a kill every minute. Nothing is
//! lost, and nothing grows.

use std::{fs, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use anyhow::Result;
use shared::RoomName;
use tokio::{
    process::Command,
    time::{Instant, sleep, sleep_until},
};

use super::sum;
use crate::{
    client::{self, Client, Progress, Reconnect, World, room},
    figures::{Bound, Figures, exact, quantile},
    http,
    log::WAL,
    proxy::{Mode, Proxy},
    run::{PATIENCE, Run},
    server::Server,
    traffic::{self, Mix, Stop},
};

const ROOMS: usize = 20;
const READERS: usize = 40;
/// The rooms that a reader is in for the whole day.
const ROOMS_EACH: usize = 3;
const POSTERS: usize = 20;
const RATE: u32 = 50;
/// What may have grown in the end, in percent.
const GROWTH: f64 = 10.0;
/// How often the process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let day =
        Day { lives: run.size(30, 3), life: Duration::from_secs(run.size(60, 5)), first: run.size(5, 1) };
    let (mut server, _) = Server::start(run.setup()).await?;
    let address = server.address();
    let world = World::new();
    let rooms: Vec<RoomName> = (0..ROOMS).map(|n| room(&format!("room-{n}"))).collect();
    let rooms_of = |n: usize| -> Vec<RoomName> {
        let count = if n < READERS { ROOMS_EACH } else { 0 };
        (0..count).map(|k| rooms[(n * 3 + k * 5) % ROOMS].clone()).collect()
    };
    // Half of the readers are behind networks that fail.
    let (mut proxies, mut clients) = (Vec::new(), Vec::<Client>::new());
    for n in 0..READERS + POSTERS {
        let name = if n < READERS { format!("reader {n}") } else { format!("poster {n}") };
        let mut own = address;
        if n < READERS && n % 2 == 0 {
            let proxy = Proxy::start(server.address(), usize::MAX, run.random(n as u64)).await?;
            proxy.set(Mode::Cutting);
            own = proxy.address();
            proxies.push(proxy);
        }
        clients.push(run.client(&world, name, own, rooms_of(n), Reconnect::Quickly));
    }

    let stop = Stop::default();
    let mix = Mix { rooms: rooms.clone(), rate: RATE, about: 30, bytes: 100 };
    let (readers, posters) = clients.split_at(READERS);
    let backups = Backups::new(run);
    let (posted, lives_and_times, searches, (made, failed), ()) = tokio::join!(
        traffic::run(posters, &mix, run.random(1), &stop),
        async {
            let lives_and_times = live(&mut server, &day).await;
            stop.now();
            lives_and_times
        },
        search(address, run.random(4), &stop),
        backups.make(run.size(Duration::from_secs(20), Duration::from_secs(2)), &stop),
        join_and_leave(readers, &rooms, run.random(2), &stop),
    );
    let (lives, mut ready) = lives_and_times?;
    for proxy in &proxies {
        proxy.set(Mode::Normal);
    }
    let behind = client::settle(&world, &clients, rooms_of, PATIENCE).await;

    let mut figures = Figures::default();
    figures.count("kills", ready.len());
    figures.count("cuts", proxies.iter().map(Proxy::cuts).sum());
    figures.count("posted", posted);
    figures.count("acknowledged", sum(&clients, Progress::acknowledged));
    figures.count("refused for good", sum(&clients, Progress::refused));
    figures.count("messages seen", sum(&clients, Progress::seen));
    figures.promise("searches answered", searches, Bound::AtLeast(1.0));
    figures.promise("backups made", made, Bound::AtLeast(1.0));
    figures.none("backups failed", failed);
    figures.none("rooms not resumed", sum(&clients, Progress::restarted));
    figures.none("clients not level at the end", behind);
    ready.sort_unstable();
    figures.time("ready after a kill, slowest", quantile(&ready, 1.0), Some(Duration::from_secs(2)));
    let (early, late) = (&lives[day.first - 1], &lives[lives.len() - 1]);
    grown(&mut figures, "memory", "KiB", early.memory >> 10, late.memory >> 10);
    grown(&mut figures, "file descriptors", "", early.files, late.files);
    grown(&mut figures, "threads", "", early.threads, late.threads);
    grown(&mut figures, "write-ahead log", "KiB", early.wal >> 10, late.wal >> 10);
    run.check(&mut server, clients, &mut figures).await?;
    Ok(figures)
}

/// How long everything lasts.
struct Day {
    /// How often the server lives and is killed.
    lives: usize,
    life: Duration,
    /// The last life is compared with this one.
    first: usize,
}

/// What a process had: the median of each, over the second half of a life.
struct Life {
    memory: u64,
    files: u64,
    threads: u64,
    wal: u64,
}

/// Lets the server live and kills it, again and again. Returns what it had in each life, and the times to be ready again.
async fn live(server: &mut Server, day: &Day) -> Result<(Vec<Life>, Vec<Duration>)> {
    let (mut lives, mut ready) = (Vec::new(), Vec::new());
    loop {
        let began = Instant::now();
        sleep(day.life / 2).await;
        let (mut memory, mut files, mut threads, mut wal) = (vec![], vec![], vec![], vec![]);
        while began.elapsed() < day.life {
            let process = server.process()?;
            memory.push(process.memory);
            files.push(process.files as u64);
            threads.push(process.threads as u64);
            wal.push(fs::metadata(server.setup.data.join(WAL))?.len());
            sleep(LOOK_EVERY).await;
        }
        let [memory, files, threads, wal] = [memory, files, threads, wal].map(median);
        lives.push(Life { memory, files, threads, wal });
        if lives.len() == day.lives {
            return Ok((lives, ready));
        }
        server.kill().await?;
        ready.push(server.restart().await?);
    }
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

/// What something was early, and how much more it is late.
fn grown(figures: &mut Figures, name: &str, unit: &'static str, early: u64, late: u64) {
    let number = |value: u64| exact(usize::try_from(value).unwrap_or(usize::MAX));
    figures.measure(&format!("{name}, early"), number(early), unit, None);
    figures.measure(&format!("{name}, at the end"), number(late), unit, None);
    let percent = (number(late) / number(early.max(1)) - 1.0) * 100.0;
    figures.measure(&format!("{name} grown by"), percent, "%", Some(Bound::AtMost(GROWTH)));
}

/// Searches all the time. Returns how many searches were answered.
async fn search(server: SocketAddr, mut random: fastrand::Rng, stop: &Stop) -> usize {
    let mut answered = 0;
    while !stop.is_over() {
        let found =
            http::get(server, &format!("/api/search?q={}&limit=20", traffic::word(&mut random))).await;
        answered += usize::from(found.is_ok_and(|answer| answer.status == 200));
        sleep(Duration::from_millis(500)).await;
    }
    answered
}

/// Lets readers come into further rooms, and leave them again.
async fn join_and_leave(readers: &[Client], rooms: &[RoomName], mut random: fastrand::Rng, stop: &Stop) {
    while !stop.is_over() {
        let reader = &readers[random.usize(..readers.len())];
        // A room that is left and joined again begins with a page: it is no resume.
        let extra = room(&format!("extra-{}", random.usize(..rooms.len())));
        reader.join(extra.clone());
        sleep(Duration::from_millis(100)).await;
        reader.leave(extra);
    }
}

/// Backups of the running server, each over the last one.
struct Backups {
    binary: PathBuf,
    data: PathBuf,
    file: PathBuf,
}

impl Backups {
    fn new(run: &Run) -> Self {
        Self { binary: run.binary.clone(), data: run.data(), file: run.folder().join("backup.db") }
    }

    /// Makes them. Returns how many there were, and how many failed.
    async fn make(&self, every: Duration, stop: &Stop) -> (usize, usize) {
        let (mut made, mut failed) = (0, 0);
        while !stop.is_over() {
            let next = Instant::now() + every;
            let mut command = Command::new(&self.binary);
            command.arg("backup").arg(&self.file).arg("--replace").arg("--data").arg(&self.data);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            if command.status().await.is_ok_and(|status| status.success()) {
                made += 1;
            } else {
                failed += 1;
            }
            while !stop.is_over() && Instant::now() < next {
                sleep_until(next.min(Instant::now() + Duration::from_millis(200))).await;
            }
        }
        (made, failed)
    }
}
