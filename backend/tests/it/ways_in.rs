//! Who comes into a house that is not open: by an invitation, or by a token of the operator's application.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{ClaimSecret, CloseCode, RefusalCode, Token};

use crate::{
    client::TestClient,
    house::{OPEN, Person, make, owned},
    jwt,
    server::TestServer,
    web::{self, Web},
    wire::KEY,
};

#[tokio::test]
async fn without_an_invitation_nobody_comes_in_by_any_way() {
    let (server, _) = owned(&[]).await;
    let at = server.address;
    let mut client = TestClient::silent(at).await;
    for name in [Some("eve"), None] {
        assert_eq!(client.hello(name, None).await.unwrap_err().code, RefusalCode::InvitationNeeded);
    }
    let secret = ClaimSecret::parse(&"s".repeat(32)).unwrap();
    assert_eq!(client.claim("eve", &secret).await.unwrap_err().code, RefusalCode::InvitationNeeded);
    let guessed = client.accept(Some("eve"), None, "AAAAAAAAAAAAAAAAAAAAAA").await.unwrap_err();
    assert_eq!(guessed.code, RefusalCode::BadInvitation);
    for path in [
        "/ws",
        "/ws?username=eve",
        "/api/rooms",
        "/api/rooms/lobby/messages",
        "/api/rooms/lobby/events",
        "/api/search?q=a",
        "/api/people",
        "/api/me",
        "/metrics",
    ] {
        let headers = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", KEY),
        ];
        let headers = if path.starts_with("/ws") { &headers[..] } else { &[] };
        let answer = Web::connect(at).await.request(Method::GET, path, headers, String::new()).await;
        assert_eq!(
            (answer.status, &*answer.error()),
            (StatusCode::UNAUTHORIZED, "invitation_needed"),
            "{path}"
        );
    }
    for room in ["lobby", "new-room"] {
        let answer = web::post(at, room, &json!({"text": "hi", "username": "eve"})).await;
        assert_eq!(answer.error(), "invitation_needed");
    }
    assert_eq!(web::get(at, "/api/house").await.json(), json!({"name": "", "access": "invited"}));
}

#[tokio::test]
async fn a_house_of_an_application_takes_its_users_and_bots_only() {
    let server = TestServer::open().await;
    let at = server.address;
    let (_, claimed) = TestClient::named(at, "early").await;
    let boss = Person {
        name: "boss",
        token: Some(jwt::sign(server.folder(), &json!({"sub": "boss", "role": "owner"}))),
    };
    let made = boss.does(at, json!({"act": "invite"})).await;
    let secret = made["invitation"].as_str().unwrap().to_owned();
    let server = server.restart_with(&["--access", "app"]).await;
    let at = server.address;
    assert_eq!(server.owner_link, None);
    let sign = |claims: Value| Some(jwt::sign(server.folder(), &claims));
    let owner = Person { name: "olga", token: sign(json!({"sub": "olga", "role": "owner"})) };
    assert_eq!(owner.may_not(at, json!({"act": "invite"})).await, "forbidden", "it would let nobody in");
    assert_eq!(owner.get(at, "/api/me").await.json()["invites"], false);
    // One from before lets nobody in, and offers nothing.
    let look = json!({"invitation": secret}).to_string();
    let looked = Web::connect(at).await.request(Method::POST, "/api/invitations/look", &[], look).await;
    assert_eq!(looked.error(), "bad_invitation");
    let secret = secret.as_str();
    let mut client = TestClient::silent(at).await;
    assert_eq!(
        client.accept(Some("eve"), None, secret).await.unwrap_err().code,
        RefusalCode::InvitationNeeded
    );
    assert_eq!(client.hello(Some("eve"), None).await.unwrap_err().code, RefusalCode::InvitationNeeded);
    assert_eq!(client.hello(None, None).await.unwrap_err().code, RefusalCode::InvitationNeeded);
    let early = client.hello(None, Some(claimed.token.clone())).await.unwrap_err();
    assert_eq!(early.code, RefusalCode::InvitationNeeded);
    let early = Person { name: "early", token: Some(claimed.token) };
    assert_eq!(early.get(at, "/api/me").await.error(), "invitation_needed");
    assert_eq!(early.post(at, "lobby", &json!({"text": "hi"})).await.error(), "invitation_needed");
    let vic = Person { name: "vic", token: sign(json!({"sub": "vic"})) };
    assert_eq!(vic.post(at, "new-room", &json!({"text": "hi"})).await.error(), "no_room");
    let bot = owner.does(at, json!({"act": "add_bot", "username": "robo", "rooms": ["lobby"]})).await;
    let token = Some(Token::parse(bot["token"].as_str().unwrap()).unwrap());
    Person { name: "robo", token }.say(at, "lobby", "beep").await;
}

#[tokio::test]
async fn an_applications_newest_token_decides_on_role_and_rooms_and_no_older_one_does() {
    let server = TestServer::open().await;
    let server = server.restart_with(&["--access", "app"]).await;
    let at = server.address;
    let token = |claims: Value| Some(jwt::sign(server.folder(), &claims));
    let vic = |claims: Value| Person { name: "vic", token: token(claims) };
    let owner = Person { name: "olga", token: token(json!({"sub": "olga", "role": "owner", "iat": 100})) };
    make(at, &owner, OPEN, "open").await;
    let first = vic(json!({"sub": "vic", "role": "moderator", "rooms": ["team", OPEN], "iat": 200}));
    let second = vic(json!({"sub": "vic", "role": "guest", "rooms": ["team"], "iat": 300}));
    let third = vic(json!({"sub": "vic", "iat": 400}));
    let role = async |who: &Person| {
        let me = who.get(at, "/api/me").await.json();
        (me["role"].as_str().unwrap().to_owned(), me["limited"] == true)
    };
    let reads = async |who: &Person, name: &str| {
        who.get(at, &format!("/api/rooms/{name}/messages")).await.status.is_success()
    };
    assert_eq!(role(&first).await, ("moderator".into(), true));
    first.say(at, "team", "we").await;
    assert!(reads(&first, OPEN).await && !reads(&first, "lobby").await);
    assert!(!reads(&owner, "team").await, "a room of a claim is closed");
    let mut live = first.connect(at).await;
    live.join(OPEN).await;
    assert_eq!(role(&second).await, ("guest".into(), true));
    assert_eq!(live.end().await.1, CloseCode::RESTART);
    for who in [&first, &second, &first] {
        assert_eq!(role(who).await, ("guest".into(), true));
        assert!(reads(who, "team").await && !reads(who, OPEN).await);
    }
    // What somebody decides in the house stands until the application says something new.
    owner.does(at, json!({"act": "add_member", "room": "team", "username": "olga"})).await;
    owner.does(at, json!({"act": "remove_member", "room": "team", "username": "vic"})).await;
    let same = vic(json!({"sub": "vic", "role": "guest", "rooms": ["team"], "iat": 301}));
    assert!(!reads(&same, "team").await, "a removal is not undone by the same claim in a newer token");
    assert_eq!(role(&third).await, ("member".into(), false));
    assert!(!reads(&third, "team").await && reads(&third, OPEN).await);
    assert_eq!(role(&first).await, ("member".into(), false));
    owner.does(at, json!({"act": "set_role", "username": "vic", "role": "moderator"})).await;
    assert_eq!(role(&third).await, ("moderator".into(), false));
    for claims in [
        json!({"sub": "eve", "role": "bot"}),
        json!({"sub": "eve", "role": "Owner"}),
        json!({"sub": "eve", "rooms": "team"}),
        json!({"sub": "eve", "iat": 99_999_999_999_u64}),
        json!({"sub": "eve", "aud": "elsewhere"}),
        json!({"sub": "eve", "exp": 1}),
        json!({"sub": "eve", "nbf": 99_999_999_999_u64}),
        json!({"sub": "eve", "iss": "parlor"}),
    ] {
        let eve = Person { name: "eve", token: token(claims.clone()) };
        assert_eq!(eve.get(at, "/api/me").await.error(), "bad_token", "{claims}");
    }
    assert!(!owner.get(at, "/api/people").await.body.contains("eve"));
}
