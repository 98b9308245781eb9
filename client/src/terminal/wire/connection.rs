//! One connection to a server, frame by frame: what is to be sent goes out while frames come in.

use std::io;

use shared::CloseCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    time::{Duration, timeout},
};

use super::{
    WireArgs,
    frame::{Frame, Opcode, TooLarge},
    handshake::{Answer, Request},
    show::Show,
};
use crate::{
    Address,
    transport::{Transport, Trust},
};

/// The largest head of an answer to the handshake, in bytes.
const HEAD_BYTES: usize = 64 << 10;
/// The time for the server to answer the handshake.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// The time for the server to answer a close frame.
const GOODBYE: Duration = Duration::from_secs(1);
/// While so much waits to go out, nothing new is taken, in bytes.
const OUT_BYTES: usize = 1 << 20;

pub(super) struct Connection {
    reader: ReadHalf<Transport>,
    writer: WriteHalf<Transport>,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    unflushed: bool,
}

impl Connection {
    /// Connects and shakes hands. The error is one sentence.
    pub(super) async fn open(address: &Address, args: &WireArgs, show: &mut Show) -> io::Result<Self> {
        let trust = if args.insecure { Trust::Anyone } else { Trust::System };
        let mut transport = Transport::open(address, trust).await?;
        let request = Request::new(address, args);
        show.handshake("→", request.text.trim_end().split("\r\n"))?;
        transport.write_all(request.text.as_bytes()).await?;
        transport.flush().await?;
        let answered = timeout(HANDSHAKE, answer(&mut transport)).await;
        let mut answer = answered.map_err(|_| other("the server does not answer the handshake"))??;
        show.handshake("←", answer.lines.iter().map(String::as_str))?;
        if request.fault(&answer).is_some() {
            // The body of a refusal says why.
            let _ = timeout(GOODBYE / 2, transport.take(4_096).read_to_end(&mut answer.rest)).await;
            return Err(other(request.fault(&answer).unwrap_or_default()));
        }
        show.opened(address, answer.header("sec-websocket-protocol"));
        let (reader, writer) = tokio::io::split(transport);
        Ok(Self { reader, writer, incoming: answer.rest, outgoing: Vec::new(), unflushed: false })
    }

    /// Puts a frame into the queue.
    pub(super) fn send(&mut self, opcode: Opcode, payload: Vec<u8>, show: &mut Show) -> io::Result<()> {
        let frame = Frame::of_client(opcode, payload);
        frame.put(&mut self.outgoing);
        show.frame("→", &frame)
    }

    /// Whether there is space for more.
    pub(super) fn takes_more(&self) -> bool {
        self.outgoing.len() < OUT_BYTES
    }

    /// The next frame, while what is queued goes out; none at the end of the connection. Cancelling loses nothing.
    pub(super) async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            match Frame::take(&mut self.incoming) {
                Ok(Some(frame)) => return Ok(Some(frame)),
                Ok(None) => {}
                Err(TooLarge(length)) => {
                    return Err(other(format!(
                        "a frame of {length} bytes was announced, more than can be read"
                    )));
                }
            }
            let (writer, outgoing) = (&mut self.writer, &self.outgoing);
            let writing = async {
                if outgoing.is_empty() {
                    writer.flush().await.map(|()| 0)
                } else {
                    writer.write(outgoing).await
                }
            };
            tokio::select! {
                written = writing, if !outgoing.is_empty() || self.unflushed => {
                    let written = written?;
                    self.outgoing.drain(..written);
                    self.unflushed = written > 0;
                }
                read = self.reader.read_buf(&mut self.incoming) => {
                    if read? == 0 {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Closes with 1000, and waits a moment for the answer.
    pub(super) async fn goodbye(&mut self, show: &mut Show) -> io::Result<()> {
        self.send(Opcode::CLOSE, Frame::close_payload(CloseCode::NORMAL.0, ""), show)?;
        let answer = async {
            while let Ok(Some(frame)) = self.next().await {
                show.frame("←", &frame)?;
                if frame.opcode == Opcode::CLOSE {
                    break;
                }
            }
            Ok(())
        };
        timeout(GOODBYE, answer).await.unwrap_or(Ok(()))
    }

    /// The server has closed: what is queued, the answer to it, goes out, and the server ends the connection.
    pub(super) async fn part(&mut self) {
        let end = async { while let Ok(Some(_)) = self.next().await {} };
        let _ = timeout(GOODBYE, end).await;
    }
}

async fn answer(transport: &mut Transport) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    loop {
        if transport.read_buf(&mut bytes).await? == 0 {
            return Err(other("the server closed the connection without an answer to the handshake"));
        }
        if let Some(answer) = Answer::take(&bytes) {
            return Ok(answer);
        }
        if bytes.len() > HEAD_BYTES {
            return Err(other("the server's answer to the handshake is no HTTP"));
        }
    }
}

fn other(reason: impl Into<String>) -> io::Error {
    io::Error::other(reason.into())
}
