//! How many posts a second the store acknowledges, with a number of posters who each wait for their answer.
//!
//! `taskset -c 0 cargo run --release --example store_speed -- FOLDER [POSTERS] [SECONDS]`; each post is synced to
//! FOLDER's disk. On Linux it tells the processor time of a post, too.

use std::{
    env,
    error::Error,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use backend::store::{Author, Draft, Place, Store};
use shared::{MessageId, Post, RoomName, Username};
use tokio::{sync::oneshot, task::JoinSet};

const TEXT: &str = "does anybody know how to get this to work without a reboot of the whole machine?";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("usage: store_speed FOLDER [POSTERS] [SECONDS]")?;
    let posters: usize = arguments.next().map_or(Ok(64), |posters| posters.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(5), |seconds| seconds.parse())?;

    let opened = Instant::now();
    let commits = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&commits);
    let store = Store::open(&Place::Folder(Path::new(&folder).into()), move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    })?;
    println!("opened in {:.1} ms", opened.elapsed().as_secs_f64() * 1e3);

    let (began, cpu_before) = (Instant::now(), processor_time());
    let until = began + Duration::from_secs(seconds);
    let mut running = JoinSet::new();
    for poster in 0..posters {
        running.spawn(post_until(store.clone(), poster, until));
    }
    let mut waits: Vec<Duration> = running.join_all().await.into_iter().flatten().collect();
    let (took, cpu) = (
        began.elapsed(),
        processor_time().zip(cpu_before).map(|(after, before)| after.saturating_sub(before)),
    );
    waits.sort_unstable();
    let posts = waits.len();
    let share = |part: usize| waits.get(posts * part / 1000).map_or(0.0, |wait| wait.as_secs_f64() * 1e3);
    #[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
    let (count, commits) = (posts as f64, commits.load(Ordering::Relaxed) as f64);
    println!("{:.0} posts/s, {:.1} posts a commit", count / took.as_secs_f64(), count / commits);
    println!(
        "answered after {:.2} ms (p50), {:.2} ms (p99), {:.2} ms (p99.9)",
        share(500),
        share(990),
        share(999)
    );
    if let Some(cpu) = cpu {
        println!("{:.1} µs of processor time a post", cpu.as_secs_f64() * 1e6 / count);
    }
    store.close().await;
    Ok(())
}

async fn post_until(store: Store, poster: usize, until: Instant) -> Vec<Duration> {
    let username = Username::parse(&format!("poster-{poster}")).expect("a plain name");
    let number = store.claim(&username, None).await.expect("a free name");
    let room = RoomName::parse("lobby").expect("a plain name");
    // Ids as clients make them: random, so that their index is not filled in order.
    let mut random = [0; 8];
    getrandom::fill(&mut random).expect("the system has random numbers");
    let mut random = u64::from_le_bytes(random);
    let mut waits = Vec::new();
    while Instant::now() < until {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let id = MessageId::parse(&format!("{random:016x}{poster:06x}")).expect("hexadecimal");
        let post = Post { room: room.clone(), id, text: TEXT.into(), about: None };
        let began = Instant::now();
        let (reply, outcome) = oneshot::channel();
        let author = Author::Account { username: username.clone(), number };
        let draft = Draft { author, post, makes_room: true };
        if store.post(draft, |outcome| drop(reply.send(outcome))).is_err() {
            store.room_in_queue().await;
        } else if outcome.await.is_ok() {
            waits.push(began.elapsed());
        }
    }
    waits
}

/// The processor time of this process so far, from `/proc` in ticks of 10 ms.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis((user + system) * 10))
}
