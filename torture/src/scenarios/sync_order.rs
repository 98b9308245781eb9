//! strace watches the server: nothing of a message leaves the process before the message is on disk.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::time::sleep;

use super::group::{Group, Size};
use crate::{
    client::{self, World},
    figures::{Bound, Figures, exact},
    history::Event,
    run::{PATIENCE, Run},
    server::Server,
    strace,
    traffic::{self, Mix, Stop},
};

const SIZE: Size = Size { rooms: 3, readers: 3, posters: 10 };
/// What is watched: everything that the server writes files and sockets with, and syncs.
const CALLS: &str = "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg";

pub(super) async fn run(run: &Run) -> Result<Figures> {
    if !can_trace() {
        return Ok(Figures::skipped("strace is not installed, or may not trace here"));
    }
    let trace = run.folder().join("trace");
    let mut setup = run.setup();
    setup.binary = traced(run.folder(), &run.binary, &trace)?;
    let (mut server, _) = Server::start(setup).await?;
    let group = Group::start(run, &World::new(), server.address(), SIZE);
    let mix = Mix { rooms: group.rooms.clone(), rate: 100, about: 20, bytes: 80 };
    let stop = Stop::default();
    let end = async {
        sleep(Duration::from_secs(run.size(20, 2))).await;
        stop.now();
    };
    tokio::join!(traffic::run(group.posters(), &mix, run.random(1), &stop), end);
    let behind = group.settle().await;
    let histories = client::stop_all(group.clients).await?;
    server.signal("TERM").await?;
    server.end(PATIENCE).await?.context("the server does not end")?;

    let acknowledged: Vec<String> = histories
        .iter()
        .flat_map(|history| &history.records)
        .filter_map(|record| match &record.event {
            Event::Acknowledged { post, .. } => Some(post.id.to_string()),
            _ => None,
        })
        .collect();
    let order = strace::check(&strace::parse(&whole(&trace).await?), &acknowledged);
    for fault in order.faults.iter().take(20) {
        eprintln!("  {fault}");
    }
    let mut figures = Figures::default();
    figures.none("clients not level at the end", behind);
    figures.count("acknowledged posts", acknowledged.len());
    figures.count("syncs of the write-ahead log", order.syncs);
    let all = Bound::AtLeast(exact(acknowledged.len().max(1)));
    figures.promise("told only after write and sync", order.in_order, all);
    figures.none("told before the sync, or never written", order.faults.len());
    Ok(figures)
}

fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// A program that starts the server with strace beside it. The process is the server: `-D` makes strace a grandchild of it.
fn traced(folder: &Path, binary: &Path, trace: &Path) -> Result<PathBuf> {
    let path = folder.join("traced");
    let (binary, trace) = (binary.display(), trace.display());
    // Bytes enough for all that one call writes.
    let command =
        format!("exec strace -D -f -y -s 1000000 -e {CALLS} -e signal=none -o '{trace}' '{binary}' \"$@\"");
    fs::write(&path, format!("#!/bin/sh\n{command}\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

/// The trace, when strace has written all of it.
async fn whole(trace: &Path) -> Result<String> {
    let mut size = None;
    loop {
        sleep(Duration::from_millis(300)).await;
        let now = fs::metadata(trace)?.len();
        if size == Some(now) {
            return Ok(String::from_utf8_lossy(&fs::read(trace)?).into_owned());
        }
        size = Some(now);
    }
}
