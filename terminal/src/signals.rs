//! What ends a command from outside: a signal, or the reader of standard output going away.

use std::{future::pending, io, thread};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

use crate::exit::Exit;

/// While this exists, these signals do not kill the process.
#[derive(Debug)]
pub(crate) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn new() -> Result<Self, Exit> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.hangup.recv() => Exit::Signal(1),
            _ = self.interrupt.recv() => Exit::Signal(2),
            _ = self.terminate.recv() => Exit::Signal(15),
        }
    }
}

/// Waits until the reader of standard output is gone. A command that writes seldom would notice it too late.
pub(crate) async fn reader_gone() -> Exit {
    let (gone, is_gone) = oneshot::channel();
    thread::spawn(move || {
        let stdout = io::stdout();
        // `poll` always reports errors and hang-ups. A file has none.
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        while poll(&mut watched, None).is_err_and(|error| error == Errno::INTR) {}
        if watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            let _ = gone.send(());
        }
    });
    match is_gone.await {
        Ok(()) => Exit::OutputClosed,
        Err(_) => pending().await,
    }
}
