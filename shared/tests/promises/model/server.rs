//! A server that keeps the promises of the protocol in the simplest way.

mod storing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use shared::{
    AboutKind, Epoch, FromClient, FromServer, Limits, Members, Message, Post, Refusal, RefusalCode, Role,
    RoomInfo, RoomName, RoomSummary, Seq, Side, Username, house::Access,
};

use self::storing::blank;

/// A room's newest messages are delivered in their first state, older ones in their current state.
const RING: usize = 4;
/// The size of a page: small, so that small logs have many.
const PAGE: usize = 4;
const FIRST_PAGE: usize = 3;

pub type SessionId = usize;

#[derive(Default)]
pub struct Server {
    pub epoch: u32,
    pub logs: BTreeMap<RoomName, Vec<Logged>>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub seen: BTreeMap<(Username, RoomName), Seq>,
    /// The messages up to these are deleted. The logs still have them, so that it can be seen who missed them.
    pub floors: BTreeMap<RoomName, Seq>,
    /// Who was removed from a room.
    pub(super) removed: BTreeSet<(Username, RoomName)>,
    /// The number of posts to refuse as busy.
    pub busy: usize,
    /// The numbers of joins to refuse for a moment, and not to resume.
    pub unavailable: usize,
    pub forgetful: usize,
    /// Posts that were received and not committed.
    queue: VecDeque<(SessionId, Username, Post)>,
    next_session: SessionId,
    clock: i64,
}

pub struct Logged {
    pub first: Message,
    pub now: Message,
}

#[derive(Default)]
pub struct Session {
    pub(super) username: Option<Username>,
    pub(super) cursors: BTreeMap<RoomName, Seq>,
    pub down: VecDeque<String>,
}

impl Session {
    pub(super) fn say(&mut self, frame: &FromServer) {
        self.down.push_back(frame.encode());
    }
}

impl Server {
    pub fn epoch(&self) -> Epoch {
        format!("e{}", self.epoch).parse().unwrap()
    }

    /// A room's log in its current state.
    pub fn log(&self, room: &RoomName) -> Vec<Message> {
        self.logs.get(room).into_iter().flatten().map(|logged| logged.now.clone()).collect()
    }

    pub fn head(&self, room: &RoomName) -> Seq {
        self.logs.get(room).and_then(|log| log.last()).map_or(Seq::ZERO, |logged| logged.now.seq)
    }

    /// All messages of a room up to this one are deleted.
    pub fn floor(&self, room: &RoomName) -> Seq {
        self.floors.get(room).copied().unwrap_or_default()
    }

    /// Deletes the oldest messages of a room that are left, so many of them.
    pub fn expire(&mut self, room: &RoomName, count: usize) {
        let floor = self.floor(room);
        let Some(log) = self.logs.get_mut(room) else { return };
        let gone = log.iter().filter(|m| m.now.seq > floor).take(count).last();
        let Some(floor) = gone.map(|m| m.now.seq) else { return };
        // An edit carries the message's text, and a reaction means nothing without it.
        for Logged { first, now } in log.iter_mut() {
            let is_about = |about: &shared::About| {
                about.seq <= floor && matches!(about.kind, AboutKind::Edit | AboutKind::Reaction)
            };
            if now.about.as_ref().is_some_and(is_about) {
                first.text.clear();
                now.text.clear();
            }
        }
        self.floors.insert(room.clone(), floor);
        // Who lacks some of them begins anew, see `begin_anew`.
        for session in self.sessions.values_mut().filter(|session| session.cursors.get(room) >= Some(&floor))
        {
            session.say(&FromServer::Expired { room: room.clone(), floor });
        }
    }

    /// What is left of a room's log, in its current state.
    fn kept(&self, room: &RoomName) -> Vec<Message> {
        let floor = self.floor(room);
        self.log(room).into_iter().filter(|message| message.seq > floor).collect()
    }

    fn info(&self, room: &RoomName) -> RoomInfo {
        RoomInfo { floor: self.floor(room), ..RoomInfo::default() }
    }

    pub fn accept(&mut self) -> SessionId {
        self.next_session += 1;
        self.sessions.insert(self.next_session, Session::default());
        self.next_session
    }

    /// Handles a frame. A closed session ignores it.
    pub fn take(&mut self, id: SessionId, text: &str) {
        if !self.sessions.contains_key(&id) {
            return;
        }
        let frame = FromClient::decode(text).expect("clients send proper frames");
        if let Some(refusal) = self.refusal(id, &frame) {
            return self.say(id, &FromServer::Refused(refusal));
        }
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match (session.username.clone(), frame) {
            (_, FromClient::Hello { username, token, .. }) => {
                let username = username.expect("clients of this world have names");
                assert_eq!(
                    token.map(|token| token.as_str().to_owned()),
                    Some(format!("token-of-{username}"))
                );
                session.username = Some(username.clone());
                let welcome = self.welcome(username);
                self.say(id, &welcome);
            }
            (None, other) => panic!("{other:?} came before hello"),
            (Some(username), FromClient::Post(post)) => self.queue.push_back((id, username, post)),
            (Some(username), FromClient::Join { room, epoch, after }) => {
                self.join(id, &username, room, epoch.as_ref(), after);
            }
            (Some(_), FromClient::Leave { room }) => {
                session.cursors.remove(&room);
            }
            (Some(_), FromClient::Page { room, side, limit }) => {
                let (messages, context, more) = self.page(&room, side, usize::from(limit).min(PAGE));
                let floor = self.floor(&room);
                self.say(id, &FromServer::Page { room, side, messages, context, more, floor });
            }
            (Some(username), FromClient::Seen { room, seq }) => {
                assert!(seq <= self.head(&room), "somebody has read what is not there");
                let seen = self.seen.entry((username.clone(), room.clone())).or_default();
                *seen = seq.max(*seen);
                for (other, session) in &mut self.sessions {
                    if *other != id && session.username.as_ref() == Some(&username) {
                        session.say(&FromServer::Seen { room: room.clone(), seq });
                    }
                }
            }
            (Some(username), FromClient::Typing { room }) => {
                for (other, session) in &mut self.sessions {
                    if *other != id && session.cursors.contains_key(&room) {
                        session.say(&FromServer::Typing { room: room.clone(), username: username.clone() });
                    }
                }
            }
        }
    }

    fn say(&mut self, id: SessionId, frame: &FromServer) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.say(frame);
        }
    }

    pub(super) fn summary(&self, username: &Username, room: &RoomName) -> RoomSummary {
        let log = self.kept(room);
        let seen = self.seen.get(&(username.clone(), room.clone())).copied();
        let of_others = |m: &&Message| m.is_entry() && m.username != *username;
        let unread = log.iter().filter(|m| Some(m.seq) > seen).filter(of_others).count();
        RoomSummary {
            room: room.clone(),
            head: self.head(room),
            last: log.iter().rfind(|m| m.is_entry()).cloned(),
            seen,
            unread: if seen.is_some() { u32::try_from(unread).unwrap() } else { 0 },
            info: self.info(room),
        }
    }

    fn welcome(&self, username: Username) -> FromServer {
        let is_readable = |room: &&RoomName| !self.removed.contains(&(username.clone(), (*room).clone()));
        let rooms = self.logs.keys().filter(is_readable);
        FromServer::Welcome {
            rooms: rooms.map(|room| self.summary(&username, room)).collect(),
            token: Some(format!("token-of-{username}").parse().unwrap()),
            username,
            session: "s".into(),
            heartbeat_ms: 25_000,
            limits: Limits::default(),
            role: Role::Member,
            access: Access::Open,
        }
    }

    fn join(
        &mut self,
        id: SessionId,
        username: &Username,
        room: RoomName,
        epoch: Option<&Epoch>,
        after: Option<Seq>,
    ) {
        if self.unavailable > 0 {
            self.unavailable -= 1;
            let code = RefusalCode::Unavailable;
            let refusal = Refusal { room: Some(room), ..Refusal::new(code, "a moment") };
            return self.say(id, &FromServer::Refused(Refusal { retry_after_ms: Some(700), ..refusal }));
        }
        let head = self.head(&room);
        let remembers = self.forgetful == 0;
        self.forgetful = self.forgetful.saturating_sub(1);
        let known = epoch.is_none_or(|epoch| *epoch == self.epoch());
        let floor = self.floor(&room);
        let resumes = after.filter(|after| known && remembers && (floor..=head).contains(after));
        let joined = self.joined(username, &room, resumes.is_some());
        let session = self.sessions.get_mut(&id).unwrap();
        session.cursors.insert(room, resumes.unwrap_or(head));
        session.say(&joined);
    }

    fn joined(&self, username: &Username, room: &RoomName, resumed: bool) -> FromServer {
        let head = self.head(room);
        let (messages, context, more) = if resumed {
            (vec![], vec![], false)
        } else {
            self.page(room, Side::Before(head.next()), FIRST_PAGE)
        };
        FromServer::Joined {
            epoch: self.epoch(),
            head,
            resumed,
            messages,
            context,
            more,
            members: Members { count: 1, names: vec![username.clone()] },
            seen: self.seen.get(&(username.clone(), room.clone())).copied(),
            room: room.clone(),
            info: self.info(room),
        }
    }

    fn page(&self, room: &RoomName, side: Side, limit: usize) -> (Vec<Message>, Vec<Message>, bool) {
        let log = self.kept(room);
        let mut messages: Vec<Message> = match side {
            Side::Before(seq) => log.iter().rev().filter(|m| m.seq < seq).take(limit + 1).cloned().collect(),
            Side::After(seq) => log.iter().filter(|m| m.seq > seq).take(limit + 1).cloned().collect(),
        };
        let more = messages.len() > limit;
        messages.truncate(limit);
        messages.sort_by_key(|message| message.seq);
        let within = |seq| messages.iter().any(|message| message.seq == seq);
        let answered = |seq| {
            let replies = messages.iter().filter_map(|message| message.about);
            replies.into_iter().any(|about| about.kind == AboutKind::Reply && about.seq == seq)
        };
        let needed = |other: &&Message| {
            let annotation = !other.is_entry() && (!other.text.is_empty() || is_retraction(other));
            let about = other.about.map(|about| about.seq);
            !within(other.seq)
                && (answered(other.seq)
                    || about.is_some_and(|seq| annotation && (within(seq) || answered(seq))))
        };
        let context = log.iter().filter(needed).cloned().collect();
        (messages, context, more)
    }

    /// Commits the oldest received posts, and answers them.
    pub fn commit(&mut self, count: usize) {
        for _ in 0..count {
            let Some((session, username, post)) = self.queue.pop_front() else { return };
            let answer = self.store(&username, post);
            self.say(session, &answer);
        }
    }

    /// Sends up to so many messages that a session has not received.
    pub fn pump(&mut self, id: SessionId, mut count: usize) {
        self.begin_anew(id);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Session { cursors, down, .. } = session;
        for (room, cursor) in cursors {
            let Some(log) = self.logs.get(room) else { continue };
            let seen = *cursor;
            for (at, logged) in log.iter().enumerate().filter(|(_, m)| m.now.seq > seen) {
                if count == 0 {
                    return;
                }
                count -= 1;
                let message = if at + RING >= log.len() { &logged.first } else { &logged.now };
                down.push_back(FromServer::Message(message.clone()).encode());
                *cursor = logged.now.seq;
            }
        }
    }

    /// Sends the newest page of each room whose next messages for a session are deleted.
    fn begin_anew(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Some(username) = session.username.clone() else { return };
        let is_behind = |(room, cursor): &(&RoomName, &Seq)| **cursor < self.floor(room);
        let behind: Vec<_> = session.cursors.iter().filter(is_behind).map(|(room, _)| room.clone()).collect();
        for room in behind {
            let (joined, head) = (self.joined(&username, &room, false), self.head(&room));
            let session = self.sessions.get_mut(&id).unwrap();
            session.cursors.insert(room, head);
            session.say(&joined);
        }
    }

    /// Sends every client a heartbeat.
    pub fn beat(&mut self) {
        for session in self.sessions.values_mut().filter(|session| session.username.is_some()) {
            session.say(&FromServer::Heartbeat {});
        }
    }

    /// Stops with some of the posts in flight stored and none answered, and starts again.
    pub fn restart(&mut self, stored: usize) {
        self.sessions.clear();
        self.commit(stored);
        self.queue.clear();
    }

    /// Restarts with a copy of the store that lacks the newest messages. It has a new epoch.
    pub fn go_back(&mut self, kept: usize) {
        self.restart(0);
        self.epoch += 1;
        for log in self.logs.values_mut() {
            log.truncate(kept);
            let first: Vec<Message> = log.drain(..).map(|logged| logged.first).collect();
            log.extend(first.into_iter().map(|first| Logged { now: first.clone(), first }));
            let retracted: Vec<Seq> =
                log.iter().filter(|m| is_retraction(&m.now)).filter_map(|m| Some(m.now.about?.seq)).collect();
            for seq in retracted {
                blank(log, seq);
            }
        }
        let heads: BTreeMap<_, _> = self.logs.keys().map(|room| (room.clone(), self.head(room))).collect();
        for ((_, room), seen) in &mut self.seen {
            *seen = heads.get(room).copied().unwrap_or_default().min(*seen);
        }
    }

    pub fn has_work(&self) -> bool {
        let behind = |session: &Session| {
            !session.down.is_empty() || session.cursors.iter().any(|(room, cursor)| *cursor < self.head(room))
        };
        !self.queue.is_empty() || self.sessions.values().any(behind)
    }
}

fn is_retraction(message: &Message) -> bool {
    message.about.is_some_and(|about| about.kind == AboutKind::Retraction)
}
