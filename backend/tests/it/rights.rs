//! Who may not read a room does not get at it: not its messages, not its name, not whether it is there, by no way.

use std::pin::Pin;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{FromClient, FromServer, Seq, Side};

use crate::{
    client::{TestClient, post, room},
    house::{ABSENT, House, OPEN, PORCH, Person, SECRETS},
    web::{Answer, Web},
    wire::KEY,
};

/// What came of a try: the answer whole, and whether it was a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    refused: bool,
    answer: String,
}

type Trying<'a> = Pin<Box<dyn Future<Output = Heard> + 'a>>;

/// A way to get at a room.
type Way = for<'a> fn(&'a House, &'a Person, &'a str) -> Trying<'a>;

fn heard(answer: &Answer) -> Heard {
    Heard { refused: !answer.status.is_success(), answer: format!("{} {}", answer.status, answer.body) }
}

async fn get(house: &House, who: &Person, path: String) -> Heard {
    heard(&who.get(house.address(), &path).await)
}

async fn act(house: &House, who: &Person, act: Value) -> Heard {
    heard(&who.request(house.address(), Method::POST, "/api/acts", act.to_string()).await)
}

/// Says a frame on a new connection, and hears everything that is for this connection.
async fn frame(house: &House, who: &Person, frame: FromClient) -> Heard {
    let mut client = TestClient::silent(house.address()).await;
    if let Err(refusal) = client.hello(None, who.token.clone()).await {
        return Heard { refused: true, answer: format!("{refusal:?}") };
    }
    client.say(&frame).await;
    let frames = client.so_far().await;
    let refused = frames.iter().any(|frame| matches!(frame, FromServer::Refused(_)));
    Heard { refused, answer: format!("{frames:?}") }
}

/// Opens plain `/ws`, and posts there if it can.
async fn plain(house: &House, who: &Person, name: &str) -> Heard {
    let path = format!("/ws?room={name}&after=0");
    let bearer = who.bearer().unwrap_or_default();
    let mut headers = vec![
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", KEY),
    ];
    if who.token.is_some() {
        headers.push(("authorization", &bearer));
    }
    let answer =
        Web::connect(house.address()).await.request(Method::GET, &path, &headers, String::new()).await;
    if answer.status != StatusCode::SWITCHING_PROTOCOLS {
        return heard(&answer);
    }
    let mut client = who.plain(house.address(), &path).await;
    Heard { refused: false, answer: client.next_text().await }
}

/// The ways that lead to what is said in a room.
const READING: [(&str, Way); 8] = [
    ("join", |house, who, name| {
        Box::pin(frame(house, who, FromClient::Join { room: room(name), epoch: None, after: None }))
    }),
    ("join from the start", |house, who, name| {
        Box::pin(frame(
            house,
            who,
            FromClient::Join { room: room(name), epoch: None, after: Some(Seq::ZERO) },
        ))
    }),
    ("page", |house, who, name| {
        let side = Side::After(Seq::ZERO);
        Box::pin(frame(house, who, FromClient::Page { room: room(name), side, limit: 50 }))
    }),
    ("plain /ws", |house, who, name| Box::pin(plain(house, who, name))),
    ("GET messages", |house, who, name| Box::pin(get(house, who, format!("/api/rooms/{name}/messages")))),
    ("long poll", |house, who, name| {
        Box::pin(get(house, who, format!("/api/rooms/{name}/messages?after=0&wait=1")))
    }),
    ("event stream", |house, who, name| {
        Box::pin(async move {
            let path = format!("/api/rooms/{name}/events?after=0");
            // A stream that begins does not end; what it begins with is seen where somebody may read.
            let answer = who.get(house.address(), &format!("/api/rooms/{name}/messages?limit=1")).await;
            if answer.status.is_success() {
                let mut events = who.events(house.address(), name).await;
                let joined = events.event().await;
                return Heard { refused: false, answer: joined.data };
            }
            get(house, who, path).await
        })
    }),
    ("search in it", |house, who, name| Box::pin(get(house, who, format!("/api/search?q=here&room={name}")))),
];

/// The ways that change something, or tell of it otherwise.
const REACHING: [(&str, Way); 17] = [
    ("members", |house, who, name| Box::pin(get(house, who, format!("/api/rooms/{name}/members")))),
    ("post", |house, who, name| Box::pin(frame(house, who, FromClient::Post(post(name, "new", "mine"))))),
    ("retry of a post", |house, who, name| {
        Box::pin(frame(house, who, FromClient::Post(post(name, "of-fay", "I was here"))))
    }),
    ("another post with its id", |house, who, name| {
        Box::pin(frame(house, who, FromClient::Post(post(name, "of-fay", "I was not"))))
    }),
    ("typing", |house, who, name| Box::pin(frame(house, who, FromClient::Typing { room: room(name) }))),
    ("seen", |house, who, name| {
        Box::pin(frame(house, who, FromClient::Seen { room: room(name), seq: Seq(1) }))
    }),
    ("POST", |house, who, name| {
        Box::pin(
            async move { heard(&who.post(house.address(), name, &json!({"text": "mine", "id": "x"})).await) },
        )
    }),
    ("POST without a token", |house, _, name| {
        Box::pin(async move {
            let body = json!({"text": "mine", "username": "nobody", "id": "x"});
            heard(&house.stranger.post(house.address(), name, &body).await)
        })
    }),
    ("reaction", |house, who, name| {
        let body = json!({"text": "👍", "id": "liked", "about": {"seq": house.secret_seq, "as": "reaction"}});
        Box::pin(async move { heard(&who.post(house.address(), name, &body).await) })
    }),
    ("retraction", |house, who, name| {
        let body = json!({"text": "", "id": "gone", "about": {"seq": house.secret_seq, "as": "retraction"}});
        Box::pin(async move { heard(&who.post(house.address(), name, &body).await) })
    }),
    ("set_topic", |house, who, name| {
        Box::pin(act(house, who, json!({"act": "set_topic", "room": name, "topic": "mine"})))
    }),
    ("set_kind", |house, who, name| {
        Box::pin(act(house, who, json!({"act": "set_kind", "room": name, "kind": "open"})))
    }),
    ("slow_down", |house, who, name| {
        Box::pin(act(house, who, json!({"act": "slow_down", "room": name, "seconds": 9})))
    }),
    ("add_member", |house, who, name| {
        Box::pin(act(house, who, json!({"act": "add_member", "room": name, "username": who.name})))
    }),
    ("remove_member", |house, who, name| {
        Box::pin(act(house, who, json!({"act": "remove_member", "room": name, "username": "ann"})))
    }),
    ("leaving", |house, who, name| {
        Box::pin(act(house, who, json!({"act": "remove_member", "room": name, "username": who.name})))
    }),
    ("delete_room", |house, who, name| {
        Box::pin(act(house, who, json!({"act": "delete_room", "room": name})))
    }),
];

/// What somebody hears of a room, with the room's name taken out, so that answers about several rooms can be compared.
async fn tries(house: &House, who: &Person, name: &str, way: Way) -> Heard {
    let Heard { refused, answer } = way(house, who, name).await;
    Heard { refused, answer: answer.replace(name, "ROOM") }
}

#[tokio::test]
async fn a_room_that_is_not_somebodys_to_know_is_to_them_as_one_that_is_not_there() {
    let house = House::open().await;
    house.indexed().await;
    for who in house.outsiders() {
        for (way, by) in READING.iter().chain(&REACHING) {
            // Owners know that closed rooms are there, and manage them.
            let manages = who.name == "olga" && REACHING.iter().any(|(name, _)| name == way);
            let expected = tries(&house, who, ABSENT, *by).await;
            assert!(expected.refused, "{} by {way}: {expected:?}", who.name);
            let others = [&house.direct, &house.deleted, &house.closed];
            for name in others.iter().take(if manages { 2 } else { 3 }) {
                let heard = tries(&house, who, name, *by).await;
                assert_eq!(heard, expected, "{} by {way} in {name}", who.name);
                assert!(SECRETS.iter().all(|secret| !heard.answer.contains(secret)));
            }
        }
    }
    // All of that has changed nothing.
    let left = house.member.get(house.address(), &format!("/api/rooms/{}/messages", house.closed)).await;
    let texts: Vec<_> = left.messages().into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["the xylophone is here", "the zeppelin is here", "I was here"]);
    let members = house.member.get(house.address(), &format!("/api/rooms/{}/members", house.closed)).await;
    assert_eq!(members.json()["members"], json!(["ann", "mo"]));
    assert_eq!(members.json()["removed"], json!(["fay"]));
    assert_eq!(members.json().get("topic"), None);
}

#[tokio::test]
async fn every_way_that_is_closed_to_others_leads_members_into_the_room() {
    let house = House::open().await;
    house.indexed().await;
    for who in [&house.member, &house.moderator] {
        for (name, word) in [(&house.closed, "zeppelin"), (&house.direct, "walrus")] {
            for (way, by) in READING {
                let heard = by(&house, who, name).await;
                assert!(!heard.refused, "{} by {way}: {heard:?}", who.name);
                let tells = heard.answer.contains(word) || heard.answer.contains("xylophone");
                assert!(tells || way == "event stream", "{} by {way}: {heard:?}", who.name);
            }
        }
    }
    for way in ["post", "POST", "reaction", "set_topic", "slow_down"] {
        let (_, by) = REACHING.iter().find(|(name, _)| *name == way).unwrap();
        let heard = by(&house, &house.moderator, &house.closed).await;
        assert!(!heard.refused, "{way}: {heard:?}");
    }
}

#[tokio::test]
async fn who_was_removed_from_an_open_room_and_a_guest_of_other_rooms_find_it_absent() {
    let house = House::open().await;
    house.indexed().await;
    for who in [&house.expelled, &house.guest, &house.barred, &house.stranger] {
        for (way, by) in READING.iter().chain(&REACHING) {
            let expected = tries(&house, who, ABSENT, *by).await;
            let heard = tries(&house, who, OPEN, *by).await;
            assert_eq!(heard, expected, "{} by {way}", who.name);
            assert!(heard.refused && !heard.answer.contains("roses"), "{} by {way}", who.name);
        }
    }
    for (way, by) in READING {
        for (who, name) in [(&house.guest, PORCH), (&house.other, OPEN), (&house.former, OPEN)] {
            let heard = by(&house, who, name).await;
            assert!(!heard.refused || way == "search in it", "{} by {way}: {heard:?}", who.name);
        }
    }
}

/// Everything that can be asked without naming a room.
const LISTS: [&str; 19] = [
    "/api/rooms",
    "/api/rooms?all=true",
    "/api/search?q=here",
    "/api/search?q=here&limit=1",
    "/api/search?q=xylophone",
    "/api/search?q=zeppelin",
    "/api/search?q=quagmire",
    "/api/search?q=walrus",
    "/api/search?q=cellar",
    "/api/people",
    "/api/invitations",
    "/api/bots",
    "/api/bars",
    "/api/acts",
    "/api/acts/export",
    "/api/settings",
    "/api/me",
    "/api/me/messages",
    "/metrics",
];

#[tokio::test]
async fn no_list_no_search_and_no_export_tells_outsiders_of_a_room() {
    let house = House::open().await;
    let at = house.address();
    // An invitation into the closed room is listed, too.
    house.owner.does(at, json!({"act": "invite", "rooms": [house.closed]})).await;
    house.indexed().await;
    for who in [&house.other, &house.guest, &house.former, &house.expelled, &house.barred, &house.stranger] {
        for path in LISTS {
            let answer = who.get(at, path).await;
            // What somebody wrote is theirs, wherever it was.
            let own = who.name == "fay" && path == "/api/me/messages";
            for hidden in house.hidden() {
                let told = answer.body.contains(hidden) && !(own && hidden == house.closed);
                assert!(!told, "{} sees {hidden} at {path}: {}", who.name, answer.body);
            }
            if !["/api/rooms", "/api/me", "/api/me/messages", "/api/invitations"].contains(&path)
                && !path.starts_with("/api/search")
            {
                assert!(!answer.status.is_success(), "{} at {path}: {}", who.name, answer.body);
            }
            if path.starts_with("/api/search") && answer.status.is_success() {
                assert!(answer.messages().is_empty(), "{} at {path}: {}", who.name, answer.body);
            }
        }
        if who.token.is_some() && who.name != "bart" {
            let (_, welcome) = TestClient::proven(at, who.token()).await;
            let welcome = format!("{welcome:?}");
            assert!(house.hidden().iter().all(|hidden| !welcome.contains(hidden)), "{welcome}");
        }
    }
    let listed = |answer: &Answer| {
        let rooms = answer.json()["rooms"].as_array().unwrap().clone();
        rooms.iter().map(|room| room["room"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&house.guest.get(at, "/api/rooms").await), [PORCH]);
    assert!(!listed(&house.expelled.get(at, "/api/rooms").await).contains(&OPEN.to_owned()));
    // An owner sees that a closed room is there, and neither what is said nor a direct room.
    let all = house.owner.get(at, "/api/rooms?all=true").await;
    assert!(listed(&all).contains(&house.closed) && !all.body.contains(&house.direct));
    for path in LISTS {
        let answer = house.owner.get(at, path).await;
        assert!(SECRETS.iter().all(|secret| !answer.body.contains(secret)), "{path}: {}", answer.body);
        assert!(!answer.body.contains(&house.direct), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_search_under_a_limit_counts_only_what_the_reader_may_read() {
    let house = House::open().await;
    let at = house.address();
    house.owner.say(at, OPEN, "here in the open").await;
    for n in 0..20 {
        house.member.say(at, &house.closed, &format!("here it is hidden {n}")).await;
    }
    house.member.say(at, &house.closed, "the walrus came").await;
    while house.member.get(at, "/api/search?q=came").await.messages().is_empty() {
        tokio::task::yield_now().await;
    }
    let found = house.other.get(at, "/api/search?q=here&limit=1").await.messages();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].text, "here in the open");
    assert_eq!(house.member.get(at, "/api/search?q=here&limit=10").await.messages().len(), 10);
}

#[tokio::test]
async fn a_moderator_sees_no_names_of_closed_rooms_among_the_invitations() {
    let house = House::open().await;
    let at = house.address();
    let vault = crate::house::make(at, &house.other, "vault", "closed").await;
    house.owner.does(at, json!({"act": "invite", "rooms": [vault, OPEN]})).await;
    let listed = house.moderator.get(at, "/api/invitations").await.json();
    assert_eq!(listed["invitations"][0]["rooms"], json!([OPEN]));
    assert_eq!(
        house.owner.get(at, "/api/invitations").await.json()["invitations"][0]["rooms"],
        json!([OPEN, vault])
    );
    for path in LISTS {
        assert!(!house.moderator.get(at, path).await.body.contains(&vault), "{path}");
    }
}
