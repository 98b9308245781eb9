//! The server as a library: opened, served, shut down.

mod connections;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};

use hyper_util::service::TowerToHyperService;
use shared::{
    Act, Role, RoomKind, RoomName,
    house::{Access, NewInvitation},
};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{sleep, timeout},
};
use tracing::warn;

use self::connections::{Connections, asked};
use crate::{
    address_file::AddressFile,
    config::Settings,
    house::House,
    http,
    hub::Hub,
    journeys::Journeys,
    metrics::{Info, Metrics},
    retention,
    state::AppState,
    store::{Actor, Commit, Drawn, OpenError, Outcome, Ownership, Place, SecretHash, Store, StoreError},
    token::{ApplicationKeyError, Key, KeyError},
    webhooks::Webhooks,
};

/// The time for requests and sessions to end when the server shuts down. A session needs 4 s at most.
const DRAIN_TIME: Duration = Duration::from_secs(6);
/// How long the first owner's link is valid, in days.
const OWNER_LINK_DAYS: u32 = 30;
/// The flags that say where to listen.
const LISTEN: &str = "--listen";
const METRICS: &str = "--metrics";
/// A server that is ready to be served.
pub struct Server {
    /// `None`: everything is in memory, or the file could not be written.
    address_file: Option<AddressFile>,
    state: AppState,
    listener: TcpListener,
    /// Where the metrics are, if they have an address of their own.
    metrics_listener: Option<TcpListener>,
    with_lab: bool,
}

/// Why a server could not be opened, and what to do about it.
#[derive(Debug, Error)]
pub enum StartError {
    /// Another program listens on the address.
    #[error("{0} is in use by another program: stop it, or listen elsewhere with {1} ADDRESS:PORT")]
    InUse(SocketAddr, &'static str),
    /// The system does not let this user listen on the address.
    #[error("listening on {0} needs more rights: choose a port from 1024 on with {1}")]
    Forbidden(SocketAddr, &'static str),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {0} ({1}): {2}")]
    Listen(SocketAddr, &'static str, io::Error),
    /// The log cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The log cannot be read or written.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key is missing.
    #[error(
        "the key file {} is missing, and people have tokens that were signed with it: put it back, from a backup with \
         `parlor restore FILE --only-key`, or make a new one with `parlor new-key`, which ends all tokens",
        .0.display()
    )]
    NoKey(PathBuf),
    /// The key is another one.
    #[error(
        "the key file {} is that of another store, and no token of this one would be valid: put the right one back, from a \
         backup with `parlor restore FILE --only-key`, or make a new one with `parlor new-key`, which ends all tokens",
        .0.display()
    )]
    OtherKey(PathBuf),
    /// An application's key cannot be used.
    #[error(transparent)]
    ApplicationKey(#[from] ApplicationKeyError),
    /// No traces can be sent.
    #[cfg(feature = "otlp")]
    #[error("--otlp: {0}")]
    Otlp(String),
    /// The house is for an application's users, and no token could be verified.
    #[error(
        "--access app takes users of your application only, and no key of it is given: add --jwt-secret-file, \
         --jwt-public-key or --jwt-jwks-file"
    )]
    NoApplicationKey,
}

impl StartError {
    /// Whether the settings are wrong, so that another start fails as this one did.
    pub fn is_of_settings(&self) -> bool {
        matches!(self, Self::ApplicationKey(_) | Self::NoApplicationKey)
    }
}

/// Why a server stopped without being asked to.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The log has ended by itself, for the reason that this sentence says.
    #[error("{0}")]
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
        let listener = bind(settings.listen, LISTEN).await?;
        let metrics_listener = match settings.metrics {
            Some(address) => Some(bind(address, METRICS).await?),
            None => None,
        };
        let hub = Hub::default();
        let place = settings.data.clone().map_or(Place::Memory, Place::Folder);
        let address =
            listener.local_addr().map_err(|error| StartError::Listen(settings.listen, LISTEN, error))?;
        let access = settings.access.unwrap_or_else(|| settings.default_access(address.ip()));
        if access == Access::App && !settings.application.has_keys() {
            return Err(StartError::NoApplicationKey);
        }
        let house = House::new(
            access,
            settings.access.is_some(),
            settings.app_url(address),
            settings.states_url(),
            settings.keep,
        );
        let metrics = Metrics::new(Info { version: env!("CARGO_PKG_VERSION"), access });
        #[cfg(feature = "otlp")]
        let journeys = match &settings.otlp {
            Some(otlp) => Journeys::start(otlp).map_err(StartError::Otlp)?,
            None => Journeys::default(),
        };
        #[cfg(not(feature = "otlp"))]
        let journeys = Journeys;
        let (publisher, listener_of_changes) = (hub.clone(), house.clone());
        let (messages, traces) = (metrics.messages.clone(), journeys.clone());
        let store = Store::open_measured(&place, metrics.log.clone(), move |commit: Commit| {
            messages.inc_by(commit.messages.len() as u64);
            traces.publishing(&commit.messages);
            listener_of_changes.take_commit(commit, &publisher);
        })?;
        let key = match &place {
            Place::Folder(folder) => Self::key(folder, &store)?,
            Place::Memory => Key::random()?,
        };
        if !house.is_open() {
            Self::make_lobby(&store).await?;
        }
        let key = key.with_applications(&settings.application)?;
        let state = AppState::new(hub, store, key, house, metrics, journeys, settings);
        // The lab's servers talk to anybody, so they are there in open houses only.
        let with_lab = settings.with_lab && state.house.is_open();
        let address_file = settings.data.as_deref().and_then(|folder| {
            AddressFile::write(folder, address)
                .inspect_err(|error| {
                    warn!(%error, "commands on this machine will not find this server: the file `address` cannot be written");
                })
                .ok()
        });
        Ok(Self { address_file, state, listener, metrics_listener, with_lab })
    }

    /// The key that the store's tokens are signed with.
    fn key(folder: &Path, store: &Store) -> Result<Key, StartError> {
        let known = store.key();
        let key = match Key::load(folder)? {
            None if known.is_needed => return Err(StartError::NoKey(folder.join("key"))),
            None => Key::make(folder)?,
            Some(key) => key,
        };
        match known.fingerprint {
            Some(known) if known == key.fingerprint() => {}
            Some(_) if known.is_needed => return Err(StartError::OtherKey(folder.join("key"))),
            _ => store.note_key(key.fingerprint())?,
        }
        store.keep_key(key.text());
        Ok(key)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("a bound socket has an address")
    }

    /// The address of the metrics, if they have one of their own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok())
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
        let Self { address_file, state, listener, metrics_listener, with_lab } = self;
        let hub = tokio::spawn(state.hub.clone().run());
        let webhooks = Webhooks::start(&state);
        let retention = tokio::spawn(retention::run(state.clone()));
        let options = http::Options { with_lab, metrics_elsewhere: metrics_listener.is_some() };
        let service = TowerToHyperService::new(http::routes(state.clone(), options));
        // It answers while the server drains, too, until everything else has ended.
        let operators = metrics_listener.map(|listener| {
            tokio::spawn(serve_operators(listener, http::routes_for_operators(state.clone())))
        });
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
        if let Some(operators) = operators {
            operators.abort();
        }
        // What it has proposed is in the log's queue, and done.
        retention.abort();
        state.store.close().await;
        let end =
            end.and_then(|()| state.store.failure().map_or(Ok(()), |reason| Err(ServeError::Store(reason))));
        state.journeys.shut_down().await;
        end
    }
}

/// Serves the metrics' own address.
async fn serve_operators(listener: TcpListener, routes: axum::Router) {
    let service = TowerToHyperService::new(routes);
    let connections = Connections::new();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => connections.serve(stream, peer.ip(), service.clone()),
            Err(error) => rest_after(&error).await,
        }
    }
}

/// Waits after a failed accept if no more files can be opened. Other failures concern one connection.
async fn rest_after(error: &io::Error) {
    let of_one = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if !of_one.contains(&error.kind()) {
        warn!(%error, "cannot accept connections; trying again in 100 ms");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::InUse(address, flag),
        io::ErrorKind::PermissionDenied => StartError::Forbidden(address, flag),
        _ => StartError::Listen(address, flag, error),
    })
}
