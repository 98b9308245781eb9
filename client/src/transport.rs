//! Opens a connection's byte stream: TCP, or TLS over it.

use std::{error::Error, io, sync::Arc};

use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::MaybeTlsStream;

pub use crate::tls::Trust;
use crate::{address::Address, tls};

/// The bytes of a connection, plain or through TLS.
pub type Stream = MaybeTlsStream<TcpStream>;

/// Why a connection could not be opened: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ConnectionFailure {
    /// What happened, to what, and what to do about it.
    pub reason: String,
    /// The same address will fail again: there is something else, or its certificate is not accepted.
    pub is_permanent: bool,
}

impl ConnectionFailure {
    pub(crate) fn permanent(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_permanent: true }
    }

    pub(crate) fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_permanent: false }
    }
}

/// Connects to an address, with TLS if it is a `wss` one.
pub async fn open_stream(address: &Address, trust: Trust) -> Result<Stream, ConnectionFailure> {
    let tcp = open_tcp(address, (address.host.as_str(), address.port)).await?;
    if address.secure { Tls::new(trust)?.connect(address, tcp).await } else { Ok(MaybeTlsStream::Plain(tcp)) }
}

/// Connects to an address without TLS, at `at`, which is what its host is resolved to. A failure names the address.
pub async fn open_tcp(address: &Address, at: impl ToSocketAddrs) -> Result<TcpStream, ConnectionFailure> {
    let failed = |error: io::Error| ConnectionFailure::passing(explain(address, &error));
    let tcp = TcpStream::connect(at).await.map_err(failed)?;
    tcp.set_nodelay(true).map_err(failed)?;
    Ok(tcp)
}

/// Starts TLS on connections that are open.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    /// Reads the certificates to trust from the system's files. It blocks for some milliseconds.
    pub fn new(trust: Trust) -> Result<Self, ConnectionFailure> {
        Ok(Self(TlsConnector::from(Arc::new(tls::config(trust).map_err(ConnectionFailure::permanent)?))))
    }

    /// Starts TLS with the host of an address, on a connection to it.
    pub async fn connect(&self, address: &Address, tcp: TcpStream) -> Result<Stream, ConnectionFailure> {
        let name = ServerName::try_from(address.host.clone())
            .map_err(|_| ConnectionFailure::permanent(format!("{} is no name of a host", address.host)))?;
        match self.0.connect(name, tcp).await {
            Ok(tls) => Ok(MaybeTlsStream::Rustls(tls)),
            Err(error) => {
                let is_permanent =
                    error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>);
                Err(ConnectionFailure { reason: tls::explain(&address.authority(), &error), is_permanent })
            }
        }
    }
}

/// Explains a failed connection, without the numbers and words of the system's library.
pub(crate) fn explain(address: &Address, error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let authority = address.authority();
    let why = match error.kind() {
        Kind::ConnectionRefused => "no server listens there".to_owned(),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => {
            "it cut the connection".to_owned()
        }
        Kind::UnexpectedEof => "it ended the connection".to_owned(),
        Kind::TimedOut => "it does not answer".to_owned(),
        Kind::HostUnreachable | Kind::NetworkUnreachable => "the network has no way to it".to_owned(),
        _ if error.to_string().contains("failed to lookup address") => {
            format!("no host of the name {} was found", address.host)
        }
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_owned()
        }
    };
    format!("cannot reach {authority}: {why}")
}
