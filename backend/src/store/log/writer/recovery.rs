//! What the log's thread does when its database fails, or its files are not there any more.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tracing::{error, info, warn};

use super::{Fatal, Losing, RETRY, Writer};
use crate::store::{
    connection::WriteConnection,
    entry::Entry,
    files::Lost,
    log::{
        failure::{fault, is_failure_of_disk, lost_files, missed},
        queue::{Command, Reply},
    },
};

/// The longest time between two attempts to save what lost files had. Each may fill the disk for a moment.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Writer {
    /// Ends the log when its files are not those any more that were opened: what is committed from then on would be lost with the
    /// process. Where only their names are gone, everything is put into a backup, after `batch` is answered. While there is no room for
    /// that, this process has the only copy, and goes on without posts.
    pub(super) fn check_files(&mut self, batch: &mut Vec<(Entry, Reply)>) -> Result<(), Fatal> {
        self.checked_at = Instant::now();
        let Some(lost) = self.database.lost() else {
            if self.losing.take().is_some() {
                info!("the files of the store are back");
                self.open = None;
                self.due = Some(Instant::now());
            }
            return Ok(());
        };
        self.refuse(batch.drain(..));
        self.lose(&lost)
    }

    /// Saves what the lost files had, and ends the log.
    fn lose(&mut self, lost: &Lost) -> Result<(), Fatal> {
        let now = Instant::now();
        if self.losing.is_none() {
            // Saving may take long.
            *self.state.fault.lock() = Some(lost.to_string());
        }
        self.state.healthy.store(false, Ordering::Relaxed);
        self.due = None;
        if !self.closing && self.losing.as_ref().is_some_and(|losing| now < losing.again_at) {
            return Ok(());
        }
        let reason = match lost_files(lost, self.open.as_ref(), self.state.key.get().map(String::as_str)) {
            Err(reason) if !self.closing => reason,
            Ok(reason) | Err(reason) => return Err(Fatal(reason)),
        };
        let pause = self.losing.as_ref().map_or(RETRY, |losing| (losing.pause * 2).min(LONGEST_PAUSE));
        error!("{reason}; trying again in {} s", pause.as_secs());
        *self.state.fault.lock() = Some(reason);
        self.losing = Some(Losing { pause, again_at: now + pause });
        Ok(())
    }

    /// Answers entries that were not tried.
    pub(super) fn refuse(&self, batch: impl IntoIterator<Item = (Entry, Reply)>) {
        let why = self.state.fault.lock().clone();
        for (entry, reply) in batch {
            Command::Propose { entry, units: 0, reply }.refuse(why.as_deref());
        }
    }

    /// After a failure nothing that is remembered of the rows is certain: only the file is. After an error of the disk
    /// even that is not: what the system still has in memory may never have reached the disk, and would be read as if
    /// it had. So the log ends; a new process reads what is there and writes it anew.
    pub(super) fn fail(&mut self, error: &rusqlite::Error) -> Result<(), Fatal> {
        self.state.metrics.failures.inc();
        *self.state.fault.lock() = Some(fault(error));
        self.state.healthy.store(false, Ordering::Relaxed);
        if let Some(lost) = self.database.lost() {
            return self.lose(&lost);
        }
        self.open = None;
        if is_failure_of_disk(error) {
            return Err(Fatal(format!(
                "the disk has failed while the log was written ({error}); start the server again: only a new process can tell what is \
                 stored"
            )));
        }
        error!(%error, "the log could not be written; posts are refused until it can be opened again");
        let now = Instant::now();
        // Where opening it again did not help, there is a pause before the next attempt.
        let again = self.reopened_at.is_some_and(|at| at + RETRY > now);
        self.due = Some(if again { now + RETRY } else { now });
        Ok(())
    }

    pub(super) fn reopen(&mut self) {
        let opened = WriteConnection::reopen(&self.database).and_then(|open| {
            let missed = missed(&open.lock(), self.delivered)?;
            Ok((open, missed))
        });
        match opened {
            Ok((open, missed)) => {
                info!(stored_after_all = missed.messages.len(), "the log is open again");
                self.delivered = open.model.position();
                self.reopened_at = Some(Instant::now());
                self.open = Some(open);
                (self.on_commit)(missed);
                self.state.healthy.store(true, Ordering::Relaxed);
                self.due = Some(Instant::now());
            }
            Err(error) => {
                warn!(%error, "the log is still closed");
                *self.state.fault.lock() = Some(fault(&error));
                self.due = Some(Instant::now() + RETRY);
            }
        }
    }
}
