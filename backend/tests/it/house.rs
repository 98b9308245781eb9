//! An invited house with somebody in every role, and rooms of every kind with something to hide.

use std::net::SocketAddr;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{Seq, Token};

use crate::{
    client::TestClient,
    server::TestServer,
    web::{self, Answer, Events, Web},
};

/// Somebody with a token, or a stranger without one.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: &'static str,
    pub token: Option<Token>,
}

/// See the module's page.
pub struct House {
    pub server: TestServer,
    pub owner: Person,
    pub moderator: Person,
    /// Has made the closed room and the deleted one.
    pub member: Person,
    /// Is in no closed room.
    pub other: Person,
    /// Sees the room `porch` and no other.
    pub guest: Person,
    /// Was in the closed room, and was removed.
    pub former: Person,
    /// Was removed from the open room.
    pub expelled: Person,
    pub barred: Person,
    pub stranger: Person,
    /// Nobody but the moderator and the member is in it.
    pub closed: String,
    /// Is deleted; the same people were in it.
    pub deleted: String,
    /// Of the moderator and the member.
    pub direct: String,
    /// The number of the text in the closed room.
    pub secret_seq: Seq,
}

/// The open room.
pub const OPEN: &str = "garden";
/// The open room that the guest was invited to.
pub const PORCH: &str = "porch";
/// A name that no room has, of the form of a closed room's.
pub const ABSENT: &str = "cellar.aaaaaaaa";
/// Words that are said in the closed room, the deleted room and the direct room alone; the first one is edited away.
pub const SECRETS: [&str; 4] = ["xylophone", "zeppelin", "quagmire", "walrus"];

impl Person {
    pub fn bearer(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {}", token.as_str()))
    }

    pub fn token(&self) -> &Token {
        self.token.as_ref().unwrap()
    }

    /// A request with the token, if there is one.
    pub async fn request(&self, address: SocketAddr, method: Method, path: &str, body: String) -> Answer {
        let bearer = self.bearer();
        let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        Web::connect(address).await.request(method, path, &headers, body).await
    }

    pub async fn get(&self, address: SocketAddr, path: &str) -> Answer {
        self.request(address, Method::GET, path, String::new()).await
    }

    pub async fn post(&self, address: SocketAddr, room: &str, body: &Value) -> Answer {
        let path = format!("/api/rooms/{room}/messages");
        self.request(address, Method::POST, &path, body.to_string()).await
    }

    /// Posts what is taken, and tells the seq.
    pub async fn say(&self, address: SocketAddr, room: &str, text: &str) -> Seq {
        let answer = self.post(address, room, &json!({ "text": text })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}: {}", self.name, answer.body);
        Seq(answer.json()["seq"].as_u64().unwrap())
    }

    /// Does an act that is done.
    pub async fn does(&self, address: SocketAddr, act: Value) -> Value {
        let answer = web::act(address, self.token(), &act).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{} {act}: {}", self.name, answer.body);
        answer.json()
    }

    /// Proposes an act that is refused, and tells the code.
    pub async fn may_not(&self, address: SocketAddr, act: Value) -> String {
        let answer = web::act(address, self.token(), &act).await;
        assert_ne!(answer.status, StatusCode::CREATED, "{} {act}", self.name);
        answer.error()
    }

    pub async fn connect(&self, address: SocketAddr) -> TestClient {
        TestClient::proven(address, self.token()).await.0
    }

    /// Plain `/ws`, with the room in the path.
    pub async fn plain(&self, address: SocketAddr, path: &str) -> TestClient {
        let headers: Vec<_> = self.bearer().into_iter().map(|bearer| ("authorization", bearer)).collect();
        TestClient::open_with(address, path, &headers).await
    }

    pub async fn events(&self, address: SocketAddr, room: &str) -> Events {
        let bearer = self.bearer();
        let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        Events::open_with(address, &format!("/api/rooms/{room}/events"), &headers).await
    }
}

/// The secret in an invitation's link.
pub fn secret_of(link: &str) -> String {
    link.split_once("#invitation=").unwrap().1.to_owned()
}

/// An invited house with its owner.
pub async fn owned(flags: &[&str]) -> (TestServer, Person) {
    let flags: Vec<_> = ["--access", "invited"].iter().chain(flags).copied().collect();
    let server = TestServer::with_flags(&flags).await;
    let secret = secret_of(server.owner_link.as_deref().unwrap());
    let (_, welcome) = TestClient::invited(server.address, "olga", &secret).await;
    (server, Person { name: "olga", token: Some(welcome.token) })
}

/// Invites somebody, who comes.
pub async fn joins(address: SocketAddr, by: &Person, name: &'static str, invitation: Value) -> Person {
    let mut act = json!({"act": "invite"});
    act.as_object_mut().unwrap().extend(invitation.as_object().unwrap().clone());
    let made = by.does(address, act).await;
    let (_, welcome) = TestClient::invited(address, name, made["invitation"].as_str().unwrap()).await;
    Person { name, token: Some(welcome.token) }
}

/// Makes a room, and tells its name.
pub async fn make(address: SocketAddr, by: &Person, room: &str, kind: &str) -> String {
    let made = by.does(address, json!({"act": "make_room", "room": room, "kind": kind})).await;
    made["room"].as_str().unwrap().to_owned()
}

impl House {
    pub async fn open() -> Self {
        Self::with_flags(&[]).await
    }

    pub async fn with_flags(flags: &[&str]) -> Self {
        let (server, owner) = owned(flags).await;
        let at = server.address;
        make(at, &owner, OPEN, "open").await;
        make(at, &owner, PORCH, "open").await;
        let moderator = joins(at, &owner, "mo", json!({"role": "moderator"})).await;
        let member = joins(at, &owner, "ann", json!({})).await;
        let other = joins(at, &owner, "otto", json!({})).await;
        let guest = joins(at, &owner, "gus", json!({"role": "guest", "rooms": [PORCH]})).await;
        let former = joins(at, &owner, "fay", json!({})).await;
        let expelled = joins(at, &owner, "remy", json!({})).await;
        let barred = joins(at, &owner, "bart", json!({})).await;

        let closed = make(at, &member, "cellar", "closed").await;
        let deleted = make(at, &member, "ruin", "closed").await;
        for (room, name) in [(&closed, "mo"), (&closed, "fay"), (&deleted, "mo"), (&deleted, "fay")] {
            member.does(at, json!({"act": "add_member", "room": room, "username": name})).await;
        }
        let direct = member.does(at, json!({"act": "open_direct", "people": ["mo"]})).await;
        let direct = direct["room"].as_str().unwrap().to_owned();

        owner.say(at, OPEN, "the roses bloom").await;
        owner.say(at, PORCH, "come in").await;
        let secret_seq = member.say(at, &closed, "the xylophone is here").await;
        let edit = json!({"text": "the zeppelin is here", "about": {"seq": secret_seq, "as": "edit"}});
        assert_eq!(member.post(at, &closed, &edit).await.status, StatusCode::CREATED);
        former.post(at, &closed, &json!({"text": "I was here", "id": "of-fay"})).await;
        member.say(at, &deleted, "the quagmire is here").await;
        member.say(at, &direct, "the walrus is here").await;

        member.does(at, json!({"act": "remove_member", "room": closed, "username": "fay"})).await;
        member.does(at, json!({"act": "delete_room", "room": deleted})).await;
        moderator.does(at, json!({"act": "remove_member", "room": OPEN, "username": "remy"})).await;
        moderator.does(at, json!({"act": "bar", "username": "bart"})).await;
        let stranger = Person { name: "stranger", token: None };
        Self {
            server,
            owner,
            moderator,
            member,
            other,
            guest,
            former,
            expelled,
            barred,
            stranger,
            closed,
            deleted,
            direct,
            secret_seq,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Everybody who is not in the closed room, the direct one and the deleted one.
    pub fn outsiders(&self) -> [&Person; 7] {
        let Self { owner, other, guest, former, expelled, barred, stranger, .. } = self;
        [owner, other, guest, former, expelled, barred, stranger]
    }

    /// The outsiders who come in.
    pub fn residents(&self) -> [&Person; 5] {
        [&self.owner, &self.other, &self.guest, &self.former, &self.expelled]
    }

    /// Names and texts that no outsider may see.
    pub fn hidden(&self) -> Vec<&str> {
        let rooms = [self.closed.as_str(), self.deleted.as_str(), self.direct.as_str()];
        rooms.into_iter().chain(SECRETS).collect()
    }

    /// Waits until search finds what was said.
    pub async fn indexed(&self) {
        loop {
            let found = self.member.get(self.address(), "/api/search?q=walrus").await;
            if !found.messages().is_empty() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}
