//! The HTTP connections of a server: accepted, served, and ended when it drains.

use std::{io, net::IpAddr, pin::pin, time::Duration};

use hyper::{
    body::Incoming,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use shared::limits;
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tracing::debug;

use crate::proxies::Peer;

/// The time for a request's header to arrive, on connections that send nothing too.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// The time for a request that is on its way when the server shuts down. A connection without one is closed then.
const REQUEST_TIME: Duration = Duration::from_millis(200);
/// What hyper may buffer of a request's header, in bytes.
const HEADER_BYTES: usize = 16 * 1024;
/// What the system may hold of a connection that it has not sent, in bytes. Without a bound it takes megabytes for a client on a slow
/// line: a ping would be read behind all of them, after the time in which it must be answered.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 128 * 1024;

/// The HTTP connections. It does what hyper-util's `GracefulShutdown` does, which takes connections that may be upgraded
/// from its `auto` builder only, and that one links HTTP/2.
pub(super) struct Connections {
    /// Every connection holds a receiver, for as long as it is HTTP.
    draining: watch::Sender<bool>,
}

impl Connections {
    pub(super) fn new() -> Self {
        Self { draining: watch::Sender::new(false) }
    }

    /// Serves a connection in a task of its own.
    pub(super) fn serve(&self, stream: TcpStream, peer: IpAddr, service: TowerToHyperService<axum::Router>) {
        if let Err(error) = prepare(&stream) {
            debug!(%error, "a connection ended before it was served");
            return;
        }
        tokio::spawn(connection(stream, peer, service, self.draining.subscribe()));
    }

    /// Stops listening, and serves those who are connected and were not accepted yet: the system would reset them, and their requests
    /// would get no answer.
    pub(super) fn serve_waiting(&self, listener: TcpListener, service: &TowerToHyperService<axum::Router>) {
        let Ok(listener) = listener.into_std() else { return };
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = stream {
                self.serve(stream, peer.ip(), service.clone());
            }
        }
    }

    /// Closes idle connections, and the others behind the answer to their request. Resolves when all are closed.
    pub(super) async fn shut_down(&self) {
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
pub(super) async fn asked(receiver: &mut watch::Receiver<bool>) {
    // A dropped sender means shutdown.
    let _ = receiver.wait_for(|now| *now).await;
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    {
        let socket = SockRef::from(stream);
        // A peer that vanished acknowledges nothing: the kernel gives up on it in this time, not in a quarter of an hour.
        socket.set_tcp_user_timeout(Some(Duration::from_millis(limits::WRITE_TIMEOUT_MS)))?;
        socket.set_tcp_notsent_lowat(UNSENT_BYTES)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;

    use super::*;

    #[tokio::test]
    async fn what_waits_for_a_client_that_does_not_read_waits_in_parlor() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpSocket::new_v4().unwrap();
        client.set_recv_buffer_size(16 << 10).unwrap();
        let (_client, accepted) =
            tokio::join!(client.connect(listener.local_addr().unwrap()), listener.accept());
        let (stream, _) = accepted.unwrap();
        prepare(&stream).unwrap();

        let mut taken = 0;
        while timeout(Duration::from_millis(100), stream.writable()).await.is_ok() {
            taken += stream.try_write(&[0; 4096]).unwrap_or(0);
        }
        assert!(taken < 300 << 10, "the system took {taken} bytes");
    }
}
