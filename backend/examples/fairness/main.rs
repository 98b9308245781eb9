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
    let short = seconds.min(Duration::from_secs(3));
    print("alone: posts", beside(move || post_one_by_one(address, short)).await?);
    print("alone: joins and pages", beside(move || visit_one_by_one(address, short)).await?);
    let pumped = Arc::new(Pumped::default());
    let mut tasks = JoinSet::new();
    for kind in kinds.iter().cycle().take(pumps) {
        tasks.spawn(pump::run(address, kind.clone(), pumped.clone()));
    }
    sleep(Duration::from_millis(500)).await;
    let (before, began) = (pumped.sent.load(Ordering::Relaxed), Instant::now());
    let (posts, visits) = tokio::try_join!(
        beside(move || post_one_by_one(address, seconds)),
        beside(move || visit_one_by_one(address, seconds)),
    )?;
    let kib = u32::try_from((pumped.sent.load(Ordering::Relaxed) - before) >> 10)?;
    print(&format!("beside {pumps} pumps: posts"), posts);
    print(&format!("beside {pumps} pumps: joins and pages"), visits);
    println!(
        "the pumps sent {:.1} MiB/s over {} connections",
        f64::from(kib) / 1024.0 / began.elapsed().as_secs_f64(),
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

/// Measures in a thread of its own, because the pumps would keep it waiting in a shared runtime.
async fn beside<F: Future<Output = io::Result<Vec<Duration>>>>(
    measure: impl FnOnce() -> F + Send + 'static,
) -> io::Result<Vec<Duration>> {
    let measured = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(measure())
    });
    measured.await.map_err(io::Error::other)?
}

/// Comes as a guest, joins a room and reads an older page, again and again. Returns how long each answer took.
async fn visit_one_by_one(address: SocketAddr, seconds: Duration) -> io::Result<Vec<Duration>> {
    let (began, mut latencies) = (Instant::now(), Vec::new());
    while began.elapsed() < seconds {
        let mut stream = BufReader::new(TcpStream::connect(address).await?);
        stream.get_ref().set_nodelay(true)?;
        stream.get_mut().write_all(&pump::handshake("/ws?v=1")).await?;
        while !answer_line(&mut stream).await?.trim().is_empty() {}
        for (request, answer) in [
            (r#"{"type":"hello"}"#, "welcome"),
            (r#"{"type":"join","room":"quiet"}"#, "joined"),
            (r#"{"type":"page","room":"quiet","before":900000,"limit":50}"#, "page"),
        ] {
            let sent = Instant::now();
            stream.get_mut().write_all(&short_text(request)).await?;
            let expected = format!(r#"{{"type":"{answer}""#);
            while !next_frame(&mut stream).await?.starts_with(expected.as_bytes()) {}
            latencies.push(sent.elapsed());
        }
        sleep(POST_EVERY).await;
    }
    Ok(latencies)
}

/// A text message of less than 126 bytes in a client's frame, masked with zeros (RFC 6455 §5.3).
fn short_text(payload: &str) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short payload");
    [&[0x81, 0x80 | length, 0, 0, 0, 0], payload.as_bytes()].concat()
}

/// The payload of the server's next frame.
async fn next_frame(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    stream.read_u8().await?;
    let length = match stream.read_u8().await? {
        126 => u64::from(stream.read_u16().await?),
        127 => stream.read_u64().await?,
        short => u64::from(short),
    };
    let mut payload = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    stream.read_exact(&mut payload).await?;
    Ok(payload)
}

async fn answer_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line)
}

/// Posts one message after the other over one connection, and returns how long each took.
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
    println!("{what}: {}, p50 {p50:.1?}, p99 {p99:.1?}, at most {most:.1?}", latencies.len());
}
