//! What ends a command from outside: signals, and a reader of standard output that goes away.

use std::{future::pending, io, thread};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use super::ending::Ending;

/// Once made, these signals do not kill the process any more.
#[derive(Debug)]
pub(crate) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn new() -> Result<Self, Ending> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    pub(crate) async fn next(&mut self) -> Ending {
        tokio::select! {
            _ = self.hangup.recv() => Ending::Signal(1),
            _ = self.interrupt.recv() => Ending::Signal(2),
            _ = self.terminate.recv() => Ending::Signal(15),
        }
    }
}

/// Waits until nobody reads our standard output any more: a command that writes seldom would notice too late.
pub(crate) async fn reader_gone() -> Ending {
    let (gone, is_gone) = oneshot::channel();
    thread::spawn(move || {
        let stdout = io::stdout();
        // Errors and hang-ups are told of without being asked for. A file has none.
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        while poll(&mut watched, None).is_err_and(|error| error == Errno::INTR) {}
        if watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            let _ = gone.send(());
        }
    });
    match is_gone.await {
        Ok(()) => Ending::Unread,
        Err(_) => pending().await,
    }
}
