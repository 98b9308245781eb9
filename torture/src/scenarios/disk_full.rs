//! The disk is full for a while: posts are refused, reading goes on, and posting resumes by itself.
//!
//! Where a small tmpfs can be mounted, that is the disk: in a mount namespace of its own, which a process holds that does nothing
//! else. Elsewhere the fault library refuses writes that need room.

use std::{
    fs::{self, File},
    io::Write,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{Instant, sleep},
};

use super::group::{Group, Size};
use crate::{
    checker,
    client::{self, World, room},
    faults::Faults,
    figures::{Bound, Figures, exact, quantile},
    history::{Event, History, Record},
    http,
    log::Log,
    run::{PATIENCE, Run},
    server::{Server, Setup},
    traffic::{self, Mix, Stop},
};

const SIZE: Size = Size { rooms: 3, readers: 3, posters: 10 };
/// A post must be answered in this time, however full the disk is.
const ANSWER: Duration = Duration::from_secs(2);
/// Posting must have resumed in this time after there is room again.
const RESUME: Duration = Duration::from_secs(5);
/// The size of the disk, in MiB.
const DISK_MIB: usize = 32;

/// The disk of the server.
enum Disk {
    /// A tmpfs, as it is seen from outside of its namespace, and the process that holds it.
    Small { path: PathBuf, _holder: Child },
    /// The fault library.
    Library(Faults),
}

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let mut setup = run.setup();
    let mut figures = Figures::default();
    let disk = match small(run, &mut setup).await {
        Ok(disk) => {
            figures.count("the disk is a tmpfs, of MiB", DISK_MIB);
            disk
        }
        Err(error) => {
            eprintln!("  no tmpfs can be mounted here: {error:#}");
            figures.count("the disk is full for the fault library", 1);
            library(run, &mut setup)?
        }
    };
    let (mut server, _) = Server::start(setup).await?;
    let group = Group::start(run, &World::new(), server.address(), SIZE);
    let mix = Mix { rooms: group.rooms.clone(), rate: 50, about: 20, bytes: 200 };
    let stop = Stop::default();
    let mut witness = Witness::new(server.address())?;
    let (posted, fault) = tokio::join!(traffic::run(group.posters(), &mix, run.random(1), &stop), async {
        let result = fill_and_free(run, &disk, &mut witness).await;
        stop.now();
        result
    });
    fault.with_context(|| format!("see {}", server.log()))?;
    let behind = group.settle().await;
    figures.count("posted by others meanwhile", posted);
    figures.none("clients not level at the end", behind);
    witness.figures(&mut figures);
    let mut histories = client::stop_all(group.clients).await?;
    histories.push(witness.history);
    server.kill().await?;
    let data = match &disk {
        Disk::Small { path, .. } => path.join("data"),
        Disk::Library(_) => run.data(),
    };
    let faults = checker::check(&histories, &Log::read(&data)?);
    figures.faults(&faults);
    run.keep(&histories, &faults)?;
    Ok(figures)
}

/// Lets posts fail for some time, then frees the disk and waits until a post is taken.
async fn fill_and_free(run: &Run, disk: &Disk, witness: &mut Witness) -> Result<()> {
    sleep(Duration::from_secs(1)).await;
    witness.post().await?;
    anyhow::ensure!(witness.refused.is_empty(), "a post was refused before the disk was full");
    disk.fill()?;
    let patience = Instant::now() + PATIENCE;
    while witness.refused.is_empty() {
        anyhow::ensure!(Instant::now() < patience, "no post is refused on the full disk");
        witness.post().await?;
    }
    let until = Instant::now() + Duration::from_secs(run.size(15, 2));
    while Instant::now() < until {
        // A file of the server may have become smaller.
        disk.fill()?;
        witness.post().await?;
        witness.read().await?;
        sleep(Duration::from_millis(50)).await;
    }
    disk.free()?;
    let freed = Instant::now();
    while !witness.post().await? {
        anyhow::ensure!(freed.elapsed() < PATIENCE, "no post is taken although there is room");
        sleep(Duration::from_millis(20)).await;
    }
    witness.resumed = freed.elapsed();
    Ok(())
}

impl Disk {
    /// Takes all the room.
    fn fill(&self) -> Result<()> {
        match self {
            Self::Library(faults) => Ok(faults.leave_room(Some(0))?),
            Self::Small { path, .. } => {
                let mut ballast = File::options().create(true).append(true).open(path.join("ballast"))?;
                for bytes in [vec![0; 1 << 16], vec![0; 512]] {
                    while ballast.write(&bytes).is_ok_and(|written| written == bytes.len()) {}
                }
                Ok(())
            }
        }
    }

    fn free(&self) -> Result<()> {
        match self {
            Self::Library(faults) => Ok(faults.leave_room(None)?),
            Self::Small { path, .. } => Ok(fs::remove_file(path.join("ballast"))?),
        }
    }
}

fn library(run: &Run, setup: &mut Setup) -> Result<Disk> {
    let faults = Faults::below(&run.data())?;
    for (name, value) in faults.environment() {
        setup.set(name, value);
    }
    Ok(Disk::Library(faults))
}

/// Mounts a tmpfs in a namespace of its own. The server is started in that.
async fn small(run: &Run, setup: &mut Setup) -> Result<Disk> {
    let place = run.folder().join("small");
    fs::create_dir(&place)?;
    let mount =
        format!("mount -t tmpfs -o size={DISK_MIB}m tmpfs '{}' && echo mounted && exec cat", place.display());
    let mut holder = Command::new("unshare")
        .args(["-Urm", "sh", "-c", &mount])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("unshare cannot be started")?;
    let mut line = String::new();
    BufReader::new(holder.stdout.take().context("it is piped")?).read_line(&mut line).await?;
    anyhow::ensure!(line == "mounted\n", "user namespaces or mounts are not permitted");
    let id = holder.id().context("it runs")?;
    let program = run.folder().join("inside");
    let command =
        format!("exec nsenter -t {id} -U -m --preserve-credentials '{}' \"$@\"", run.binary.display());
    fs::write(&program, format!("#!/bin/sh\n{command}\n"))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700))?;
    setup.binary = program;
    setup.data = place.join("data");
    let outside = Path::new("/proc").join(id.to_string()).join("root").join(place.strip_prefix("/")?);
    File::create(outside.join("ballast")).context("nobody can write there from outside")?;
    Ok(Disk::Small { path: outside, _holder: holder })
}

/// Posts over HTTP, and reads.
struct Witness {
    address: SocketAddr,
    history: History,
    count: usize,
    refused: Vec<Duration>,
    unclear: Vec<String>,
    taken: Vec<Duration>,
    reads: usize,
    failed_reads: usize,
    slowest_read: Duration,
    resumed: Duration,
}

impl Witness {
    fn new(address: SocketAddr) -> Result<Self> {
        let history = History { author: "witness".parse().context("a valid name")?, records: Vec::new() };
        Ok(Self {
            address,
            history,
            count: 0,
            refused: Vec::new(),
            unclear: Vec::new(),
            taken: Vec::new(),
            reads: 0,
            failed_reads: 0,
            slowest_read: Duration::ZERO,
            resumed: Duration::ZERO,
        })
    }

    /// Posts once. Returns whether it was taken.
    async fn post(&mut self) -> Result<bool> {
        let id = format!("witness-{}", self.count);
        let text = format!("{} {}", self.count, "x".repeat(8_000));
        self.count += 1;
        let body = json!({"username": "witness", "id": id, "text": text});
        let post =
            shared::Post { room: room("room-0"), id: id.parse().context("a valid id")?, text, about: None };
        let post = std::sync::Arc::new(post);
        self.record(Event::Posted(post.clone()));
        let began = Instant::now();
        let answer = http::post(self.address, "/api/rooms/room-0/messages", None, &body).await?;
        let time = began.elapsed();
        let said = answer.json();
        if answer.status == 201 {
            let seq = said["seq"].as_u64().context("an answer has a seq")?;
            self.record(Event::Acknowledged { post, seq: shared::Seq::try_from(seq)?, epoch: None });
            self.taken.push(time);
            return Ok(true);
        }
        // The outcome of the post at which the disk became full may be unknown, so that none of them is recorded as refused.
        self.refused.push(time);
        let error = &said["error"];
        // Of a commit that met the full disk, the outcome is unknown.
        let is_unknown = answer.status == 500;
        let may_retry = answer.status == 503 && error["retry_after_ms"].is_u64();
        let says = |part: &str| error["reason"].as_str().is_some_and(|reason| reason.contains(part));
        let is_clear = says("disk is full") && says("with the same id");
        if error["code"] != "unavailable" || !is_clear || !(is_unknown || may_retry) {
            self.unclear.push(format!("{} {said}", answer.status));
        }
        Ok(false)
    }

    fn record(&mut self, event: Event) {
        self.history.records.push(Record { at: Duration::ZERO, event });
    }

    async fn read(&mut self) -> Result<()> {
        let began = Instant::now();
        let answer = http::get(self.address, "/api/rooms/room-0/messages?limit=50").await?;
        self.slowest_read = self.slowest_read.max(began.elapsed());
        self.reads += 1;
        let messages = answer.json()["messages"].as_array().map_or(0, Vec::len);
        self.failed_reads += usize::from(answer.status != 200 || messages == 0);
        Ok(())
    }

    fn figures(&self, figures: &mut Figures) {
        for unclear in self.unclear.iter().take(5) {
            eprintln!("  not clear: {unclear}");
        }
        let mut refused = self.refused.clone();
        refused.sort_unstable();
        figures.promise("posts refused", refused.len(), Bound::AtLeast(exact(10)));
        figures.none("… without a clear error", self.unclear.len());
        figures.time("refused after, slowest", quantile(&refused, 1.0), Some(ANSWER));
        figures.count("reads on the full disk", self.reads);
        figures.none("… that failed", self.failed_reads);
        figures.time("read, slowest", self.slowest_read, None);
        figures.time("posting resumed after", self.resumed, Some(RESUME));
    }
}
