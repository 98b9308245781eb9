//! The power is lost while a backup is made, and while one is restored.
//!
//! A backup is there and sound, or it is not there. A restore leaves the old store, or the new one, or a start that refuses with a
//! sentence, after which the restore can be done again.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use anyhow::{Context, Result};
use tokio::{process::Command, time::timeout};

use super::damage::post;
use crate::{
    faults::{
        Faults,
        disk::{Disk, Image, Survival},
        inodes::Inodes,
        journal::Journal,
    },
    figures::Figures,
    log::Log,
    run::{PATIENCE, Run},
    server::Server,
};

/// What survives at one point after the other. At the end of a command, what it has done must be there.
const SURVIVALS: [Survival; 4] =
    [Survival::Nothing, Survival::Scattered(true), Survival::Beginning, Survival::Everything];

/// A command whose changes of the disk were recorded.
struct Recorded {
    disk: Disk,
    faults: Faults,
    operations: usize,
}

/// The place of all this.
struct Place<'a> {
    run: &'a Run,
    root: PathBuf,
    data: PathBuf,
    backup: PathBuf,
}

/// See [`Place::losses`].
struct Losses {
    root: PathBuf,
    inodes: Inodes,
    journal: Journal,
    disk: Disk,
    planned: VecDeque<(usize, Survival)>,
    operations: usize,
    done: usize,
    random: fastrand::Rng,
}

/// A power loss that has happened: its disk is in place.
struct Loss {
    image: Image,
    what: String,
    /// Whether the command had ended before.
    is_end: bool,
}

impl Losses {
    fn next(&mut self) -> Result<Option<Loss>> {
        let Some((after, survival)) = self.planned.pop_front() else { return Ok(None) };
        for operation in self.journal.by_ref().take(after - self.done) {
            self.disk.apply(operation?);
        }
        self.done = after;
        let image = self.disk.crash(survival, &mut self.random);
        self.inodes.put(&image, &self.root)?;
        let what = format!("after {after} of {} operations, {survival:?}", self.operations);
        Ok(Some(Loss { image, what, is_end: after == self.operations }))
    }
}

/// How often something came of a power loss.
#[derive(Default)]
struct Counts {
    losses: usize,
    old: usize,
    new: usize,
    refused: usize,
    wrong: Vec<String>,
}

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let root = run.folder().join("disk");
    fs::create_dir(&root)?;
    let root = root.canonicalize()?;
    let (data, backup) = (root.join("data"), root.join("backup.db"));
    let place = Place { run, root, data, backup };
    let mut setup = run.setup();
    setup.data.clone_from(&place.data);
    let (mut server, _) = Server::start(setup).await?;
    post(run, &server, 200).await?;
    stop(&mut server).await?;

    let mut figures = Figures::default();
    let backups = place.backups().await?;
    // The store goes on, so that the old state and the new one differ.
    server.restart().await?;
    post(run, &server, 100).await?;
    stop(&mut server).await?;
    let restores = place.restores(&mut server).await?;
    for wrong in backups.wrong.iter().chain(&restores.wrong) {
        eprintln!("  {wrong}");
    }
    figures.count("power losses while a backup was made", backups.losses);
    figures.count("… with the backup", backups.new);
    figures.count("… without", backups.old);
    figures.count("power losses while it was restored", restores.losses);
    figures.count("… with the old store", restores.old);
    figures.count("… with the new store", restores.new);
    figures.count("… with a refusal, and another restore", restores.refused);
    figures.none("backups that are not sound, or lost", backups.wrong.len());
    figures.none("stores that are neither, or lost", restores.wrong.len());
    Ok(figures)
}

async fn stop(server: &mut Server) -> Result<()> {
    server.signal("TERM").await?;
    server.end(PATIENCE).await?.context("the server does not end")?;
    Ok(())
}

impl Place<'_> {
    async fn command(&self, arguments: &[&Path], faults: Option<&Faults>) -> Result<Output> {
        let mut command = Command::new(&self.run.binary);
        command.args(arguments).arg("--data").arg(&self.data).stdin(Stdio::null());
        command.envs(faults.map(Faults::environment).unwrap_or_default());
        timeout(PATIENCE, command.output()).await.context("the command does not end")?.map_err(Into::into)
    }

    /// Runs a command that must succeed.
    async fn record(&self, arguments: &[&Path]) -> Result<Recorded> {
        let disk = Disk::of(&self.root)?;
        let faults = Faults::below(&self.root)?.recording();
        let output = self.command(arguments, Some(&faults)).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{arguments:?} fails: {}", said.trim());
        let operations = Journal::open(&faults.journal())?.count();
        Ok(Recorded { disk, faults, operations })
    }

    /// The power losses of a recorded command: after some of its operations, and after all of them.
    fn losses(&self, recorded: Recorded, purpose: u64) -> Result<Losses> {
        let Recorded { disk, faults, operations } = recorded;
        let mut random = self.run.random(purpose);
        let mut points: Vec<usize> = (1..operations).collect();
        random.shuffle(&mut points);
        points.truncate(self.run.size(120, 8));
        points.sort_unstable();
        let survivals = SURVIVALS.iter().cycle().copied();
        let mut planned: VecDeque<_> = points.into_iter().zip(survivals).collect();
        planned.extend(SURVIVALS.map(|survival| (operations, survival)));
        Ok(Losses {
            root: self.root.clone(),
            inodes: Inodes::keep(&self.root, &self.run.folder().join(format!("inodes-{purpose}")))?,
            journal: Journal::open(&faults.journal())?,
            disk,
            planned,
            operations,
            done: 0,
            random,
        })
    }

    async fn backups(&self) -> Result<Counts> {
        let recorded = self.record(&[Path::new("backup"), &self.backup]).await?;
        let mut counts = Counts::default();
        let (backup, check) = (&self.backup, Path::new("check"));
        let whole = self.run.folder().join("whole-backup.db");
        fs::copy(backup, &whole)?;
        let mut losses = self.losses(recorded, 1)?;
        while let Some(Loss { image, what, is_end }) = losses.next()? {
            counts.losses += 1;
            if image.files.contains_key(backup) {
                counts.new += 1;
                let output = self.command(&[check, backup], None).await?;
                if !output.status.success() {
                    let said = String::from_utf8_lossy(&output.stdout).into_owned();
                    counts.wrong.push(format!("a backup {what}: {}", said.trim()));
                }
            } else {
                counts.old += 1;
                if is_end {
                    counts.wrong.push(format!("a backup {what}: it is lost, and the command had ended"));
                }
            }
        }
        fs::copy(&whole, backup)?;
        Ok(counts)
    }

    async fn restores(&self, server: &mut Server) -> Result<Counts> {
        let old = messages(&self.data)?;
        let restore = [Path::new("restore"), &self.backup, Path::new("--replace")];
        let recorded = self.record(&restore).await?;
        server.restart().await?;
        server.kill().await?;
        let new = messages(&self.data)?;
        anyhow::ensure!(new.len() < old.len() && new.is_subset(&old), "the restore changes nothing");
        let mut counts = Counts::default();
        let mut losses = self.losses(recorded, 2)?;
        while let Some(Loss { what, is_end, .. }) = losses.next()? {
            counts.losses += 1;
            let said_before = usize::try_from(fs::metadata(&server.setup.log)?.len())?;
            if !starts(server).await {
                counts.refused += 1;
                let log = fs::read_to_string(&server.setup.log)?;
                let said = log.get(said_before..).unwrap_or_default();
                if !said.contains("parlor restore") || is_end {
                    counts.wrong.push(format!("a restore {what}: the start says {}", said.trim()));
                }
                self.command(&restore, None).await?;
                if !starts(server).await || messages(&self.data)? != new {
                    counts.wrong.push(format!("a restore {what}: another restore does not help"));
                }
                continue;
            }
            let found = messages(&self.data)?;
            if found == new {
                counts.new += 1;
            } else if found == old && !is_end {
                counts.old += 1;
            } else {
                let (found, old, new) = (found.len(), old.len(), new.len());
                counts
                    .wrong
                    .push(format!("a restore {what}: {found} messages; {old} before, {new} restored"));
            }
        }
        Ok(counts)
    }
}

/// Whether a server starts. It is killed then.
async fn starts(server: &mut Server) -> bool {
    let starts = server.restart().await.is_ok();
    // It may have ended by itself.
    let _ = server.kill().await;
    starts
}

/// All messages of a store, by what identifies them.
fn messages(data: &Path) -> Result<BTreeSet<String>> {
    let log = Log::read(data)?;
    let stored = log.rooms.values().flatten().map(|stored| &stored.message);
    Ok(stored.map(|message| format!("{} {} {}", message.room, message.username, message.id)).collect())
}
