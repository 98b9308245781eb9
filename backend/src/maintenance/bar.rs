//! A progress bar for work that takes longer than a second.

use std::{
    fs::{self, File},
    io::{self, IsTerminal, Read},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::store::maintenance::Progress;

/// The bar appears after this time.
const DELAY: Duration = Duration::from_secs(1);
/// How a bar looks while the amount of work is unknown.
const SPINNER: &str = "{spinner} {msg} {elapsed}";
/// The time between two frames of the spinner.
const TICK: Duration = Duration::from_millis(120);

/// Shows on standard error how far the work is, if that is a terminal.
pub(super) struct Bar {
    bar: ProgressBar,
    /// The thread that waits for [`DELAY`] ends when this is dropped.
    _ends: mpsc::Sender<()>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::hidden().with_style(style(SPINNER));
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

    /// Shows progress.
    pub(super) fn show(&self, progress: Progress) {
        let Progress { step, done, total } = progress;
        if self.bar.message() != step {
            self.bar.set_message(step);
            // The progress of the last step does not apply to this one.
            self.bar.unset_length();
            self.bar.set_style(style(SPINNER));
        }
        if let Some(total) = total {
            self.measure(total);
            self.bar.set_position(done);
        }
    }

    /// Shows how much of a file is read.
    pub(super) fn reading(&self, file: File, step: &'static str) -> impl Read + use<> {
        self.bar.set_message(step);
        // A pipe has no length.
        if let Some(metadata) = file.metadata().ok().filter(fs::Metadata::is_file) {
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
