//! The server as a library: opened, served, shut down.

use std::{io, net::SocketAddr, time::Duration};

use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use shared::limits;
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep},
};
use tracing::{debug, warn};

use crate::{
    config::Settings,
    http,
    hub::Hub,
    state::AppState,
    store::{Place, Store},
    token::Key,
};

/// The time for a request's header to come, half-open sockets included.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Sessions have so long to say goodbye when the server shuts down.
const DRAIN_TIME: Duration = Duration::from_secs(8);
/// What hyper may buffer of a request's header, in bytes.
const HEADER_BYTES: usize = 16 * 1024;

/// A server that is ready to be served.
pub struct Server {
    state: AppState,
    listener: TcpListener,
    with_lab: bool,
}

/// Why a server could not be opened: one sentence.
#[derive(Debug)]
pub struct StartError(String);

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// Asks a running server to shut down.
#[derive(Debug, Clone)]
pub struct ShutDown(watch::Sender<bool>);

impl ShutDown {
    /// A handle, and what [`Server::serve`] waits for.
    pub fn new() -> (Self, watch::Receiver<bool>) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), receiver)
    }

    /// Shuts the server down: everyone is told, and what is under way is answered.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Opens the store and binds the address.
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        let listener = bind(settings.listen).await?;
        let hub = Hub::default();
        let place = settings.data.clone().map_or(Place::Memory, Place::Folder);
        let publisher = hub.clone();
        let store = Store::open(&place, move |messages| publisher.publish(messages))
            .map_err(|error| StartError(error.to_string()))?;
        let key = match &place {
            Place::Folder(folder) => Key::load_or_make(folder),
            Place::Memory => Key::random(),
        };
        let key = key.map_err(|error| StartError(error.to_string()))?;
        let state = AppState::new(hub, store, key, settings.allowed_origins.clone());
        Ok(Self { state, listener, with_lab: settings.with_lab })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("a bound socket has an address")
    }

    /// Serves until `shut_down` turns true, then drains: sessions are told and closed, what is queued is stored.
    pub async fn serve(self, mut shut_down: watch::Receiver<bool>) {
        let Self { state, listener, with_lab } = self;
        let presence = tokio::spawn(state.hub.clone().run());
        let service = TowerToHyperService::new(http::routes(state.clone(), with_lab));
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        tokio::spawn(connection(stream, service.clone()));
                    }
                    Err(error) => rest_after(&error).await,
                },
                () = asked(&mut shut_down) => break,
            }
        }
        drop(listener);
        state.hub.drain();
        let by = Instant::now() + DRAIN_TIME;
        while state.hub.session_count() > 0 && Instant::now() < by {
            sleep(Duration::from_millis(10)).await;
        }
        presence.abort();
        state.store.close().await;
    }
}

/// Resolves when the server is to shut down. The guard that is waited for stays in here: a future that holds it
/// cannot be spawned.
async fn asked(shut_down: &mut watch::Receiver<bool>) {
    // Where nobody can ask any more, nobody is there to be served for.
    let _ = shut_down.wait_for(|now| *now).await;
}

/// A failed accept is of one connection, or says that there are no more files to be had: then a short rest helps.
async fn rest_after(error: &io::Error) {
    let of_one = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if !of_one.contains(&error.kind()) {
        warn!(%error, "cannot accept connections; trying again in 100 ms");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn connection(stream: TcpStream, service: TowerToHyperService<axum::Router>) {
    if let Err(error) = prepare(&stream) {
        debug!(%error, "a connection ended before it began");
        return;
    }
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        debug!(%error, "a connection ended badly");
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // A peer that vanished acknowledges nothing: the kernel gives up on it in this time, not in a quarter of an hour.
    #[cfg(target_os = "linux")]
    SockRef::from(stream).set_tcp_user_timeout(Some(Duration::from_millis(limits::STUCK_MS)))?;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        StartError(match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "{address} is in use by another program: stop it, or listen elsewhere with --listen ADDRESS:PORT"
            ),
            io::ErrorKind::PermissionDenied => {
                format!("{address} may not be listened on without more rights: choose a port from 1024 on with --listen")
            }
            _ => format!("cannot listen on {address}: {error}"),
        })
    })
}
