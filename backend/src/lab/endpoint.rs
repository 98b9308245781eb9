//! What every endpoint of the lab uses: the shared parts, and the way into a connection.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use tokio::time::{Instant, sleep_until};
use tracing::info;

use super::{broadcast::Broadcast, connection::LabConnection, memory::Memory, ticker::Ticker};
use crate::{
    close_reason::CloseReason,
    hub::{Hub, Outbound},
    metrics::{ConnectionKind, Metrics},
    proxies::Client,
    web::{ApiError, accept, upgrade},
};

/// What the endpoints share.
pub struct Lab {
    /// Whose drain ends the connections.
    pub hub: Hub,
    /// What counts the connections.
    pub metrics: Metrics,
    /// The stream of events that every transport tells.
    pub ticker: Ticker,
    /// The connections that hear each other.
    pub broadcast: Broadcast,
    /// The memory that all connections may take together.
    pub memory: Memory,
}

impl Lab {
    /// The lab of a server.
    pub fn new(hub: Hub, metrics: Metrics) -> Self {
        let (ticker, broadcast, memory) = (Ticker::default(), Broadcast::default(), Memory::default());
        Self { hub, metrics, ticker, broadcast, memory }
    }
}

/// Answers the handshake, and lets `serve` have the connection until it ends. `limit` is the largest message in bytes.
pub fn open<F>(
    lab: &Arc<Lab>,
    request: Request,
    limit: usize,
    serve: impl FnOnce(LabConnection) -> F + Send + 'static,
) -> Result<Response, ApiError>
where
    F: Future<Output = (LabConnection, CloseReason)> + Send + 'static,
{
    let accept = accept(&lab.hub, request.headers())?;
    let subprotocol = subprotocol(request.headers());
    let (lab, path) = (lab.clone(), request.uri().path().to_owned());
    let client = request.extensions().get::<Client>().map(|client| client.0.to_string());
    let mut response = upgrade(request, accept, async move |stream, part| {
        let (mut open, began) = (lab.metrics.open_connection(ConnectionKind::Lab), Instant::now());
        let connection = LabConnection::new(&lab.hub, &lab.memory, stream, part, limit);
        let (connection, reason) = serve(connection).await;
        info!(
            address = client,
            kind = open.kind().as_str(),
            path,
            reason = reason.label(),
            why = %reason,
            code = reason.code(),
            seconds = began.elapsed().as_secs_f64(),
            "a connection ended"
        );
        open.ends_with(reason.label());
        drop(open);
        connection.end(&reason).await;
    });
    if let Some(subprotocol) = subprotocol {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
    }
    Ok(response)
}

/// The subprotocol to select: the first that the client offers.
fn subprotocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    let mut names = offers.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    let name = names.find_map(|name| Some(name.trim()).filter(|name| !name.is_empty()))?;
    HeaderValue::from_str(name).ok()
}

/// Waits until `time`. Returns false as soon as the server drains.
pub async fn sleep_or_drain(hub: &Hub, time: Instant) -> bool {
    // Every session is woken when the server drains, so this waits as a session.
    let outbound = Arc::new(Outbound::default());
    let _registration = hub.enter(&outbound);
    if hub.is_draining() {
        return false;
    }
    tokio::select! {
        () = sleep_until(time) => true,
        () = outbound.notified() => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_subprotocol_is_selected() {
        let select = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(line));
            }
            subprotocol(&headers).map(|name| name.to_str().unwrap().to_owned())
        };
        assert_eq!(select(&[]), None);
        assert_eq!(select(&[" , "]), None);
        assert_eq!(select(&["chat, superchat"]).as_deref(), Some("chat"));
        assert_eq!(select(&["", "graphql-ws", "chat"]).as_deref(), Some("graphql-ws"));
    }
}
