//! A network that fails: a TCP proxy that cuts, freezes, slows and splits connections at any byte.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use parking_lot::Mutex;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// What is transported with one read.
const BUFFER: usize = 4096;
/// The most bytes that a connection transports to the server before it is cut …
const MOST_TO_SERVER: f64 = 3_000.0;
/// … and to the client, which gets more.
const MOST_TO_CLIENT: f64 = 20_000.0;
/// The largest piece of a split connection, in bytes.
const PIECE: usize = 64;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It transports everything.
    Normal,
    /// Every new connection is cut after a random number of bytes, and may be slow or split before.
    Cutting,
    /// Connections stay open, and nothing is transported.
    Frozen,
}

/// A proxy on its own port. Dropping it ends its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    mode: watch::Sender<Mode>,
    random: Mutex<fastrand::Rng>,
    cuts: AtomicUsize,
    /// So many cuts are made, and then the mode is normal.
    most_cuts: usize,
}

/// How a connection is treated.
#[derive(Debug, Clone, Copy)]
struct Fate {
    pace: Pace,
    /// After how many bytes it is cut, in which direction.
    cut: Option<(Direction, usize)>,
    /// How long it is frozen before it is cut.
    freeze: Duration,
    /// Whether it is reset; otherwise both sides read an ordinary end.
    resets: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Fast,
    /// Everything goes on in pieces of random sizes.
    Split,
    /// There is a pause behind every piece.
    Slow,
}

impl Proxy {
    /// A proxy before a server, in normal mode. In [`Mode::Cutting`] it makes so many cuts.
    pub async fn start(server: SocketAddr, most_cuts: usize, random: fastrand::Rng) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mode = watch::Sender::new(Mode::Normal);
        let cuts = AtomicUsize::new(0);
        let shared = Arc::new(Shared { server, mode, random: Mutex::new(random), cuts, most_cuts });
        let accepting = tokio::spawn(shared.clone().accept(listener));
        Ok(Self { address, shared, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the mode at once.
    pub fn set(&self, mode: Mode) {
        self.shared.mode.send_replace(mode);
    }

    /// How many connections it has cut.
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((client, _)) = accepted {
                        connections.spawn(self.clone().carry(client));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }

    fn draw(&self) -> Fate {
        let mut random = self.random.lock();
        if *self.mode.borrow() != Mode::Cutting {
            return Fate { pace: Pace::Fast, cut: None, freeze: Duration::ZERO, resets: false };
        }
        let (direction, most) = if random.bool() {
            (Direction::ToServer, MOST_TO_SERVER)
        } else {
            (Direction::ToClient, MOST_TO_CLIENT)
        };
        // Early bytes are as likely as late ones: a handshake has few of them.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the most")]
        let bytes = most.powf(random.f64()) as usize;
        Fate {
            pace: [Pace::Fast, Pace::Fast, Pace::Split, Pace::Slow][random.usize(..4)],
            cut: Some((direction, bytes)),
            freeze: if random.u8(..4) == 0 {
                Duration::from_millis(random.u64(100..1_000))
            } else {
                Duration::ZERO
            },
            resets: random.bool(),
        }
    }

    /// Transports one connection until either side ends it, or until it is cut.
    async fn carry(self: Arc<Self>, client: TcpStream) {
        let fate = self.draw();
        self.thaw().await;
        let Ok(server) = TcpStream::connect(self.server).await else { return };
        // A stream that cannot be prepared is one that has ended.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let up = Pump { from: from_client, to: to_server, direction: Direction::ToServer };
        let down = Pump { from: from_server, to: to_client, direction: Direction::ToClient };
        let (up, down, was_cut) = up.beside(down, &self, fate).await;
        if !was_cut {
            return;
        }
        // Frozen: both streams are open, and nobody reads them.
        sleep(fate.freeze).await;
        if fate.resets {
            for stream in [up.from.as_ref(), down.from.as_ref()] {
                // Closing such a socket resets it.
                let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
            }
        }
        let cuts = self.cuts.fetch_add(1, Ordering::AcqRel) + 1;
        if cuts >= self.most_cuts {
            self.mode.send_if_modified(|mode| {
                let was_cutting = *mode == Mode::Cutting;
                *mode = Mode::Normal;
                was_cutting
            });
        }
    }

    /// Waits while everything is frozen.
    async fn thaw(&self) {
        // The sender is in `self`.
        let _ = self.mode.subscribe().wait_for(|mode| *mode != Mode::Frozen).await;
    }
}

/// One direction of a connection.
struct Pump {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    direction: Direction,
}

impl Pump {
    /// Runs both directions until both are at their end, or one is cut.
    async fn beside(mut self, mut other: Self, shared: &Shared, fate: Fate) -> (Self, Self, bool) {
        let was_cut = {
            let one = self.run(shared, fate);
            let two = other.run(shared, fate);
            tokio::pin!(one, two);
            tokio::select! {
                cut = &mut one => cut || two.await,
                cut = &mut two => cut || one.await,
            }
        };
        (self, other, was_cut)
    }

    /// Transports until the end, or until the connection is to be cut. Returns whether it is.
    async fn run(&mut self, shared: &Shared, fate: Fate) -> bool {
        let mut left = match fate.cut {
            Some((direction, bytes)) if direction == self.direction => bytes,
            _ => usize::MAX,
        };
        let mut buffer = [0; BUFFER];
        loop {
            let piece = match fate.pace {
                Pace::Fast => BUFFER,
                Pace::Split | Pace::Slow => shared.random.lock().usize(1..=PIECE),
            };
            let Ok(count @ 1..) = self.from.read(&mut buffer[..piece.min(left)]).await else {
                // The end of one direction is transported as such.
                let _ = self.to.shutdown().await;
                return false;
            };
            shared.thaw().await;
            if self.to.write_all(&buffer[..count]).await.is_err() {
                return false;
            }
            left -= count;
            if left == 0 {
                return true;
            }
            if fate.pace == Pace::Slow {
                sleep(Duration::from_millis(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    /// A server that sends back what it gets.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn it_transports_everything_in_order_until_a_cut() {
        let server = echo().await;
        let proxy = Proxy::start(server, 20, fastrand::Rng::with_seed(7)).await.unwrap();
        proxy.set(Mode::Cutting);
        let sent: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        while proxy.cuts() < 20 {
            let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
            let (mut from, mut to) = stream.split();
            let mut back = Vec::new();
            let read = async { while from.read_buf(&mut back).await.is_ok_and(|count| count > 0) {} };
            let _ = tokio::join!(to.write_all(&sent), read);
            assert!(sent.starts_with(&back) && back.len() < sent.len());
        }
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_all(&sent[..1000]).await.unwrap();
        let mut back = [0; 1000];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(back, sent[..1000], "it is normal after its last cut");
    }

    #[tokio::test]
    async fn a_frozen_connection_stays_open_and_goes_on_when_it_thaws() {
        let server = echo().await;
        let proxy = Proxy::start(server, 0, fastrand::Rng::new()).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        let mut back = [0; 1];
        stream.write_all(b"a").await.unwrap();
        stream.read_exact(&mut back).await.unwrap();
        proxy.set(Mode::Frozen);
        stream.write_all(b"b").await.unwrap();
        let waits = timeout(Duration::from_millis(100), stream.read_exact(&mut back)).await;
        assert!(waits.is_err(), "nothing comes");
        proxy.set(Mode::Normal);
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"b");
    }
}
