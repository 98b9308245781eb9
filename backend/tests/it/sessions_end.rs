//! A right that ends ends whatever goes on by it, within five seconds, on every transport.

use std::time::{Duration, Instant, SystemTime};

use hyper::Method;
use serde_json::{Value, json};
use shared::{CloseCode, FromServer, Role};
use tokio::task::JoinHandle;

use crate::{
    bound::soon,
    client::{TestClient, texts, username},
    house::{House, OPEN, Person, joins},
    jwt,
    metrics::Metrics,
    web::{self, Answer, Events, Web},
};

/// A right that ends is felt by then.
const BOUND: Duration = Duration::from_secs(5);

/// Somebody who follows a room in every way at once.
struct Watching {
    ws: TestClient,
    plain: TestClient,
    events: Events,
    poll: JoinHandle<Answer>,
}

/// How each way ends.
struct End {
    /// `None`: the connection goes on, without the room.
    ws: Option<CloseCode>,
    plain: CloseCode,
    /// The error of the long poll, and of the event that ends the stream.
    error: &'static str,
}

const TOKEN: End =
    End { ws: Some(CloseCode::TOKEN_EXPIRED), plain: CloseCode::TOKEN_EXPIRED, error: "bad_token" };
const BARRED: End = End { ws: Some(CloseCode::BARRED), plain: CloseCode::BARRED, error: "barred" };
const ROOM: End = End { ws: None, plain: CloseCode::ROOM_LEFT, error: "no_room" };

/// The client that the proxy of these tests speaks for.
const ADDRESS: &str = "203.0.113.7";

impl Watching {
    async fn begin(house: &House, who: &Person, name: &str) -> Self {
        let at = house.address();
        let followers = || async { sessions(house).await };
        let before = followers().await;
        let bearer = who.bearer().unwrap();
        let from = ("x-forwarded-for", ADDRESS.to_owned());
        let mut ws = TestClient::open_with(at, "/ws?v=1", std::slice::from_ref(&from)).await;
        ws.hello(None, who.token.clone()).await.unwrap();
        let head = ws.join(name).await.head;
        let headers = [("authorization", bearer.clone()), from];
        let plain = TestClient::open_with(at, &format!("/ws?room={name}"), &headers).await;
        let sent = [("authorization", bearer.as_str()), ("x-forwarded-for", ADDRESS)];
        let mut events = Events::open_with(at, &format!("/api/rooms/{name}/events"), &sent).await;
        assert_eq!(events.event().await.kind, "joined");
        let path = format!("/api/rooms/{name}/messages?after={head}&wait=60");
        let poll = tokio::spawn(async move {
            let headers = [("authorization", bearer.as_str()), ("x-forwarded-for", ADDRESS)];
            Web::connect(at).await.request(Method::GET, &path, &headers, String::new()).await
        });
        soon("four that follow", async {
            while followers().await < before + 4 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        Self { ws, plain, events, poll }
    }

    /// Waits until every way has ended like this; somebody says something behind it, which does not arrive.
    async fn ends(mut self, house: &House, name: &str, end: End) {
        let began = Instant::now();
        if let Some(code) = end.ws {
            assert_eq!(self.ws.end().await.1, code);
        } else {
            let is_left = |frame: &FromServer| matches!(frame, FromServer::Left { .. });
            self.ws.find("a left", is_left).await;
        }
        assert_eq!(self.plain.end().await.1, end.plain);
        let left = self.events.event().await;
        assert_eq!((left.kind.as_str(), &left.json()["error"]["code"]), ("left", &json!(end.error)));
        assert_eq!(self.events.next().await, None);
        let poll = soon("the end of a long poll", self.poll).await.unwrap();
        assert_eq!(poll.error(), end.error, "{}", poll.body);
        assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
        let _ = house.member.post(house.address(), name, &json!({"text": "too late"})).await;
        if end.ws.is_none() {
            let frames = self.ws.so_far().await;
            assert!(!format!("{frames:?}").contains("too late"), "{frames:?}");
        }
    }
}

/// How many sessions and followers the server counts.
async fn sessions(house: &House) -> usize {
    Metrics::parse(house.owner.get(house.address(), "/metrics").await.body).connections()
}

/// Somebody follows the closed room in every way; an act of somebody's ends it.
async fn ended_by(act: impl FnOnce(&House) -> (Person, Value), end: End) {
    let house = House::open().await;
    let at = house.address();
    let vic = joins(at, &house.owner, "vic", json!({})).await;
    let closed = house.closed.clone();
    house.member.does(at, json!({"act": "add_member", "room": closed, "username": "vic"})).await;
    let mut watching = Watching::begin(&house, &vic, &closed).await;
    // Until then it works.
    house.member.say(at, &closed, "in time").await;
    assert_eq!(watching.plain.next_text().await.matches("in time").count(), 1);
    assert_eq!(watching.events.event().await.message().text, "in time");
    assert_eq!(texts(&soon("a long poll", watching.poll).await.unwrap().messages()), ["in time"]);
    assert_eq!(watching.ws.message().await.text, "in time");

    let watching = Watching::begin(&house, &vic, &closed).await;
    let (by, act) = act(&house);
    let by = if by.name == "vic" { vic.clone() } else { by };
    by.does(at, act).await;
    watching.ends(&house, &closed, end).await;
    let again = vic.get(at, &format!("/api/rooms/{closed}/messages")).await;
    assert!(!again.status.is_success() && !again.body.contains("zeppelin"), "{}", again.body);
}

#[tokio::test]
async fn a_removal_ends_what_follows_the_room() {
    let act = |house: &House| {
        let act = json!({"act": "remove_member", "room": house.closed, "username": "vic"});
        (house.member.clone(), act)
    };
    ended_by(act, ROOM).await;
}

#[tokio::test]
async fn leaving_ends_what_follows_the_room() {
    let act = |house: &House| {
        let act = json!({"act": "remove_member", "room": house.closed, "username": "vic"});
        (Person { name: "vic", token: None }, act)
    };
    ended_by(act, ROOM).await;
}

#[tokio::test]
async fn deleting_a_room_ends_what_follows_it() {
    let act = |house: &House| (house.member.clone(), json!({"act": "delete_room", "room": house.closed}));
    ended_by(act, ROOM).await;
}

#[tokio::test]
async fn revoking_tokens_ends_what_goes_on_by_them() {
    let act = |house: &House| (house.owner.clone(), json!({"act": "revoke_tokens", "username": "vic"}));
    ended_by(act, TOKEN).await;
}

#[tokio::test]
async fn a_bar_ends_what_the_barred_do() {
    let act = |house: &House| (house.moderator.clone(), json!({"act": "bar", "username": "vic"}));
    ended_by(act, BARRED).await;
}

#[tokio::test]
async fn deleting_an_account_ends_what_it_does() {
    let act = |_: &House| {
        (Person { name: "vic", token: None }, json!({"act": "delete_account", "username": "vic"}))
    };
    ended_by(act, TOKEN).await;
}

#[tokio::test]
async fn closing_an_open_room_ends_what_others_than_its_members_follow() {
    let house = House::open().await;
    let at = house.address();
    house.other.say(at, OPEN, "I talk here").await;
    let vic = joins(at, &house.owner, "vic", json!({})).await;
    let mut stays = house.other.connect(at).await;
    stays.join(OPEN).await;
    let watching = Watching::begin(&house, &vic, OPEN).await;
    house.owner.does(at, json!({"act": "set_kind", "room": OPEN, "kind": "closed"})).await;
    watching.ends(&house, OPEN, ROOM).await;
    let frames = format!("{:?}", stays.so_far().await);
    assert!(frames.contains("Closed") && !frames.contains("Left"), "{frames}");
    house.owner.say(at, OPEN, "among us").await;
    assert_eq!(stays.message().await.text, "among us");
}

#[tokio::test]
async fn a_barred_address_is_out_at_once_and_only_a_proxy_speaks_for_others() {
    let house = House::with_flags(&["--proxy", "127.0.0.1"]).await;
    let at = house.address();
    let mut elsewhere = house.other.connect(at).await;
    elsewhere.join(OPEN).await;
    let watching = Watching::begin(&house, &house.other, OPEN).await;
    house.moderator.does(at, json!({"act": "bar_address", "address": ADDRESS})).await;
    watching.ends(&house, OPEN, BARRED).await;
    // The same person from another address goes on.
    elsewhere.message().await;
    let bearer = house.other.bearer().unwrap();
    for (forwarded, is_in) in [
        (ADDRESS, false),
        ("198.51.100.9", true),
        // What a client says of itself comes before what the proxy adds.
        ("198.51.100.9, 203.0.113.7", false),
        ("203.0.113.7, 198.51.100.9", true),
    ] {
        let headers = [("authorization", bearer.as_str()), ("x-forwarded-for", forwarded)];
        let answer = Web::connect(at).await.request(Method::GET, "/api/me", &headers, String::new()).await;
        assert_eq!(answer.status.is_success(), is_in, "{forwarded}: {}", answer.body);
    }
    let from = [("x-forwarded-for", ADDRESS.to_owned())];
    let mut client = TestClient::open_with(at, "/ws?v=1", &from).await;
    let refusal = client.hello(None, house.other.token.clone()).await.unwrap_err();
    assert_eq!(refusal.code.as_str(), "barred");
    // An owner is kept out by no moderator, and can lift the bar from there.
    let mut owner = TestClient::open_with(at, "/ws?v=1", &from).await;
    owner.hello(None, house.owner.token.clone()).await.unwrap();
    let bearer = house.owner.bearer().unwrap();
    let headers = [("authorization", bearer.as_str()), ("x-forwarded-for", ADDRESS)];
    let act = json!({"act": "unbar_address", "address": ADDRESS}).to_string();
    let answer = Web::connect(at).await.request(Method::POST, "/api/acts", &headers, act).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    client.hello(None, house.other.token.clone()).await.unwrap();
}

#[tokio::test]
async fn a_token_that_expires_ends_what_goes_on_by_it() {
    let house = House::open().await;
    let at = house.address();
    let end = SystemTime::now() + Duration::from_secs(4);
    let token = jwt::until(house.server.folder(), "vic", end);
    let vic = Person { name: "vic", token: Some(token) };
    let watching = Watching::begin(&house, &vic, OPEN).await;
    assert!(SystemTime::now() < end, "this machine is too slow for the test");
    tokio::time::sleep(end.duration_since(SystemTime::now()).unwrap_or_default()).await;
    watching.ends(&house, OPEN, TOKEN).await;
    assert_eq!(vic.get(at, "/api/me").await.error(), "bad_token");
}

#[tokio::test]
async fn a_new_role_comes_with_a_new_connection_and_ends_nothing_that_may_go_on() {
    let house = House::open().await;
    let at = house.address();
    let vic = joins(at, &house.owner, "vic", json!({})).await;
    let mut watching = Watching::begin(&house, &vic, OPEN).await;
    house.owner.does(at, json!({"act": "set_role", "username": "vic", "role": "moderator"})).await;
    let (frames, code) = watching.ws.end().await;
    assert!(frames.iter().any(|frame| matches!(frame, FromServer::Closing { .. })), "{frames:?}");
    assert_eq!(code, CloseCode::RESTART);
    let (_, welcome) = TestClient::proven(at, vic.token()).await;
    assert_eq!(welcome.role, Role::Moderator);
    house.owner.say(at, OPEN, "go on").await;
    assert_eq!(watching.events.event().await.message().text, "go on");
    assert_eq!(texts(&soon("a long poll", watching.poll).await.unwrap().messages()), ["go on"]);

    // A limit is a right that ends.
    let watching = Watching::begin(&house, &vic, OPEN).await;
    let act = json!({"act": "set_role", "username": "vic", "role": "guest", "limited": true});
    house.owner.does(at, act).await;
    let end = End { ws: Some(CloseCode::RESTART), plain: CloseCode::RESTART, error: "no_room" };
    watching.ends(&house, OPEN, end).await;
}

#[tokio::test]
async fn tokens_and_device_links_from_before_a_revocation_end_with_it() {
    let house = House::open().await;
    let at = house.address();
    let bearer = house.other.bearer().unwrap();
    let page = json!({"page": format!("http://{at}/")}).to_string();
    let headers = [("authorization", bearer.as_str())];
    let made = Web::connect(at).await.request(Method::POST, "/api/device-links", &headers, page).await;
    let code = json!({"code": made.json()["code"]}).to_string();
    let revoked = house.other.does(at, json!({"act": "revoke_tokens", "username": "otto"})).await;
    let redeemed = Web::connect(at).await.request(Method::POST, "/api/device-links/redeem", &[], code).await;
    assert_eq!(redeemed.error(), "bad_device_code");
    assert_eq!(house.other.get(at, "/api/me").await.error(), "bad_token");
    let token = shared::Token::parse(revoked["token"].as_str().unwrap()).unwrap();
    assert_eq!(web::get_with(at, "/api/me", &token).await.json()["username"], "otto");
}

#[tokio::test]
async fn the_applications_users_get_no_token_that_outlives_the_applications() {
    let house = House::open().await;
    let at = house.address();
    let vic = Person { name: "vic", token: Some(jwt::of(house.server.folder(), "vic")) };
    assert_eq!(vic.may_not(at, json!({"act": "revoke_tokens", "username": "vic"})).await, "forbidden");
    let by_owner = house.owner.may_not(at, json!({"act": "revoke_tokens", "username": "vic"})).await;
    assert_eq!(by_owner, "forbidden");
    let bearer = vic.bearer().unwrap();
    let page = json!({"page": format!("http://{at}/")}).to_string();
    let headers = [("authorization", bearer.as_str())];
    let made = Web::connect(at).await.request(Method::POST, "/api/device-links", &headers, page).await;
    assert_eq!(made.error(), "forbidden");
    assert_eq!(vic.get(at, "/api/me").await.json()["username"], json!(username("vic")));
}
