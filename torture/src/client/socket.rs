//! A WebSocket that takes little memory, because thousands of them share a machine with the server under test.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Result, bail};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

/// The close code of a connection that ended without one (RFC 6455 §7.1.5).
const ABNORMAL: u16 = 1006;
/// The time for a connection to open.
const OPEN_TIME: Duration = Duration::from_secs(10);

pub(crate) struct Socket(WebSocketStream<TcpStream>);

/// What came.
pub(crate) enum Incoming {
    Text(String),
    /// The connection ended, with this code.
    End(u16),
}

impl Socket {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let opening = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
            let url = format!("ws://{address}/ws?v=1");
            Ok(Self(client_async_with_config(url, stream, Some(config)).await?.0))
        };
        match timeout(OPEN_TIME, opening).await {
            Ok(opened) => opened,
            Err(_) => bail!("the handshake was not answered in {} s", OPEN_TIME.as_secs()),
        }
    }

    /// Sends a text. `false`: the connection is lost; its end is still to be read.
    pub(crate) async fn send(&mut self, text: String) -> bool {
        self.0.send(Message::text(text)).await.is_ok()
    }

    /// The next text, or the end.
    pub(crate) async fn next(&mut self) -> Incoming {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Incoming::Text(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(1005, |frame| frame.code.into());
                    // The answer to the close goes out with the next reads, until the server ends the stream.
                    let end = Instant::now() + Duration::from_secs(1);
                    while let Ok(Some(Ok(_))) = timeout_at(end, self.0.next()).await {}
                    return Incoming::End(code);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Incoming::End(ABNORMAL),
            }
        }
    }

    /// Closes on purpose.
    pub(crate) async fn close(mut self) {
        let closing = async {
            let _ = self.0.close(None).await;
            while let Some(Ok(_)) = self.0.next().await {}
        };
        // A server that does not answer is not this client's matter any more.
        let _ = timeout(Duration::from_secs(1), closing).await;
    }
}
