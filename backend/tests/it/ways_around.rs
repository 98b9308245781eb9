//! Ways around a right that somebody does not have, or has no more.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{CloseCode, FromServer, RefusalCode, Role};

use crate::{
    client::{TestClient, post},
    house::{House, OPEN, Person, joins, make, owned, secret_of},
    jwt,
    server::TestServer,
    web::{self, Web},
};

fn of_application(server: &TestServer, claims: &Value) -> Person {
    Person { name: "of the application", token: Some(jwt::sign(server.folder(), claims)) }
}

/// What the house's record says, newest first: the act, by whom, and about whom.
async fn record(house: &House) -> Vec<(String, String, String)> {
    let acts = house.owner.get(house.address(), "/api/acts").await.json();
    let word = |act: &Value, field: &str| act[field].as_str().unwrap_or_default().to_owned();
    let acts = acts["acts"].as_array().unwrap().clone();
    acts.iter().map(|act| (word(act, "act"), word(act, "by"), word(act, "username"))).collect()
}

#[tokio::test]
async fn whoever_follows_a_room_before_a_token_makes_it_loses_it_then() {
    let server = TestServer::open().await;
    let at = server.address;
    let (mut eve, _) = TestClient::named(at, "eve").await;
    eve.join("team").await;
    let (mut bystander, _) = TestClient::named(at, "bystander").await;
    let mut plain = TestClient::open(at, "/ws?room=team").await;
    let xia = of_application(&server, &json!({"sub": "xia", "rooms": ["team"], "iat": 100}));
    xia.say(at, "team", "confidential").await;
    // Whoever does not follow it does not hear its name.
    assert!(!format!("{:?}", bystander.so_far().await).contains("team"));
    eve.find("a left", |frame| matches!(frame, FromServer::Left { .. })).await;
    assert_eq!(plain.end().await.1, CloseCode::ROOM_LEFT);
    assert!(!format!("{:?}", eve.so_far().await).contains("confidential"));
}

#[tokio::test]
async fn a_demoted_owners_invitation_gives_nobodys_account_away() {
    let house = House::open().await;
    let at = house.address();
    let second = joins(at, &house.owner, "second", json!({"role": "owner"})).await;
    let old = second.does(at, json!({"act": "invite", "username": "ann"})).await;
    house.owner.does(at, json!({"act": "set_role", "username": "second", "role": "moderator"})).await;
    let old = old["invitation"].as_str().unwrap();
    let mut thief = TestClient::silent(at).await;
    assert_eq!(thief.accept(Some("ann"), None, old).await.unwrap_err().code, RefusalCode::NameTaken);
    // An owner lets her back in: whoever had her name until then finds out, and so does the record.
    let mut ann = house.member.connect(at).await;
    let back = house.owner.does(at, json!({"act": "invite", "username": "ann"})).await;
    let back = back["invitation"].as_str().unwrap();
    let welcome = TestClient::silent(at).await.accept(Some("ann"), None, back).await.unwrap();
    assert_eq!(ann.end().await.1, CloseCode::TOKEN_EXPIRED);
    assert_eq!(house.member.get(at, "/api/me").await.error(), "bad_token");
    let ann = Person { name: "ann", token: Some(welcome.token) };
    assert_eq!(ann.get(at, "/api/me").await.status, StatusCode::OK);
    assert_eq!(record(&house).await[0], ("accept_invitation".into(), "ann".into(), "ann".into()));
}

#[tokio::test]
async fn closing_a_room_lets_nobody_in_who_could_not_see_it() {
    let house = House::open().await;
    let at = house.address();
    let kim = joins(at, &house.owner, "kim", json!({})).await;
    let bea = joins(at, &house.owner, "bea", json!({})).await;
    let room = make(at, &house.owner, "open-plans", "open").await;
    for who in [&kim, &bea, &house.other] {
        who.say(at, &room, "here").await;
    }
    house
        .owner
        .does(at, json!({"act": "set_role", "username": "kim", "role": "member", "limited": true}))
        .await;
    house.owner.does(at, json!({"act": "bar", "username": "bea"})).await;
    house.owner.does(at, json!({"act": "set_kind", "room": room, "kind": "closed"})).await;
    house.owner.does(at, json!({"act": "unbar", "username": "bea"})).await;
    let path = format!("/api/rooms/{room}/messages");
    for who in [&kim, &bea] {
        assert_eq!(who.get(at, &path).await.error(), "no_room", "{}", who.name);
    }
    assert_eq!(house.other.get(at, &path).await.status, StatusCode::OK, "who could read it stays");
}

#[tokio::test]
async fn only_an_owners_invitation_lifts_what_an_owner_has_set() {
    let house = House::open().await;
    let at = house.address();
    house.owner.does(at, json!({"act": "change_settings", "settings": {"members_invite": true}})).await;
    let gil = joins(at, &house.owner, "gil", json!({"role": "guest", "rooms": [OPEN]})).await;
    let accepts = async |who: &Person, by: &Person, invitation: Value| {
        let mut act = json!({"act": "invite"});
        act.as_object_mut().unwrap().extend(invitation.as_object().unwrap().clone());
        let made = by.does(at, act).await;
        let secret = made["invitation"].as_str().unwrap().to_owned();
        TestClient::silent(at).await.accept(None, who.token.clone(), &secret).await.unwrap();
        let me = who.get(at, "/api/me").await.json();
        (me["role"].as_str().unwrap().to_owned(), me["limited"] == true)
    };
    for by in [&house.member, &house.moderator] {
        for invitation in [json!({"role": "guest", "uses": 5}), json!({"role": "member"})] {
            assert_eq!(accepts(&gil, by, invitation).await, ("guest".into(), true), "{}", by.name);
        }
    }
    let for_many = json!({"role": "guest", "uses": 5});
    assert_eq!(accepts(&gil, &house.owner, for_many).await, ("guest".into(), true));
    assert_eq!(accepts(&gil, &house.owner, json!({"role": "member"})).await, ("member".into(), false));
    // Whoever sees only some rooms adds nobody to them, whatever their role is.
    let limited = json!({"act": "set_role", "username": "mo", "role": "moderator", "limited": true});
    house.owner.does(at, limited).await;
    let add = json!({"act": "add_member", "room": house.closed, "username": "gil"});
    assert_eq!(house.moderator.may_not(at, add).await, "forbidden");
}

#[tokio::test]
async fn a_refused_invitation_changes_nothing() {
    let house = House::open().await;
    let at = house.address();
    house.owner.does(at, json!({"act": "bar", "username": "otto"})).await;
    let back = house.owner.does(at, json!({"act": "invite", "username": "otto"})).await;
    let back = back["invitation"].as_str().unwrap();
    let mut thief = TestClient::silent(at).await;
    assert_eq!(thief.accept(Some("otto"), None, back).await.unwrap_err().code, RefusalCode::Barred);
    house.owner.does(at, json!({"act": "unbar", "username": "otto"})).await;
    assert_eq!(house.other.get(at, "/api/me").await.status, StatusCode::OK, "his token is as good as before");
}

#[tokio::test]
async fn the_link_of_the_first_start_ends_when_the_house_has_an_owner() {
    let server = TestServer::with_flags(&["--access", "invited"]).await;
    let at = server.address;
    let first = secret_of(server.owner_link.as_deref().unwrap());
    let operator = Person {
        name: "the operator",
        token: Some(jwt::sign(server.folder(), &json!({"sub": "root", "role": "owner"}))),
    };
    // Somebody owns it by another way, here by a token of the operator's application.
    assert_eq!(operator.get(at, "/api/me").await.status, StatusCode::OK);
    let late = TestClient::silent(at).await.accept(Some("thief"), None, &first).await;
    assert_eq!(late.unwrap_err().code, RefusalCode::BadInvitation);
}

#[tokio::test]
async fn an_application_takes_no_name_from_an_owner_a_moderator_or_a_bot() {
    let house = House::open().await;
    let at = house.address();
    let bot =
        house.owner.does(at, json!({"act": "add_bot", "username": "deploy-bot", "rooms": [OPEN]})).await;
    house.owner.does(at, json!({"act": "invite", "username": "nina", "role": "owner"})).await;
    for name in ["olga", "mo", "deploy-bot", "Deploy-bot", "OLGA", "nina", "NINA"] {
        let taken = of_application(&house.server, &json!({"sub": name}));
        let answer = taken.get(at, "/api/me").await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::CONFLICT, "name_taken"), "{name}");
    }
    assert_eq!(house.owner.get(at, "/api/me").await.json()["role"], "owner");
    let token = Some(shared::Token::parse(bot["token"].as_str().unwrap()).unwrap());
    Person { name: "deploy-bot", token }.say(at, OPEN, "still here").await;
    // A name that was merely claimed is the application's.
    let ann = of_application(&house.server, &json!({"sub": "ann"}));
    assert_eq!(ann.get(at, "/api/me").await.status, StatusCode::OK);
    assert_eq!(house.member.get(at, "/api/me").await.error(), "bad_token");
}

#[tokio::test]
async fn nobody_has_the_name_that_stands_for_the_operator() {
    let house = House::open().await;
    let at = house.address();
    for name in ["the operator", "The Operator", "the_operator", "TheOperator", "operator", "服务器运维者"]
    {
        let act = json!({"act": "invite", "username": name});
        assert_eq!(house.owner.may_not(at, act).await, "name_taken", "{name}");
    }
}

#[tokio::test]
async fn an_address_of_either_version_is_barred_and_let_in_again() {
    let (server, owner) = owned(&["--proxy", "127.0.0.1"]).await;
    let at = server.address;
    let comes_from = async |address: &str| {
        let headers = [("x-forwarded-for", address)];
        Web::connect(at).await.request(Method::GET, "/api/house", &headers, String::new()).await.status
    };
    for (barred, listed, other) in [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::5", "2001:db8:1:2::/64", "2001:db8:1:2:aaaa::9"),
        ("2001:db8:1:3::/64", "2001:db8:1:3::/64", "2001:db8:1:3::9"),
        ("::ffff:192.0.2.8", "192.0.2.8", "192.0.2.8"),
    ] {
        assert_eq!(comes_from(other).await, StatusCode::OK, "{barred}");
        owner.does(at, json!({"act": "bar_address", "address": barred})).await;
        assert_eq!(comes_from(other).await, StatusCode::FORBIDDEN, "{barred}");
        let bars = owner.get(at, "/api/bars").await.json();
        assert_eq!(bars["addresses"][0]["address"], listed);
        owner.does(at, json!({"act": "unbar_address", "address": listed})).await;
        assert_eq!(comes_from(other).await, StatusCode::OK, "{barred}");
    }
    for wrong in ["garbage", "192.0.2.0/24", "2001:db8::/32", ""] {
        let act = json!({"act": "bar_address", "address": wrong});
        assert_eq!(owner.may_not(at, act).await, "bad_request", "{wrong}");
    }
}

#[tokio::test]
async fn a_house_that_is_open_to_its_machine_takes_nothing_from_a_proxy() {
    let server = TestServer::with_flags(&[]).await;
    let at = server.address;
    let proxied = [("via", "1.1 proxy")];
    let metrics = Web::connect(at).await.request(Method::GET, "/metrics", &proxied, String::new()).await;
    assert_eq!(metrics.status, StatusCode::FORBIDDEN);
    for (header, value) in [
        ("x-forwarded-for", "198.51.100.7"),
        ("forwarded", "for=198.51.100.7"),
        ("via", "1.1 proxy"),
        ("x-real-ip", "198.51.100.7"),
    ] {
        for path in ["/api/rooms", "/api/house", "/ws?v=1"] {
            let answer =
                Web::connect(at).await.request(Method::GET, path, &[(header, value)], String::new()).await;
            assert_eq!(
                (answer.status, &*answer.error()),
                (StatusCode::FORBIDDEN, "forbidden"),
                "{header} {path}"
            );
            assert!(answer.body.contains("--proxy"), "{}", answer.body);
        }
    }
    assert_eq!(web::get(at, "/api/rooms").await.status, StatusCode::OK);
    // Whoever says that the house is open says it for what a proxy lets through, too.
    let server = TestServer::with_flags(&["--access", "open"]).await;
    let headers = [("x-forwarded-for", "198.51.100.7")];
    let answer =
        Web::connect(server.address).await.request(Method::GET, "/api/rooms", &headers, String::new()).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_could_read_somebody_hears_of_their_leaving_and_nobody_else() {
    let house = House::open().await;
    let at = house.address();
    let zed = joins(at, &house.owner, "zed", json!({})).await;
    let gil = joins(at, &house.owner, "gil", json!({"role": "guest", "rooms": [OPEN]})).await;
    zed.say(at, OPEN, "hello").await;
    let mut guest = gil.connect(at).await;
    let mut outsider = house.other.connect(at).await;
    let bot = json!({"act": "add_bot", "username": "secret-bot", "rooms": [house.closed]});
    house.owner.does(at, bot).await;
    let mut insider = house.member.connect(at).await;
    // The members have read it, though it is not there any more.
    let remove = json!({"act": "remove_member", "room": house.closed, "username": "secret-bot"});
    house.owner.does(at, remove).await;
    house.owner.does(at, json!({"act": "delete_account", "username": "secret-bot"})).await;
    zed.does(at, json!({"act": "delete_account", "username": "zed"})).await;
    let is_deleted = |frame: &FromServer| matches!(frame, FromServer::AccountDeleted { .. });
    let name = |frame: FromServer| match frame {
        FromServer::AccountDeleted { username, .. } => username.as_str().to_owned(),
        frame => panic!("{frame:?}"),
    };
    assert_eq!(name(insider.find("a deletion", is_deleted).await), "secret-bot");
    assert_eq!(name(outsider.find("a deletion", is_deleted).await), "zed");
    assert_eq!(name(guest.find("a deletion", is_deleted).await), "zed");
}

#[tokio::test]
async fn a_role_that_came_by_an_invitation_is_in_the_record() {
    let house = House::open().await;
    let lee = joins(house.address(), &house.owner, "lee", json!({"role": "owner"})).await;
    assert_eq!(record(&house).await[0], ("accept_invitation".into(), "lee".into(), "lee".into()));
    let acts = lee.get(house.address(), "/api/acts").await.json();
    assert_eq!(acts["acts"][0]["role"], Role::Owner.as_str());
    assert_eq!(acts["acts"][0]["invitation"], acts["acts"][1]["number"]);
}

#[tokio::test]
async fn whoever_has_deleted_their_account_stays_in_the_record() {
    let house = House::open().await;
    let at = house.address();
    house.moderator.does(at, json!({"act": "bar", "username": "otto"})).await;
    house.moderator.does(at, json!({"act": "delete_account", "username": "mo"})).await;
    let newest = record(&house).await;
    assert_eq!(newest[0], ("delete_account".into(), "mo".into(), "mo".into()));
    assert_eq!(newest[1], ("bar".into(), "mo".into(), "otto".into()));
}

#[tokio::test]
async fn those_who_prove_nothing_share_one_post_in_a_slowed_down_room() {
    let server = TestServer::open().await;
    let at = server.address;
    let owner = of_application(&server, &json!({"sub": "olga", "role": "owner"}));
    let anybody = Person { name: "anybody", token: None };
    let says = async |username: &str| {
        let answer = anybody.post(at, "lobby", &json!({"text": "hi", "username": username})).await;
        if answer.status == StatusCode::CREATED { "stored".to_owned() } else { answer.error() }
    };
    assert_eq!(says("one").await, "stored");
    owner.does(at, json!({"act": "slow_down", "room": "lobby", "seconds": 600})).await;
    assert_eq!(says("one").await, "stored", "the first one since then");
    for username in ["one", "two", "a new name"] {
        assert_eq!(says(username).await, "too_fast", "{username}");
    }
    let (mut ann, _) = TestClient::named(at, "ann").await;
    ann.post(post("lobby", "1", "an account waits for itself alone")).await;
    assert_eq!(ann.try_post(post("lobby", "2", "again")).await.unwrap_err().code, RefusalCode::TooFast);
}
