//! The network between a browser and the server: a TCP proxy that can fail in several ways.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

/// What the network does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkMode {
    /// It transports everything.
    Normal,
    /// It closes all connections, and refuses new ones.
    Down,
    /// It closes every `WebSocket`, and refuses new ones; pages and the HTTP API work.
    WebSocketsDown,
    /// Connections stay open, but transport nothing until the mode changes.
    Stalled,
    /// A `WebSocket` transports what the browser sends, but drops what the server sends.
    NoResponses,
    /// The same, but a new `WebSocket` opens: what is dropped comes after the server's first answer.
    NoFrames,
}

/// A proxy on its own port. Dropping it closes all its connections and stops it.
pub struct Network {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: NetworkMode,
    /// How often something that a server has sent was dropped.
    dropped: usize,
    over: bool,
    /// Both ends of each connection, and whether it is a WebSocket.
    connections: Vec<(TcpStream, TcpStream, bool)>,
}

impl Network {
    /// A network to a server, in normal mode.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = State { mode: NetworkMode::Normal, dropped: 0, over: false, connections: Vec::new() };
        let shared = Arc::new(Shared { server, state: Mutex::new(state), changed: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for browser in listener.incoming().flatten() {
                if of_thread.lock().over {
                    return;
                }
                let shared = Arc::clone(&of_thread);
                thread::spawn(move || shared.carry(browser));
            }
        });
        Self { address, shared }
    }

    /// The server's URL through this network.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often something that the server has sent was dropped.
    pub fn dropped(&self) -> usize {
        self.shared.lock().dropped
    }

    /// Changes the mode immediately.
    pub fn set(&self, mode: NetworkMode) {
        let mut state = self.shared.lock();
        state.mode = mode;
        state.connections.retain(|(browser, server, socket)| {
            let broken = mode == NetworkMode::Down || (mode == NetworkMode::WebSocketsDown && *socket);
            if broken {
                end(browser);
                end(server);
            }
            !broken
        });
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.set(NetworkMode::Down);
        // The accept loop checks `over` after the next connection.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Transports one connection until either side closes it.
    fn carry(self: Arc<Self>, mut browser: TcpStream) {
        let mut first = [0; 4096];
        let Ok(length @ 1..) = browser.read(&mut first) else { return };
        let is_socket = first.starts_with(b"GET /ws");
        let refused = match self.lock().mode {
            NetworkMode::Down => true,
            NetworkMode::WebSocketsDown => is_socket,
            _ => false,
        };
        if refused {
            return end(&browser);
        }
        let Ok(mut server) = TcpStream::connect(self.server) else { return end(&browser) };
        let (Ok(browser_too), Ok(server_too)) = (browser.try_clone(), server.try_clone()) else { return };
        let (Ok(browser_end), Ok(server_end)) = (browser.try_clone(), server.try_clone()) else { return };
        self.lock().connections.push((browser_end, server_end, is_socket));
        if !self.may_pass() || server.write_all(&first[..length]).is_err() {
            end(&server);
            return end(&browser);
        }
        let back = Arc::clone(&self);
        thread::spawn(move || back.pump(server_too, browser_too, is_socket));
        self.pump(browser, server, false);
    }

    /// Copies from one end to the other. `may_drop` means that these are the server's frames on a WebSocket.
    fn pump(&self, mut from: TcpStream, mut to: TcpStream, may_drop: bool) {
        let mut bytes = vec![0; 64 * 1024];
        let mut is_first = true;
        loop {
            let length = match from.read(&mut bytes) {
                Ok(length @ 1..) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                _ => break,
            };
            if !self.may_pass() {
                break;
            }
            if may_drop && self.drops(is_first) {
                continue;
            }
            is_first = false;
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        end(&from);
        end(&to);
    }

    /// Whether to drop what a server sends on a `WebSocket`.
    fn drops(&self, is_first: bool) -> bool {
        let mut state = self.lock();
        let drops = match state.mode {
            NetworkMode::NoResponses => true,
            NetworkMode::NoFrames => !is_first,
            _ => false,
        };
        state.dropped += usize::from(drops);
        drops
    }

    /// Waits while the network is stalled. Returns false if the network is down afterwards.
    fn may_pass(&self) -> bool {
        let mut state = self.lock();
        while state.mode == NetworkMode::Stalled {
            state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        state.mode != NetworkMode::Down
    }
}

fn end(stream: &TcpStream) {
    // It may be closed already.
    let _ = stream.shutdown(Shutdown::Both);
}
