//! What a client of plain `/ws` says: wscat, a browser's one-liner, a program of ten lines.

use serde::Deserialize;
use shared::{About, Epoch, MessageId, Post, Refusal, RefusalCode, RoomName, Seq, Username};

use super::{Identity, Session};
use crate::{close_reason::CloseReason, state::AppState, store::Draft};

/// What the address says.
#[derive(Debug)]
pub struct PlainStart {
    /// The room, `lobby` where none is named.
    pub room: RoomName,
    /// The epoch that `after` belongs to, where it is said.
    pub epoch: Option<Epoch>,
    /// The last seq that the client has. None: only what comes from now on.
    pub after: Option<Seq>,
}

/// A JSON object that is posted.
#[derive(Deserialize)]
struct PlainPost {
    text: String,
    username: Option<Username>,
    id: Option<MessageId>,
    about: Option<About>,
}

impl Session {
    pub(super) async fn start_plain(&mut self, start: PlainStart) -> Result<(), CloseReason> {
        let PlainStart { room, epoch, after } = start;
        // What was allowed before the handshake may have changed.
        if self.state.readable(&room, self.reader()).await.is_err() {
            return Err(CloseReason::RoomLeft);
        }
        let at = self.follow(&room, None, false).await?;
        let head = self.rooms[at].cursor.seq();
        if let Some(after) = after {
            let known = self.state.resumes(epoch.as_ref(), after, Seq::ZERO, head);
            // Where the numbers are not those of this log, everything is new to the reader. What is deleted of it is told when the
            // log is read.
            let after = if known { after } else { Seq::ZERO };
            self.rooms[at].cursor = self.rooms[at].subscription.room().cursor(Some(after), false);
        }
        Ok(())
    }

    pub(super) async fn plain_text(&mut self, text: &str) -> Result<(), CloseReason> {
        let post = match read(text) {
            Ok(post) => post,
            Err(reason) => {
                self.refuse(Refusal::new(RefusalCode::BadFrame, reason));
                return Ok(());
            }
        };
        let known = match (&self.who, &post.username) {
            (Some(who), Some(said)) if !who.is(said) => {
                let reason =
                    format!("this connection has the name {}, and cannot post as {said}", who.username());
                Err(Refusal::new(RefusalCode::NameTaken, reason))
            }
            (Some(who), _) => Ok(who.clone()),
            (None, said) => Box::pin(self.be_named(said.as_ref())).await?,
        };
        let Some(room) = self.plain.clone() else { return Ok(()) };
        match known {
            Ok(who) => {
                let id = post.id.unwrap_or_else(AppState::message_id);
                let post = Post { room, id, text: post.text, about: post.about };
                let makes_room = self.state.house.is_open();
                self.post(Draft { author: who.author(), post, makes_room });
            }
            Err(refusal) => self.refuse(Refusal { id: post.id, room: Some(room), ..refusal }),
        }
        Ok(())
    }

    /// The first post names the session: by what it says, or as a guest.
    async fn be_named(&mut self, said: Option<&Username>) -> Result<Result<Identity, Refusal>, CloseReason> {
        let known = match said {
            Some(username) => Identity::by_name(&self.state, username).await,
            None => Identity::by_name(&self.state, &AppState::guest_name()).await,
        };
        let who = match known {
            Ok(who) => who,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.set_identity(who.clone()).await?;
        // The room's members know the session by its name now.
        if let Some(room) = self.plain.clone() {
            let after = self.rooms.first().map(|joined| joined.cursor.seq());
            self.follow(&room, after, false).await?;
        }
        Ok(Ok(who))
    }
}

fn read(text: &str) -> Result<PlainPost, String> {
    if !text.trim_start().starts_with('{') || !is_object(text) {
        return Ok(PlainPost { text: text.to_owned(), username: None, id: None, about: None });
    }
    serde_json::from_str(text)
        .map_err(|error| format!("an object is posted as {{\"text\": \"…\", \"username\"?: \"…\"}}: {error}"))
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}
