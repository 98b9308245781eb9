//! The network between a browser and the server: a TCP proxy that can be cut, held and made deaf.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// It carries everything.
    Fair,
    /// It breaks all connections, and takes none.
    Cut,
    /// It breaks each WebSocket and takes none; pages and the HTTP API go through.
    SocketsCut,
    /// Connections stay, but nothing moves on them, until the weather changes.
    Held,
    /// What a browser sends on a WebSocket arrives, but no answer comes back.
    Deaf,
}

/// A proxy on a port of its own. Dropping it cuts what goes through it and ends it.
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
    weather: Weather,
    over: bool,
    /// Both ends of each connection, and whether it is a WebSocket.
    connections: Vec<(TcpStream, TcpStream, bool)>,
}

impl Network {
    /// A fair network to a server.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = State { weather: Weather::Fair, over: false, connections: Vec::new() };
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

    /// Where browsers find the server through this network.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the weather, at once.
    pub fn set(&self, weather: Weather) {
        let mut state = self.shared.lock();
        state.weather = weather;
        state.connections.retain(|(browser, server, socket)| {
            let broken = weather == Weather::Cut || (weather == Weather::SocketsCut && *socket);
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
        self.set(Weather::Cut);
        // The listener's thread waits for a connection, and looks whether it is over after it.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Carries one connection until either side ends it.
    fn carry(self: Arc<Self>, mut browser: TcpStream) {
        let mut first = [0; 4096];
        let Ok(length @ 1..) = browser.read(&mut first) else { return };
        let is_socket = first.starts_with(b"GET /ws");
        let refused = match self.lock().weather {
            Weather::Cut => true,
            Weather::SocketsCut => is_socket,
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

    /// Copies from one end to the other. `may_lose` says that these are a WebSocket's answers.
    fn pump(&self, mut from: TcpStream, mut to: TcpStream, may_lose: bool) {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let length = match from.read(&mut bytes) {
                Ok(length @ 1..) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                _ => break,
            };
            if !self.may_pass() {
                break;
            }
            if may_lose && self.lock().weather == Weather::Deaf {
                continue;
            }
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        end(&from);
        end(&to);
    }

    /// Waits while the network holds everything; whether it is there after that.
    fn may_pass(&self) -> bool {
        let mut state = self.lock();
        while state.weather == Weather::Held {
            state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        state.weather != Weather::Cut
    }
}

fn end(stream: &TcpStream) {
    // It may have ended by itself.
    let _ = stream.shutdown(Shutdown::Both);
}
