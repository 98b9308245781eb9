//! What a socket writes, and how it ends.

use std::{
    io::{self, IoSlice},
    time::Duration,
};

use bytes::{Buf, Bytes};
use tokio::{
    task::yield_now,
    time::{Instant, sleep, timeout_at},
};

use super::{Socket, TURN_BYTES};
use crate::{close_reason::CloseReason, wire};

/// A payload of so many bytes is not copied to be written.
const UNCOPIED_BYTES: usize = 1 << 12;
/// Bytes that [`Socket::write_turn`] writes.
const TURN_WRITE_BYTES: usize = 1 << 16;
/// The most slices that are written in one call.
pub const SLICES: usize = 32;
/// The time for a client to take what was sent, and again as much to answer a close frame.
const CLOSE_TIME: Duration = Duration::from_millis(500);
/// A client that still sends when its connection ends is read from in steps of so many bytes …
const DISCARD_BYTES: usize = 1 << 16;
/// … so far apart.
const DISCARD_EVERY: Duration = Duration::from_millis(4);

impl Socket {
    /// Frames that go out next, whole, before anything that is taken later.
    pub fn own(&mut self) -> &mut Vec<u8> {
        &mut self.own
    }

    /// Bytes of whole frames of this connection alone that were not begun.
    pub fn own_bytes(&self) -> usize {
        self.own.len()
    }

    /// Everything that waits to be written, in bytes.
    pub fn waiting(&self) -> usize {
        self.own.len() + self.unsent.iter().map(Bytes::len).sum::<usize>()
    }

    /// Whether something was written since this was last asked.
    pub fn has_written(&mut self) -> bool {
        std::mem::take(&mut self.wrote)
    }

    /// Since when the socket takes nothing, if something waits.
    pub fn blocked_since(&self) -> Option<Instant> {
        self.blocked_since
    }

    /// Appends a message as one frame. Its payload is not copied if it is large.
    pub fn put_message(&mut self, kind: wire::Kind, payload: Bytes) {
        wire::put_header(&mut self.own, kind, payload.len());
        if payload.len() < UNCOPIED_BYTES {
            self.own.extend_from_slice(&payload);
        } else {
            self.unsent.push(Bytes::from(std::mem::take(&mut self.own)));
            self.unsent.push(payload);
        }
    }

    /// Writes a part of what waits, so that much of it does not keep the thread. Returns whether something was written.
    pub fn write_turn(&mut self) -> io::Result<bool> {
        let mut budget = TURN_WRITE_BYTES;
        while budget > 0 {
            if self.unsent.is_empty() {
                if self.own.is_empty() {
                    break;
                }
                self.unsent.push(Bytes::from(std::mem::take(&mut self.own)));
            }
            let first = &self.unsent[0];
            match self.try_write(&[first.slice(..first.len().min(budget))]) {
                Ok(count) => {
                    budget -= count;
                    self.unsent[0].advance(count);
                    if self.unsent[0].is_empty() {
                        self.unsent.remove(0);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(budget < TURN_WRITE_BYTES)
    }

    /// Writes what waits. Returns whether everything was taken.
    pub fn write(&mut self) -> io::Result<bool> {
        loop {
            if self.unsent.is_empty() {
                if self.own.is_empty() {
                    return Ok(true);
                }
                self.unsent.push(Bytes::from(std::mem::take(&mut self.own)));
            }
            if !self.write_unsent()? {
                return Ok(false);
            }
        }
    }

    /// Writes slices of a ring at once, leaving them empty. Only when everything before them was taken. Returns
    /// whether they were taken whole; what was not waits.
    pub fn write_slices(&mut self, slices: &mut [Bytes]) -> io::Result<bool> {
        debug_assert!(self.unsent.is_empty(), "slices go out after everything else");
        let mut sent = match self.try_write(slices) {
            Ok(sent) => sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        for slice in slices.iter_mut() {
            let mut slice = std::mem::take(slice);
            if sent >= slice.len() {
                sent -= slice.len();
            } else {
                slice.advance(sent);
                sent = 0;
                self.unsent.push(slice);
            }
        }
        Ok(self.unsent.is_empty())
    }

    fn write_unsent(&mut self) -> io::Result<bool> {
        while !self.unsent.is_empty() {
            let mut slices = std::mem::take(&mut self.unsent);
            let before = slices.iter().map(Bytes::len).sum::<usize>();
            self.write_slices(&mut slices)?;
            if self.unsent.iter().map(Bytes::len).sum::<usize>() == before {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn try_write(&mut self, slices: &[Bytes]) -> io::Result<usize> {
        let result = match slices {
            [one] => self.stream.try_write(one),
            many => {
                let mut vector = [IoSlice::new(&[]); SLICES];
                let count = many.len().min(SLICES);
                for (slot, slice) in vector.iter_mut().zip(many) {
                    *slot = IoSlice::new(slice);
                }
                self.stream.try_write_vectored(&vector[..count])
            }
        };
        match &result {
            Ok(_) => {
                if self.blocked_since.take().is_some() {
                    // Its kernel has room again because the client reads.
                    self.is_alive(Instant::now());
                }
                (self.wrote, self.busy) = (true, true);
            }
            Err(_) => {
                self.blocked_since.get_or_insert_with(Instant::now);
            }
        }
        result
    }

    /// Sends the close frame and waits for the client to close, within a bounded time.
    pub async fn end(mut self, reason: &CloseReason) {
        let by = Instant::now() + CLOSE_TIME;
        let says = match reason.close_frame() {
            Some((code, reason)) => {
                wire::put_close(&mut self.own, code, &reason);
                true
            }
            // The answer to the client's own close waits to be written.
            None => matches!(reason, CloseReason::Closed(_)),
        };
        if says && timeout_at(by, self.write_all()).await.is_ok_and(|written| written.is_ok()) {
            // A socket that is closed with bytes unread is reset, and the client may never see why.
            let _ = timeout_at(by + CLOSE_TIME, self.hang_up()).await;
        }
    }

    async fn write_all(&mut self) -> io::Result<()> {
        while self.waiting() > 0 {
            if self.write_turn()? {
                yield_now().await;
            } else {
                self.stream.writable().await?;
            }
        }
        Ok(())
    }

    /// Ends our side, and throws away what comes until the client ends its own.
    async fn hang_up(&mut self) -> io::Result<()> {
        self.shut_down()?;
        loop {
            match self.discard()? {
                Discarded::All => self.stream.readable().await?,
                Discarded::Part => sleep(DISCARD_EVERY).await,
                Discarded::End => return Ok(()),
            }
        }
    }

    /// Ends our side of the stream: the client reads its end behind what was written.
    fn shut_down(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).shutdown(std::net::Shutdown::Write)
    }

    /// Throws away what has come, or a step's bytes of it.
    fn discard(&mut self) -> io::Result<Discarded> {
        let mut void = [0; TURN_BYTES];
        for _ in 0..DISCARD_BYTES / TURN_BYTES {
            match self.stream.try_read(&mut void) {
                Ok(0) => return Ok(Discarded::End),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Discarded::All),
                Err(error) => return Err(error),
            }
        }
        Ok(Discarded::Part)
    }
}

/// How much of what came was thrown away.
enum Discarded {
    /// Everything, for now.
    All,
    /// There may be more.
    Part,
    /// Everything: the client has ended its side.
    End,
}
