//! How the model server stores a post.

use shared::{AboutKind, FromServer, Message, Post, Refusal, RefusalCode, Seq, Timestamp, Username};

use super::{Logged, Server};

impl Server {
    /// Stores a post, and gives the answer.
    pub(super) fn store(&mut self, username: &Username, post: Post) -> FromServer {
        let refused = |code, wait| {
            let (id, room) = (Some(post.id.clone()), Some(post.room.clone()));
            let refusal = Refusal { id, room, retry_after_ms: wait, ..Refusal::new(code, "no") };
            FromServer::Refused(refusal)
        };
        let posted = |message: &Message| FromServer::Posted {
            room: message.room.clone(),
            id: message.id.clone(),
            seq: message.seq,
            sent_at: message.sent_at,
        };
        if self.busy > 0 {
            self.busy -= 1;
            return refused(RefusalCode::Busy, Some(900));
        }
        let (head, floor) = (self.head(&post.room), self.floor(&post.room));
        let log = self.logs.entry(post.room.clone()).or_default();
        let is_this = |m: &&Logged| m.now.username == *username && m.now.id == post.id;
        // The ids of deleted messages are forgotten.
        if let Some(first) = log.iter().filter(|m| m.now.seq > floor).find(is_this) {
            return posted(&first.now);
        }
        if self.removed.contains(&(username.clone(), post.room.clone())) {
            return refused(RefusalCode::NoRoom, None);
        }
        if post.text == "refuse me" {
            return refused(RefusalCode::BadText, None);
        }
        if let Some(about) = post.about {
            let gone = log
                .iter()
                .any(|m| m.now.about.is_some_and(|a| a.seq == about.seq && a.kind == AboutKind::Retraction));
            let Some(target) = log.iter().find(|m| m.now.seq == about.seq && about.seq > floor) else {
                return refused(RefusalCode::BadAbout, None);
            };
            let is_reaction = target.now.about.is_some_and(|about| about.kind == AboutKind::Reaction);
            let fits = match about.kind {
                AboutKind::Retraction => target.now.is_entry() || is_reaction,
                _ => target.now.is_entry(),
            };
            if gone || !fits {
                return refused(RefusalCode::BadAbout, None);
            }
            let of_own = target.now.username == *username;
            if matches!(about.kind, AboutKind::Edit | AboutKind::Retraction) && !of_own {
                return refused(RefusalCode::Forbidden, None);
            }
            if about.kind == AboutKind::Retraction {
                blank(log, about.seq);
            }
        }
        self.clock += 1;
        let message = Message {
            // Seqs rise, with gaps.
            seq: Seq(head.0 + 1 + u64::from(self.clock % 3 == 0)),
            room: post.room,
            id: post.id,
            username: username.clone(),
            text: post.text,
            sent_at: Timestamp::from_millis(self.clock),
            about: post.about,
            authorship: shared::Authorship::Proven,
        };
        let answer = posted(&message);
        log.push(Logged { first: message.clone(), now: message });
        answer
    }
}

/// Blanks a retracted message and its edits.
pub(super) fn blank(log: &mut [Logged], seq: Seq) {
    for logged in log {
        let edits = |about: shared::About| about.kind == AboutKind::Edit && about.seq == seq;
        if logged.now.seq == seq || logged.now.about.is_some_and(edits) {
            logged.now.text.clear();
        }
    }
}
