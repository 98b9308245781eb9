//! Progress, for who looks on.

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::store::upkeep::Progress;

/// What takes less time than this shows nothing.
const DELAY: Duration = Duration::from_secs(1);
/// How often what has no steps shows that it goes on.
const TICK: Duration = Duration::from_millis(120);

/// Shows on standard error how far the work is, if that is a terminal.
pub(super) struct Bar {
    bar: ProgressBar,
    /// Its end ends the waiting for [`DELAY`].
    _ends: mpsc::Sender<()>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::hidden().with_style(style("{spinner} {msg} {elapsed}"));
        let (ends, ended) = mpsc::channel();
        if io::stderr().is_terminal() {
            let bar = bar.clone();
            thread::spawn(move || {
                if ended.recv_timeout(DELAY) == Err(RecvTimeoutError::Timeout) {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(TICK);
                }
            });
        }
        Self { bar, _ends: ends }
    }

    /// Takes note of progress.
    pub(super) fn show(&self, progress: Progress) {
        let Progress { step, done, total } = progress;
        self.bar.set_message(step);
        if let Some(total) = total {
            self.measure(total);
            self.bar.set_position(done);
        }
    }

    /// Takes note of what is read of a file.
    pub(super) fn reading(&self, file: File, step: &'static str) -> impl Read + use<> {
        self.bar.set_message(step);
        if let Ok(metadata) = file.metadata() {
            self.measure(metadata.len());
        }
        self.bar.wrap_read(file)
    }

    fn measure(&self, total: u64) {
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
            self.bar.set_style(style("{msg} [{bar:40}] {percent}% {eta}").progress_chars("=> "));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is right")
}
