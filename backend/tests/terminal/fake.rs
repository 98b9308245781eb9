//! Servers that are not Parlor, or that fail in ways that a real one cannot be made to.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Instant,
};

use client::{Limits, Refusal, RefusalCode, Role, Seq, Timestamp, Token};
use shared::{FromClient, FromServer, house::Access};
use tungstenite::{Message, WebSocket, handshake::derive_accept_key};

use crate::server::TIMEOUT;

pub struct FakeServer {
    listener: TcpListener,
    pub url: String,
}

impl FakeServer {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// Takes the next connection.
    pub fn accept(&self) -> TcpStream {
        let by = Instant::now() + TIMEOUT;
        loop {
            if let Ok((stream, _)) = self.listener.accept() {
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(TIMEOUT)).unwrap();
                return stream;
            }
            assert!(Instant::now() < by, "no connection came");
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Takes the next connection and performs a WebSocket handshake.
    pub fn accept_websocket(&self) -> WebSocket<TcpStream> {
        tungstenite::accept(self.accept()).unwrap()
    }

    /// Answers every request with these bytes.
    pub fn answer_all(self, answer: &'static str) -> String {
        let url = self.url.clone();
        thread::spawn(move || {
            loop {
                let mut stream = self.accept();
                read_head(&mut stream);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        url
    }
}

pub fn read_head(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    String::from_utf8(request).unwrap()
}

/// Performs a handshake with additional headers in the answer. Returns the request.
pub fn shake_hands(stream: &mut TcpStream, headers: &str) -> String {
    let request = read_head(stream);
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{headers}\r\n"
    )
    .unwrap();
    request
}

/// The next frame of a client.
pub fn next_frame(socket: &mut WebSocket<TcpStream>) -> FromClient {
    loop {
        if let Message::Text(text) = socket.read().unwrap() {
            return FromClient::decode(&text).unwrap();
        }
    }
}

pub fn welcome(socket: &mut WebSocket<TcpStream>, username: &str, token: Option<&str>) {
    let welcome = FromServer::Welcome {
        username: username.parse().unwrap(),
        token: token.map(|token| Token::parse(token).unwrap()),
        session: "s".into(),
        heartbeat_ms: 25_000,
        limits: Limits::default(),
        rooms: Vec::new(),
        role: Role::Member,
        access: Access::Open,
    };
    socket.send(Message::text(welcome.encode())).unwrap();
}

pub fn refuse(socket: &mut WebSocket<TcpStream>, code: RefusalCode) {
    say(socket, &FromServer::Refused(Refusal::new(code, "no")));
}

pub fn say(socket: &mut WebSocket<TcpStream>, frame: &FromServer) {
    socket.send(Message::text(frame.encode())).unwrap();
}

/// Acknowledges one post, and answers the client's close.
pub fn acknowledge(socket: &mut WebSocket<TcpStream>) {
    let FromClient::Post(post) = next_frame(socket) else { panic!("a post is expected") };
    let posted =
        FromServer::Posted { room: post.room, id: post.id, seq: Seq(1), sent_at: Timestamp::default() };
    socket.send(Message::text(posted.encode())).unwrap();
    while socket.read().is_ok() {}
}
