//! Lines of standard input, read by a thread: a read cannot be cancelled, and must not hold up the exit.

use std::{
    io::{self, BufRead},
    thread,
};

use tokio::sync::mpsc;

/// The lines that are read ahead.
const AHEAD: usize = 64;

/// The lines as bytes, without their line ends. The last item is the error that ended reading, if there was one.
pub(crate) fn lines() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, lines) = mpsc::channel(AHEAD);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = input.read_until(b'\n', &mut line);
            if matches!(read, Ok(0)) {
                break;
            }
            if line.last() == Some(&b'\n') {
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
            }
            let failed = read.is_err();
            if sender.blocking_send(read.map(|_| line)).is_err() || failed {
                break;
            }
        }
    });
    lines
}
