//! What a client of `/ws?v=1` says, and what it is answered.

use std::time::Duration;

use shared::{Epoch, FromClient, FromServer, Refusal, RefusalCode, RoomName, Seq, Side, limits};
use tokio::time::Instant;

use super::{Identity, Joined, Session, identity::Hello};
use crate::{
    close_reason::CloseReason,
    hub::Ring,
    store::{Draft, Page},
};

/// A client's typing is passed on at most so often.
const TYPING_EVERY: Duration = Duration::from_secs(1);

impl Session {
    pub(super) async fn versioned_text(&mut self, text: &str) -> Result<(), CloseReason> {
        let frame = match FromClient::decode(text) {
            Ok(frame) => frame,
            Err(bad) => {
                self.refuse(bad.into());
                return Ok(());
            }
        };
        match (&self.who, frame) {
            (None, FromClient::Hello { username, token, secret, invitation }) => {
                Box::pin(self.hello(Hello { username, token, secret, invitation })).await
            }
            (None, _) => {
                self.refuse(Refusal::new(RefusalCode::HelloFirst, "the first frame is a hello"));
                Ok(())
            }
            (Some(who), FromClient::Post(post)) => {
                let author = who.author();
                self.post(Draft { author, post, makes_room: self.state.house.is_open() });
                Ok(())
            }
            (Some(_), frame) => Box::pin(self.answer(frame)).await,
        }
    }

    async fn answer(&mut self, frame: FromClient) -> Result<(), CloseReason> {
        match frame {
            FromClient::Hello { .. } => {
                self.refuse(Refusal::new(RefusalCode::BadFrame, "a connection says hello once"));
            }
            // Posts are answered without waiting for anything.
            FromClient::Post(_) => {}
            FromClient::Join { room, epoch, after } => {
                if let Err(refusal) = self.join(room.clone(), epoch, after).await {
                    self.leave(&room);
                    self.refuse(Refusal { room: Some(room), ..refusal });
                }
            }
            FromClient::Leave { room } => self.leave(&room),
            FromClient::Page { room, side, limit } => match self.page(&room, side, limit).await {
                Ok(Page { messages, context, more, floor, .. }) => {
                    self.send(&FromServer::Page { room, side, messages, context, more, floor });
                }
                Err(refusal) => self.refuse(Refusal { room: Some(room), ..refusal }),
            },
            FromClient::Typing { room } => self.typing(&room),
            FromClient::Seen { room, seq } => self.seen(&room, seq),
        }
        Ok(())
    }

    async fn page(&self, room: &RoomName, side: Side, limit: u16) -> Result<Page, Refusal> {
        self.state.readable(room, self.reader()).await?;
        let page = self.state.store.page(room, side, limit.clamp(1, limits::PAGE_MESSAGES)).await?;
        // Some of it may be from after the right to read it ended.
        self.state.readable(room, self.reader()).await?;
        Ok(page)
    }

    pub(super) fn leave(&mut self, room: &RoomName) {
        self.rooms.retain(|joined| joined.subscription.room().name() != room);
    }

    async fn join(
        &mut self,
        room: RoomName,
        epoch: Option<Epoch>,
        after: Option<Seq>,
    ) -> Result<(), Refusal> {
        // Before the session is entered among the room's members, who would hear of it.
        let floor = self.state.readable(&room, self.reader()).await?.floor;
        let again = self.rooms.iter().any(|joined| *joined.subscription.room().name() == room);
        if !again && self.rooms.len() >= limits::ROOMS_JOINED {
            return Err(Refusal::new(
                RefusalCode::TooManyRooms,
                format!("a connection joins at most {} rooms", limits::ROOMS_JOINED),
            ));
        }
        let at = self.follow(&room, None, true).await?;
        let live = self.rooms[at].subscription.room().clone();
        let head = self.rooms[at].cursor.seq();
        let resumes = after.filter(|after| self.state.resumes(epoch.as_ref(), *after, floor, head));
        if let Some(after) = resumes {
            self.rooms[at].cursor = live.cursor(Some(after), true);
            self.send_joined(at, head, true, Page::default()).await
        } else {
            self.begin_anew(at).await
        }
    }

    /// Sends a room's newest page, from which the client goes on.
    pub(super) async fn begin_anew(&mut self, at: usize) -> Result<(), Refusal> {
        let Joined { subscription, cursor } = &mut self.rooms[at];
        let page = self.state.store.newest(subscription.room().name()).await?.page.clone();
        // The page may be newer than the cursor: what it holds is not delivered again.
        let head = cursor.seq().max(page.head);
        cursor.has_read(head);
        self.send_joined(at, head, false, page).await
    }

    pub(super) async fn send_joined(
        &mut self,
        at: usize,
        head: Seq,
        resumed: bool,
        page: Page,
    ) -> Result<(), Refusal> {
        let live = self.rooms[at].subscription.room().clone();
        let room = live.name().clone();
        let seen = match self.who.as_ref().and_then(Identity::proven_name) {
            Some(username) => self.state.store.seen(username, &room).await?,
            None => None,
        };
        // Some of the page may be from after the right to read it ended.
        let info = self.state.readable(&room, self.reader()).await?;
        self.send(&FromServer::Joined {
            room,
            epoch: self.state.store.epoch().clone(),
            head,
            resumed,
            messages: page.messages,
            context: page.context,
            more: page.more,
            members: live.members(),
            seen,
            info,
        });
        Ok(())
    }

    fn typing(&mut self, room: &RoomName) {
        let Some(who) = &self.who else { return };
        let now = Instant::now();
        if self.typed_at.is_some_and(|at| now < at + TYPING_EVERY) {
            return;
        }
        if let Some(joined) = self.rooms.iter().find(|joined| joined.subscription.room().name() == room) {
            self.state.hub.typing(joined.subscription.room(), who.username());
            self.typed_at = Some(now);
        } else {
            self.refuse(not_joined(room));
        }
    }

    fn seen(&mut self, room: &RoomName, seq: Seq) {
        let Some(who) = &self.who else { return };
        let Some(joined) = self.rooms.iter().find(|joined| joined.subscription.room().name() == room) else {
            return self.refuse(not_joined(room));
        };
        // Nobody has read what is not there yet.
        let seq = seq.min(joined.subscription.room().with_ring(Ring::head));
        // A name that is not proven is nobody's in particular.
        if let Some(account) = &who.account {
            self.state.store.set_seen(&account.username, room, seq);
            let notice = FromServer::Seen { room: room.clone(), seq }.encode();
            self.state.hub.tell_others(account.number, &self.outbound, &notice);
        }
    }
}

fn not_joined(room: &RoomName) -> Refusal {
    Refusal { room: Some(room.clone()), ..Refusal::new(RefusalCode::NotJoined, "join the room first") }
}
