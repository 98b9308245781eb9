//! What the log's thread does when its database fails, or its files are not there any more.

use std::{sync::atomic::Ordering, time::Instant};

use tracing::{error, info, warn};

use super::{Fatal, RETRY, Writer};
use crate::store::{
    connection::WriteConnection,
    entry::Entry,
    log::{
        failure::{fault, is_failure_of_disk, lost_files, missed},
        queue::{Command, Reply},
    },
};

impl Writer {
    /// Ends the log when its files are not those any more that were opened: what is committed from then on would be lost with the
    /// process. Where only their names are gone, everything is put into a backup, after `batch` is answered. While there is no room for
    /// that, this process has the only copy, and goes on without posts.
    pub(super) fn check_files(&mut self, batch: &mut Vec<(Entry, Reply)>) -> Result<(), Fatal> {
        self.checked_at = Instant::now();
        let Some(lost) = self.database.lost() else {
            if std::mem::take(&mut self.has_lost_files) {
                info!("the files of the store are back");
                self.open = None;
                self.due = Some(Instant::now());
            }
            return Ok(());
        };
        let is_first = self.state.healthy.swap(false, Ordering::Relaxed);
        if is_first {
            *self.state.fault.lock() = Some(lost.to_string());
        }
        self.refuse(batch.drain(..));
        match lost_files(&lost, self.open.as_ref()) {
            Err(reason) if !self.closing => {
                if is_first {
                    error!("{reason}; trying again");
                    *self.state.fault.lock() = Some(reason);
                }
                self.has_lost_files = true;
                self.due = None;
                Ok(())
            }
            Ok(reason) | Err(reason) => Err(Fatal(reason)),
        }
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
        let open = self.open.take();
        self.state.metrics.failures.inc();
        *self.state.fault.lock() = Some(fault(error));
        self.state.healthy.store(false, Ordering::Relaxed);
        if let Some(lost) = self.database.lost() {
            *self.state.fault.lock() = Some(lost.to_string());
            let (Ok(reason) | Err(reason)) = lost_files(&lost, open.as_ref());
            return Err(Fatal(reason));
        }
        drop(open);
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
