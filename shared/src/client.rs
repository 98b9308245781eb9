//! The client's brain: a [`Link`] and a [`View`] as one thing to be fed and looked at.
//!
//! The browser and the terminal both hold a [`Client`], feed it what their socket does and what their user wants, and
//! carry out the [`Action`]s that it answers with.

use std::collections::BTreeMap;

use crate::{
    frames::{FromClient, FromServer, Side},
    limits,
    link::{Action, Connection, Credentials, Event, Link, Outgoing},
    message::Post,
    names::{MessageId, RoomName, Seq},
    time::Timestamp,
    view::{RoomView, View},
};

/// How often the server hears how far the user has read, at most, in milliseconds.
const SEEN_EVERY_MS: u64 = 1_000;
/// The messages of a page that is asked for: much more than a screen, in one frame of moderate size.
const PAGE: u16 = limits::PAGE_MESSAGES / 2;

/// See the module's page. Times called `now` are milliseconds of a clock that never goes back.
#[derive(Debug, Clone)]
pub struct Client {
    link: Link,
    view: View,
    typed_at: BTreeMap<RoomName, u64>,
    /// How far each joined room was read, where the server was not told yet.
    unsaid_seen: BTreeMap<RoomName, Seq>,
    /// When the server may be told the next time.
    say_seen_at: u64,
}

impl Client {
    /// A client that is not connected. The seed decides the jitter of its waits.
    pub fn new(seed: u64) -> Self {
        Self {
            link: Link::new(seed),
            view: View::default(),
            typed_at: BTreeMap::new(),
            unsaid_seen: BTreeMap::new(),
            say_seen_at: 0,
        }
    }

    /// What is known.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// How it stands with the connection.
    pub fn connection(&self) -> Connection {
        self.link.connection()
    }

    /// The link, to look at.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The posts of a room that its timeline does not show yet, oldest first.
    pub fn pending<'a>(&'a self, room: &'a RoomName) -> impl Iterator<Item = &'a Outgoing> {
        self.link.outbox().posts().iter().filter(move |outgoing| outgoing.post.room == *room)
    }

    /// Says who is there, and connects.
    pub fn identify(&mut self, credentials: Credentials, now: u64) -> Vec<Action> {
        let actions = self.link.identify(credentials, now);
        self.note_connection();
        actions
    }

    /// Ends on purpose.
    pub fn stop(&mut self) -> Vec<Action> {
        let actions = self.link.stop();
        self.note_connection();
        actions
    }

    /// When an [`Event::Tick`] should come at the latest.
    pub fn wakes_at(&self) -> Option<u64> {
        let typing = self.view.rooms().filter_map(|(_, room)| room.typing_ends_at());
        let say_seen = (!self.unsaid_seen.is_empty()).then_some(self.say_seen_at);
        self.link.wakes_at().into_iter().chain(say_seen).chain(typing).min()
    }

    /// Takes what happened to the socket, or that time has passed.
    pub fn handle(&mut self, event: &Event<'_>, now: u64) -> Vec<Action> {
        let mut actions = match event {
            Event::Frame(text) => match FromServer::decode(text) {
                Ok(frame) => self.receive(frame, now),
                // A frame of a later version still shows that the connection lives.
                Err(_) => self.link.handle(event, now),
            },
            _ => self.link.handle(event, now),
        };
        self.note_connection();
        self.view.forget_typing(now);
        actions.extend(self.say_seen_in_time(now));
        actions
    }

    fn is_live(&self) -> bool {
        self.link.connection() == Connection::Live
    }

    /// What was asked for on a connection that is lost is not answered any more, and what was to be said on it is
    /// seen to when its rooms are joined again.
    fn note_connection(&mut self) {
        if !self.is_live() {
            self.view.connection_lost();
            self.unsaid_seen.clear();
        }
    }

    fn receive(&mut self, frame: FromServer, now: u64) -> Vec<Action> {
        let mut actions = self.link.receive(&frame, now);
        let (joined, reply) = match &frame {
            FromServer::Joined { room, seen, .. } => (Some((room.clone(), *seen)), None),
            FromServer::Message(message) if message.is_entry() => {
                (None, message.about.map(|about| (message.room.clone(), message.seq, about.seq)))
            }
            _ => (None, None),
        };
        self.view.apply(frame, now);
        if let Some((room, seen)) = joined {
            actions.extend(self.joined(&room, seen));
        }
        if let Some((room, seq, answered)) = reply {
            let side = self.view.room_mut(&room).and_then(|view| view.want_quote(seq, answered));
            actions.extend(ask(&room, side, 1));
        }
        let view = &self.view;
        let shown = |room: &RoomName, seq| view.room(room).is_none_or(|room| room.shows(seq));
        self.link.outbox_mut().forget_stored(shown);
        actions
    }

    /// Does what had to wait until a room is joined.
    fn joined(&mut self, room: &RoomName, seen: Option<Seq>) -> Vec<Action> {
        let Some(view) = self.view.room_mut(room) else { return Vec::new() };
        let (jump, read) = (view.take_jump(), view.seen());
        self.unsaid_seen.remove(room);
        // The server may not have heard how far the user has read, if the connection was lost at that moment.
        if let Some(read) = read.filter(|read| Some(*read) > seen) {
            self.note_unsaid(room, read);
        }
        jump.map_or_else(Vec::new, |seq| self.jump(room, seq))
    }

    /// Follows a room.
    pub fn join(&mut self, room: &RoomName) -> Vec<Action> {
        self.view.follow(room);
        self.link.join(room)
    }

    /// Follows a room no longer.
    pub fn leave(&mut self, room: &RoomName) -> Vec<Action> {
        self.view.unfollow(room);
        self.unsaid_seen.remove(room);
        self.link.leave(room)
    }

    /// The user enters a room: the "new" line stands where reading had ended.
    pub fn enter(&mut self, room: &RoomName) -> Vec<Action> {
        let actions = self.join(room);
        if let Some(view) = self.view.room_mut(room) {
            view.enter();
        }
        actions
    }

    /// Posts a message: it is in the outbox until it is acknowledged and shown. `written_at` is the wall clock's.
    pub fn post(&mut self, post: Post, written_at: Timestamp, now: u64) -> Vec<Action> {
        self.typed_at.remove(&post.room);
        let epoch = self.view.room(&post.room).and_then(RoomView::epoch).cloned();
        self.link.outbox_mut().add(post, epoch, written_at);
        self.link.flush(now)
    }

    /// Takes up the outbox that an earlier run had kept.
    pub fn restore(&mut self, kept: Vec<Outgoing>, now: u64) -> Vec<Action> {
        self.link.outbox_mut().restore(kept);
        self.link.flush(now)
    }

    /// Tries a failed post again.
    pub fn retry(&mut self, id: &MessageId, now: u64) -> Vec<Action> {
        self.link.outbox_mut().retry(id);
        self.link.flush(now)
    }

    /// Gives up a post that failed or was never sent.
    pub fn discard(&mut self, id: &MessageId) {
        self.link.outbox_mut().discard(id);
    }

    /// The user types. To be called at every key: the server is told now and then.
    pub fn typing(&mut self, room: &RoomName, now: u64) -> Vec<Action> {
        if self.typed_at.get(room).is_some_and(|at| now < at + limits::TYPING_EVERY_MS) {
            return Vec::new();
        }
        self.typed_at.insert(room.clone(), now);
        self.link.send(&FromClient::Typing { room: room.clone() })
    }

    /// The user has read a room so far.
    pub fn seen(&mut self, room: &RoomName, seq: Seq, now: u64) -> Vec<Action> {
        let me = self.view.me().cloned();
        if !self.view.room_mut(room).is_some_and(|view| view.seen_upto(seq, me.as_ref())) {
            return Vec::new();
        }
        self.note_unsaid(room, seq);
        self.say_seen_in_time(now)
    }

    /// The user may be gone in a moment: tells the server at once how far they have read.
    pub fn say_seen(&mut self, now: u64) -> Vec<Action> {
        if self.unsaid_seen.is_empty() {
            return Vec::new();
        }
        self.say_seen_at = now + SEEN_EVERY_MS;
        let unsaid = std::mem::take(&mut self.unsaid_seen);
        unsaid.into_iter().flat_map(|(room, seq)| self.link.send(&FromClient::Seen { room, seq })).collect()
    }

    fn say_seen_in_time(&mut self, now: u64) -> Vec<Action> {
        if now < self.say_seen_at { Vec::new() } else { self.say_seen(now) }
    }

    fn note_unsaid(&mut self, room: &RoomName, seq: Seq) {
        if self.link.is_joined(room) {
            self.unsaid_seen.insert(room.clone(), seq);
        }
    }

    /// The user scrolls to the oldest entry: asks for older ones.
    pub fn load_older(&mut self, room: &RoomName) -> Vec<Action> {
        let side = self.live_room(room).and_then(RoomView::want_older);
        ask(room, side, PAGE)
    }

    /// The user scrolls to the newest entry, and there are newer ones: asks for them.
    pub fn load_newer(&mut self, room: &RoomName) -> Vec<Action> {
        let side = self.live_room(room).and_then(RoomView::want_newer);
        ask(room, side, PAGE)
    }

    /// Shows a message in its surroundings, as soon as the room is joined.
    pub fn jump(&mut self, room: &RoomName, seq: Seq) -> Vec<Action> {
        let Some(view) = self.view.room_mut(room) else { return Vec::new() };
        if !self.link.is_joined(room) {
            view.jump_later(seq);
            return Vec::new();
        }
        ask(room, view.want_around(seq), PAGE)
    }

    /// Shows the newest messages.
    pub fn jump_to_latest(&mut self, room: &RoomName) -> Vec<Action> {
        let sides = self.live_room(room).map(RoomView::want_latest);
        ask(room, sides.into_iter().flatten(), PAGE)
    }

    /// A room's view, if its pages can be asked for now.
    fn live_room(&mut self, room: &RoomName) -> Option<&mut RoomView> {
        if self.is_live() { self.view.room_mut(room) } else { None }
    }
}

fn ask(room: &RoomName, sides: impl IntoIterator<Item = Side>, limit: u16) -> Vec<Action> {
    let page = |side| FromClient::Page { room: room.clone(), side, limit };
    sides.into_iter().map(|side| Action::Send(page(side).encode())).collect()
}
