//! Clients that send as much as a socket takes, each kind in another way. They speak to this machine only.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, tcp::OwnedReadHalf},
    time::{sleep, timeout},
};

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const PING: u8 = 0x9;
/// The bit of a header's second byte that says that a mask follows.
const MASKED: u8 = 0x80;
/// What is sent with one call, about so many bytes.
const BLOCK_BYTES: usize = 1 << 16;

/// What a pump sends: `opening` once, and then `block` again and again.
#[derive(Debug, Clone)]
pub struct Kind {
    /// For people.
    pub name: &'static str,
    opening: Vec<u8>,
    block: Vec<u8>,
    /// Sends the block once, hangs up after this time, and comes back.
    hangs_up: Option<Duration>,
}

/// What all pumps did so far, and whether they should stop.
#[derive(Debug, Default)]
pub struct Pumped {
    /// Bytes that were sent.
    pub sent: AtomicU64,
    /// Connections that were opened.
    pub connections: AtomicU64,
    /// Ends all pumps.
    pub stop: AtomicBool,
}

/// All kinds.
pub fn kinds() -> Vec<Kind> {
    let hello = frame(FIN | TEXT, br#"{"type":"hello","username":"pump"}"#);
    let join = frame(FIN | TEXT, br#"{"type":"join","room":"pumped"}"#);
    let joined = [hello.clone(), join].concat();
    let begun = frame(TEXT, b"");
    let empty = frame(CONTINUATION, b"");
    let one = frame(FIN | TEXT, b"1");
    let page = frame(FIN | TEXT, br#"{"type":"page","room":"pumped","limit":50}"#);
    let typing = frame(FIN | TEXT, br#"{"type":"typing","room":"pumped"}"#);
    let get = b"GET /api/rooms/pumped/messages?limit=50 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    vec![
        socket("empty fragments before hello", "/ws?v=1", &begun, &empty),
        socket("empty fragments to the echo", "/lab/echo", &begun, &empty),
        socket("messages of one byte to the echo", "/lab/echo", &[], &one),
        socket("large messages to the echo", "/lab/echo", &[], &frame(FIN | BINARY, &vec![0; 1 << 20])),
        socket("pings", "/ws?username=pump", &[], &frame(FIN | PING, b"")),
        socket("posts", "/ws?username=pump&room=pumped", &[], &frame(FIN | TEXT, b"a post")),
        socket("typing", "/ws?v=1", &joined, &typing),
        socket("pages", "/ws?v=1", &joined, &page),
        socket("frames that are refused", "/ws?v=1", &hello, &one),
        socket("messages to the clock", "/lab/clock", &[], &one),
        socket("numbers", "/lab/number", &[], &frame(FIN | TEXT, br#"{"Num": 7}"#)),
        socket("messages to the worker", "/lab/worker", &[], &one),
        socket("messages to the broadcast", "/lab/broadcast", &[], &one),
        socket("messages to the fragments", "/lab/fragments?size=1", &[], &frame(FIN | TEXT, &[b'x'; 1_000])),
        socket("messages to the events", "/lab/ws", &[], &one),
        Kind { name: "HTTP requests", opening: Vec::new(), block: repeat(get), hangs_up: None },
        Kind {
            name: "abandoned searches",
            opening: Vec::new(),
            block: b"GET /api/search?q=wo&limit=200 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".to_vec(),
            hangs_up: Some(Duration::from_millis(3)),
        },
    ]
}

fn socket(name: &'static str, path: &str, opening: &[u8], unit: &[u8]) -> Kind {
    Kind { name, opening: [&handshake(path), opening].concat(), block: repeat(unit), hangs_up: None }
}

/// The request that opens a WebSocket.
pub fn handshake(path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}

fn repeat(unit: &[u8]) -> Vec<u8> {
    unit.repeat((BLOCK_BYTES / unit.len()).max(1))
}

/// A client's frame. Its mask is zero, so that the payload stays as it is.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut bytes = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => vec![first, MASKED | short],
        (_, Ok(middle)) => [&[first, MASKED + 126][..], &middle.to_be_bytes()].concat(),
        _ => [&[first, MASKED + 127][..], &(length as u64).to_be_bytes()].concat(),
    };
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// Sends until it is stopped. A pump that the server disconnects comes back at once.
pub async fn run(address: SocketAddr, kind: Kind, pumped: Arc<Pumped>) {
    while !pumped.stop.load(Ordering::Relaxed) {
        // What fails is what the server refuses, or its end.
        let _ = pump(address, &kind, &pumped).await;
        sleep(Duration::from_millis(1)).await;
    }
}

async fn pump(address: SocketAddr, kind: &Kind, pumped: &Pumped) -> std::io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    pumped.connections.fetch_add(1, Ordering::Relaxed);
    let (reader, mut writer) = stream.into_split();
    let mut reading = tokio::spawn(discard(reader));
    let sending = async {
        writer.write_all(&kind.opening).await?;
        if let Some(time) = kind.hangs_up {
            writer.write_all(&kind.block).await?;
            pumped.sent.fetch_add(kind.block.len() as u64, Ordering::Relaxed);
            sleep(time).await;
            return Ok(());
        }
        while !pumped.stop.load(Ordering::Relaxed) {
            // A server that takes nothing for now is left alone for a moment, to see whether to stop.
            let mut rest = &kind.block[..];
            while !rest.is_empty() && !pumped.stop.load(Ordering::Relaxed) {
                if let Ok(sent) = timeout(Duration::from_millis(500), writer.write(rest)).await {
                    let sent = sent?;
                    rest = &rest[sent..];
                    pumped.sent.fetch_add(sent as u64, Ordering::Relaxed);
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    };
    let result = tokio::select! {
        result = sending => result,
        _ = &mut reading => Ok(()),
    };
    reading.abort();
    result
}

/// Reads everything that comes, so that the server is never kept from answering.
async fn discard(mut reader: OwnedReadHalf) {
    let mut buffer = vec![0; BLOCK_BYTES];
    while reader.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}
