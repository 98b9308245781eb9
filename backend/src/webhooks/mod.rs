//! Outgoing webhooks: a receiver is called for messages of a room, at least once for each, and in order.
//!
//! | file | what it holds |
//! |---|---|
//! | `worker.rs` | one webhook's worker, which follows the room |
//! | `event.rs` | which messages a webhook is called for, and what a call says |
//! | `delivery.rs` | one call |
//! | `attempts.rs` | when a call is tried again, and when a webhook is given up |
//! | `signature.rs` | how a call is signed |
//!
//! [`Webhooks`] has a worker for each webhook that is on, and notes in the store how far they are, about once a second. A crash
//! repeats the calls since then, with the same ids.

mod attempts;
mod delivery;
mod event;
mod signature;
mod worker;

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use shared::Seq;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};
use tracing::warn;

use self::{
    delivery::Caller,
    worker::{Progress, Worker},
};
use crate::{
    metrics,
    state::AppState,
    store::{ActiveWebhook, Outcome, RETRY_MS, WebhookCalls},
};

/// How often it is noted how far the webhooks are.
const NOTE_TIME: Duration = Duration::from_secs(1);
/// The time for calls in flight when the server stops. What does not end is called for again after the next start.
const STOP_TIME: Duration = Duration::from_secs(3);

/// The task that keeps the workers.
pub struct Webhooks {
    stopping: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Webhooks {
    /// Starts the workers of the webhooks that are on.
    pub fn start(state: &AppState) -> Self {
        let (stopping, stopped) = watch::channel(false);
        let caller = Arc::new(Caller::new(state.webhooks_reach));
        let workers = Workers { state: state.clone(), caller, stopped, running: HashMap::new() };
        Self { stopping, task: tokio::spawn(workers.run()) }
    }

    /// Ends the workers. Resolves when the calls in flight have ended and the store knows how far the webhooks are.
    pub async fn shut_down(self) {
        self.stopping.send_replace(true);
        if let Err(error) = self.task.await {
            warn!(%error, "the webhooks have ended before the server");
        }
    }
}

struct Workers {
    state: AppState,
    caller: Arc<Caller>,
    stopped: watch::Receiver<bool>,
    /// By the webhook's number.
    running: HashMap<Seq, Running>,
}

/// A worker. Dropping it ends it.
struct Running {
    task: JoinHandle<()>,
    progress: Arc<Mutex<Progress>>,
    /// Whether the store knows that its calls fail.
    noted_failing: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Workers {
    async fn run(mut self) {
        let state = self.state.clone();
        let mut stopped = self.stopped.clone();
        let mut reload = true;
        loop {
            if std::mem::take(&mut reload) {
                self.note().await;
                reload = !self.reload().await;
            }
            let tick = if reload { Duration::from_millis(RETRY_MS) } else { NOTE_TIME };
            tokio::select! {
                () = state.house.webhooks_changed() => reload = true,
                () = sleep(tick), if reload || !self.running.is_empty() => self.note().await,
                () = stop(&mut stopped) => break,
            }
        }
        let end = Instant::now() + STOP_TIME;
        for running in self.running.values_mut() {
            let _ = timeout_at(end, &mut running.task).await;
        }
        self.note().await;
    }

    /// Notes what has changed. What could not be noted is noted the next time.
    async fn note(&mut self) {
        let mut calls = Vec::new();
        for running in self.running.values() {
            let mut progress = running.progress.lock();
            if std::mem::take(&mut progress.changed) {
                calls.push(progress.calls.clone());
            }
        }
        self.count_failing();
        if calls.is_empty() {
            return;
        }
        let noted = self.state.store.note_calls(calls.clone()).await == Outcome::Noted;
        for WebhookCalls { number, failing, .. } in calls {
            let Some(running) = self.running.get_mut(&number) else { continue };
            if noted {
                running.noted_failing = failing.is_some();
            } else {
                running.progress.lock().changed = true;
            }
        }
    }

    /// Starts and ends workers as the store says. Returns whether it could be read.
    async fn reload(&mut self) -> bool {
        let active = match self.state.store.active_webhooks().await {
            Ok(active) => active,
            Err(error) => {
                warn!(%error, "the webhooks cannot be read; trying again");
                return false;
            }
        };
        let mut before = std::mem::take(&mut self.running);
        for mut webhook in active {
            let running = match before.remove(&webhook.number) {
                Some(running) if running.goes_on(&webhook) => running,
                Some(running) => {
                    webhook.position = webhook.position.max(running.progress.lock().calls.position);
                    self.start(webhook)
                }
                None => self.start(webhook),
            };
            self.running.insert(running.number(), running);
        }
        self.count_failing();
        true
    }

    fn count_failing(&self) {
        let failing = self.running.values().filter(|running| running.progress.lock().calls.failing.is_some());
        metrics::set(&self.state.metrics.gauges.webhooks_failing, failing.count() as u64);
    }

    fn start(&self, webhook: ActiveWebhook) -> Running {
        let noted_failing = webhook.failing.is_some();
        let worker = Worker::new(self.state.clone(), Arc::clone(&self.caller), webhook, self.stopped.clone());
        let progress = worker.progress();
        Running { task: tokio::spawn(worker.run()), progress, noted_failing }
    }
}

impl Running {
    fn number(&self) -> Seq {
        self.progress.lock().calls.number
    }

    /// Whether this worker does what the store says. Otherwise somebody has switched the webhook on: one that was off goes
    /// on from a later position, and one that fails is tried at once.
    fn goes_on(&self, webhook: &ActiveWebhook) -> bool {
        let calls = &self.progress.lock().calls;
        let was_switched =
            webhook.position > calls.position || (self.noted_failing && webhook.failing.is_none());
        // One that was given up is ended by the store, as soon as that is noted.
        let has_died = self.task.is_finished() && !calls.gives_up;
        !was_switched && !has_died
    }
}

/// Resolves when the server stops.
async fn stop(stopping: &mut watch::Receiver<bool>) {
    // So does a dropped sender. The guard of the value stays in here: a future that holds it cannot be spawned.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
