//! Posts that are not acknowledged yet, in the order in which they were written.

use serde::Serialize;

use crate::{
    frames::{FromClient, Refusal, RefusalCode},
    json::{FromJson, Json},
    link::rooms::Rooms,
    message::{AboutKind, Post},
    names::{Epoch, MessageId, RoomName, Seq, Username},
    time::Timestamp,
};

/// The maximum number of posts in flight.
const MAX_IN_FLIGHT: usize = 64;

/// A post in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// The post.
    pub post: Post,
    /// Who wrote it: it is never sent under another name. `None`: a guest whose name is not known yet. The next
    /// `welcome` tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Username>,
    /// When it was written, by the writer's clock.
    pub written_at: Timestamp,
    /// The epoch of the seq in the post's `about`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// Its delivery state.
    pub progress: Progress,
}

/// A post's delivery state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It waits for a connection, or for its turn.
    Waiting,
    /// It was sent on this connection, and not answered yet.
    Sent,
    /// It was sent on a connection that was lost, or it has waited and is tried again: it may be stored or not. It is sent again
    /// with the same id.
    Unknown,
    /// The server was busy, or the room is slowed down. It is sent again later.
    Deferred {
        /// When, in milliseconds of the caller's clock.
        until: u64,
    },
    /// It is stored. It leaves the outbox when the view shows it.
    Stored(Seq),
    /// It was refused permanently.
    Failed(Refusal),
}

impl Outgoing {
    /// Whether it is known to be written under another name than this user's.
    pub fn is_foreign(&self, me: Option<&Username>) -> bool {
        self.author.is_some() && self.author.as_ref() != me
    }

    /// Whether the message that it is about is gone, as far as is known. `epoch` is the room's now.
    pub fn target_is_gone(&self, epoch: Option<&Epoch>) -> bool {
        let is_refused =
            matches!(&self.progress, Progress::Failed(refusal) if refusal.code == RefusalCode::BadAbout);
        let is_outdated = self.epoch.as_ref().zip(epoch).is_some_and(|(then, now)| then != now);
        self.post.about.is_some() && (is_refused || is_outdated)
    }

    /// Whether it may be accepted if it is posted again. A reply can be posted without what it answers.
    pub fn can_be_retried(&self, epoch: Option<&Epoch>) -> bool {
        self.post.about.is_none_or(|about| about.kind == AboutKind::Reply) || !self.target_is_gone(epoch)
    }
}

impl FromJson for Outgoing {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self {
            post: from.required("post").ok()?,
            author: from.optional("author").ok()?,
            written_at: from.required("written_at").ok()?,
            epoch: from.optional("epoch").ok()?,
            progress: from.required("progress").ok()?,
        })
    }
}

impl FromJson for Progress {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = match json {
            Json::Text(word) => {
                return match &*word {
                    "waiting" => Some(Self::Waiting),
                    "sent" => Some(Self::Sent),
                    "unknown" => Some(Self::Unknown),
                    _ => None,
                };
            }
            json => json.object()?,
        };
        if let Some(mut deferred) = from.take("deferred").object() {
            Some(Self::Deferred { until: deferred.required("until").ok()? })
        } else if let Some(seq) = from.optional("stored").ok()? {
            Some(Self::Stored(seq))
        } else {
            from.required("failed").ok().map(Self::Failed)
        }
    }
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

    /// Adds posts that an earlier run has stored, or those of another outbox that this one is to deliver. Posts that were in
    /// flight are sent again with the same id. Posts without an author belong to the name of the next `welcome`.
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

    /// Adds a post of this author, if the name is known. `epoch` is the room's epoch when it was written. An invalid post
    /// fails immediately and stays in the outbox, where it can be corrected.
    pub fn add(&mut self, post: Post, author: Option<Username>, epoch: Option<Epoch>, written_at: Timestamp) {
        let progress = match post.check() {
            Ok(()) => Progress::Waiting,
            Err(error) => failed(&post, RefusalCode::BadText, error.to_string()),
        };
        self.posts.push(Outgoing { post, author, written_at, epoch, progress });
        self.version += 1;
    }

    /// Sends a failed post again, with the same id and under its author's name.
    pub fn retry(&mut self, id: &MessageId) {
        self.change(|outgoing| {
            let is_failed = outgoing.post.id == *id && matches!(outgoing.progress, Progress::Failed(_));
            is_failed.then_some(Progress::Waiting)
        });
    }

    /// Takes over how far another connection has got with a post. A post that is in flight here stays so.
    pub fn settle(&mut self, id: &MessageId, progress: &Progress) {
        self.change(|outgoing| {
            let is_open =
                outgoing.post.id == *id && !matches!(outgoing.progress, Progress::Sent | Progress::Stored(_));
            is_open.then(|| match progress {
                // It may be stored, and this outbox does not wait for the answer.
                Progress::Sent | Progress::Deferred { .. } => Progress::Unknown,
                // What may be stored cannot be discarded, even if the other connection has not sent it yet.
                Progress::Waiting => outgoing.progress.clone(),
                progress => progress.clone(),
            })
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

    /// The server writes the name of an author in another way than it was requested.
    pub(super) fn rename_author(&mut self, requested: &Username, username: &Username) {
        for outgoing in self.posts.iter_mut().filter(|outgoing| outgoing.author.as_ref() == Some(requested)) {
            outgoing.author = Some(username.clone());
            self.version += 1;
        }
    }

    /// A post of this author is in the log.
    pub(super) fn stored(&mut self, author: &Username, room: &RoomName, id: &MessageId, seq: Seq) {
        self.change(|outgoing| {
            let is_it = outgoing.post.id == *id
                && outgoing.post.room == *room
                && outgoing.author.as_ref() == Some(author);
            is_it.then_some(Progress::Stored(seq))
        });
    }

    pub(super) fn refused(&mut self, id: &MessageId, refusal: &Refusal, now: u64) {
        self.change(|outgoing| {
            let was_sent = outgoing.post.id == *id && outgoing.progress == Progress::Sent;
            was_sent.then(|| match refusal.retry_after_ms {
                Some(wait) => Progress::Deferred { until: now.saturating_add(wait) },
                None => Progress::Failed(refusal.clone()),
            })
        });
    }

    /// What is known of a room has changed, perhaps how slow it is. What waits there is tried at once: if it still has to wait,
    /// the server says how long.
    pub(super) fn end_waits(&mut self, room: &RoomName) {
        self.change(|outgoing| {
            let waits = outgoing.post.room == *room && matches!(outgoing.progress, Progress::Deferred { .. });
            waits.then_some(Progress::Unknown)
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

    /// A room was joined: posts of all authors that are about a message of another epoch can never be accepted.
    pub(super) fn reject_outdated(&mut self, rooms: &Rooms) {
        self.change(|outgoing| {
            let Outgoing { post, epoch, progress, .. } = outgoing;
            let is_open = matches!(progress, Progress::Waiting | Progress::Unknown);
            let (code, reason) = outdated(post, epoch.as_ref(), rooms).filter(|_| is_open)?;
            Some(failed(post, code, reason))
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

    /// The frames to send now, of the posts of this author, and of those that have none yet. A room's posts are sent in
    /// order: none overtakes one that has to wait.
    pub(super) fn take_sendable(
        &mut self,
        author: &Username,
        now: u64,
        frame_bytes: usize,
        rooms: &Rooms,
    ) -> Vec<String> {
        let in_flight = self.posts.iter().filter(|outgoing| outgoing.progress == Progress::Sent).count();
        let mut free = MAX_IN_FLIGHT.saturating_sub(in_flight);
        let mut blocked: Vec<&RoomName> = Vec::new();
        let mut frames = Vec::new();
        for outgoing in &mut self.posts {
            let Outgoing { post, author: written_by, epoch, progress, .. } = outgoing;
            if written_by.is_none() {
                self.version += 1;
            }
            if written_by.get_or_insert_with(|| author.clone()) != author {
                continue;
            }
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
            let too_big = (frame.len() > frame_bytes).then(|| {
                let size = frame.len();
                let reason =
                    format!("the encoded message has {size} bytes; at most {frame_bytes} are allowed");
                (RefusalCode::BadText, reason)
            });
            if let Some((code, reason)) = outdated(post, epoch.as_ref(), rooms).or(too_big) {
                *progress = failed(post, code, reason);
                continue;
            }
            *progress = Progress::Sent;
            free -= 1;
            frames.push(frame);
        }
        frames
    }

    /// The posts of other authors that can be delivered now, oldest first. While a room is being joined, an annotation waits,
    /// and so do the later posts of its room: the answer tells whether the seq that it names has kept its meaning.
    pub(super) fn foreign<'a>(
        &'a self,
        me: Option<&'a Username>,
        rooms: &'a Rooms,
    ) -> impl Iterator<Item = &'a Outgoing> {
        let mut blocked: Vec<&RoomName> = Vec::new();
        self.posts.iter().filter(move |outgoing| {
            let Outgoing { post, progress, .. } = outgoing;
            if !outgoing.is_foreign(me) || !matches!(progress, Progress::Waiting | Progress::Unknown) {
                return false;
            }
            if post.about.is_some() && rooms.is_joining(&post.room) {
                blocked.push(&post.room);
            }
            !blocked.contains(&&post.room)
        })
    }

    /// Sets the progress of the posts for which `change` returns another one.
    fn change(&mut self, change: impl Fn(&Outgoing) -> Option<Progress>) {
        for outgoing in &mut self.posts {
            if let Some(progress) = change(outgoing).filter(|progress| *progress != outgoing.progress) {
                outgoing.progress = progress;
                self.version += 1;
            }
        }
    }
}

/// Why a post about a message of another epoch can never be accepted.
fn outdated(post: &Post, epoch: Option<&Epoch>, rooms: &Rooms) -> Option<(RefusalCode, String)> {
    post.about?;
    epoch.zip(rooms.epoch(&post.room)).filter(|(then, now)| then != now)?;
    let reason = "the room starts afresh: what it is about may be gone by now";
    Some((RefusalCode::BadAbout, reason.into()))
}

fn failed(post: &Post, code: RefusalCode, reason: String) -> Progress {
    let (id, room) = (Some(post.id.clone()), Some(post.room.clone()));
    Progress::Failed(Refusal { id, room, ..Refusal::new(code, reason) })
}
