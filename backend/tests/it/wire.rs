//! Bytes on a TCP connection, as no proper client would send them.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::bound::soon;

pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xA;
/// The bit that ends a message.
pub const FIN: u8 = 0x80;

/// The key of RFC 6455's example, and the answer that it must get (§1.3).
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// See the module's page.
pub struct Wire {
    reader: WireReader,
    writer: WireWriter,
}

/// The half of a [`Wire`] that reads.
pub struct WireReader(OwnedReadHalf);

/// The half of a [`Wire`] that writes.
pub struct WireWriter(OwnedWriteHalf);

impl Wire {
    pub async fn connect(address: SocketAddr) -> Self {
        let (reader, writer) = TcpStream::connect(address).await.unwrap().into_split();
        Self { reader: WireReader(reader), writer: WireWriter(writer) }
    }

    /// A WebSocket connection whose frames are the test's own.
    pub async fn handshake(address: SocketAddr, path: &str) -> Self {
        let mut wire = Self::connect(address).await;
        wire.send(&greeting(address, path, &[("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", KEY)]))
            .await;
        let answer = wire.header().await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        wire
    }

    /// Both halves, to read and write at the same time.
    pub fn split(self) -> (WireReader, WireWriter) {
        (self.reader, self.writer)
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.writer.send(bytes).await.unwrap();
    }

    /// Sends a frame as a client must: masked.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) {
        self.send(frame(first, payload, Some([0x11, 0x22, 0x33, 0x44]))).await;
    }

    /// An HTTP answer's status line and header.
    pub async fn header(&mut self) -> String {
        self.reader.header().await
    }

    /// The next frame: its first byte and its payload. None at the end of the stream.
    pub async fn read_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        self.reader.read_frame().await
    }

    /// The next frame of this kind, without what comes before it.
    pub async fn read(&mut self, opcode: u8) -> Vec<u8> {
        self.reader.read(opcode).await
    }

    /// The code of the close frame that comes; behind it the stream must end.
    pub async fn close_code(&mut self) -> u16 {
        self.reader.close_code().await
    }

    /// What still comes until the server ends the stream, however it does.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = self.reader.0.read_to_end(&mut rest).await;
        rest
    }
}

impl WireWriter {
    /// Sends bytes, on a connection that may have ended.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        soon("a place for bytes", self.0.write_all(bytes.as_ref())).await
    }
}

impl WireReader {
    async fn header(&mut self) -> String {
        let mut header = Vec::new();
        while !header.ends_with(b"\r\n\r\n") {
            header.push(soon("an answer's header", self.0.read_u8()).await.unwrap());
        }
        String::from_utf8(header).unwrap()
    }

    /// The payload of the close frame, however long the server takes.
    pub async fn wait_for_close(&mut self) -> Vec<u8> {
        loop {
            let _ = self.0.peek(&mut [0]).await;
            let (first, payload) = self.read_frame().await.expect("the stream ended before the close frame");
            if first == FIN | CLOSE {
                return payload;
            }
        }
    }

    /// See [`Wire::read_frame`].
    pub async fn read_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = soon("a frame", self.0.read_u8()).await.ok()?;
        let length = self.0.read_u8().await.unwrap();
        assert_eq!(length & 0x80, 0, "a server masks nothing");
        let length = match length {
            126 => u64::from(self.0.read_u16().await.unwrap()),
            127 => self.0.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        soon("a frame's payload", self.0.read_exact(&mut payload)).await.unwrap();
        Some((first, payload))
    }

    /// See [`Wire::read`].
    pub async fn read(&mut self, opcode: u8) -> Vec<u8> {
        loop {
            let (first, payload) = self.read_frame().await.expect("the stream ended before the frame came");
            if first & 0x0F == opcode {
                return payload;
            }
        }
    }

    /// See [`Wire::close_code`].
    pub async fn close_code(&mut self) -> u16 {
        let payload = self.read(CLOSE).await;
        let after = self.read_frame().await;
        assert_eq!(after, None, "nothing follows a close frame");
        payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))
    }
}

/// A request for a WebSocket, with these headers beside the usual ones.
pub fn greeting(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> String {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{headers}\r\n"
    )
}

/// A frame's bytes.
pub fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(masked | u8::try_from(length).unwrap()),
        length @ 126..=0xFFFF => {
            bytes.push(masked + 126);
            bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            bytes.push(masked + 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask.into_iter().flatten());
    let mask = mask.unwrap_or_default();
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}
