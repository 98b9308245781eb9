//! Measures whether connections that pump whatever a socket takes harm anybody else: how long the posts of a bystander
//! take beside them, and how long the server takes to end. It is bounded in time, and speaks only to this machine.

mod pump;

use std::{
    env,
    error::Error,
    io,
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use pump::{Kind, Pumped};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
    time::sleep,
};

const USAGE: &str = "\
fairness ADDRESS PID PUMPS SECONDS [KIND]   pumps of all kinds in turn, or of those whose name contains KIND; the server ends
                                            with SIGTERM while they go on";

/// A bystander posts this often at most.
const POST_EVERY: Duration = Duration::from_millis(10);

#[tokio::main(worker_threads = 1)]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (address, pid, pumps, seconds, kind) = match words[..] {
        [address, pid, pumps, seconds] => (address, pid, pumps, seconds, ""),
        [address, pid, pumps, seconds, kind] => (address, pid, pumps, seconds, kind),
        _ => return Err(USAGE.into()),
    };
    let address: SocketAddr = address.parse()?;
    if !address.ip().is_loopback() {
        return Err("the server must be on this machine".into());
    }
    let seconds = Duration::from_secs(seconds.parse()?);
    let kinds: Vec<Kind> = pump::kinds().into_iter().filter(|one| one.name.contains(kind)).collect();
    measure(address, pid.parse()?, pumps.parse()?, seconds, &kinds).await
}

async fn measure(
    address: SocketAddr,
    pid: u32,
    pumps: usize,
    seconds: Duration,
    kinds: &[Kind],
) -> Result<(), Box<dyn Error + Send + Sync>> {
    print("alone", posts(address, seconds.min(Duration::from_secs(3))).await?);
    let pumped = Arc::new(Pumped::default());
    let mut tasks = JoinSet::new();
    for kind in kinds.iter().cycle().take(pumps) {
        tasks.spawn(pump::run(address, kind.clone(), pumped.clone()));
    }
    sleep(Duration::from_millis(500)).await;
    let (before, began) = (pumped.sent.load(Ordering::Relaxed), Instant::now());
    let latencies = posts(address, seconds).await?;
    let mib = (pumped.sent.load(Ordering::Relaxed) - before) as f64 / f64::from(1 << 20);
    print(&format!("beside {pumps} pumps"), latencies);
    println!(
        "the pumps sent {:.1} MiB/s over {} connections",
        mib / began.elapsed().as_secs_f64(),
        pumped.connections.load(Ordering::Relaxed)
    );
    let began = Instant::now();
    Command::new("kill").args(["-TERM", &pid.to_string()]).status()?;
    while Path::new(&format!("/proc/{pid}/fd/0")).exists() && began.elapsed() < Duration::from_mins(1) {
        sleep(Duration::from_millis(5)).await;
    }
    println!("SIGTERM took {:.2} s", began.elapsed().as_secs_f64());
    pumped.stop.store(true, Ordering::Relaxed);
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Posts one message after the other over one connection, and returns how long each took.
///
/// It has a thread of its own, because the pumps would keep it waiting in a shared runtime.
async fn posts(address: SocketAddr, seconds: Duration) -> io::Result<Vec<Duration>> {
    let measured = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(post_one_by_one(address, seconds))
    });
    measured.await.map_err(io::Error::other)?
}

async fn post_one_by_one(address: SocketAddr, seconds: Duration) -> io::Result<Vec<Duration>> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    stream.get_ref().set_nodelay(true)?;
    let body = r#"{"username":"bystander","text":"is anybody there?"}"#;
    let request = format!(
        "POST /api/rooms/quiet/messages HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (began, mut latencies) = (Instant::now(), Vec::new());
    while began.elapsed() < seconds {
        let sent = Instant::now();
        stream.get_mut().write_all(request.as_bytes()).await?;
        let status = answer(&mut stream).await?;
        latencies.push(sent.elapsed());
        if !status.contains(" 201 ") {
            return Err(io::Error::other(format!("a post was refused: {status}")));
        }
        sleep(POST_EVERY.saturating_sub(sent.elapsed())).await;
    }
    Ok(latencies)
}

/// Reads an HTTP answer, and returns its first line.
async fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut status = String::new();
    stream.read_line(&mut status).await?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            Some(_) => {}
            None => break,
        }
    }
    stream.read_exact(&mut vec![0; length]).await?;
    Ok(status)
}

fn print(what: &str, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let at = |part: usize| latencies[(latencies.len() * part / 1000).min(latencies.len() - 1)];
    let (p50, p99, most) = (at(500), at(990), at(1000));
    println!("{what}: {} posts, p50 {p50:.1?}, p99 {p99:.1?}, at most {most:.1?}", latencies.len());
}
