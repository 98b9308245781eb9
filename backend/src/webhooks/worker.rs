//! One webhook's worker: it follows the room as a session does, and calls the receiver for each message, in order.
//!
//! It reads the ring and, behind it, the log, from the position that the store has noted. So nothing is lost, and what was
//! called for after that note is called for again, with the same id.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use parking_lot::Mutex;
use shared::{AboutKind, FromServer, Message, Seq, Timestamp};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tracing::{debug, warn};

use super::{
    attempts::{Attempts, Next},
    delivery::{Answer, Call, Caller},
    event::{self, Wanted},
    stop,
};
use crate::{
    clock,
    hub::{self, Cursor, Outbound, Registration, Room, Subscription, Tally, User},
    state::AppState,
    store::{ActiveWebhook, Behind, RETRY_MS, StoreError, WebhookCalls},
};

/// Messages that were read so long ago are read again before they are sent: they may have been retracted meanwhile.
const FRESH: Duration = Duration::from_secs(1);

/// How far a worker is, for whoever notes it.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) calls: WebhookCalls,
    /// Whether that is not noted yet.
    pub(super) changed: bool,
}

/// See the module documentation.
pub(super) struct Worker {
    state: AppState,
    caller: Arc<Caller>,
    webhook: ActiveWebhook,
    progress: Arc<Mutex<Progress>>,
    attempts: Attempts,
    stopping: watch::Receiver<bool>,
}

/// The worker in a room.
struct Follower {
    outbound: Arc<Outbound>,
    subscription: Subscription,
    _registration: Registration,
    /// Whether the bot may read the room.
    allowed: bool,
    cursor: Cursor,
    /// Messages that were read and not dealt with yet, as JSON.
    pending: VecDeque<(Seq, Bytes)>,
    read_at: Instant,
}

/// Whether the worker goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    GoOn,
    End,
}

impl Worker {
    pub(super) fn new(
        state: AppState,
        caller: Arc<Caller>,
        webhook: ActiveWebhook,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let calls = WebhookCalls {
            number: webhook.number,
            position: webhook.position,
            failing: webhook.failing.clone(),
            gives_up: false,
        };
        let attempts = Attempts::failing_since(webhook.failing.as_ref().map(|(_, since)| *since));
        let progress = Arc::new(Mutex::new(Progress { calls, changed: false }));
        Self { state, caller, webhook, progress, attempts, stopping }
    }

    pub(super) fn progress(&self) -> Arc<Mutex<Progress>> {
        Arc::clone(&self.progress)
    }

    /// Calls the receiver until the webhook is given up, or the server stops. A call in flight is finished.
    pub(super) async fn run(mut self) {
        while let Err(error) = self.follow().await {
            warn!(webhook = %self.webhook.number, %error, "a webhook waits: its room cannot be read");
            if self.pause(sleep(Duration::from_millis(RETRY_MS))).await == Flow::End {
                return;
            }
        }
    }

    async fn follow(&mut self) -> Result<(), StoreError> {
        let mut follower = Follower::enter(&self.state, &self.webhook, self.position()).await?;
        loop {
            // After a message was read, and before it is sent: who was removed gets nothing that was said afterwards.
            if follower.outbound.take_recheck() {
                follower.outbound.take_lost();
                follower.allowed = self.may_read().await?;
            }
            if *self.stopping.borrow() {
                return Ok(());
            }
            let flow = if !follower.allowed || !follower.has_next(&self.state, self.position()).await? {
                self.pause(follower.outbound.notified()).await
            } else if let Some((seq, payload)) = follower.pending.pop_front() {
                self.deal_with(&mut follower, seq, &payload).await?
            } else {
                Flow::GoOn
            };
            if flow == Flow::End {
                return Ok(());
            }
        }
    }

    /// Calls the receiver for a message, if the webhook is one for it.
    async fn deal_with(
        &mut self,
        follower: &mut Follower,
        seq: Seq,
        payload: &Bytes,
    ) -> Result<Flow, StoreError> {
        if let Some(message) = decode(payload)
            && self.is_wanted(&message).await?
        {
            let id = event::call_id(self.state.store.epoch(), self.webhook.number, seq);
            let body = event::body(self.webhook.number, &message).into();
            let call = Call { url: &self.webhook.url, secret: &self.webhook.secret, id: &id, body };
            match self.caller.call(call).await {
                Answer::Taken => {
                    self.attempts.succeeded();
                    self.note(|calls| calls.failing = None);
                }
                Answer::Gone(reason) => return Ok(self.give_up(reason)),
                Answer::Failed { reason, retry_after } => {
                    return Ok(self.failed(follower, reason, retry_after).await);
                }
            }
        }
        self.note(|calls| calls.position = seq);
        Ok(Flow::GoOn)
    }

    async fn is_wanted(&self, message: &Message) -> Result<bool, StoreError> {
        let target = match event::wanted(&self.webhook, message) {
            Wanted::Yes => return Ok(true),
            Wanted::No => return Ok(false),
            Wanted::UnlessReaction(target) => target,
        };
        let found =
            self.state.store.after(&self.webhook.room, target.before(), target, 1, usize::MAX).await?;
        let is_reaction =
            |found: &Message| found.about.is_some_and(|about| about.kind == AboutKind::Reaction);
        Ok(!found.first().is_some_and(is_reaction))
    }

    /// Waits for the next attempt. The message is read again then.
    async fn failed(&mut self, follower: &mut Follower, reason: String, asked: Option<Duration>) -> Flow {
        let now = clock::now();
        let chance = u64::from_ne_bytes(AppState::random_bytes());
        let next = self.attempts.failed(now, asked, chance);
        debug!(webhook = %self.webhook.number, reason, ?next, "a call failed");
        let Next::Retry(delay) = next else { return self.give_up(reason) };
        let since = self.since(now);
        self.note(|calls| calls.failing = Some((reason, since)));
        let flow = self.pause(sleep(delay)).await;
        follower.read_again(self.position());
        flow
    }

    fn give_up(&mut self, reason: String) -> Flow {
        warn!(webhook = %self.webhook.number, bot = %self.webhook.bot, reason, "a webhook is switched off");
        let since = self.since(clock::now());
        self.note(|calls| (calls.failing, calls.gives_up) = (Some((reason, since)), true));
        Flow::End
    }

    /// Since when calls fail, if the last one failed at `now`.
    fn since(&self, now: Timestamp) -> Timestamp {
        self.attempts.since().unwrap_or(now)
    }

    fn note(&self, change: impl FnOnce(&mut WebhookCalls)) {
        let mut progress = self.progress.lock();
        change(&mut progress.calls);
        progress.changed = true;
    }

    fn position(&self) -> Seq {
        self.progress.lock().calls.position
    }

    /// Whether the bot may still read the room: by the rule by which workers are started.
    async fn may_read(&self) -> Result<bool, StoreError> {
        let active = self.state.store.active_webhooks().await?;
        Ok(active.iter().any(|webhook| webhook.number == self.webhook.number))
    }

    /// Waits for something, or for the server to stop.
    async fn pause(&mut self, until: impl Future<Output = ()>) -> Flow {
        tokio::select! {
            () = until => Flow::GoOn,
            () = stop(&mut self.stopping) => Flow::End,
        }
    }
}

impl Follower {
    async fn enter(state: &AppState, webhook: &ActiveWebhook, position: Seq) -> Result<Self, StoreError> {
        let outbound = Arc::new(Outbound::default());
        let mut registration = state.hub.enter(&outbound);
        // From here on a change of rights is heard of; what is known of the webhook may be older.
        let account = Some(webhook.account);
        registration.set_user(User { account, takes_notices: false, limited: false });
        outbound.recheck();
        let subscription = state.follow(&webhook.room, &outbound, None).await?;
        let cursor = subscription.room().cursor(Some(position), false);
        Ok(Self {
            outbound,
            subscription,
            _registration: registration,
            allowed: false,
            cursor,
            pending: VecDeque::new(),
            read_at: Instant::now(),
        })
    }

    fn room(&self) -> &Arc<Room> {
        self.subscription.room()
    }

    /// Whether there is a next message. It is as it was within the last second.
    async fn has_next(&mut self, state: &AppState, position: Seq) -> Result<bool, StoreError> {
        if !self.pending.is_empty() && self.read_at.elapsed() > FRESH {
            self.read_again(position);
        }
        while self.pending.is_empty() {
            self.read_at = Instant::now();
            // Webhooks are no readers whose deliveries are counted.
            let mut tally = Tally::default();
            let taken =
                self.subscription.room().with_ring(|ring| self.cursor.take_payloads(ring, &mut tally));
            match taken {
                Ok(payloads) if payloads.is_empty() => return Ok(false),
                Ok(payloads) => self.pending.extend(payloads),
                Err(hub::Behind) => {
                    match state.read_behind(self.subscription.room(), &mut self.cursor).await? {
                        Behind::Messages(messages) => {
                            let encode = |message| Bytes::from(FromServer::Message(message).encode());
                            let payloads = messages.into_iter().map(|message| (message.seq, encode(message)));
                            self.pending.extend(payloads);
                        }
                        Behind::Expired(floor) => {
                            let room = self.subscription.room().name();
                            warn!(%room, %floor, "messages were deleted before a webhook was called for them");
                            self.cursor.has_read(floor);
                        }
                    }
                }
            }
        }
        Ok(true)
    }

    /// Reads again what comes after a position.
    fn read_again(&mut self, position: Seq) {
        self.pending.clear();
        self.cursor = self.room().cursor(Some(position), false);
    }
}

fn decode(payload: &[u8]) -> Option<Message> {
    match FromServer::decode(std::str::from_utf8(payload).ok()?).ok()? {
        FromServer::Message(message) => Some(message),
        _ => None,
    }
}
