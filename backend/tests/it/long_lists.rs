//! Lists that are longer than one page of them.

use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::{
    house::{Person, make, owned},
    jwt,
};

/// More than a page of each list has.
const MANY: usize = 501;

/// Does acts, several at a time.
async fn do_all(at: SocketAddr, owner: &Person, act: impl Fn(usize) -> Value) {
    stream::iter(0..MANY).map(|n| owner.does(at, act(n))).buffer_unordered(32).collect::<Vec<_>>().await;
}

/// Reads a list page by page: how long the pages are, and all that is in them in the order in which it came. `next` makes the
/// query of the page after a page.
async fn pages(
    at: SocketAddr,
    owner: &Person,
    path: &str,
    list: &str,
    next: impl Fn(&Value) -> String,
) -> (Vec<usize>, Vec<Value>) {
    let (mut lengths, mut all, mut query) = (Vec::new(), Vec::<Value>::new(), String::new());
    loop {
        let page = owner.get(at, &format!("{path}{query}")).await.json();
        let found = page[list].as_array().unwrap().clone();
        query = found.last().map(&next).unwrap_or_default();
        lengths.push(found.len());
        all.extend(found);
        if !page["more"].as_bool().unwrap_or_default() {
            return (lengths, all);
        }
    }
}

#[tokio::test]
async fn a_list_that_is_longer_than_a_page_says_so_and_goes_on() {
    let (server, owner) = owned(&[]).await;
    let at = server.address;

    do_all(at, &owner, |_| json!({"act": "invite"})).await;
    let before = |last: &Value| format!("?before={}", last["number"]);
    let (lengths, all) = pages(at, &owner, "/api/invitations", "invitations", before).await;
    // The owner's own is the first.
    assert_eq!(lengths, [500, 2]);
    let numbers: Vec<_> = all.iter().map(|one| one["number"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, next| one > next), "newest first, none twice");

    do_all(at, &owner, |n| json!({"act": "make_room", "room": format!("room-{n}")})).await;
    let after = |last: &Value| format!("&after={}", last["room"].as_str().unwrap());
    let (lengths, all) = pages(at, &owner, "/api/rooms?all=true", "rooms", after).await;
    // The lobby is there from the start.
    assert_eq!(lengths, [500, 2]);
    let names: Vec<_> = all.iter().map(|one| one["room"].as_str().unwrap()).collect();
    assert!(names.is_sorted_by(|one, next| one < next), "by name, none twice");

    let room = make(at, &owner, "everybody", "closed").await;
    let person = |n: usize| format!("person {n}");
    let come = |n: usize| {
        let token = Some(jwt::of(server.folder(), &person(n)));
        async move { Person { name: "somebody", token }.get(at, "/api/me").await.json() }
    };
    stream::iter(0..MANY).map(come).buffer_unordered(32).collect::<Vec<_>>().await;
    do_all(at, &owner, |n| json!({"act": "add_member", "room": room, "username": person(n)})).await;
    let remove = json!({"act": "remove_member", "room": room, "username": person(7)});
    owner.does(at, remove).await;

    let mut after = String::new();
    let (mut members, mut removed, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let page = owner.get(at, &format!("/api/rooms/{room}/members{after}")).await.json();
        let page: shared::house::RoomMembers = serde_json::from_value(page).unwrap();
        lengths.push(page.members.len() + page.removed.len());
        let last = page.last_of_more().map(|last| format!("?after={}", last.as_str().replace(' ', "%20")));
        members.extend(page.members);
        removed.extend(page.removed);
        let Some(last) = last else { break };
        after = last;
    }
    // With the owner, who has made the room.
    assert_eq!((lengths, members.len()), (vec![500, 2], MANY));
    assert_eq!(removed, [person(7).parse().unwrap()]);
    assert!(members.is_sorted_by(|one, next| one < next), "by name, nobody twice");
}
