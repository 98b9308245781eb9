//! Files of a store are damaged while no server runs. The next start refuses them with a sentence that names the file and the
//! way out, or the server that has started finds the damage soon and says so. What must not happen is that nobody is told.

use std::{
    fs::{self, File},
    io,
    net::SocketAddr,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result};
use shared::{MessageId, Post};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::{
    client::{Reconnect, World, room},
    figures::{Figures, quantile},
    http,
    log::{DATABASE, FRAME_HEADER, WAL, WAL_HEADER},
    run::{PATIENCE, Run},
    server::{Server, Setup},
};

const PAGE: u64 = 4096;
/// The time in which a server must have refused to start, or listen.
const START: Duration = Duration::from_secs(10);
/// The time in which `parlor check` must have read a store through, whatever the machine has to do beside it.
const CHECK: Duration = Duration::from_mins(5);
/// A sentence about damage names one of these as the way out.
const WAYS_OUT: [&str; 2] = ["parlor check", "parlor restore"];

/// What is done to the files.
struct Damage {
    name: &'static str,
    /// Whether the store was closed tidily before, else it was killed, and its write-ahead log matters.
    is_closed: bool,
    /// Does it to the files in this folder. The other folder has the files of another store, that was killed.
    act: fn(&Path, &Path) -> io::Result<()>,
}

const DAMAGES: [Damage; 15] = [
    Damage { name: "the header is garbage", is_closed: true, act: |folder, _| fill(folder, 0xA5, 0, 100) },
    Damage { name: "the first page is zeros", is_closed: true, act: |folder, _| fill(folder, 0, 0, PAGE) },
    Damage { name: "garbage in the middle", is_closed: true, act: |folder, _| middle(folder, 0xA5) },
    Damage { name: "zeros in the middle", is_closed: true, act: |folder, _| middle(folder, 0) },
    Damage {
        name: "everything is zeros",
        is_closed: true,
        act: |folder, _| fill(folder, 0, 0, length(folder)?),
    },
    Damage {
        name: "half of the file",
        is_closed: true,
        act: |folder, _| cut(folder, length(folder)? / 2 / PAGE * PAGE),
    },
    Damage {
        name: "a page is missing",
        is_closed: true,
        act: |folder, _| cut(folder, length(folder)? - PAGE),
    },
    Damage {
        name: "half of the file, with a log",
        is_closed: false,
        act: |folder, _| cut(folder, length(folder)? / 2 / PAGE * PAGE),
    },
    Damage {
        name: "only the log is left",
        is_closed: false,
        act: |folder, _| fs::remove_file(folder.join(DATABASE)),
    },
    Damage {
        name: "the log of another store",
        is_closed: true,
        act: |folder, other| fs::copy(other.join(WAL), folder.join(WAL)).map(drop),
    },
    Damage {
        name: "a bit of the log is another",
        is_closed: false,
        act: |folder, _| flip_bit_of_log(folder),
    },
    Damage { name: "half of the log", is_closed: false, act: |folder, _| halve_log(folder) },
    Damage { name: "the log is empty", is_closed: false, act: |folder, _| log(folder)?.set_len(0) },
    Damage {
        name: "the log's header is zeros",
        is_closed: false,
        act: |folder, _| log(folder)?.write_all_at(&[0; WAL_HEADER], 0),
    },
    Damage { name: "the log is gone", is_closed: false, act: |folder, _| fs::remove_file(folder.join(WAL)) },
];

fn log(folder: &Path) -> io::Result<File> {
    File::options().read(true).write(true).open(folder.join(WAL))
}

/// Cuts the log off behind the first half of its frames, as if the others had never been written.
fn halve_log(folder: &Path) -> io::Result<()> {
    const HEADER: u64 = WAL_HEADER as u64;
    const FRAME: u64 = PAGE + FRAME_HEADER as u64;
    let log = log(folder)?;
    let frames = log.metadata()?.len().saturating_sub(HEADER) / FRAME;
    log.set_len(HEADER + frames / 2 * FRAME)
}

fn flip_bit_of_log(folder: &Path) -> io::Result<()> {
    let log = log(folder)?;
    let (at, mut byte) = (log.metadata()?.len() / 2, [0]);
    log.read_exact_at(&mut byte, at)?;
    log.write_all_at(&[byte[0] ^ 8], at)
}

fn database(folder: &Path) -> io::Result<File> {
    File::options().write(true).open(folder.join(DATABASE))
}

fn length(folder: &Path) -> io::Result<u64> {
    Ok(fs::metadata(folder.join(DATABASE))?.len())
}

fn fill(folder: &Path, byte: u8, from: u64, count: u64) -> io::Result<()> {
    let bytes = vec![byte; usize::try_from(count).map_err(io::Error::other)?];
    database(folder)?.write_all_at(&bytes, from)
}

fn middle(folder: &Path, byte: u8) -> io::Result<()> {
    fill(folder, byte, length(folder)? / 2 / PAGE * PAGE, 16 * PAGE)
}

fn cut(folder: &Path, size: u64) -> io::Result<()> {
    database(folder)?.set_len(size)
}

/// What became of a damaged store.
enum Outcome {
    /// It was not opened. It took this long, and this was said.
    Refused(Duration, String),
    /// It was opened, and the damage was found after this time.
    Found(Duration),
    /// Nobody was told.
    Unnoticed,
}

pub(super) async fn run(run: &Run) -> Result<Figures> {
    let [closed, killed, other] = ["closed", "killed", "other"].map(|name| run.folder().join(name));
    make(run, &closed, &killed).await?;
    make(run, &run.folder().join("unused"), &other).await?;
    let patience = Duration::from_secs(run.size(60, 10));
    let mut figures = Figures::default();
    let (mut refused, mut found) = (Vec::new(), Vec::new());
    let (mut unnoticed, mut unclear, mut passed) = (0, 0, 0);
    let sound = run.folder().join("sound");
    copy(&killed, &sound)?;
    let (is_sound, said) = check(&run.binary, &sound).await?;
    if !is_sound {
        eprintln!("  parlor check finds faults in a sound store: {}", said.trim());
    }
    for damage in DAMAGES {
        let folder = run.folder().join(damage.name.replace([' ', ','], "-"));
        copy(if damage.is_closed { &closed } else { &killed }, &folder)?;
        (damage.act)(&folder, &other).with_context(|| damage.name)?;
        let (is_sound, _) = check(&run.binary, &folder).await?;
        if is_sound {
            eprintln!("  {}: parlor check finds nothing", damage.name);
            passed += 1;
        }
        match start(&run.binary, &folder, patience).await? {
            Outcome::Refused(time, said) => {
                refused.push(time);
                let names_file = said.contains(&folder.join(DATABASE).display().to_string());
                if !names_file || !WAYS_OUT.iter().any(|way| said.contains(way)) {
                    eprintln!("  {}: not clear: {}", damage.name, said.trim());
                    unclear += 1;
                }
            }
            Outcome::Found(time) => found.push(time),
            Outcome::Unnoticed => {
                eprintln!("  {}: nobody was told", damage.name);
                unnoticed += 1;
            }
        }
    }
    figures.count("damaged stores", DAMAGES.len());
    figures.count("… refused at the start", refused.len());
    figures.none("… without the file and the way out", unclear);
    figures.count("… found by the running server", found.len());
    figures.none("… unnoticed", unnoticed);
    figures.none("… that parlor check passes", passed);
    figures.none("sound stores that parlor check refuses", usize::from(!is_sound));
    refused.sort_unstable();
    found.sort_unstable();
    figures.time("refused after, slowest", quantile(&refused, 1.0), None);
    figures.time("found after, slowest", quantile(&found, 1.0), None);
    Ok(figures)
}

/// Makes a store, copies it as it is after a tidy end, and as it is after a kill with more posts.
async fn make(run: &Run, closed: &Path, killed: &Path) -> Result<()> {
    let data = run.folder().join(format!("store-{}", closed.file_name().unwrap_or_default().display()));
    let setup = Setup::new(&run.binary, &data, &run.folder().join("server.log"));
    let (mut server, _) = Server::start(setup).await?;
    post(run, &server, run.size(20_000, 400)).await?;
    server.signal("TERM").await?;
    server.end(PATIENCE).await?.context("the server does not end")?;
    copy(&data, closed)?;
    server.restart().await?;
    post(run, &server, 100).await?;
    server.kill().await?;
    copy(&data, killed)
}

/// Posts many messages, as somebody new.
pub(super) async fn post(run: &Run, server: &Server, count: usize) -> Result<()> {
    let address = server.address();
    let world = World::new();
    // Each has a name of its own: the names of before belong to others.
    let name = format!("poster {:x}", run.random(u64::from(server.id().unwrap_or(0))).u32(..));
    let client = run.client(&world, name, address, Vec::new(), Reconnect::Quickly);
    for n in 0..count {
        let id = MessageId::parse(&format!("post-{n}"))?;
        client.post(Post {
            room: room("lobby"),
            id,
            text: format!("{n} {}", "lorem ipsum ".repeat(150)),
            about: None,
        });
    }
    while client.progress().unanswered() > 0 {
        sleep(Duration::from_millis(5)).await;
    }
    client.stop().await?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let path: PathBuf = entry?.path();
        // The next start makes its own index of the log.
        if !path.to_string_lossy().ends_with("-shm") {
            fs::copy(&path, to.join(path.file_name().context("an entry has a name")?))?;
        }
    }
    Ok(())
}

/// Whether `parlor check` finds a folder sound, and what it says.
async fn check(binary: &Path, folder: &Path) -> Result<(bool, String)> {
    let mut command = Command::new(binary);
    command.arg("check").arg("--data").arg(folder).stdin(Stdio::null());
    let output = timeout(CHECK, command.output()).await.context("parlor check does not end")??;
    let said = [&output.stdout[..], &output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// Starts a server on a damaged store.
async fn start(binary: &Path, folder: &Path, patience: Duration) -> Result<Outcome> {
    let log = folder.join("server.log");
    let began = Instant::now();
    let mut child = Command::new(binary)
        .args(["serve", "--listen", "127.0.0.1:0", "--access", "open", "--data"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&log)?)
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("it is piped")?).lines();
    let line = timeout(START, lines.next_line()).await.context("the server neither listens nor ends")??;
    let Some(address) = line.as_deref().and_then(|line| line.strip_prefix("parlor: listening on http://"))
    else {
        let status = timeout(START, child.wait()).await.context("the server does not end")??;
        let time = began.elapsed();
        anyhow::ensure!(!status.success(), "the server has ended as if all were well");
        return Ok(Outcome::Refused(time, fs::read_to_string(&log)?));
    };
    let found = watch_for_damage(&mut child, address.trim().parse()?, &log, patience).await?;
    // It may have ended by itself.
    let _ = child.kill().await;
    Ok(if found { Outcome::Found(began.elapsed()) } else { Outcome::Unnoticed })
}

/// Waits until the server says that it is damaged. Nobody reads or posts meanwhile.
async fn watch_for_damage(
    child: &mut Child,
    address: SocketAddr,
    log: &Path,
    patience: Duration,
) -> Result<bool> {
    let until = Instant::now() + patience;
    while Instant::now() < until {
        if let Some(status) = child.try_wait()? {
            let said = fs::read_to_string(log)?;
            anyhow::ensure!(!status.success() && said.contains("damaged"), "the server ended: {said}");
            return Ok(true);
        }
        let is_ready = http::get(address, "/readyz").await.is_ok_and(|answer| answer.status == 200);
        if !is_ready && fs::read_to_string(log)?.contains("damaged") {
            return Ok(true);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(false)
}
