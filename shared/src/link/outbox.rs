//! Posts that are not acknowledged yet, in the order in which they were written.

use serde::{Deserialize, Serialize};

use crate::{
    frames::{FromClient, Refusal, RefusalCode},
    link::rooms::Rooms,
    message::Post,
    names::{Epoch, MessageId, RoomName, Seq},
    time::Timestamp,
};

/// The maximum number of posts in flight.
const MAX_IN_FLIGHT: usize = 64;

/// A post in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The post.
    pub post: Post,
    /// When it was written, by the writer's clock.
    pub written_at: Timestamp,
    /// The epoch of the seq in the post's `about`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// Its delivery state.
    pub progress: Progress,
}

/// A post's delivery state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It waits for a connection, or for its turn.
    Waiting,
    /// It was sent on this connection, and not answered yet.
    Sent,
    /// It was sent on a connection that was lost, so it may be stored or not. It is sent again with the same id.
    Unknown,
    /// The server was busy. It is sent again later.
    Deferred {
        /// When, in milliseconds of the caller's clock.
        until: u64,
    },
    /// It is stored. It leaves the outbox when the view shows it.
    Stored(Seq),
    /// It was refused permanently.
    Failed(Refusal),
}

/// The pending posts of a client.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    posts: Vec<Outgoing>,
    version: u64,
}

impl Outbox {
    /// All posts, oldest first.
    pub fn posts(&self) -> &[Outgoing] {
        &self.posts
    }

    /// Changes whenever the content that should be stored changes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Adds posts that an earlier run has stored. Those that were in flight are sent again with the same id.
    pub fn restore(&mut self, kept: Vec<Outgoing>) {
        for mut outgoing in kept {
            let known = self.posts.iter().any(|other| other.post.id == outgoing.post.id);
            if known || matches!(outgoing.progress, Progress::Stored(_)) {
                continue;
            }
            outgoing.progress = match outgoing.progress {
                Progress::Sent | Progress::Deferred { .. } => Progress::Unknown,
                other => other,
            };
            self.posts.push(outgoing);
        }
        self.version += 1;
    }

    /// Adds a post. `epoch` is the room's epoch when it was written. An invalid post fails immediately and stays in the
    /// outbox, where it can be corrected.
    pub fn add(&mut self, post: Post, epoch: Option<Epoch>, written_at: Timestamp) {
        let progress = match post.check() {
            Ok(()) => Progress::Waiting,
            Err(error) => failed(&post, RefusalCode::BadText, error.to_string()),
        };
        self.posts.push(Outgoing { post, written_at, epoch, progress });
        self.version += 1;
    }

    /// Sends a failed post again, with the same id.
    pub fn retry(&mut self, id: &MessageId) {
        self.change(|outgoing| {
            if outgoing.post.id == *id && matches!(outgoing.progress, Progress::Failed(_)) {
                outgoing.progress = Progress::Waiting;
            }
        });
    }

    /// Discards a post that failed or was never sent. A post that may be stored cannot be discarded.
    pub fn discard(&mut self, id: &MessageId) {
        self.posts.retain(|outgoing| {
            outgoing.post.id != *id || !matches!(outgoing.progress, Progress::Failed(_) | Progress::Waiting)
        });
        self.version += 1;
    }

    /// Removes the stored posts that the view shows.
    pub fn forget_stored(&mut self, shown: impl Fn(&RoomName, Seq) -> bool) {
        self.posts.retain(|outgoing| match outgoing.progress {
            Progress::Stored(seq) => !shown(&outgoing.post.room, seq),
            _ => true,
        });
    }

    pub(super) fn stored(&mut self, room: &RoomName, id: &MessageId, seq: Seq) {
        self.change(|outgoing| {
            if outgoing.post.id == *id && outgoing.post.room == *room {
                outgoing.progress = Progress::Stored(seq);
            }
        });
    }

    pub(super) fn refused(&mut self, id: &MessageId, refusal: &Refusal, now: u64) {
        self.change(|outgoing| {
            if outgoing.post.id == *id && outgoing.progress == Progress::Sent {
                outgoing.progress = match refusal.retry_after_ms {
                    Some(wait) => Progress::Deferred { until: now.saturating_add(wait) },
                    None => Progress::Failed(refusal.clone()),
                };
            }
        });
    }

    pub(super) fn connection_lost(&mut self) {
        for outgoing in &mut self.posts {
            if matches!(outgoing.progress, Progress::Sent | Progress::Deferred { .. }) {
                outgoing.progress = Progress::Unknown;
            }
        }
    }

    /// The room has a new epoch: posts that were stored in the old one will never be shown.
    pub(super) fn epoch_changed(&mut self, room: &RoomName) {
        self.posts.retain(|outgoing| {
            outgoing.post.room != *room || !matches!(outgoing.progress, Progress::Stored(_))
        });
    }

    /// The earliest time of a deferred post, in milliseconds.
    pub(super) fn wakes_at(&self) -> Option<u64> {
        let due = |outgoing: &Outgoing| match outgoing.progress {
            Progress::Deferred { until } => Some(until),
            _ => None,
        };
        self.posts.iter().filter_map(due).min()
    }

    /// The frames to send now. A room's posts are sent in order: none overtakes one that has to wait.
    pub(super) fn take_sendable(&mut self, now: u64, frame_bytes: usize, rooms: &Rooms) -> Vec<String> {
        let in_flight = self.posts.iter().filter(|outgoing| outgoing.progress == Progress::Sent).count();
        let mut free = MAX_IN_FLIGHT.saturating_sub(in_flight);
        let mut blocked: Vec<&RoomName> = Vec::new();
        let mut frames = Vec::new();
        for outgoing in &mut self.posts {
            let Outgoing { post, epoch, progress, .. } = outgoing;
            match progress {
                Progress::Deferred { until } if *until > now => {
                    blocked.push(&post.room);
                    continue;
                }
                // It may have been stored, so it cannot be discarded; but it needs no timer any more.
                Progress::Deferred { .. } => *progress = Progress::Unknown,
                Progress::Waiting | Progress::Unknown => {}
                Progress::Sent | Progress::Stored(_) | Progress::Failed(_) => continue,
            }
            if post.about.is_some() && rooms.is_joining(&post.room) {
                // The answer to the join tells whether the epoch, and so the meaning of its seq, has changed.
                blocked.push(&post.room);
            }
            if free == 0 || blocked.contains(&&post.room) {
                continue;
            }
            self.version += 1;
            let frame = FromClient::Post(post.clone()).encode();
            if let Some((code, reason)) = rejection(post, epoch.as_ref(), frame.len(), frame_bytes, rooms) {
                *progress = failed(post, code, reason);
                continue;
            }
            *progress = Progress::Sent;
            free -= 1;
            frames.push(frame);
        }
        frames
    }

    fn change(&mut self, change: impl FnMut(&mut Outgoing)) {
        self.posts.iter_mut().for_each(change);
        self.version += 1;
    }
}

/// Why a post can never be accepted.
fn rejection(
    post: &Post,
    epoch: Option<&Epoch>,
    size: usize,
    frame_bytes: usize,
    rooms: &Rooms,
) -> Option<(RefusalCode, String)> {
    let now = rooms.epoch(&post.room);
    if post.about.is_some() && epoch.zip(now).is_some_and(|(then, now)| then != now) {
        let reason = "the room was reset after this was written, so the message that it is about does not exist any more";
        return Some((RefusalCode::BadAbout, reason.into()));
    }
    (size > frame_bytes).then(|| {
        let reason = format!("the encoded message has {size} bytes; at most {frame_bytes} are allowed");
        (RefusalCode::BadText, reason)
    })
}

fn failed(post: &Post, code: RefusalCode, reason: String) -> Progress {
    let (id, room) = (Some(post.id.clone()), Some(post.room.clone()));
    Progress::Failed(Refusal { id, room, ..Refusal::new(code, reason) })
}
