//! What each role may do, what becomes of rooms, and what leaving leaves behind.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{
    AboutKind, FromClient, FromServer, MessageId, Post, RefusalCode, RoomKind, Seq, Side, Token, Username,
};

use crate::{
    client::{TestClient, about, post, room, texts},
    house::{House, OPEN, PORCH, Person, joins, make, owned},
    jwt, web,
};

#[tokio::test]
async fn each_role_does_what_is_its_own_and_nothing_else() {
    let house = House::open().await;
    let at = house.address();
    let robo = house.owner.does(at, json!({"act": "add_bot", "username": "robo", "rooms": [OPEN]})).await;
    let robo = Person { name: "robo", token: Some(Token::parse(robo["token"].as_str().unwrap()).unwrap()) };
    let free = joins(at, &house.owner, "free", json!({"role": "guest"})).await;
    let hers = make(at, &house.member, "hers", "open").await;
    // What is refused comes first, and what is done may be done again: the order is from those who may least.
    let people = [
        ("guest", &free),
        ("bot", &robo),
        ("member", &house.member),
        ("moderator", &house.moderator),
        ("owner", &house.owner),
    ];
    let all = ["member", "moderator", "owner"];
    let table = [
        (json!({"act": "set_topic", "room": OPEN, "topic": "t"}), &all[1..]),
        (json!({"act": "slow_down", "room": OPEN, "seconds": 0}), &all[1..]),
        (json!({"act": "archive", "room": OPEN, "archived": false}), &all[1..]),
        (json!({"act": "set_kind", "room": OPEN, "kind": "open"}), &all[1..]),
        (json!({"act": "add_member", "room": OPEN, "username": "otto"}), &all[1..]),
        (json!({"act": "remove_member", "room": PORCH, "username": "otto"}), &all[1..]),
        (json!({"act": "set_topic", "room": hers, "topic": "t"}), &all[..]),
        (json!({"act": "slow_down", "room": hers, "seconds": 0}), &all[..]),
        (json!({"act": "remove_member", "room": hers, "username": "otto"}), &all[..]),
        (json!({"act": "bar", "username": "bart"}), &all[1..]),
        (json!({"act": "unbar", "username": "bart"}), &all[1..]),
        (json!({"act": "bar_address", "address": "192.0.2.1"}), &all[1..]),
        (json!({"act": "bar", "username": "mo"}), &all[2..]),
        (json!({"act": "unbar", "username": "mo"}), &all[2..]),
        (json!({"act": "revoke_tokens", "username": "otto"}), &all[2..]),
        (json!({"act": "set_role", "username": "otto", "role": "member"}), &all[2..]),
        (json!({"act": "change_settings", "settings": {}}), &all[2..]),
        (json!({"act": "delete_account", "username": "otto"}), &[]),
        (json!({"act": "retract", "room": OPEN, "seq": 1, "username": "otto"}), &[]),
    ];
    for (act, may) in table {
        for (role, who) in people {
            let answer = web::act(at, who.token(), &act).await;
            let expected = may.contains(&role);
            assert_eq!(answer.status == StatusCode::CREATED, expected, "{role} {act}: {}", answer.body);
            let code = if expected { String::new() } else { answer.error() };
            assert!(
                ["", "forbidden", "no_room", "bad_request", "barred"].contains(&&*code),
                "{role} {act}: {code}"
            );
        }
    }
    for (n, (role, who)) in people.into_iter().enumerate() {
        let made = web::act(at, who.token(), &json!({"act": "make_room", "room": format!("made-{n}")})).await;
        assert_eq!(made.status == StatusCode::CREATED, all.contains(&role), "{role}: {}", made.body);
        let bot = json!({"act": "add_bot", "username": format!("bot-{n}")});
        assert_eq!(web::act(at, who.token(), &bot).await.status.is_success(), role == "owner", "{role}");
        for path in
            ["/api/acts", "/api/acts/export", "/api/bots", "/api/rooms?all=true", "/metrics", "/api/settings"]
        {
            assert_eq!(who.get(at, path).await.status.is_success(), role == "owner", "{role} at {path}");
        }
        for path in ["/api/people", "/api/bars"] {
            let moderates = ["owner", "moderator"].contains(&role);
            assert_eq!(who.get(at, path).await.status.is_success(), moderates, "{role} at {path}");
        }
    }
    house.owner.does(at, json!({"act": "change_settings", "settings": {"members_make_rooms": false}})).await;
    assert_eq!(house.member.may_not(at, json!({"act": "make_room", "room": "more"})).await, "forbidden");
    // Who has made a room and is a guest now changes it no more, and a bot reads and posts in its rooms only.
    house.owner.does(at, json!({"act": "set_role", "username": "ann", "role": "guest"})).await;
    let act = json!({"act": "set_topic", "room": hers, "topic": "mine"});
    assert_eq!(house.member.may_not(at, act).await, "forbidden");
    robo.say(at, OPEN, "beep").await;
    assert_eq!(robo.post(at, PORCH, &json!({"text": "beep"})).await.error(), "no_room");
    assert_eq!(robo.may_not(at, json!({"act": "open_direct", "people": ["ann"]})).await, "forbidden");
}

#[tokio::test]
async fn a_house_keeps_its_last_owner() {
    let (server, owner) = owned(&[]).await;
    let at = server.address;
    let second = joins(at, &owner, "second", json!({})).await;
    let promote = json!({"act": "set_role", "username": "second", "role": "owner"});
    let lose = |name: &str| {
        [
            json!({"act": "set_role", "username": name, "role": "member"}),
            json!({"act": "delete_account", "username": name}),
            json!({"act": "bar", "username": name}),
        ]
    };
    for act in lose("olga") {
        assert_eq!(owner.may_not(at, act).await, "forbidden");
    }
    // An owner who is barred is none who could go on.
    owner.does(at, promote.clone()).await;
    owner.does(at, json!({"act": "bar", "username": "second"})).await;
    for act in lose("olga") {
        assert_eq!(owner.may_not(at, act).await, "forbidden");
    }
    owner.does(at, json!({"act": "unbar", "username": "second"})).await;
    owner.does(at, lose("olga")[0].clone()).await;
    for act in lose("second") {
        assert_eq!(second.may_not(at, act).await, "forbidden");
    }
    assert_eq!(owner.may_not(at, promote).await, "forbidden");
}

#[tokio::test]
async fn a_moderator_retracts_what_others_wrote_and_it_is_recorded() {
    let house = House::open().await;
    let at = house.address();
    let mut otto = house.other.connect(at).await;
    otto.join(OPEN).await;
    let rude = otto.post(post(OPEN, "1", "something rude")).await;
    let fine = otto.post(post(OPEN, "2", "something fine")).await;
    let retract = |id: &str, seq: Seq| about(OPEN, id, "", seq, AboutKind::Retraction);
    let mut ann = house.member.connect(at).await;
    assert_eq!(ann.try_post(retract("1", rude)).await.unwrap_err().code, RefusalCode::Forbidden);
    let mut mo = house.moderator.connect(at).await;
    let edit = about(OPEN, "e", "something else", fine, AboutKind::Edit);
    assert_eq!(mo.try_post(edit).await.unwrap_err().code, RefusalCode::Forbidden, "nobody rewrites others");
    let by_mo = mo.post(retract("1", rude)).await;
    assert_eq!(mo.post(retract("1", rude)).await, by_mo, "a retry");
    otto.post(retract("3", fine)).await;
    let page = otto.page(OPEN, Side::After(rude.before()), 1).await;
    assert_eq!(texts(&page.messages), [""]);

    let expected = json!({"act": "retract", "room": OPEN, "seq": rude, "username": "otto", "by": "mo"});
    let is_expected =
        |act: &Value| expected.as_object().unwrap().iter().all(|(field, value)| act[field] == *value);
    let acts = house.owner.get(at, "/api/acts").await.json()["acts"].as_array().unwrap().clone();
    assert_eq!(
        acts.iter().filter(|act| act["act"] == "retract").count(),
        1,
        "one's own is nobody's business"
    );
    assert!(is_expected(&acts[0]), "{:?}", acts[0]);
    let export = house.owner.get(at, "/api/acts/export").await.body;
    let lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(is_expected(lines.last().unwrap()));
    assert_eq!(lines.iter().rev().cloned().collect::<Vec<_>>(), acts);
    assert!(lines.iter().all(|act| act["act"] != "open_direct"), "direct rooms are nobody's business");

    // A direct room has no moderators.
    let mut ann = house.member.connect(at).await;
    let seq = ann.post(post(&house.direct, "1", "between us")).await;
    let retraction = about(&house.direct, "1", "", seq, AboutKind::Retraction);
    assert_eq!(mo.try_post(retraction).await.unwrap_err().code, RefusalCode::Forbidden);
}

#[tokio::test]
async fn a_slowed_down_room_takes_one_post_in_so_many_seconds() {
    let house = House::open().await;
    let at = house.address();
    house.moderator.does(at, json!({"act": "slow_down", "room": OPEN, "seconds": 600})).await;
    let mut otto = house.other.connect(at).await;
    let joined = otto.page(OPEN, Side::Before(Seq::MAX), 1).await.messages[0].seq;
    let first = otto.post(post(OPEN, "1", "one")).await;
    let refusal = otto.try_post(post(OPEN, "2", "two")).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::TooFast);
    assert!((595_000..=600_000).contains(&refusal.retry_after_ms.unwrap()), "{refusal:?}");
    assert_eq!(otto.post(post(OPEN, "1", "one")).await, first, "a retry is answered as the first time");
    let http = house.other.post(at, OPEN, &json!({"text": "two"})).await;
    assert_eq!((http.status, &*http.error()), (StatusCode::TOO_MANY_REQUESTS, "too_fast"));
    assert!(http.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 595);
    let reply = about(OPEN, "3", "a reply", joined, AboutKind::Reply);
    assert_eq!(otto.try_post(reply).await.unwrap_err().code, RefusalCode::TooFast);
    // What is about a message is none, and other rooms and those who keep order are free.
    otto.post(about(OPEN, "4", "one, edited", first, AboutKind::Edit)).await;
    otto.post(about(OPEN, "5", "👍", joined, AboutKind::Reaction)).await;
    house.other.say(at, PORCH, "here").await;
    for n in 0..2 {
        house.moderator.say(at, OPEN, &format!("order {n}")).await;
        house.owner.say(at, OPEN, &format!("mine {n}")).await;
    }
    house.member.say(at, OPEN, "my first").await;
    house.moderator.does(at, json!({"act": "slow_down", "room": OPEN, "seconds": 0})).await;
    otto.post(post(OPEN, "2", "two")).await;
    assert_eq!(
        house.moderator.may_not(at, json!({"act": "slow_down", "room": OPEN, "seconds": 86_401})).await,
        "bad_request"
    );
}

#[tokio::test]
async fn an_archived_room_is_read_and_not_written() {
    let house = House::open().await;
    let at = house.address();
    let first = house.other.post(at, OPEN, &json!({"text": "before", "id": "1"})).await.json();
    let mut otto = house.other.connect(at).await;
    otto.join(OPEN).await;
    house.moderator.does(at, json!({"act": "archive", "room": OPEN, "archived": true})).await;
    otto.find("the change", |frame| matches!(frame, FromServer::Room(room) if room.info.archived)).await;
    let seq = Seq(first["seq"].as_u64().unwrap());
    for late in [post(OPEN, "2", "after"), about(OPEN, "3", "edited", seq, AboutKind::Edit)] {
        assert_eq!(otto.try_post(late).await.unwrap_err().code, RefusalCode::Archived);
    }
    assert_eq!(otto.post(post(OPEN, "1", "before")).await, seq, "a retry is answered as the first time");
    let http = house.owner.post(at, OPEN, &json!({"text": "after"})).await;
    assert_eq!((http.status, &*http.error()), (StatusCode::CONFLICT, "archived"));
    assert_eq!(house.other.get(at, &format!("/api/rooms/{OPEN}/messages")).await.messages().len(), 2);
    assert!(!house.other.get(at, "/api/rooms").await.body.contains(OPEN));
    house.moderator.does(at, json!({"act": "archive", "room": OPEN, "archived": false})).await;
    house.other.say(at, OPEN, "again").await;
    assert!(house.other.get(at, "/api/rooms").await.body.contains(OPEN));
}

#[tokio::test]
async fn a_direct_room_is_the_same_one_for_the_same_people_and_nobody_elses() {
    let house = House::open().await;
    let at = house.address();
    let open = async |who: &Person, people: &[&str]| {
        web::act(at, who.token(), &json!({"act": "open_direct", "people": people})).await
    };
    let mut mo = house.moderator.connect(at).await;
    for (who, people) in [
        (&house.member, vec!["mo"]),
        (&house.moderator, vec!["ann"]),
        (&house.member, vec!["mo", "ann", "mo"]),
    ] {
        let answer = open(who, &people).await;
        assert_eq!(answer.json()["room"], house.direct.as_str(), "{}", answer.body);
    }
    let three = open(&house.member, &["mo", "otto"]).await.json()["room"].as_str().unwrap().to_owned();
    assert_ne!(three, house.direct);
    let is_room = |frame: &FromServer| matches!(frame, FromServer::Room(summary) if summary.info.kind == RoomKind::Direct);
    let FromServer::Room(told) = mo.find("the new room", is_room).await else { unreachable!() };
    assert_eq!(told.room, room(&three));
    assert_eq!(told.info.people.iter().map(Username::as_str).collect::<Vec<_>>(), ["ann", "mo", "otto"]);
    for (people, code) in [
        (vec![], "bad_request"),
        (vec!["ann"], "forbidden"),
        (vec!["gus"], "forbidden"),
        (vec!["bart"], "forbidden"),
        (vec!["nobody"], "not_found"),
        (vec!["a", "b", "c", "d", "e", "f", "g", "h"], "bad_request"),
    ] {
        assert_eq!(open(&house.member, &people).await.error(), code, "{people:?}");
    }
    for act in [
        json!({"act": "add_member", "room": house.direct, "username": "otto"}),
        json!({"act": "remove_member", "room": house.direct, "username": "mo"}),
        json!({"act": "remove_member", "room": house.direct, "username": "ann"}),
        json!({"act": "set_topic", "room": house.direct, "topic": "t"}),
        json!({"act": "set_kind", "room": house.direct, "kind": "open"}),
        json!({"act": "delete_room", "room": house.direct}),
    ] {
        assert_eq!(house.member.may_not(at, act.clone()).await, "forbidden", "{act}");
        assert_eq!(house.owner.may_not(at, act.clone()).await, "no_room", "{act}");
    }
    let forged = json!({"act": "make_room", "room": "direct.aaaa"});
    assert_eq!(house.owner.may_not(at, forged).await, "bad_request");
}

#[tokio::test]
async fn a_closed_rooms_name_cannot_be_guessed_and_closing_keeps_who_has_talked() {
    let house = House::open().await;
    let at = house.address();
    let again = make(at, &house.other, "cellar", "closed").await;
    assert!(
        again.starts_with("cellar.") && again.len() == "cellar.".len() + 8 && again != house.closed,
        "{again}"
    );
    // The plain name is free: that somebody has a closed room of it is nobody's to know.
    make(at, &house.other, "cellar", "open").await;
    house.other.say(at, OPEN, "I was here").await;
    let kind = |kind: &str| json!({"act": "set_kind", "room": OPEN, "kind": kind});
    let path = format!("/api/rooms/{OPEN}/messages");
    let readers = async || {
        let mut readers = Vec::new();
        for who in [&house.owner, &house.other, &house.member, &house.expelled, &house.guest] {
            if who.get(at, &path).await.status.is_success() {
                readers.push(who.name);
            }
        }
        readers
    };
    assert_eq!(readers().await, ["olga", "otto", "ann"]);
    house.owner.does(at, kind("closed")).await;
    assert_eq!(readers().await, ["olga", "otto"]);
    house.owner.does(at, json!({"act": "add_member", "room": OPEN, "username": "ann"})).await;
    house.owner.does(at, json!({"act": "remove_member", "room": OPEN, "username": "otto"})).await;
    assert_eq!(readers().await, ["olga", "ann"]);
    house.owner.does(at, kind("open")).await;
    assert_eq!(readers().await, ["olga", "ann"], "who was removed stays removed");
    house.owner.does(at, kind("closed")).await;
    assert_eq!(readers().await, ["olga", "ann"]);
    assert_eq!(
        house.member.may_not(at, json!({"act": "add_member", "room": OPEN, "username": "otto"})).await,
        "forbidden"
    );
    house.owner.does(at, json!({"act": "add_member", "room": OPEN, "username": "otto"})).await;
    assert_eq!(readers().await, ["olga", "otto", "ann"]);
    house.owner.does(at, json!({"act": "delete_room", "room": OPEN})).await;
    assert_eq!(readers().await, <[&str; 0]>::default());
    for who in [&house.owner, &house.other] {
        let act = json!({"act": "make_room", "room": OPEN});
        assert_eq!(who.may_not(at, act).await, "name_taken", "a deleted room's name is not used again");
    }
}

#[tokio::test]
async fn an_owner_reads_a_closed_room_only_after_adding_themselves_which_is_recorded() {
    let house = House::open().await;
    let at = house.address();
    let path = format!("/api/rooms/{}/messages", house.closed);
    let members = house.owner.get(at, &format!("/api/rooms/{}/members", house.closed)).await.json();
    assert_eq!(members["members"], json!(["ann", "mo"]), "an owner sees who is there");
    assert_eq!(house.owner.get(at, &path).await.error(), "no_room");
    assert_eq!(house.owner.post(at, &house.closed, &json!({"text": "hi"})).await.error(), "no_room");
    let add = json!({"act": "add_member", "room": house.closed, "username": "olga"});
    assert_eq!(house.other.may_not(at, add.clone()).await, "no_room");
    house.owner.does(at, add).await;
    assert!(house.owner.get(at, &path).await.body.contains("zeppelin"));
    let acts = house.owner.get(at, "/api/acts").await.json();
    assert_eq!((&acts["acts"][0]["act"], &acts["acts"][0]["by"]), (&json!("add_member"), &json!("olga")));
}

#[tokio::test]
async fn who_has_made_a_room_removes_members_and_is_removed_by_those_above() {
    let house = House::open().await;
    let at = house.address();
    let remove = |name: &str| json!({"act": "remove_member", "room": house.closed, "username": name});
    let add = |name: &str| json!({"act": "add_member", "room": house.closed, "username": name});
    house.member.does(at, add("otto")).await;
    assert_eq!(house.other.may_not(at, remove("ann")).await, "forbidden");
    assert_eq!(house.other.may_not(at, add("fay")).await, "forbidden", "fay was removed");
    assert_eq!(house.member.may_not(at, remove("mo")).await, "forbidden");
    house.member.does(at, remove("otto")).await;
    house.member.does(at, add("otto")).await;
    house.moderator.does(at, remove("ann")).await;
    for act in [add("ann"), remove("mo"), json!({"act": "delete_room", "room": house.closed})] {
        assert_eq!(house.member.may_not(at, act).await, "no_room");
    }
    assert_eq!(house.other.may_not(at, add("ann")).await, "forbidden");
    // A moderator who was removed does not let themselves back in.
    house.owner.does(at, remove("mo")).await;
    assert_eq!(house.moderator.may_not(at, add("mo")).await, "no_room");
    house.owner.does(at, add("ann")).await;
    house.member.say(at, &house.closed, "back").await;
}

#[tokio::test]
async fn a_post_of_a_deleted_rooms_name_or_of_a_direct_rooms_kind_makes_no_room_in_an_open_house() {
    let server = crate::server::TestServer::open().await;
    let at = server.address;
    let owner = Person {
        name: "olga",
        token: Some(jwt::sign(server.folder(), &json!({"sub": "olga", "role": "owner"}))),
    };
    owner.say(at, "yard", "hi").await;
    owner.does(at, json!({"act": "delete_room", "room": "yard"})).await;
    let body = json!({"text": "hi", "username": "passer-by"});
    for name in ["yard", "direct.aaaaaaaaaaaaaaaa"] {
        assert_eq!(web::post(at, name, &body).await.error(), "no_room");
        assert_eq!(owner.post(at, name, &json!({"text": "hi"})).await.error(), "no_room");
        let (mut ann, _) = TestClient::named(at, &format!("ann of {}", name.len())).await;
        let late =
            Post { room: room(name), id: MessageId::parse("1").unwrap(), text: "hi".into(), about: None };
        assert_eq!(ann.try_post(late).await.unwrap_err().code, RefusalCode::NoRoom);
        ann.say(&FromClient::Typing { room: room(name) }).await;
        assert_eq!(ann.refusal().await.code, RefusalCode::NotJoined);
    }
    let rooms = web::get(at, "/api/rooms").await;
    assert_eq!(rooms.json(), json!({"rooms": []}));
    // A stranger without a token does no acts, and reads nothing about people.
    let stranger = Person { name: "stranger", token: None };
    let act = json!({"act": "make_room", "room": "mine"}).to_string();
    assert_eq!(stranger.request(at, Method::POST, "/api/acts", act).await.error(), "bad_token");
    for path in [
        "/api/me",
        "/api/people",
        "/api/acts",
        "/api/invitations",
        "/api/rooms?all=true",
        "/api/rooms/lobby/members",
    ] {
        assert_eq!(stranger.get(at, path).await.error(), "bad_token", "{path}");
    }
}
