//! A sync fails while posts come in. The server takes no more posts and ends; what it has acknowledged is there when it starts again,
//! although the kernel has forgotten everything that the failed sync should have written.

use std::{fs, time::Duration};

use anyhow::{Context, Result};
use tokio::time::{Instant, sleep};

use super::{
    group::{Group, Size},
    sum,
};
use crate::{
    client::{Progress, World},
    faults::{
        DiskError, Faults, Files,
        disk::{Disk, Survival},
        inodes::Inodes,
        journal::Journal,
    },
    figures::{Figures, quantile},
    run::{PATIENCE, Run},
    server::{Server, Setup},
    traffic::{self, Mix, Stop},
};

const SIZE: Size = Size { rooms: 5, readers: 5, posters: 20 };
/// The time in which the server must have ended.
const END: Duration = Duration::from_secs(5);
/// What it says.
const REASON: &str = "the disk has failed";
/// Which file's sync fails, and what of the unsynced is on the disk then.
const FAILURES: [(Files, Survival); 6] = [
    (Files::Wal, Survival::Nothing),
    (Files::Database, Survival::Nothing),
    (Files::Wal, Survival::Scattered(false)),
    (Files::Database, Survival::Scattered(false)),
    (Files::Wal, Survival::Everything),
    (Files::Database, Survival::Everything),
];

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let failures = &FAILURES[..run.size(FAILURES.len(), 2)];
    let mut disk = Watched::new(run, run.setup())?;
    let (mut server, _) = Server::start(disk.setup.clone()).await?;
    let group = Group::start(run, &World::new(), server.address(), SIZE);
    // Retractions among them empty the write-ahead log, so that the database is synced, too.
    let mix = Mix { rooms: group.rooms.clone(), rate: 200, about: 40, bytes: 80 };
    let stop = Stop::default();
    let mut random = run.random(1);
    let (_, ends) = tokio::join!(traffic::run(group.posters(), &mix, run.random(2), &stop), async {
        let mut ends = Vec::new();
        let mut result = Ok(());
        for (n, (files, survival)) in failures.iter().enumerate() {
            sleep(Duration::from_millis(random.u64(800..1_500))).await;
            match fail(run, &mut server, &mut disk, (*files, *survival), n).await {
                Ok(end) => ends.push(end),
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        sleep(Duration::from_millis(500)).await;
        stop.now();
        result.map(|()| ends)
    });
    let ends = ends?;
    let behind = group.settle().await;
    let mut figures = Figures::default();
    let restarted = sum(&group.clients, Progress::restarted);
    figures.count("failed syncs", ends.len());
    figures.none("servers that went on", ends.iter().filter(|end| end.after.is_none()).count());
    figures.none("servers that did not say why", ends.iter().filter(|end| !end.says_why).count());
    figures.none("servers that ended as if all were well", ends.iter().filter(|end| end.is_success).count());
    let mut times: Vec<Duration> = ends.iter().filter_map(|end| end.after).collect();
    times.sort_unstable();
    figures.time("ended after, slowest", quantile(&times, 1.0), Some(END));
    figures.none("rooms not resumed", restarted);
    figures.none("clients not level at the end", behind);
    run.check(&mut server, group.clients, &mut figures).await?;
    Ok(figures)
}

/// A server whose files are recorded since it was started.
struct Watched {
    setup: Setup,
    faults: Faults,
    before: Disk,
}

impl Watched {
    fn new(run: &Run, mut setup: Setup) -> Result<Self> {
        let faults = Faults::below(&run.data())?.recording();
        for (name, value) in faults.environment() {
            setup.set(name, value);
        }
        Ok(Self { setup, faults, before: Disk::of(&run.data())? })
    }
}

/// How a server ended.
struct End {
    /// The time from the failed sync. `None`: it did not end.
    after: Option<Duration>,
    is_success: bool,
    says_why: bool,
}

async fn fail(
    run: &Run,
    server: &mut Server,
    disk: &mut Watched,
    (files, survival): (Files, Survival),
    number: usize,
) -> Result<End> {
    let said = fs::metadata(&server.setup.log)?.len();
    disk.faults.fail_syncs(Some((DiskError::Broken, files)))?;
    let patience = Instant::now() + PATIENCE;
    while disk.faults.counts()?.failed_syncs == 0 {
        anyhow::ensure!(Instant::now() < patience, "nothing of {files:?} was synced");
        sleep(Duration::from_millis(1)).await;
    }
    let failed = Instant::now();
    let status = server.end(END * 2).await?;
    let after = status.map(|_| failed.elapsed());
    if status.is_none() {
        server.kill().await?;
    }
    let log = fs::read(&server.setup.log)?;
    let log = String::from_utf8_lossy(&log[usize::try_from(said)?.min(log.len())..]).into_owned();
    let end = End {
        after,
        is_success: status.is_some_and(|status| status.success()),
        says_why: log.contains(REASON),
    };

    let mut left = Disk::of(&run.data())?;
    std::mem::swap(&mut left, &mut disk.before);
    left.follow(Journal::open(&disk.faults.journal())?)?;
    let image = left.crash(survival, &mut run.random(3 + u64::try_from(number)?));
    let inodes = Inodes::keep(&run.data(), &run.folder().join(format!("inodes-{number}")))?;
    inodes.put(&image, &run.data().canonicalize().context("the data folder is there")?)?;
    *disk = Watched::new(run, server.setup.clone())?;
    server.setup = disk.setup.clone();
    server.restart().await?;
    Ok(end)
}
