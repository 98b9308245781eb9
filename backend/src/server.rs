//! The server as a library: opened, served, shut down.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    time::Duration,
};

use hyper::{
    body::Incoming,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use shared::{
    Act, Role, RoomKind, RoomName,
    house::{Access, NewInvitation},
    limits,
};
use socket2::SockRef;
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use crate::{
    address_file::AddressFile,
    config::Settings,
    house::House,
    http,
    hub::Hub,
    proxies::Peer,
    state::AppState,
    store::{Actor, Commit, Drawn, OpenError, Outcome, Ownership, Place, SecretHash, Store, StoreError},
    token::{ApplicationKeyError, Key, KeyError},
    webhooks::Webhooks,
};

/// The time for a request's header to arrive, on connections that send nothing too.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// The time for requests and sessions to end when the server shuts down. A session needs 4 s at most.
const DRAIN_TIME: Duration = Duration::from_secs(6);
/// The time for a request that is on its way when the server shuts down. A connection without one is closed then.
const REQUEST_TIME: Duration = Duration::from_millis(200);
/// How long the first owner's link is valid, in days.
const OWNER_LINK_DAYS: u32 = 30;
/// What hyper may buffer of a request's header, in bytes.
const HEADER_BYTES: usize = 16 * 1024;

/// A server that is ready to be served.
pub struct Server {
    /// `None`: everything is in memory, or the file could not be written.
    address_file: Option<AddressFile>,
    state: AppState,
    listener: TcpListener,
    with_lab: bool,
}

/// Why a server could not be opened, and what to do about it.
#[derive(Debug, Error)]
pub enum StartError {
    /// Another program listens on the address.
    #[error("{0} is in use by another program: stop it, or listen elsewhere with --listen ADDRESS:PORT")]
    InUse(SocketAddr),
    /// The system does not let this user listen on the address.
    #[error("listening on {0} needs more rights: choose a port from 1024 on with --listen")]
    Forbidden(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The log cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// An application's key cannot be used.
    #[error(transparent)]
    ApplicationKey(#[from] ApplicationKeyError),
    /// The house is for an application's users, and no token could be verified.
    #[error(
        "--access app takes users of your application only, and no key of it is given: add --jwt-secret-file, \
         --jwt-public-key or --jwt-jwks-file"
    )]
    NoApplicationKey,
}

/// Why a server stopped without being asked to.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The log's writer died, and only a new start can tell what is stored.
    #[error("the log cannot be written any more ({0}); start the server again")]
    Store(String),
}

/// Asks a running server to shut down.
#[derive(Debug, Clone)]
pub struct ShutDown(watch::Sender<bool>);

impl ShutDown {
    /// A handle, and what [`Server::serve`] waits for.
    pub fn new() -> (Self, watch::Receiver<bool>) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), receiver)
    }

    /// Shuts the server down: every client is told, and what is in flight is answered.
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
        let address = listener.local_addr().map_err(|error| StartError::Listen(settings.listen, error))?;
        let access = settings.access.unwrap_or_else(|| settings.default_access(address.ip()));
        if access == Access::App && !settings.application.has_keys() {
            return Err(StartError::NoApplicationKey);
        }
        let house =
            House::new(access, settings.access.is_some(), settings.app_url(address), settings.states_url());
        let (publisher, listener_of_changes) = (hub.clone(), house.clone());
        let store =
            Store::open(&place, move |commit: Commit| listener_of_changes.take_commit(commit, &publisher))?;
        if !house.is_open() {
            Self::make_lobby(&store).await?;
        }
        let key = match &place {
            Place::Folder(folder) => Key::load_or_make(folder)?,
            Place::Memory => Key::random()?,
        };
        let key = key.with_applications(&settings.application)?;
        let proxies = settings.proxies.clone();
        let state =
            AppState::new(hub, store, key, settings.sites.clone(), house, proxies, settings.webhooks_reach);
        // The lab's servers talk to anybody, so they are there in open houses only.
        let with_lab = settings.with_lab && state.house.is_open();
        let address_file = settings.data.as_deref().and_then(|folder| {
            AddressFile::write(folder, address)
                .inspect_err(|error| {
                    warn!(%error, "commands on this machine will not find this server: the file `address` cannot be written");
                })
                .ok()
        });
        Ok(Self { address_file, state, listener, with_lab })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("a bound socket has an address")
    }

    /// Makes the room that the app opens first, where nobody makes one by posting and none was ever made.
    async fn make_lobby(store: &Store) -> Result<(), StoreError> {
        let lobby = RoomName::parse("lobby").expect("a valid name");
        if !store.all_rooms(String::new()).await?.rooms.is_empty()
            || store.known_room(&lobby).await?.is_some()
        {
            return Ok(());
        }
        let make = Act::MakeRoom { room: lobby, kind: RoomKind::Open, topic: None };
        match store.act(Actor::Operator, make, Drawn::Nothing).await {
            // It was deleted: whoever did that wants none.
            Outcome::Done { .. } | Outcome::Refused(_) => Ok(()),
            _ => Err(StoreError::Failed("the first room could not be stored".into())),
        }
    }

    /// Who may come in.
    pub fn access(&self) -> Access {
        self.state.house.access()
    }

    /// Whether it is an invited house that nobody owns.
    pub async fn lacks_owner(&self) -> Result<bool, StoreError> {
        Ok(self.access() == Access::Invited && self.state.store.ownership().await? != Ownership::Owned)
    }

    /// The link for the first owner of an invited house, if nobody owns it and nobody was invited to. It is given once.
    pub async fn owner_link(&self) -> Result<Option<String>, StoreError> {
        if self.access() != Access::Invited || self.state.store.ownership().await? != Ownership::Unowned {
            return Ok(None);
        }
        let secret = AppState::invitation_secret();
        let invitation =
            NewInvitation { role: Role::Owner, days: OWNER_LINK_DAYS, ..NewInvitation::default() };
        let drawn = Drawn::Invitation(SecretHash::of_invitation(&secret));
        match self.state.store.act(Actor::Operator, Act::Invite(invitation), drawn).await {
            Outcome::Done { .. } => Ok(Some(self.state.house.invitation_link(secret.as_str()))),
            Outcome::Refused(refusal) => Err(StoreError::Failed(refusal.reason)),
            _ => Err(StoreError::Failed("the owner's invitation could not be stored".into())),
        }
    }

    /// Serves until `shut_down` turns true or the log's writer dies. Then it drains: every session is told, requests in
    /// flight are answered, and what is queued is stored.
    pub async fn serve(self, mut shut_down: watch::Receiver<bool>) -> Result<(), ServeError> {
        let Self { address_file, state, listener, with_lab } = self;
        let hub = tokio::spawn(state.hub.clone().run());
        let webhooks = Webhooks::start(&state);
        let service = TowerToHyperService::new(http::routes(state.clone(), with_lab));
        let connections = Connections::new();
        let end = {
            let mut failed = pin!(state.store.failed());
            loop {
                tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((stream, peer)) => connections.serve(stream, peer.ip(), service.clone()),
                        Err(error) => rest_after(&error).await,
                    },
                    () = asked(&mut shut_down) => break Ok(()),
                    reason = failed.as_mut() => break Err(ServeError::Store(reason)),
                }
            }
        };
        connections.serve_waiting(listener, &service);
        // Before the store gives the folder's lock back: the next server's file is not this one's to remove.
        drop(address_file);
        state.hub.drain();
        let drained = async {
            connections.shut_down().await;
            while state.hub.session_count() > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let (drained, ()) = tokio::join!(timeout(DRAIN_TIME, drained), webhooks.shut_down());
        if drained.is_err() {
            warn!("some connections did not end within {} s; cutting them off", DRAIN_TIME.as_secs());
        }
        hub.abort();
        state.store.close().await;
        end
    }
}

/// The HTTP connections. It does what hyper-util's `GracefulShutdown` does, which takes connections that may be upgraded
/// from its `auto` builder only, and that one links HTTP/2.
struct Connections {
    /// Every connection holds a receiver, for as long as it is HTTP.
    draining: watch::Sender<bool>,
}

impl Connections {
    fn new() -> Self {
        Self { draining: watch::Sender::new(false) }
    }

    /// Serves a connection in a task of its own.
    fn serve(&self, stream: TcpStream, peer: IpAddr, service: TowerToHyperService<axum::Router>) {
        if let Err(error) = prepare(&stream) {
            debug!(%error, "a connection ended before it was served");
            return;
        }
        tokio::spawn(connection(stream, peer, service, self.draining.subscribe()));
    }

    /// Stops listening, and serves those who are connected and were not accepted yet: the system would reset them, and their requests
    /// would get no answer.
    fn serve_waiting(&self, listener: TcpListener, service: &TowerToHyperService<axum::Router>) {
        let Ok(listener) = listener.into_std() else { return };
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                self.serve(stream, peer.ip(), service.clone());
            }
        }
    }

    /// Closes idle connections, and the others behind the answer to their request. Resolves when all are closed.
    async fn shut_down(&self) {
        self.draining.send_replace(true);
        self.draining.closed().await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    service: TowerToHyperService<axum::Router>,
    mut draining: watch::Receiver<bool>,
) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        service.call(request)
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut served = pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        () = asked(&mut draining) => {
            if let Ok(result) = timeout(REQUEST_TIME, served.as_mut()).await {
                result
            } else {
                served.as_mut().graceful_shutdown();
                served.await
            }
        }
    };
    if let Err(error) = result {
        debug!(%error, "a connection ended with an error");
    }
}

/// Resolves when the value is true. The guard of the value stays in here, because a future that holds it cannot be
/// spawned.
async fn asked(receiver: &mut watch::Receiver<bool>) {
    // A dropped sender means shutdown.
    let _ = receiver.wait_for(|now| *now).await;
}

/// Waits after a failed accept if no more files can be opened. Other failures concern one connection.
async fn rest_after(error: &io::Error) {
    let of_one = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if !of_one.contains(&error.kind()) {
        warn!(%error, "cannot accept connections; trying again in 100 ms");
        sleep(Duration::from_millis(100)).await;
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // A peer that vanished acknowledges nothing: the kernel gives up on it in this time, not in a quarter of an hour.
    #[cfg(target_os = "linux")]
    SockRef::from(stream).set_tcp_user_timeout(Some(Duration::from_millis(limits::WRITE_TIMEOUT_MS)))?;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::InUse(address),
        io::ErrorKind::PermissionDenied => StartError::Forbidden(address),
        _ => StartError::Listen(address, error),
    })
}
