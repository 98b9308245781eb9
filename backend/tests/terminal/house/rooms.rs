//! `parlor room`, and the record of what it does.

use serde_json::{Value, json};

use super::server::House;
use crate::server::{finish, parlor, stderr};

fn room(house: &House, name: &str) -> Option<Value> {
    let list = house.json(&["room", "list"]);
    list["rooms"].as_array().unwrap().iter().find(|room| room["room"] == name).cloned()
}

#[tokio::test]
async fn a_room_is_made_changed_and_deleted() {
    let house = House::open();
    house.done(&["room", "make", "hall", "--topic", "Hello 你好"]);
    assert_eq!(room(&house, "hall").unwrap()["topic"], "Hello 你好");
    assert!(house.refused(1, &["room", "make", "hall"]).contains("taken"));
    house.done(&["room", "topic", "hall"]);
    assert_eq!(room(&house, "hall").unwrap()["topic"], Value::Null);
    house.done(&["room", "slow", "hall", "30"]);
    house.done(&["room", "archive", "hall"]);
    let hall = room(&house, "hall").unwrap();
    assert_eq!((&hall["slow_seconds"], &hall["archived"]), (&json!(30), &json!(true)));
    assert!(house.done(&["room", "list"]).contains("archived, one post in 30 s"));
    house.done(&["room", "unarchive", "hall"]);
    house.done(&["room", "slow", "hall", "0"]);
    let hall = room(&house, "hall").unwrap();
    assert_eq!((&hall["slow_seconds"], &hall["archived"]), (&Value::Null, &Value::Null));
    house.done(&["room", "delete", "hall", "--yes"]);
    assert_eq!(room(&house, "hall"), None);
    assert!(house.refused(1, &["room", "topic", "hall", "x"]).contains("no room hall"));
}

#[tokio::test]
async fn a_room_is_told_how_long_its_messages_are_kept() {
    let house = House::open();
    let said = house.done(&["room", "keep", "lobby", "30d"]);
    assert!(said.contains("keeps its messages for 30d"), "{said}");
    assert!(house.done(&["room", "list"]).contains("keeps its messages for 30d"));
    assert!(
        house.done(&["acts", "--limit", "1"]).contains("had the messages of the room lobby kept for 30d")
    );
    let said = house.done(&["room", "keep", "lobby", "1gb"]);
    assert!(said.contains("keeps up to 1GB of its messages"), "{said}");
    house.done(&["room", "keep", "lobby", "house"]);
    assert_eq!(room(&house, "lobby").unwrap()["keep"], Value::Null);
    // What is deleted is asked about, and said beforehand.
    let ann = house.invite("ann", &[]).await;
    let arguments = ["send", "--url", &house.url(), "--room", "lobby", "--timeout", "5s", "hello"];
    let mut command = parlor(house.folder.path(), &arguments);
    let posted = finish(command.env("PARLOR_TOKEN", ann.as_str()).spawn().unwrap());
    assert_eq!(posted.status.code(), Some(0), "{}", stderr(&posted));
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let asked = house.refused(2, &["room", "keep", "lobby", "1s"]);
    assert!(asked.contains("Deleting 1 message of the room lobby cannot be undone: add --yes"), "{asked}");
    house.done(&["room", "keep", "lobby", "1s", "--yes"]);
}

#[tokio::test]
async fn a_room_that_is_closed_keeps_who_has_posted_and_takes_who_is_added() {
    let house = House::open();
    house.done(&["room", "make", "plans"]);
    let ann = house.invite("ann", &[]).await;
    let bob = house.invite("bob", &[]).await;
    let post = |token: &client::Token| {
        let arguments = ["send", "--url", &house.url(), "--room", "plans", "--timeout", "5s", "hello"];
        let mut command = parlor(house.folder.path(), &arguments);
        finish(command.env("PARLOR_TOKEN", token.as_str()).spawn().unwrap())
    };
    let posted = post(&ann);
    assert_eq!(posted.status.code(), Some(0), "{}", stderr(&posted));
    house.done(&["room", "close", "plans"]);
    let members = || house.json(&["room", "members", "plans"]);
    assert_eq!(members()["members"], json!(["ann"]));
    assert_eq!(post(&bob).status.code(), Some(1));
    house.done(&["room", "add", "plans", "bob"]);
    assert_eq!(members()["members"], json!(["ann", "bob"]));
    assert_eq!(post(&bob).status.code(), Some(0));
    house.done(&["room", "remove", "plans", "ann", "bob"]);
    assert_eq!((&members()["members"], &members()["removed"]), (&json!([]), &json!(["ann", "bob"])));
    assert_eq!(post(&ann).status.code(), Some(1));
    house.refused(1, &["room", "add", "plans", "nobody"]);
    house.done(&["room", "open", "plans"]);
    assert_eq!(room(&house, "plans").unwrap()["kind"], Value::Null);
}

#[test]
fn the_name_of_a_closed_room_cannot_be_guessed_and_is_printed() {
    let house = House::open();
    let made = house.json(&["room", "make", "board", "--closed"]);
    let name = made["room"].as_str().unwrap();
    assert!(name.starts_with("board.") && name.len() > 12, "{name}");
    assert_eq!(room(&house, name).unwrap()["kind"], "closed");
    let said = house.done(&["room", "make", "board", "--closed"]);
    assert!(said.contains("parlor room add board."), "{said}");
}

#[test]
fn acts_are_listed_in_words_and_exported_as_json_lines() {
    let house = House::open();
    for name in ["a", "b", "c"] {
        house.done(&["room", "make", name]);
    }
    house.done(&["room", "delete", "b", "--yes"]);
    let listed = house.done(&["acts", "--limit", "2"]);
    let lines: Vec<_> = listed.lines().collect();
    assert!(lines[1].ends_with("the operator  deleted the room b"), "{listed}");
    assert!(lines[2].ends_with("the operator  made the room c"), "{listed}");
    let before = lines[3].split('`').nth(1).unwrap().strip_prefix("parlor ").unwrap();
    let older = house.done(&before.split(' ').collect::<Vec<_>>());
    assert!(older.contains("made the room b") && !older.contains("made the room c"), "{older}");
    assert!(!older.contains("older ones"), "{older}");
    let exported: Vec<Value> =
        house.done(&["acts", "--export"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let acts: Vec<_> = exported.iter().map(|act| (&act["act"], &act["room"])).collect();
    // The first acts are the server's own: a new house has a lobby, and its start has printed an invitation.
    assert_eq!((acts[0].0, acts[1].0), (&json!("make_room"), &json!("invite")));
    let wanted = [("make_room", "a"), ("make_room", "b"), ("make_room", "c"), ("delete_room", "b")];
    let wanted: Vec<_> = wanted.iter().map(|(act, room)| (json!(act), json!(room))).collect();
    let acts: Vec<_> = acts[2..].iter().map(|(act, room)| ((*act).clone(), (*room).clone())).collect();
    assert_eq!(acts, wanted);
    let listed = house.json(&["acts"]);
    assert_eq!((listed["acts"].as_array().unwrap().len(), &listed["more"]), (6, &json!(false)));
}
