//! One connection, frame by frame: queued frames are sent while others come in.

use std::io;

use client::{Address, CloseCode, Stream, Trust, open_stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf},
    time::{Duration, timeout},
};

use super::{
    args::WireArgs,
    frame::{Frame, Opcode, TooLarge},
    handshake::{Answer, Request},
    output::{Direction, Output},
};

/// The largest head of an answer to the handshake, in bytes.
const HEAD_BYTES: usize = 64 << 10;
/// The time for the server to answer the handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);
/// The time for the server to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// While this much waits to be sent, nothing is added, in bytes.
const OUT_BYTES: usize = 1 << 20;

pub(super) struct Connection {
    reader: ReadHalf<Stream>,
    writer: WriteHalf<Stream>,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    unflushed: bool,
    /// The server accepted an extension that the user had offered in a header.
    pub(super) has_extension: bool,
}

impl Connection {
    /// Connects and performs the handshake. The error is one sentence.
    pub(super) async fn open(address: &Address, args: &WireArgs, output: &mut Output) -> io::Result<Self> {
        let trust = if args.insecure { Trust::Anyone } else { Trust::System };
        let mut stream = open_stream(address, trust).await.map_err(|error| other(error.reason))?;
        let request = Request::new(address, args);
        output.handshake(Direction::Sent, request.text.trim_end().split("\r\n"))?;
        stream.write_all(request.text.as_bytes()).await?;
        stream.flush().await?;
        let answered = timeout(HANDSHAKE_TIMEOUT, answer(&mut stream)).await;
        let mut answer = answered.map_err(|_| other("the server does not answer the handshake"))??;
        output.handshake(Direction::Received, answer.lines.iter().map(String::as_str))?;
        if request.fault(&answer).is_some() {
            // The body of a refusal says why.
            let _ = timeout(CLOSE_TIMEOUT / 2, stream.take(4_096).read_to_end(&mut answer.rest)).await;
            return Err(other(request.fault(&answer).unwrap_or_default()));
        }
        output.opened(address, answer.header("sec-websocket-protocol"))?;
        let has_extension = answer.has_extension();
        let (reader, writer) = tokio::io::split(stream);
        let (incoming, outgoing) = (answer.rest, Vec::new());
        Ok(Self { reader, writer, incoming, outgoing, unflushed: false, has_extension })
    }

    /// Queues a frame.
    pub(super) fn send(&mut self, frame: &Frame, output: &mut Output) -> io::Result<()> {
        frame.put(&mut self.outgoing);
        output.frame(Direction::Sent, frame, self.has_extension)
    }

    /// Whether the queue has space.
    pub(super) fn has_space(&self) -> bool {
        self.outgoing.len() < OUT_BYTES
    }

    /// Sends what is queued until a frame comes; `None` at the end of the connection. Cancelling it loses nothing.
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

    /// Sends a close frame and waits a moment for the answer; frames that come before it are shown. Returns what the server
    /// did wrong meanwhile.
    pub(super) async fn close(
        &mut self,
        code: CloseCode,
        reason: &str,
        output: &mut Output,
    ) -> io::Result<Option<&'static str>> {
        self.send(&Frame::close(code, reason), output)?;
        let mut fault = None;
        let answer = async {
            while let Ok(Some(frame)) = self.next().await {
                output.frame(Direction::Received, &frame, self.has_extension)?;
                fault = fault.or(frame.faults(self.has_extension).first().copied());
                if frame.opcode == Opcode::CLOSE {
                    break;
                }
            }
            Ok::<_, io::Error>(())
        };
        timeout(CLOSE_TIMEOUT, answer).await.unwrap_or(Ok(()))?;
        Ok(fault)
    }

    /// Sends what is queued, and waits a moment for the server to end the connection.
    pub(super) async fn finish(&mut self) {
        let end = async { while let Ok(Some(_)) = self.next().await {} };
        let _ = timeout(CLOSE_TIMEOUT, end).await;
    }
}

async fn answer(stream: &mut Stream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(other("the server closed the connection without an answer to the handshake"));
        }
        if let Some(answer) = Answer::take(&bytes) {
            return Ok(answer);
        }
        if bytes.len() > HEAD_BYTES {
            return Err(other("the server's answer to the handshake is not HTTP"));
        }
    }
}

fn other(reason: impl Into<String>) -> io::Error {
    io::Error::other(reason.into())
}
