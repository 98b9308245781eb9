//! A WebSocket that takes little memory, because thousands of them share a machine with the server under test.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Result, bail};
use futures_util::{SinkExt, StreamExt};
use socket2::SockRef;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

/// The close code of a connection that ended without one (RFC 6455 §7.1.5).
const ABNORMAL: u16 = 1006;
/// A receive buffer that is soon full, in bytes.
const SMALL_WINDOW: u32 = 16 * 1024;
/// What a connection with such a buffer sends at once, in bytes: as on Ethernet. The loopback device's segments are larger than the
/// buffer, and the system would send one part of one in 200 ms (RFC 9293 §3.8.6.2).
const SEGMENT: u32 = 1448;
/// The time for a connection to open.
const OPEN_TIME: Duration = Duration::from_secs(10);

pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// The code of the server's close frame, once it has come.
    closed: Option<u16>,
}

/// What came.
pub(crate) enum Incoming {
    Text(String),
    /// The connection ended, with this code.
    End(u16),
}

impl Socket {
    pub(crate) async fn open(address: SocketAddr, small_window: bool) -> Result<Self> {
        let opening = async {
            let socket = TcpSocket::new_v4()?;
            if small_window {
                socket.set_recv_buffer_size(SMALL_WINDOW)?;
                SockRef::from(&socket).set_tcp_mss(SEGMENT)?;
            }
            let stream = socket.connect(address).await?;
            stream.set_nodelay(true)?;
            let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
            let url = format!("ws://{address}/ws?v=1");
            let (stream, _) = client_async_with_config(url, stream, Some(config)).await?;
            Ok(Self { stream, closed: None })
        };
        match timeout(OPEN_TIME, opening).await {
            Ok(opened) => opened,
            Err(_) => bail!("the handshake was not answered in {} s", OPEN_TIME.as_secs()),
        }
    }

    /// Sends a text. `false`: the connection is lost; its end is still to be read.
    pub(crate) async fn send(&mut self, text: String) -> bool {
        self.stream.send(Message::text(text)).await.is_ok()
    }

    /// The next text, or the end. What has come is not lost if this is not waited for to its end.
    pub(crate) async fn next(&mut self) -> Incoming {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Incoming::Text(text.as_str().to_owned()),
                // The answer to it goes out with the next reads, until the server ends the stream.
                Some(Ok(Message::Close(frame))) => {
                    self.closed = Some(frame.map_or(1005, |frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Incoming::End(self.closed.unwrap_or(ABNORMAL)),
            }
        }
    }

    /// Closes on purpose.
    pub(crate) async fn close(mut self) {
        let closing = async {
            let _ = self.stream.close(None).await;
            while let Some(Ok(_)) = self.stream.next().await {}
        };
        // A server that does not answer is not this client's matter any more.
        let _ = timeout(Duration::from_secs(1), closing).await;
    }
}
