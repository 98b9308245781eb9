//! The client's state machine: a [`Link`] and a [`View`] behind one interface.
//!
//! The browser and the terminal both hold a [`Client`]. They feed it the events of their socket and the actions of their
//! user, and carry out the [`Action`]s that it returns.

use crate::{
    frames::{FromClient, FromServer, Side},
    limits,
    link::{Action, Connection, Credentials, Event, Link, Outgoing, Progress},
    message::Post,
    names::{MessageId, RoomName, Seq},
    sorted_map::SortedMap,
    time::Timestamp,
    view::{Arrival, RoomView, View},
};

/// The shortest time between two `seen` frames of a room, in milliseconds.
const SEEN_EVERY_MS: u64 = 1_000;
/// The messages of a requested page: much more than a screen, in a frame of moderate size.
const PAGE: u16 = limits::PAGE_MESSAGES / 2;

/// The link and the view of one client. Times called `now` are milliseconds of a monotonic clock.
#[derive(Debug, Clone)]
pub struct Client {
    link: Link,
    view: View,
    typing_sent_at: SortedMap<RoomName, u64>,
    /// The read marks of joined rooms that the server does not know yet.
    unsent_seen: SortedMap<RoomName, Seq>,
    /// The earliest time for the next `seen` frames.
    send_seen_at: u64,
}

impl Client {
    /// A client that is not connected. The seed decides the jitter of its reconnection delays.
    pub fn new(seed: u64) -> Self {
        Self {
            link: Link::new(seed),
            view: View::default(),
            typing_sent_at: SortedMap::default(),
            unsent_seen: SortedMap::default(),
            send_seen_at: 0,
        }
    }

    /// Everything that this client knows.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The messages of others that came since the last call and are not read, oldest first, at most
    /// [`MAX_ARRIVALS`](crate::view::MAX_ARRIVALS).
    pub fn take_arrivals(&mut self) -> Vec<Arrival> {
        self.view.take_arrivals()
    }

    /// The connection's state.
    pub fn connection(&self) -> Connection {
        self.link.connection()
    }

    /// The connection's state machine, read-only.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The posts of a room that its timeline does not show yet, oldest first. Show the author of those that another name has
    /// written.
    pub fn pending<'a>(&'a self, room: &'a RoomName) -> impl Iterator<Item = &'a Outgoing> {
        self.link.outbox().posts().iter().filter(move |outgoing| outgoing.post.room == *room)
    }

    /// Sets the credentials, and connects, see [`Link::identify`]. Another user has read marks of their own, which come from
    /// the server.
    pub fn identify(&mut self, credentials: Credentials, now: u64) -> Vec<Action> {
        let mut actions = self.flush_seen(now);
        actions.extend(self.link.identify(credentials, now));
        self.note_connection();
        actions
    }

    /// Closes the connection on purpose.
    pub fn stop(&mut self) -> Vec<Action> {
        let actions = self.link.stop();
        self.note_connection();
        actions
    }

    /// The latest time for the next [`Event::Tick`].
    pub fn wakes_at(&self) -> Option<u64> {
        let typing = self.view.rooms().filter_map(|(_, room)| room.typing_ends_at());
        let flush_seen = (!self.unsent_seen.is_empty()).then_some(self.send_seen_at);
        self.link.wakes_at().into_iter().chain(flush_seen).chain(typing).min()
    }

    /// Handles an event of the socket, or the passing of time.
    pub fn handle(&mut self, event: &Event<'_>, now: u64) -> Vec<Action> {
        let mut actions = match event {
            Event::Frame(text) => match FromServer::decode(text) {
                Ok(frame) => self.receive(frame, now),
                // A frame of an unknown type, sent by a later version, still proves that the connection is alive.
                Err(_) => self.link.handle(event, now),
            },
            _ => self.link.handle(event, now),
        };
        self.note_connection();
        self.view.expire_typing(now);
        actions.extend(self.send_seen_if_due(now));
        actions
    }

    fn is_live(&self) -> bool {
        self.link.connection() == Connection::Live
    }

    /// Drops requests that were in flight and read marks that were not sent. Rejoining a room queues its read mark again.
    fn note_connection(&mut self) {
        if !self.is_live() {
            self.view.connection_lost();
            self.unsent_seen.clear();
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
        let counts = match &frame {
            FromServer::Joined { room, .. }
            | FromServer::Page { room, .. }
            | FromServer::Seen { room, .. } => Some(room.clone()),
            _ => None,
        };
        let listed = match &frame {
            FromServer::Welcome { rooms, .. } => rooms.iter().map(|summary| summary.room.clone()).collect(),
            FromServer::Room(summary) => vec![summary.room.clone()],
            FromServer::Left { room, .. } => {
                self.unsent_seen.remove(room);
                Vec::new()
            }
            _ => Vec::new(),
        };
        self.view.apply(frame, now);
        for room in listed {
            // A room that was out of reach and is listed again can be joined again.
            if self.view.room(&room).is_some_and(RoomView::is_out_of_reach) {
                actions.extend(self.retry_join(&room));
            }
        }
        if let Some((room, seen)) = joined {
            actions.extend(self.joined(&room, seen));
        }
        if let Some(room) = counts {
            actions.extend(self.land(&room));
            actions.extend(self.count_passed(&room));
        }
        if let Some((room, seq, answered)) = reply {
            let side = self.view.room_mut(&room).and_then(|view| view.request_quoted(seq, answered));
            actions.extend(ask(&room, side, 1));
        }
        self.forget_stored();
        actions
    }

    /// Removes the stored posts that the view shows from the outbox.
    fn forget_stored(&mut self) {
        let view = &self.view;
        let shown = |room: &RoomName, seq| view.room(room).is_none_or(|room| room.shows(seq));
        self.link.outbox_mut().forget_stored(shown);
    }

    /// Handles what had to wait until the room was joined.
    fn joined(&mut self, room: &RoomName, seen: Option<Seq>) -> Vec<Action> {
        let Some(view) = self.view.room_mut(room) else { return Vec::new() };
        let (jump, read) = (view.take_pending_jump(), view.seen());
        self.unsent_seen.remove(room);
        // The read mark may have been lost together with the connection.
        if let Some(read) = read.filter(|read| Some(*read) > seen) {
            self.queue_seen(room, read);
        }
        jump.map_or_else(Vec::new, |seq| self.jump(room, seq))
    }

    /// Subscribes to a room.
    pub fn join(&mut self, room: &RoomName) -> Vec<Action> {
        self.view.follow(room);
        self.link.join(room)
    }

    /// Tries again to join a room that the server has refused, see [`RoomView::refusal`], or that this user has left, see
    /// [`RoomView::left_because`]. A room that the server lists again is joined by itself.
    pub fn retry_join(&mut self, room: &RoomName) -> Vec<Action> {
        if let Some(view) = self.view.room_mut(room) {
            view.forget_refusal();
        }
        self.link.retry_join(room)
    }

    /// Unsubscribes from a room.
    pub fn leave(&mut self, room: &RoomName) -> Vec<Action> {
        let mut actions = match self.unsent_seen.remove(room) {
            Some(seq) => self.link.send(&FromClient::Seen { room: room.clone(), seq }),
            None => Vec::new(),
        };
        self.view.unfollow(room);
        actions.extend(self.link.leave(room));
        actions
    }

    /// The user opens the room. It may keep [`WINDOW`](crate::view::WINDOW) entries from then on, and every other room
    /// [`IDLE_WINDOW`](crate::view::IDLE_WINDOW).
    ///
    /// Sets the "new" marker to the last message that was read. If another room was open before, and something is unread,
    /// loads the messages around the first unread one, now or after the join: see [`RoomView::is_landing`] and
    /// [`RoomView::first_unread`]. A [`Client::jump`] before the join or after this call replaces that.
    pub fn enter(&mut self, room: &RoomName) -> Vec<Action> {
        let mut actions = self.join(room);
        self.view.enter(room);
        actions.extend(self.land(room));
        actions
    }

    /// Requests the pages around the first unread message, if they are needed.
    fn land(&mut self, room: &RoomName) -> Vec<Action> {
        if !self.link.is_joined(room) {
            return Vec::new();
        }
        let sides = self.view.room_mut(room).map(RoomView::request_landing);
        ask(room, sides.into_iter().flatten(), PAGE)
    }

    /// Requests what is needed to know how many messages the read mark has passed.
    fn count_passed(&mut self, room: &RoomName) -> Vec<Action> {
        if !self.link.is_joined(room) {
            return Vec::new();
        }
        let request = self.view.room_mut(room).and_then(RoomView::request_count);
        request.map_or_else(Vec::new, |(side, limit)| ask(room, [side], limit))
    }

    /// Posts a message under the present name, or the requested one. It stays in the outbox until it is acknowledged and shown.
    /// `written_at` is the wall clock's time.
    pub fn post(&mut self, post: Post, written_at: Timestamp, now: u64) -> Vec<Action> {
        self.typing_sent_at.remove(&post.room);
        let epoch = self.view.room(&post.room).and_then(RoomView::epoch).cloned();
        let author = self.link.username().cloned();
        self.link.outbox_mut().add(post, author, epoch, written_at);
        self.link.flush(now)
    }

    /// The posts that were written under another name and wait to be delivered, oldest first. This client never sends them.
    ///
    /// To deliver them, connect another [`Link`] with the author's token, [`restore`](crate::link::Outbox::restore) them into
    /// its outbox, and pass each change of its posts to [`Client::settle`]. A post that is seen in the log is settled by itself.
    /// If nobody can deliver them, because the token is lost or refused, settle them as failed: then the user can retry or
    /// discard them.
    pub fn foreign_posts(&self) -> impl Iterator<Item = &Outgoing> {
        self.link.foreign_posts()
    }

    /// Takes over how far another connection has got with a post, see [`Client::foreign_posts`].
    pub fn settle(&mut self, id: &MessageId, progress: &Progress) {
        self.link.outbox_mut().settle(id, progress);
        self.forget_stored();
    }

    /// Adds the outbox that an earlier run has stored. Posts without an author belong to the name of the next `welcome`: if
    /// the caller knows better, it fills the author in.
    pub fn restore(&mut self, kept: Vec<Outgoing>, now: u64) -> Vec<Action> {
        self.link.outbox_mut().restore(kept);
        self.link.flush(now)
    }

    /// Posts a failed post again, if it [can be retried](Outgoing::can_be_retried): with the same id, or, if another name has
    /// written it, as a new post of the user. A reply to a message that is gone becomes a new post without it. A new post has the
    /// id `fresh`, and `written_at` is the wall clock's time.
    pub fn retry(
        &mut self,
        id: &MessageId,
        fresh: MessageId,
        written_at: Timestamp,
        now: u64,
    ) -> Vec<Action> {
        let posts = self.link.outbox().posts();
        let Some(outgoing) = posts.iter().find(|outgoing| outgoing.post.id == *id) else { return Vec::new() };
        let epoch = self.view.room(&outgoing.post.room).and_then(RoomView::epoch);
        if !matches!(outgoing.progress, Progress::Failed(_)) || !outgoing.can_be_retried(epoch) {
            return Vec::new();
        }
        let target_is_gone = outgoing.target_is_gone(epoch);
        if !target_is_gone && !outgoing.is_foreign(self.link.username()) {
            self.link.outbox_mut().retry(id);
            return self.link.flush(now);
        }
        let about = outgoing.post.about.filter(|_| !target_is_gone);
        let post = Post { id: fresh, about, ..outgoing.post.clone() };
        self.discard(id);
        self.post(post, written_at, now)
    }

    /// Discards a post that failed or was never sent.
    pub fn discard(&mut self, id: &MessageId) {
        self.link.outbox_mut().discard(id);
    }

    /// The user is typing. Call it at every key press: it limits the rate of `typing` frames itself.
    pub fn typing(&mut self, room: &RoomName, now: u64) -> Vec<Action> {
        if self.typing_sent_at.get(room).is_some_and(|at| now < at + limits::TYPING_INTERVAL_MS) {
            return Vec::new();
        }
        self.typing_sent_at.insert(room.clone(), now);
        self.link.send(&FromClient::Typing { room: room.clone() })
    }

    /// The user has read the room up to this message.
    pub fn seen(&mut self, room: &RoomName, seq: Seq, now: u64) -> Vec<Action> {
        let me = self.view.me().cloned();
        if !self.view.room_mut(room).is_some_and(|view| view.seen_upto(seq, me.as_ref())) {
            return Vec::new();
        }
        self.queue_seen(room, seq);
        let mut actions = self.send_seen_if_due(now);
        actions.extend(self.count_passed(room));
        actions
    }

    /// Sends all read marks at once: the page may be closed in a moment.
    pub fn flush_seen(&mut self, now: u64) -> Vec<Action> {
        if self.unsent_seen.is_empty() {
            return Vec::new();
        }
        self.send_seen_at = now + SEEN_EVERY_MS;
        let unsent = std::mem::take(&mut self.unsent_seen);
        unsent.into_iter().flat_map(|(room, seq)| self.link.send(&FromClient::Seen { room, seq })).collect()
    }

    fn send_seen_if_due(&mut self, now: u64) -> Vec<Action> {
        if now < self.send_seen_at { Vec::new() } else { self.flush_seen(now) }
    }

    fn queue_seen(&mut self, room: &RoomName, seq: Seq) {
        if self.link.is_joined(room) {
            self.unsent_seen.insert(room.clone(), seq);
        }
    }

    /// The user scrolls to the oldest entry: requests older ones.
    pub fn load_older(&mut self, room: &RoomName) -> Vec<Action> {
        let side = self.live_room(room).and_then(RoomView::request_older);
        ask(room, side, PAGE)
    }

    /// The user scrolls to the newest entry held: requests newer ones, if there are any.
    pub fn load_newer(&mut self, room: &RoomName) -> Vec<Action> {
        let side = self.live_room(room).and_then(RoomView::request_newer);
        ask(room, side, PAGE)
    }

    /// Shows a message with the messages around it. If the room is not joined yet, it does so after the join.
    pub fn jump(&mut self, room: &RoomName, seq: Seq) -> Vec<Action> {
        let Some(view) = self.view.room_mut(room) else { return Vec::new() };
        if !self.link.is_joined(room) {
            view.set_pending_jump(seq);
            return Vec::new();
        }
        ask(room, view.request_around(seq), PAGE)
    }

    /// Shows the newest messages.
    pub fn jump_to_latest(&mut self, room: &RoomName) -> Vec<Action> {
        let sides = self.live_room(room).map(RoomView::request_latest);
        ask(room, sides.into_iter().flatten(), PAGE)
    }

    /// A room's view, if pages can be requested now.
    fn live_room(&mut self, room: &RoomName) -> Option<&mut RoomView> {
        if self.is_live() { self.view.room_mut(room) } else { None }
    }
}

fn ask(room: &RoomName, sides: impl IntoIterator<Item = Side>, limit: u16) -> Vec<Action> {
    let page = |side| FromClient::Page { room: room.clone(), side, limit };
    sides.into_iter().map(|side| Action::Send(page(side).encode())).collect()
}
