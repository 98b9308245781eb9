//! Sample frames and messages, and a client to feed them to.

use shared::{
    About, AboutKind, Action, Client, Connection, Credentials, Event, FromServer, Limits, Members, Message,
    Post, Refusal, RefusalCode, Role, RoomInfo, RoomName, RoomSummary, Seq, Side, Timestamp, Username,
    house::Access,
};

pub fn lobby() -> RoomName {
    "lobby".parse().unwrap()
}

pub fn user(name: &str) -> Username {
    name.parse().unwrap()
}

/// A message in the lobby; if its text does not matter, it is `text SEQ`.
pub fn message(seq: u64, username: &str, text: &str) -> Message {
    Message {
        room: lobby(),
        seq: Seq(seq),
        id: format!("m{seq}").parse().unwrap(),
        username: user(username),
        text: text.into(),
        sent_at: Timestamp::from_millis(i64::try_from(seq).unwrap()),
        about: None,
        authorship: shared::Authorship::Proven,
    }
}

/// Messages of bob, in a log with these seqs only.
pub fn messages(seqs: impl IntoIterator<Item = u64>) -> Vec<Message> {
    seqs.into_iter().map(|seq| message(seq, "bob", &format!("text {seq}"))).collect()
}

pub fn about(message: Message, seq: u64, kind: AboutKind) -> Message {
    Message { about: Some(About { seq: Seq(seq), kind }), ..message }
}

pub fn post(id: &str, text: &str) -> Post {
    Post { room: lobby(), id: id.parse().unwrap(), text: text.into(), about: None }
}

pub fn welcome() -> FromServer {
    welcome_with(Vec::new())
}

pub fn welcome_with(rooms: Vec<RoomSummary>) -> FromServer {
    welcome_as("ann", rooms)
}

pub fn welcome_as(name: &str, rooms: Vec<RoomSummary>) -> FromServer {
    FromServer::Welcome {
        username: user(name),
        token: Some("token".parse().unwrap()),
        session: "s1".into(),
        heartbeat_ms: 25_000,
        limits: Limits::default(),
        rooms,
        role: Role::Member,
        access: Access::Open,
    }
}

pub fn summary(head: u64, seen: Option<u64>, unread: u32) -> RoomSummary {
    RoomSummary { head: Seq(head), seen: seen.map(Seq), unread, ..RoomSummary::empty(lobby()) }
}

/// The answer to a join in epoch `e1`, with the latest page.
pub fn joined(head: u64, messages: Vec<Message>, more: bool) -> FromServer {
    joined_in("e1", head, messages, more)
}

pub fn joined_in(epoch: &str, head: u64, messages: Vec<Message>, more: bool) -> FromServer {
    FromServer::Joined {
        room: lobby(),
        epoch: epoch.parse().unwrap(),
        head: Seq(head),
        resumed: false,
        messages,
        context: Vec::new(),
        more,
        members: Members::default(),
        seen: None,
        info: RoomInfo::default(),
    }
}

/// The answer to a join that resumes.
pub fn resumed(head: u64) -> FromServer {
    let mut frame = joined(head, Vec::new(), false);
    let FromServer::Joined { resumed, .. } = &mut frame else { unreachable!("it is made right here") };
    *resumed = true;
    frame
}

pub fn page(side: Side, messages: Vec<Message>, more: bool) -> FromServer {
    FromServer::Page { room: lobby(), side, messages, context: Vec::new(), more, floor: Seq::ZERO }
}

pub fn page_with(side: Side, messages: Vec<Message>, context: Vec<Message>) -> FromServer {
    FromServer::Page { room: lobby(), side, messages, context, more: false, floor: Seq::ZERO }
}

pub fn posted(id: &str, seq: u64) -> FromServer {
    let sent_at = Timestamp::from_millis(0);
    FromServer::Posted { room: lobby(), id: id.parse().unwrap(), seq: Seq(seq), sent_at }
}

/// A permanent or temporary refusal of a post.
pub fn refused(id: &str, code: RefusalCode, retry_after_ms: Option<u64>) -> FromServer {
    FromServer::Refused(Refusal {
        id: Some(id.parse().unwrap()),
        room: Some(lobby()),
        retry_after_ms,
        ..Refusal::new(code, "no")
    })
}

/// The frames that the client sends.
pub fn sent(actions: &[Action]) -> Vec<&str> {
    let mut frames = Vec::new();
    for action in actions {
        if let Action::Send(text) = action {
            frames.push(text.as_str());
        }
    }
    frames
}

/// A client that tests feed with frames and events.
pub struct Ann {
    pub client: Client,
    pub now: u64,
}

impl Ann {
    /// Ann's client, connected; its join of the lobby is not answered yet.
    pub fn live() -> Self {
        let mut ann = Self::new();
        ann.connect(&welcome());
        ann
    }

    /// Ann's client, following the lobby, not connected.
    pub fn new() -> Self {
        let mut client = Client::new(1);
        client.join(&lobby());
        client.identify(Credentials::named(user("ann")), 0);
        Self { client, now: 0 }
    }

    /// Ann's client in a lobby whose whole log is these messages.
    pub fn with(messages: Vec<Message>) -> Self {
        let mut ann = Self::live();
        let head = messages.last().map_or(0, |last| last.seq.0);
        ann.hear(&joined(head, messages, false));
        ann
    }

    pub fn connect(&mut self, welcome: &FromServer) -> Vec<Action> {
        if self.client.connection() != Connection::Connecting {
            self.event(&Event::Retry);
        }
        self.event(&Event::Opened);
        let actions = self.hear(welcome);
        assert_eq!(self.client.connection(), Connection::Live);
        actions
    }

    pub fn lose(&mut self) {
        self.event(&Event::Closed(shared::CloseCode::ABNORMAL));
    }

    pub fn event(&mut self, event: &Event<'_>) -> Vec<Action> {
        self.client.handle(event, self.now)
    }

    pub fn hear(&mut self, frame: &FromServer) -> Vec<Action> {
        self.event(&Event::Frame(&frame.encode()))
    }

    pub fn hear_message(&mut self, message: Message) -> Vec<Action> {
        self.hear(&FromServer::Message(message))
    }

    /// Retries a failed post. If it becomes a new one, that has the id `fresh`.
    pub fn retry(&mut self, id: &str) -> Vec<Action> {
        let fresh = "fresh".parse().unwrap();
        self.client.retry(&id.parse().unwrap(), fresh, Timestamp::from_millis(0), self.now)
    }

    pub fn wait(&mut self, millis: u64) -> Vec<Action> {
        self.now += millis;
        self.event(&Event::Tick)
    }

    pub fn room(&self) -> &shared::RoomView {
        self.client.view().room(&lobby()).unwrap()
    }

    /// The seqs of the entries.
    pub fn shown(&self) -> Vec<u64> {
        self.room().timeline().entries().iter().map(|entry| entry.message.seq.0).collect()
    }

    pub fn entry(&self, seq: u64) -> &shared::Entry {
        self.room().timeline().get(Seq(seq)).unwrap()
    }

    /// The ids of the pending posts.
    pub fn pending(&self) -> Vec<String> {
        self.client.pending(&lobby()).map(|outgoing| outgoing.post.id.to_string()).collect()
    }
}
