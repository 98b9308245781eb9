//! Who hears of a room unasked: only who may read it.

use serde_json::json;
use shared::{FromClient, FromServer};

use crate::{
    client::{TestClient, post, room, username},
    house::{House, OPEN, PORCH},
    web::Answer,
};

#[tokio::test]
async fn nobody_hears_of_a_closed_room_who_is_not_in_it_and_those_in_it_do_not_hear_who_tried() {
    let house = House::open().await;
    let at = house.address();
    let mut outside = Vec::new();
    for who in house.residents() {
        outside.push((who.name, who.connect(at).await));
    }
    let mut inside = house.moderator.connect(at).await;
    inside.join(&house.closed).await;
    for who in house.residents() {
        let mut client = who.connect(at).await;
        client.say(&FromClient::Join { room: room(&house.closed), epoch: None, after: None }).await;
        client.say(&FromClient::Typing { room: room(&house.closed) }).await;
        client.so_far().await;
    }
    let mut ann = house.member.connect(at).await;
    ann.join(&house.closed).await;
    ann.say(&FromClient::Typing { room: room(&house.closed) }).await;
    let seq = ann.post(post(&house.closed, "1", "quagmire")).await;
    ann.say(&FromClient::Seen { room: room(&house.closed), seq }).await;
    let closed = &house.closed;
    for act in [
        json!({"act": "set_topic", "room": closed, "topic": "quagmire"}),
        json!({"act": "slow_down", "room": closed, "seconds": 1}),
        json!({"act": "slow_down", "room": closed, "seconds": 0}),
        json!({"act": "remove_member", "room": closed, "username": "otto"}),
        json!({"act": "archive", "room": closed, "archived": true}),
        json!({"act": "archive", "room": closed, "archived": false}),
        json!({"act": "make_room", "room": "attic", "kind": "closed"}),
        json!({"act": "open_direct", "people": ["mo"]}),
    ] {
        house.member.does(at, act).await;
    }
    ann.post(post(&house.closed, "2", "still here")).await;
    // By the time that ann's arrival is announced, so would be those of the others.
    let is_anns = |frame: &FromServer| matches!(frame, FromServer::Presence { count: 2, .. });
    let FromServer::Presence { mut arrived, .. } = inside.find("ann's arrival", is_anns).await else {
        unreachable!("only presence is found")
    };
    arrived.retain(|name| name.as_str() != "mo");
    assert_eq!(arrived, [username("ann")]);
    let heard = format!("{:?}", inside.so_far().await);
    for who in house.residents() {
        assert!(!heard.contains(&format!("\"{}\"", who.name)), "{}: {heard}", who.name);
    }
    house.member.does(at, json!({"act": "delete_room", "room": closed})).await;
    for (name, client) in &mut outside {
        let heard = format!("{:?}", client.so_far().await);
        for hidden in house.hidden().into_iter().chain(["attic", "direct."]) {
            assert!(!heard.contains(hidden), "{name} hears of {hidden}: {heard}");
        }
    }
}

#[tokio::test]
async fn who_was_removed_from_an_open_room_hears_nothing_of_it_any_more() {
    let house = House::open().await;
    let at = house.address();
    let mut remy = house.expelled.connect(at).await;
    let mut gus = house.guest.connect(at).await;
    let mut otto = house.other.connect(at).await;
    house.owner.does(at, json!({"act": "set_topic", "room": OPEN, "topic": "tulips"})).await;
    house.owner.does(at, json!({"act": "archive", "room": OPEN, "archived": true})).await;
    house.owner.does(at, json!({"act": "archive", "room": OPEN, "archived": false})).await;
    for client in [&mut remy, &mut gus] {
        let heard = format!("{:?}", client.so_far().await);
        assert!(!heard.contains(OPEN), "{heard}");
    }
    let heard = format!("{:?}", otto.so_far().await);
    assert!(heard.contains("tulips"), "{heard}");
    // Closing and deleting it is nothing to them either.
    house.owner.does(at, json!({"act": "set_kind", "room": OPEN, "kind": "closed"})).await;
    house.owner.does(at, json!({"act": "delete_room", "room": OPEN})).await;
    for client in [&mut remy, &mut gus] {
        assert_eq!(client.so_far().await, []);
    }
    otto.find("the end of the room", |frame| matches!(frame, FromServer::Left { .. })).await;
}

#[tokio::test]
async fn unread_counts_and_previews_are_those_of_readable_rooms_also_after_a_restart() {
    let house = House::open().await;
    let at = house.address();
    let mut fay = house.former.connect(at).await;
    house.member.does(at, json!({"act": "add_member", "room": house.closed, "username": "fay"})).await;
    fay.find("the room", |frame| matches!(frame, FromServer::Room(_))).await;
    let joined = fay.join(&house.closed).await;
    fay.say(&FromClient::Seen { room: room(&house.closed), seq: joined.head }).await;
    fay.so_far().await;
    house.member.say(at, &house.closed, "one").await;
    house.member.say(at, &house.closed, "two").await;
    let mine = |answer: Answer, name: &str| {
        let rooms = answer.json()["rooms"].as_array().unwrap().clone();
        rooms.into_iter().find(|room| room["room"] == name)
    };
    let counted = mine(house.former.get(at, "/api/rooms").await, &house.closed).unwrap();
    assert_eq!((&counted["unread"], &counted["last"]["text"]), (&json!(2), &json!("two")));
    house.member.does(at, json!({"act": "remove_member", "room": house.closed, "username": "fay"})).await;
    assert_eq!(mine(house.former.get(at, "/api/rooms").await, &house.closed), None);
    house.member.does(at, json!({"act": "archive", "room": house.closed, "archived": true})).await;
    house.owner.does(at, json!({"act": "archive", "room": PORCH, "archived": true})).await;

    let House { server, other, former, member, closed, direct, .. } = house;
    let server = server.restart_with(&["--access", "invited"]).await;
    assert!(server.owner_link.is_none(), "the owner's link is printed once");
    let at = server.address;
    for who in [&other, &former] {
        let answer = who.get(at, "/api/rooms").await;
        for name in [&closed, &direct, PORCH] {
            assert!(!answer.body.contains(name), "{}: {}", who.name, answer.body);
        }
    }
    let listed = member.get(at, "/api/rooms").await;
    assert!(listed.body.contains(&direct) && listed.body.contains(OPEN), "{}", listed.body);
    assert!(!listed.body.contains(&closed), "an archived room is not listed: {}", listed.body);
}

#[tokio::test]
async fn who_was_removed_is_not_among_those_present_and_posts_nothing_on_the_way_out() {
    let house = House::open().await;
    let at = house.address();
    house.member.does(at, json!({"act": "add_member", "room": house.closed, "username": "fay"})).await;
    let mut fay = house.former.connect(at).await;
    fay.join(&house.closed).await;
    let mut mo = house.moderator.connect(at).await;
    assert_eq!(mo.join(&house.closed).await.members.count, 2);
    house.member.does(at, json!({"act": "remove_member", "room": house.closed, "username": "fay"})).await;
    for frame in [
        FromClient::Typing { room: room(&house.closed) },
        FromClient::Seen { room: room(&house.closed), seq: house.secret_seq },
    ] {
        fay.say(&frame).await;
        assert_eq!(fay.refusal().await.code.as_str(), "not_joined");
    }
    let late = fay.try_post(post(&house.closed, "late", "one last thing")).await.unwrap_err();
    assert_eq!(late.code.as_str(), "no_room");
    let is_gone = |frame: &FromServer| matches!(frame, FromServer::Presence { count: 1, .. });
    mo.find("fay's departure", is_gone).await;
    let heard = format!("{:?}", mo.so_far().await);
    assert!(!heard.contains("one last thing") && !heard.contains("Typing"), "{heard}");
    assert_eq!(mo.join(&house.closed).await.members.names, [username("mo")]);
}

#[tokio::test]
async fn who_has_not_said_who_they_are_hears_of_no_room() {
    let house = House::open().await;
    let at = house.address();
    let mut silent = TestClient::silent(at).await;
    for act in [
        json!({"act": "set_topic", "room": OPEN, "topic": "quagmire"}),
        json!({"act": "set_kind", "room": OPEN, "kind": "closed"}),
        json!({"act": "delete_room", "room": PORCH}),
    ] {
        house.owner.does(at, act).await;
    }
    // Its own answer comes behind whatever it was told.
    silent.text("no frame").await;
    let heard = silent.so_far().await;
    assert!(heard.iter().all(|frame| matches!(frame, FromServer::Refused(_))), "{heard:?}");
}
