//! The power is lost, at many moments of a run under load.
//!
//! The run happens once, with the fault library recording what the server does to its files. For each moment the disk is built as
//! it would be after a power loss then: what was not synced is gone, wholly or in part. The real server opens each of these disks, and
//! the checker compares it with what clients knew at that moment.
//!
//! A recording library is better for this than a file system of the harness (FUSE is missing in most containers) or SQLite's
//! own hooks (they would not be in the program that people run, and do not see the key and its folder).

mod opening;

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result};

use self::opening::{Opened, Opening};
use super::group::{Group, Size};
use crate::{
    checker::Fault,
    client::{self, World},
    faults::{
        Faults,
        disk::{Disk, Image, Survival},
        inodes::Inodes,
        journal::Journal,
        moments::{self, Moment, Point},
    },
    figures::{Bound, Figures, exact, quantile},
    history::{Event, History},
    log::{WAL, WAL_HEADER},
    run::Run,
    server::{Server, Setup},
    traffic::{self, Mix, Stop},
};

const SIZE: Size = Size { rooms: 5, readers: 5, posters: 20 };
/// The time in which a server must be ready again.
const READY: Duration = Duration::from_secs(2);
/// After so many power losses, the next one hits a server that opens what the last one has left.
const AGAIN_EVERY: usize = 5;
/// Disks of which something was lost are kept, but not more than these.
const KEPT: usize = 5;
/// What survives at one point after the other.
const SURVIVALS: [Survival; 5] = [
    Survival::Nothing,
    Survival::Scattered(false),
    Survival::Beginning,
    Survival::Scattered(true),
    Survival::Everything,
];

/// A server whose files are recorded.
struct Recorded {
    root: PathBuf,
    setup: Setup,
    faults: Faults,
    before: Disk,
}

impl Recorded {
    fn new(run: &Run) -> Result<Self> {
        // The folder above the data is recorded as well: a new data folder is a change of it.
        let root = run.folder().join("disk");
        if !root.exists() {
            fs::create_dir(&root)?;
        }
        let faults = Faults::below(&root)?.recording();
        let mut setup = run.setup();
        setup.data = root.join("data");
        for (name, value) in faults.environment() {
            setup.set(name, value);
        }
        Ok(Self { before: Disk::of(&root)?, root, setup, faults })
    }

    /// The disk after a power loss behind so many operations.
    fn crash(self, after: usize, survival: Survival, random: &mut fastrand::Rng) -> Result<Image> {
        let mut disk = self.before;
        for operation in Journal::open(&self.faults.journal())?.take(after) {
            disk.apply(operation?);
        }
        Ok(disk.crash(survival, random))
    }
}

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let recorded = Recorded::new(run)?;
    let (mut server, _) = Server::start(recorded.setup.clone()).await?;
    let opened = now();
    let opening = Opening::new(run, server.address()).await?;
    let world = World::new();
    let origin = now().saturating_sub(nanos(world.now()));
    let histories = load(run, &world, &server).await?;
    server.kill().await?;

    let Recorded { root, faults, before: mut disk, .. } = recorded;
    let points = moments::find(Journal::open(&faults.journal())?, opened)?;
    let chosen = choose(run, points);
    let inodes = Inodes::keep(&root, &run.folder().join("inodes"))?;
    let mut losses = Losses::new(run, server, opening, inodes, root, histories);
    let mut journal = Journal::open(&faults.journal())?;
    let mut done = 0;
    for point in chosen {
        while done < point.after {
            disk.apply(journal.next().context("the journal is as long as before")??);
            done += 1;
        }
        losses.power_loss(&disk, point, Duration::from_nanos(point.at.saturating_sub(origin))).await?;
    }
    losses.figures()
}

/// Lets clients post: many small posts with edits and retractions, after which the write-ahead log is emptied, then long ones,
/// so that it becomes long and is copied into the database.
async fn load(run: &Run, world: &World, server: &Server) -> Result<Vec<History>> {
    let group = Group::start(run, world, server.address(), SIZE);
    let small = Mix { rooms: group.rooms.clone(), rate: 200, about: 30, bytes: 80 };
    let long = Mix { rooms: group.rooms.clone(), rate: 60, about: 0, bytes: 16_000 };
    for (mix, seconds, purpose) in [(small, run.size(15, 3), 1), (long, run.size(15, 0), 2)] {
        let stop = Stop::default();
        let end = async {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            stop.now();
        };
        if seconds > 0 {
            tokio::join!(traffic::run(group.posters(), &mix, run.random(purpose), &stop), end);
        }
    }
    let behind = group.settle().await;
    anyhow::ensure!(behind == 0, "{behind} clients were not served without any fault");
    client::stop_all(group.clients).await
}

/// The moments at which the power is lost, in their order.
fn choose(run: &Run, points: Vec<Point>) -> Vec<Point> {
    let mut random = run.random(3);
    let mut by_moment: BTreeMap<Moment, Vec<Point>> = BTreeMap::new();
    for point in points {
        by_moment.entry(point.moment).or_default().push(point);
    }
    let mut chosen = Vec::new();
    for (moment, mut points) in by_moment {
        let count = match moment {
            Moment::InsideCommit => run.size(200, 6),
            Moment::AfterCommit => run.size(20, 2),
            Moment::Checkpoint | Moment::NewWal | Moment::Opening => run.size(30, 3),
        };
        random.shuffle(&mut points);
        chosen.extend(points.into_iter().take(count));
    }
    chosen.sort_by_key(|point| point.after);
    chosen
}

/// What came of the power losses.
struct Losses<'a> {
    run: &'a Run,
    server: Server,
    opening: Opening,
    inodes: Inodes,
    root: PathBuf,
    histories: Vec<History>,
    random: fastrand::Rng,
    count: usize,
    moments: BTreeMap<Moment, usize>,
    again: usize,
    not_opened: Vec<String>,
    faults: Vec<Fault>,
    wrong: Vec<String>,
    new_epochs: usize,
    ready: Vec<Duration>,
}

impl<'a> Losses<'a> {
    fn new(
        run: &'a Run,
        mut server: Server,
        opening: Opening,
        inodes: Inodes,
        root: PathBuf,
        histories: Vec<History>,
    ) -> Self {
        server.setup.environment.clear();
        Self {
            run,
            server,
            opening,
            inodes,
            root,
            histories,
            random: run.random(4),
            count: 0,
            moments: BTreeMap::new(),
            again: 0,
            not_opened: Vec::new(),
            faults: Vec::new(),
            wrong: Vec::new(),
            new_epochs: 0,
            ready: Vec::new(),
        }
    }

    async fn power_loss(&mut self, disk: &Disk, point: Point, at: Duration) -> Result<()> {
        let survival = SURVIVALS[self.count % SURVIVALS.len()];
        let mut image = disk.crash(survival, &mut self.random);
        self.count += 1;
        *self.moments.entry(point.moment).or_default() += 1;
        let mut what = format!("{:?} after {} operations, {survival:?}", point.moment, point.after);
        if self.count.is_multiple_of(AGAIN_EVERY) {
            self.inodes.put(&image, &self.root)?;
            if let Some(second) = self.open_and_lose_power_again(survival).await? {
                image = second;
                what.push_str(", and once more while that was opened");
                self.again += 1;
            }
        }
        self.inodes.put(&image, &self.root)?;
        let known: Vec<History> = self.histories.iter().map(|history| until(history, at)).collect();
        match self.opening.open(&mut self.server, known).await? {
            Opened::Not(reason) => self.not_opened.push(format!("{what}: {reason}")),
            Opened::Served { ready, faults, wrong, epoch_is_new } => {
                self.ready.push(ready);
                self.new_epochs += usize::from(epoch_is_new);
                let needless = epoch_is_new && wal_bytes(&image) > WAL_HEADER;
                let needless =
                    needless.then(|| "the epoch is new, and the write-ahead log was there".to_owned());
                if (!faults.is_empty() || !wrong.is_empty() || needless.is_some()) && self.wrong.len() < KEPT
                {
                    let kept = self.run.folder().join(format!("lost-{}", self.count));
                    fs::create_dir(&kept)?;
                    for (path, (_, bytes)) in &image.files {
                        fs::write(kept.join(path.file_name().context("a file has a name")?), bytes)?;
                    }
                }
                self.wrong.extend(wrong.into_iter().chain(needless).map(|wrong| format!("{what}: {wrong}")));
                self.faults.extend(faults);
            }
        }
        Ok(())
    }

    /// Lets a server open what is on the disk, and loses the power at a moment of that. `None`: it did nothing to the disk.
    async fn open_and_lose_power_again(&mut self, survival: Survival) -> Result<Option<Image>> {
        let recorded = Recorded::new(self.run)?;
        // A server that does not open it is found by the next one.
        let Ok((mut server, _)) = Server::start(recorded.setup.clone()).await else { return Ok(None) };
        server.kill().await?;
        let operations = Journal::open(&recorded.faults.journal())?.count();
        if operations == 0 {
            return Ok(None);
        }
        let after = self.random.usize(1..=operations);
        Ok(Some(recorded.crash(after, survival, &mut self.random)?))
    }

    fn figures(self) -> Result<Figures> {
        for reason in self.not_opened.iter().chain(&self.wrong) {
            eprintln!("  {reason}");
        }
        self.run.keep(&self.histories, &self.faults)?;
        let mut figures = Figures::default();
        let acknowledged = self.histories.iter().flat_map(|history| &history.records);
        let acknowledged =
            acknowledged.filter(|record| matches!(record.event, Event::Acknowledged { .. })).count();
        figures.count("acknowledged posts", acknowledged);
        let of = |moment| self.moments.get(&moment).copied().unwrap_or(0);
        let least = Bound::AtLeast(exact(self.run.size(200, 6)));
        figures.promise("power losses inside commits", of(Moment::InsideCommit), least);
        figures.count("… right after commits", of(Moment::AfterCommit));
        figures.count("… in checkpoints", of(Moment::Checkpoint));
        figures.count("… with a new write-ahead log", of(Moment::NewWal));
        figures.count("… at the first start", of(Moment::Opening));
        figures.count("… twice, again while opening", self.again);
        figures.none("stores not opened", self.not_opened.len());
        figures.faults(&self.faults);
        figures.none("other promises broken", self.wrong.len());
        figures.count("new epochs, where the log was gone", self.new_epochs);
        let mut ready = self.ready;
        ready.sort_unstable();
        figures.time("ready after a power loss, p50", quantile(&ready, 0.5), None);
        figures.time("ready after a power loss, slowest", quantile(&ready, 1.0), Some(READY));
        Ok(figures)
    }
}

fn wal_bytes(image: &Image) -> usize {
    let wal = image.files.iter().find(|(path, _)| path.ends_with(WAL));
    wal.map_or(0, |(_, (_, bytes))| bytes.len())
}

/// What a client did and saw before a moment.
fn until(history: &History, at: Duration) -> History {
    let known = history.records.partition_point(|record| record.at < at);
    History { author: history.author.clone(), records: history.records[..known].to_vec() }
}

/// The time in nanoseconds of `CLOCK_MONOTONIC`, as the library records it.
fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    nanos(Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0)))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
