//! Messages that are not to be kept longer, deleted a few at a time.
//!
//! A pass looks which rooms have messages that must go, and proposes entries that delete them: so few at a time that posts hardly
//! wait, with a pause after each that is several times as long as the entry took.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use shared::{Keep, RoomName, Seq};
use tokio::time::{Instant, sleep};
use tracing::{debug, info, warn};

use crate::{
    clock,
    state::AppState,
    store::{Due, DueRooms, Expiring, Measured, Step, Store, StoreError},
};

/// The time between two passes, at most.
const PASS: Duration = Duration::from_mins(1);
/// … and at least, where messages are kept for some seconds only.
const LEAST_PASS: Duration = Duration::from_secs(1);
/// A pause takes this many times as long as the work before it …
const PAUSE: u32 = 4;
/// … but within these bounds.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(400));
/// The fewest and the most messages that one entry deletes, with those that are about them. The machine's speed decides.
const AT_ONCE: (u32, u32) = (10, 200);
/// An entry that takes so much longer than the quickest one deletes too many messages: posts wait for it.
const LONG: Duration = Duration::from_millis(20);
/// A clock that goes ahead by more than this at once may be wrong …
const CLOCK_JUMP: Duration = Duration::from_hours(24);
/// … and is given this time to be set right.
const CLOCK_WAIT: Duration = Duration::from_mins(10);
/// What the messages of a room take is summed up anew so often: retracted texts are counted until then.
const MEASURE_ANEW: Duration = Duration::from_hours(6);

/// Deletes what is not to be kept, for as long as the server runs.
pub async fn run(state: AppState) {
    let mut retention = Retention {
        state: state.clone(),
        sizes: HashMap::new(),
        house: Size::unknown(),
        shortest: None,
        at_once: AT_ONCE.0,
        quickest: Duration::MAX,
    };
    let mut clock = WallClock::since(state.store.written_at());
    loop {
        if clock.has_jumped() {
            warn!(
                wait = ?CLOCK_WAIT,
                "the clock is more than {} h ahead of what was expected: the server was off, or the clock is wrong; no message is deleted \
                 before it had time to be set right",
                CLOCK_JUMP.as_secs() / 3600
            );
            sleep(CLOCK_WAIT).await;
            continue;
        }
        retention.quickest = Duration::MAX;
        if let Err(error) = retention.pass().await {
            warn!(%error, "old messages cannot be deleted now; trying again");
        }
        tokio::select! {
            () = sleep(retention.between_passes()) => {}
            () = state.house.keep_changed() => retention.house = Size::unknown(),
        }
    }
}

/// What is known of the wall clock. One that is far ahead would delete what is to be kept: a machine without a battery may have a
/// wrong one until it has asked the network.
struct WallClock {
    wall: SystemTime,
    at: Instant,
}

impl WallClock {
    /// The log was written last at this time, by the wall clock.
    fn since(written_at: Option<SystemTime>) -> Self {
        Self { wall: written_at.unwrap_or_else(SystemTime::now), at: Instant::now() }
    }

    /// Whether it has gone ahead by much more than the time that has gone by since it was asked last.
    fn has_jumped(&mut self) -> bool {
        let now = Self::since(None);
        let Self { wall, at } = std::mem::replace(self, now);
        let gone_by = self.at.saturating_duration_since(at);
        self.wall.duration_since(wall).is_ok_and(|time| time > gone_by + CLOCK_JUMP)
    }
}

struct Retention {
    state: AppState,
    /// What the messages take of rooms that are kept up to a size.
    sizes: HashMap<RoomName, Size>,
    /// The same of the rooms without a setting of their own, where the house is kept up to a size.
    house: Size,
    /// The shortest time that a room keeps its messages, in seconds.
    shortest: Option<u64>,
    /// How many messages the next entry deletes.
    at_once: u32,
    /// The quickest entry of this pass: what a commit takes at least.
    quickest: Duration,
}

struct Size {
    measured: Measured,
    since: Instant,
}

impl Size {
    fn unknown() -> Self {
        Self { measured: Measured::default(), since: Instant::now() }
    }

    /// Measures what has come since the last time, or all anew if that was long ago.
    async fn measure(&mut self, store: &Store, room: Option<&RoomName>) -> Result<(), StoreError> {
        if self.since.elapsed() >= MEASURE_ANEW {
            *self = Self::unknown();
        }
        loop {
            let began = Instant::now();
            let (measured, is_whole) = store.measure(room, self.measured).await?;
            self.measured = measured;
            if is_whole {
                return Ok(());
            }
            pause(began).await;
        }
    }

    /// Some messages are deleted.
    fn less(&mut self, bytes: u64) {
        self.measured.bytes = self.measured.bytes.saturating_sub(bytes);
    }
}

impl Retention {
    fn between_passes(&self) -> Duration {
        let shortest = self.shortest.map(|seconds| Duration::from_secs(seconds / 10));
        shortest.map_or(PASS, |shortest| shortest.clamp(LEAST_PASS, PASS))
    }

    /// Deletes all that must go now.
    async fn pass(&mut self) -> Result<(), StoreError> {
        let (began, mut gone, mut after) = (Instant::now(), 0, Some(0));
        let mut sized = HashMap::new();
        self.shortest = match self.state.house.keep() {
            Keep::Seconds(seconds) => Some(seconds),
            Keep::Forever | Keep::Bytes(_) => None,
        };
        while let Some(from) = after {
            let began = Instant::now();
            let found = self.state.store.due(from, self.state.house.keep(), clock::now()).await?;
            let DueRooms { due, shortest, next } = found;
            (self.shortest, after) = (self.shortest.into_iter().chain(shortest).min(), next);
            pause(began).await;
            for Due { room, own, which } in due {
                match which {
                    Expiring::Before(time) => {
                        while let Some(step) =
                            self.state.store.oldest(&room, Some(time), self.at_once).await?
                        {
                            match self.expire(step, own).await? {
                                // Somebody has changed the room's setting: the next pass goes by the new one.
                                0 => break,
                                messages => gone += messages,
                            }
                        }
                    }
                    Expiring::Beyond(most) => {
                        let (size, messages) = self.trim(&room, own, most).await?;
                        gone += messages;
                        sized.insert(room, size);
                    }
                }
            }
        }
        self.sizes = sized;
        if let Keep::Bytes(most) = self.state.house.keep() {
            gone += self.trim_all(most).await?;
        }
        if gone > 0 {
            self.state.store.scrub();
            info!(messages = gone, seconds = began.elapsed().as_secs(), "old messages are deleted");
        }
        Ok(())
    }

    /// Brings a room to the size up to which its messages are kept.
    async fn trim(
        &mut self,
        room: &RoomName,
        own: Option<Keep>,
        most: u64,
    ) -> Result<(Size, u64), StoreError> {
        let mut size = self.sizes.remove(room).unwrap_or_else(Size::unknown);
        size.measure(&self.state.store, Some(room)).await?;
        let mut gone = 0;
        while size.measured.bytes > most {
            let Some(step) = self.state.store.oldest(room, None, self.at_once).await? else { break };
            let bytes = step.bytes;
            match self.expire(step, own).await? {
                // As above.
                0 => break,
                messages => gone += messages,
            }
            size.less(bytes);
        }
        Ok((size, gone))
    }

    /// Brings the rooms without a setting of their own to the size up to which the house keeps messages.
    async fn trim_all(&mut self, most: u64) -> Result<u64, StoreError> {
        let (mut gone, mut after) = (0, Seq::ZERO);
        self.house.measure(&self.state.store, None).await?;
        while self.house.measured.bytes > most {
            let began = Instant::now();
            let Some((steps, upto)) = self.state.store.oldest_of_all(after, self.at_once).await? else {
                break;
            };
            after = upto;
            if steps.is_empty() {
                pause(began).await;
            }
            for step in steps {
                let bytes = step.bytes;
                match self.expire(step, None).await? {
                    // Somebody has given the room a setting of its own, or has deleted it.
                    0 => return Ok(gone),
                    messages => gone += messages,
                }
                self.house.less(bytes);
            }
        }
        Ok(gone)
    }

    /// Deletes some messages, and pauses. The one place where they are counted.
    async fn expire(&mut self, step: Step, own: Option<Keep>) -> Result<u64, StoreError> {
        let began = Instant::now();
        let Step { room, upto, .. } = step;
        let messages = self.state.store.expire(room.clone(), upto, own).await?;
        debug!(%room, %upto, messages, time = ?began.elapsed(), "old messages are deleted");
        self.state.metrics.expired_messages.inc_by(messages);
        let time = began.elapsed();
        // On a slow disk every entry takes long, however little it deletes.
        self.quickest = self.quickest.min(time);
        let is_long = time > self.quickest + LONG;
        let at_once = if is_long { self.at_once / 2 } else { self.at_once + self.at_once / 4 };
        self.at_once = at_once.clamp(AT_ONCE.0, AT_ONCE.1);
        pause(began).await;
        Ok(messages)
    }
}

/// Lets others have the log and the disk.
async fn pause(began: Instant) {
    sleep((began.elapsed() * PAUSE).clamp(PAUSES.0, PAUSES.1)).await;
}
