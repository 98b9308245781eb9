//! A WebSocket client that sees the frames: it says what it is told to, and reads what comes.

use std::{collections::VecDeque, net::SocketAddr, ops::RangeInclusive};

use futures_util::{SinkExt, StreamExt};
use shared::{
    About, AboutKind, ClaimSecret, CloseCode, Epoch, FromClient, FromServer, InvitationSecret, Members,
    Message, MessageId, Post, Refusal, RefusalCode, Role, RoomName, RoomSummary, Seq, Side, Token, Username,
};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};
use tungstenite::{Message as Frame, client::IntoClientRequest};

use crate::bound::soon;

/// See the module's page. A frame that a test does not ask for stays until it does.
pub struct TestClient {
    socket: WebSocketStream<TcpStream>,
    unread: VecDeque<FromServer>,
}

/// What a `welcome` says.
#[derive(Debug, Clone)]
pub struct Welcome {
    pub username: Username,
    pub token: Token,
    pub rooms: Vec<RoomSummary>,
    pub role: Role,
}

/// What a `joined` says.
#[derive(Debug, Clone)]
pub struct Joined {
    pub epoch: Epoch,
    pub head: Seq,
    pub resumed: bool,
    pub messages: Vec<Message>,
    pub more: bool,
    pub members: Members,
    pub seen: Option<Seq>,
    pub floor: Seq,
}

/// What a `page` says.
#[derive(Debug, Clone)]
pub struct Page {
    pub messages: Vec<Message>,
    pub context: Vec<Message>,
    pub more: bool,
    pub floor: Seq,
}

pub fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

pub fn username(name: &str) -> Username {
    Username::parse(name).unwrap()
}

/// A post about nothing.
pub fn post(room_name: &str, id: &str, text: &str) -> Post {
    Post { room: room(room_name), id: MessageId::parse(id).unwrap(), text: text.into(), about: None }
}

/// A post about an earlier message.
pub fn about(room_name: &str, id: &str, text: &str, seq: Seq, kind: AboutKind) -> Post {
    Post { about: Some(About { seq, kind }), ..post(room_name, id, text) }
}

/// The texts of messages, to compare.
pub fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

/// The numbers of messages, to compare.
pub fn seqs(messages: &[Message]) -> Vec<Seq> {
    messages.iter().map(|message| message.seq).collect()
}

impl TestClient {
    /// A connection to this path, as `/ws?room=lobby`.
    pub async fn open(address: SocketAddr, path: &str) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap(), path).await
    }

    /// A connection whose system takes few bytes that were not read.
    pub async fn open_small(address: SocketAddr, path: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self::over(socket.connect(address).await.unwrap(), path).await
    }

    async fn over(stream: TcpStream, path: &str) -> Self {
        Self::over_with(stream, path, &[]).await
    }

    async fn over_with(stream: TcpStream, path: &str, headers: &[(&'static str, String)]) -> Self {
        let url = format!("ws://{}{path}", stream.peer_addr().unwrap());
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = soon("a handshake", client_async(request, stream)).await.unwrap();
        Self { socket, unread: VecDeque::new() }
    }

    /// A connection to this path with these headers in the handshake.
    pub async fn open_with(address: SocketAddr, path: &str, headers: &[(&'static str, String)]) -> Self {
        Self::over_with(TcpStream::connect(address).await.unwrap(), path, headers).await
    }

    /// A versioned connection that has not said hello.
    pub async fn silent(address: SocketAddr) -> Self {
        Self::open(address, "/ws?v=1").await
    }

    /// A versioned connection under a new name.
    pub async fn named(address: SocketAddr, name: &str) -> (Self, Welcome) {
        let mut client = Self::silent(address).await;
        let welcome = client.hello(Some(name), None).await.unwrap();
        (client, welcome)
    }

    /// A versioned connection under a name that a token proves.
    pub async fn proven(address: SocketAddr, token: &Token) -> (Self, Welcome) {
        let mut client = Self::silent(address).await;
        let welcome = client.hello(None, Some(token.clone())).await.unwrap();
        (client, welcome)
    }

    /// A versioned connection under a new name, by an invitation.
    pub async fn invited(address: SocketAddr, name: &str, invitation: &str) -> (Self, Welcome) {
        let mut client = Self::silent(address).await;
        let welcome = client.accept(Some(name), None, invitation).await.unwrap();
        (client, welcome)
    }

    /// Says hello with an invitation, and hears the answer.
    pub async fn accept(
        &mut self,
        name: Option<&str>,
        token: Option<Token>,
        invitation: &str,
    ) -> Result<Welcome, Refusal> {
        let invitation = InvitationSecret::parse(invitation).unwrap();
        self.say_hello(name, token, None, Some(invitation)).await
    }

    /// Says hello, and hears the answer.
    pub async fn hello(&mut self, name: Option<&str>, token: Option<Token>) -> Result<Welcome, Refusal> {
        self.say_hello(name, token, None, None).await
    }

    /// Claims a name with a secret, and hears the answer.
    pub async fn claim(&mut self, name: &str, secret: &ClaimSecret) -> Result<Welcome, Refusal> {
        self.say_hello(Some(name), None, Some(secret.clone()), None).await
    }

    async fn say_hello(
        &mut self,
        name: Option<&str>,
        token: Option<Token>,
        secret: Option<ClaimSecret>,
        invitation: Option<InvitationSecret>,
    ) -> Result<Welcome, Refusal> {
        self.say(&FromClient::Hello {
            username: name.map(username),
            token: token.clone(),
            secret,
            invitation,
        })
        .await;
        let is_answer = |frame: &_| matches!(frame, FromServer::Welcome { .. } | FromServer::Refused(_));
        match self.find("the answer to hello", is_answer).await {
            FromServer::Welcome { username, token: given, rooms, role, .. } => {
                assert!(given.is_none() || token.is_none(), "no token is exchanged for another one");
                let token = given.or(token).expect("a welcome without a token answers one");
                Ok(Welcome { username, token, rooms, role })
            }
            FromServer::Refused(refusal) => Err(refusal),
            _ => unreachable!("only answers are found"),
        }
    }

    /// Sends a frame.
    pub async fn say(&mut self, frame: &FromClient) {
        self.text(&frame.encode()).await;
    }

    /// Sends a text as it is.
    pub async fn text(&mut self, text: &str) {
        self.send(Frame::text(text)).await;
    }

    /// Sends a text, on a connection that may have ended.
    pub async fn try_text(&mut self, text: &str) -> Result<(), tungstenite::Error> {
        soon("a place for what is sent", self.socket.send(Frame::text(text))).await
    }

    /// Hears the answers to so many posts, or how the connection ended before.
    pub async fn answers(
        &mut self,
        count: usize,
        acknowledged: &mut Vec<MessageId>,
    ) -> Result<(), CloseCode> {
        let mut answered = 0;
        while answered < count {
            if let FromServer::Posted { id, .. } =
                FromServer::decode(&self.next_text_or_close().await?).unwrap()
            {
                acknowledged.push(id);
                answered += 1;
            }
        }
        Ok(())
    }

    /// Sends any kind of message.
    pub async fn send(&mut self, message: Frame) {
        soon("a place for what is sent", self.socket.send(message)).await.unwrap();
    }

    /// The next text as it came, without the pings between.
    pub async fn next_text(&mut self) -> String {
        match self.next_text_or_close().await {
            Ok(text) => text,
            Err(code) => panic!("the connection was closed with {code} where a text was to come"),
        }
    }

    /// The next text, or how the connection ended.
    pub async fn next_text_or_close(&mut self) -> Result<String, CloseCode> {
        loop {
            match soon("the next frame", self.socket.next()).await {
                Some(Ok(Frame::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Frame::Close(close))) => {
                    return Err(close.map_or(CloseCode::NO_STATUS, |close| CloseCode(close.code.into())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(CloseCode::ABNORMAL),
            }
        }
    }

    /// How the connection ends, with everything that came before.
    pub async fn end(&mut self) -> (Vec<FromServer>, CloseCode) {
        let mut frames: Vec<_> = self.unread.drain(..).collect();
        loop {
            match self.next_text_or_close().await {
                Ok(text) => frames.push(FromServer::decode(&text).unwrap()),
                Err(code) => return (frames, code),
            }
        }
    }

    /// The next frame that is one of those meant; others are kept for later.
    pub async fn find(&mut self, what: &str, is_meant: impl Fn(&FromServer) -> bool) -> FromServer {
        if let Some(at) = self.unread.iter().position(&is_meant) {
            return self.unread.remove(at).unwrap();
        }
        let next = async {
            loop {
                let text = self.next_text().await;
                let frame = FromServer::decode(&text).unwrap();
                if is_meant(&frame) {
                    return frame;
                }
                self.unread.push_back(frame);
            }
        };
        soon(what, next).await
    }

    /// Joins a room, from its newest page.
    pub async fn join(&mut self, name: &str) -> Joined {
        self.join_after(name, None, None).await
    }

    /// Joins a room, to go on after what is known.
    pub async fn join_after(&mut self, name: &str, epoch: Option<Epoch>, after: Option<Seq>) -> Joined {
        let meant = room(name);
        self.say(&FromClient::Join { room: meant.clone(), epoch, after }).await;
        let is_answer = |frame: &_| matches!(frame, FromServer::Joined { room, .. } if *room == meant);
        match self.find("the answer to a join", is_answer).await {
            FromServer::Joined { epoch, head, resumed, messages, more, members, seen, info, .. } => {
                Joined { epoch, head, resumed, messages, more, members, seen, floor: info.floor }
            }
            _ => unreachable!("only answers are found"),
        }
    }

    /// Posts, and hears the answer.
    pub async fn try_post(&mut self, post: Post) -> Result<Seq, Refusal> {
        let meant = post.id.clone();
        self.say(&FromClient::Post(post)).await;
        let is_answer = |frame: &_| match frame {
            FromServer::Posted { id, .. } => *id == meant,
            FromServer::Refused(refusal) => refusal.id.as_ref() == Some(&meant),
            _ => false,
        };
        match self.find("the answer to a post", is_answer).await {
            FromServer::Posted { seq, .. } => Ok(seq),
            FromServer::Refused(refusal) => Err(refusal),
            _ => unreachable!("only answers are found"),
        }
    }

    /// Posts what is taken.
    pub async fn post(&mut self, post: Post) -> Seq {
        self.try_post(post).await.unwrap()
    }

    /// Posts numbers to a room, one after the other, and gives the seq of each. Others are posted elsewhere meanwhile,
    /// so that the seqs have gaps.
    pub async fn post_numbers(&mut self, room: &str, numbers: RangeInclusive<usize>) -> Vec<Seq> {
        let mut seqs = Vec::new();
        for n in numbers {
            let id = format!("n{n}");
            seqs.push(self.post(post(room, &id, &n.to_string())).await);
            if n % 3 == 0 {
                self.post(post("elsewhere", &id, "not here")).await;
            }
        }
        assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
        seqs
    }

    /// The next message of any room.
    pub async fn message(&mut self) -> Message {
        match self.find("a message", |frame| matches!(frame, FromServer::Message(_))).await {
            FromServer::Message(message) => message,
            _ => unreachable!("only messages are found"),
        }
    }

    /// The next messages.
    pub async fn messages(&mut self, count: usize) -> Vec<Message> {
        let mut messages = Vec::with_capacity(count);
        while messages.len() < count {
            messages.push(self.message().await);
        }
        messages
    }

    /// The next refusal.
    pub async fn refusal(&mut self) -> Refusal {
        match self.find("a refusal", |frame| matches!(frame, FromServer::Refused(_))).await {
            FromServer::Refused(refusal) => refusal,
            _ => unreachable!("only refusals are found"),
        }
    }

    /// Asks for history.
    pub async fn page(&mut self, name: &str, side: Side, limit: u16) -> Page {
        let meant = room(name);
        self.say(&FromClient::Page { room: meant.clone(), side, limit }).await;
        let is_answer = |frame: &_| matches!(frame, FromServer::Page { room, .. } if *room == meant);
        match self.find("a page", is_answer).await {
            FromServer::Page { messages, context, more, floor, .. } => {
                Page { messages, context, more, floor }
            }
            _ => unreachable!("only pages are found"),
        }
    }

    /// What came unasked until now. Whatever the server had for this connection when this was called is among it: the
    /// first answer is behind what was told to it alone, and the second one behind what its rooms had.
    pub async fn so_far(&mut self) -> Vec<FromServer> {
        for _ in 0..2 {
            // No kind of frame in one mode, and no post in the other.
            self.text(r#"{"type":"what comes before this has come"}"#).await;
            let is_answer = |frame: &FromServer| {
                let no_frame = |code| matches!(code, RefusalCode::UnknownType | RefusalCode::BadFrame);
                matches!(frame, FromServer::Refused(refusal) if no_frame(refusal.code))
            };
            self.find("the answer to a fence", is_answer).await;
        }
        self.unread.drain(..).collect()
    }

    /// The messages that came unasked until now.
    pub async fn messages_so_far(&mut self) -> Vec<Message> {
        let message = |frame| match frame {
            FromServer::Message(message) => Some(message),
            _ => None,
        };
        self.so_far().await.into_iter().filter_map(message).collect()
    }
}
