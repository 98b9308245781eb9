//! A load for the fan-out, to hold it against the bounds of the design: readers that count frames, posters that wait
//! for acknowledgements, idle connections, and a bare `send(2)` loop to compare with. docs/benchmarks.md says how to
//! run it. It is bounded in count and time, and speaks only to this machine.

use std::{
    env, fs, io,
    net::SocketAddr,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{interval, sleep},
};

const USAGE: &str = "\
load fanout ADDRESS PID READERS RATE SECONDS   one poster at RATE messages/s (0: as fast as acknowledged, 64 posters)
load posts ADDRESS PID POSTERS SECONDS         acknowledged posts, one in flight for each poster
load idle ADDRESS PID CONNECTIONS              memory of idle joined connections
load bare READERS RATE SECONDS                 the same bytes by send(2) alone, from a child process";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["fanout", address, pid, readers, rate, seconds] => {
            fanout(address.parse()?, pid.parse()?, readers.parse()?, rate.parse()?, seconds.parse()?).await
        }
        ["posts", address, pid, posters, seconds] => {
            posts(address.parse()?, pid.parse()?, posters.parse()?, seconds.parse()?).await
        }
        ["idle", address, pid, connections] => {
            idle(address.parse()?, pid.parse()?, connections.parse()?).await
        }
        ["bare", readers, rate, seconds] => bare(readers, rate, seconds).await,
        ["bare-server", readers, rate, seconds] => {
            bare_server(readers.parse()?, rate.parse()?, seconds.parse()?)
        }
        _ => Err(USAGE.into()),
    }
}

/// What readers have seen so far.
#[derive(Default)]
struct Seen {
    frames: AtomicU64,
    stop: AtomicBool,
}

async fn fanout(address: SocketAddr, pid: u32, readers: usize, rate: u64, seconds: u64) -> Result<()> {
    let seen = Arc::new(Seen::default());
    let mut tasks = JoinSet::new();
    for _ in 0..readers {
        let stream = open(address, "/ws?room=load").await?;
        tasks.spawn(count(stream, seen.clone()));
    }
    sleep(Duration::from_secs(1)).await;
    let before = cpu(pid)?;
    let (frames, began) = (seen.frames.load(Ordering::Relaxed), Instant::now());
    let acknowledged = Arc::new(AtomicU64::new(0));
    let posters = if rate == 0 { 64 } else { 1 };
    let mut posting = JoinSet::new();
    for number in 0..posters {
        posting.spawn(post(address, number, rate, seconds, 16, acknowledged.clone()));
    }
    while let Some(done) = posting.join_next().await {
        done??;
    }
    let due = frames + acknowledged.load(Ordering::Relaxed) * readers as u64;
    while seen.frames.load(Ordering::Relaxed) < due && began.elapsed() < Duration::from_secs(seconds + 30) {
        sleep(Duration::from_millis(5)).await;
    }
    let elapsed = began.elapsed();
    let delivered = seen.frames.load(Ordering::Relaxed) - frames;
    let used = cpu(pid)?.saturating_sub(before);
    seen.stop.store(true, Ordering::Relaxed);
    report("parlor", delivered, acknowledged.load(Ordering::Relaxed), elapsed, used);
    Ok(())
}

fn report(who: &str, delivered: u64, posted: u64, elapsed: Duration, used: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let (deliveries, posts) = (delivered as f64, posted as f64);
    println!(
        "{who}: {posted} posted ({:.0}/s), {delivered} delivered ({:.0}/s), server CPU {:.2} s, {:.2} µs a delivery, \
         {:.1} µs a post",
        posts / elapsed.as_secs_f64(),
        deliveries / elapsed.as_secs_f64(),
        used.as_secs_f64(),
        used.as_secs_f64() * 1e6 / deliveries.max(1.0),
        used.as_secs_f64() * 1e6 / posts.max(1.0),
    );
}

async fn post(
    address: SocketAddr,
    number: usize,
    rate: u64,
    seconds: u64,
    in_flight: u64,
    acknowledged: Arc<AtomicU64>,
) -> Result<()> {
    let mut stream = open(address, "/ws?v=1").await?;
    write_text(
        &mut stream,
        &format!(r#"{{"type":"hello","username":"load-{}-{number}"}}"#, std::process::id()),
    )
    .await?;
    let mut frames = Frames::default();
    frames.next(&mut stream).await?;
    let text = "x".repeat(100);
    // As fast as posts come means that nobody waits for an answer before the next one.
    let in_flight = if rate == 0 { in_flight } else { 1 };
    let mut tick = interval(Duration::from_nanos(1_000_000_000 / rate.max(1)));
    let began = Instant::now();
    let mut id = 0_u64;
    while began.elapsed() < Duration::from_secs(seconds) {
        if rate > 0 {
            tick.tick().await;
        }
        for _ in 0..in_flight {
            id += 1;
            let frame = format!(r#"{{"type":"post","room":"load","id":"{number}-{id}","text":"{text}"}}"#);
            write_text(&mut stream, &frame).await?;
        }
        for _ in 0..in_flight {
            let answer = frames.next(&mut stream).await?;
            if !answer.starts_with(br#"{"type":"posted""#) {
                return Err(String::from_utf8_lossy(&answer).into());
            }
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

async fn posts(address: SocketAddr, pid: u32, posters: usize, seconds: u64) -> Result<()> {
    let acknowledged = Arc::new(AtomicU64::new(0));
    let mut posting = JoinSet::new();
    let (before, began) = (cpu(pid)?, Instant::now());
    for number in 0..posters {
        posting.spawn(post(address, number, 0, seconds, 1, acknowledged.clone()));
    }
    while let Some(done) = posting.join_next().await {
        done??;
    }
    report(
        "parlor",
        0,
        acknowledged.load(Ordering::Relaxed),
        began.elapsed(),
        cpu(pid)?.saturating_sub(before),
    );
    Ok(())
}

async fn idle(address: SocketAddr, pid: u32, connections: usize) -> Result<()> {
    let before = rss(pid)?;
    let mut kept = Vec::new();
    for _ in 0..connections {
        kept.push(open(address, "/ws?room=idle").await?);
    }
    sleep(Duration::from_secs(3)).await;
    let after = rss(pid)?;
    println!(
        "{connections} idle: {before} KiB before, {after} KiB after, {} B each",
        (after - before) * 1024 / connections as u64
    );
    Ok(())
}

/// Runs the bare server as a process of its own and reads from it.
async fn bare(readers: &str, rate: &str, seconds: &str) -> Result<()> {
    // The server under test is pinned by whoever starts it; the bare one is pinned here, to the first core as well.
    let mut child = Command::new("taskset")
        .args(["-c", "0"])
        .arg(env::current_exe()?)
        .args(["bare-server", readers, rate, seconds])
        .stdout(std::process::Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let out = child.stdout.take().ok_or("the child has an output")?;
    let mut out = io::BufReader::new(out);
    io::BufRead::read_line(&mut out, &mut line)?;
    let address: SocketAddr = line.trim().parse()?;
    let seen = Arc::new(Seen::default());
    let mut tasks = JoinSet::new();
    for _ in 0..readers.parse::<usize>()? {
        tasks.spawn(count(TcpStream::connect(address).await?, seen.clone()));
    }
    // The end of the child ends the connections.
    while tasks.join_next().await.is_some() {}
    line.clear();
    io::BufRead::read_line(&mut out, &mut line)?;
    print!("{line}");
    child.wait()?;
    Ok(())
}

/// Sends each reader the same bytes by one blocking send a message, as fast as asked for.
fn bare_server(readers: usize, rate: u64, seconds: u64) -> Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let mut streams = Vec::new();
    while streams.len() < readers {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    std::thread::sleep(Duration::from_secs(1));
    let message = format!(
        r#"{{"type":"message","room":"load","seq":100000,"id":"0-100000","username":"load-10000-0","text":"{}","sent_at":"2026-11-21T05:14:13.905Z"}}"#,
        "x".repeat(100)
    );
    let mut frame = vec![0x81, 126];
    frame.extend(u16::try_from(message.len())?.to_be_bytes());
    frame.extend(message.as_bytes());
    let (before, began) = (cpu(std::process::id())?, Instant::now());
    let mut sent = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        if let Some(gap) = 1_000_000_000_u64.checked_div(rate) {
            let due = Duration::from_nanos(gap * sent);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
        for stream in &mut streams {
            io::Write::write_all(stream, &frame)?;
        }
        sent += 1;
    }
    report(
        "bare",
        sent * readers as u64,
        sent,
        began.elapsed(),
        cpu(std::process::id())?.saturating_sub(before),
    );
    Ok(())
}

/// Counts text frames until the stream ends.
async fn count(mut stream: TcpStream, seen: Arc<Seen>) -> Result<()> {
    let mut buffer = vec![0; 1 << 16];
    let (mut start, mut end) = (0, 0);
    while !seen.stop.load(Ordering::Relaxed) {
        let read = stream.read(&mut buffer[end..]).await?;
        if read == 0 {
            return Ok(());
        }
        end += read;
        let mut frames = 0;
        while let Some((from, to)) = frame(&buffer[start..end]) {
            frames += u64::from(buffer[start] == 0x81 && to > from);
            start += to;
        }
        seen.frames.fetch_add(frames, Ordering::Relaxed);
        buffer.copy_within(start..end, 0);
        (start, end) = (0, end - start);
    }
    Ok(())
}

/// Where the payload of the first whole frame begins and ends.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (from, len) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        len => (2, usize::from(len)),
    };
    (bytes.len() >= from + len).then_some((from, from + len))
}

/// The frames of a stream, one at a time.
#[derive(Default)]
struct Frames {
    buffer: Vec<u8>,
}

impl Frames {
    async fn next(&mut self, stream: &mut TcpStream) -> Result<Vec<u8>> {
        loop {
            if let Some((from, to)) = frame(&self.buffer) {
                let payload = self.buffer[from..to].to_vec();
                self.buffer.drain(..to);
                return Ok(payload);
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed".into());
            }
        }
    }
}

/// A WebSocket, shaken hands with.
async fn open(address: SocketAddr, path: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        return Err(String::from_utf8_lossy(&head).into());
    }
    Ok(stream)
}

/// Writes a text frame, masked with zeros as a client may (RFC 6455 §5.3).
async fn write_text(stream: &mut TcpStream, text: &str) -> Result<()> {
    let mut frame = vec![0x81];
    if text.len() < 126 {
        frame.push(0x80 | u8::try_from(text.len())?);
    } else {
        frame.push(0xFE);
        frame.extend(u16::try_from(text.len())?.to_be_bytes());
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    Ok(stream.write_all(&frame).await?)
}

/// The CPU time that a process has used, from `/proc/PID/stat`: fields 14 and 15 in ticks of 10 ms.
fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').ok_or("a stat line has a name")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// What a process holds in memory, in KiB.
fn rss(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS")).ok_or("a status has VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("VmRSS has a value")?.parse()?)
}
