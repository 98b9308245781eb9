//! `parlor bot` and `parlor webhook`.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::json;

use super::server::House;

/// Posts by HTTP, and returns the status.
fn post(house: &House, room: &str, token: &str) -> u16 {
    let authority = house.url().replace("http://", "");
    let mut stream = TcpStream::connect(&authority).unwrap();
    let body = r#"{"text":"built"}"#;
    write!(
        stream,
        "POST /api/rooms/{room}/messages HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_bot_posts_with_its_token_in_its_rooms_until_it_gets_another_one() {
    let house = House::open();
    house.done(&["room", "make", "builds"]);
    let printed = house.done(&["bot", "add", "robot", "--rooms", "builds"]);
    let token = printed.lines().find(|line| line.trim().starts_with("eyJ")).unwrap().trim();
    let url = format!("{}/api/rooms/builds/messages", house.url());
    assert!(
        printed.contains(&format!("Authorization: Bearer {token}'")) && printed.contains(&url),
        "{printed}"
    );
    assert_eq!(post(&house, "builds", token), 201);
    assert_ne!(post(&house, "lobby", token), 201);
    assert!(house.done(&["bot", "list"]).contains("robot  builds  0"));

    let renewed = house.json(&["bot", "token", "robot"]);
    assert_eq!(post(&house, "builds", token), 401);
    let token = renewed["token"].as_str().unwrap();
    assert_eq!(post(&house, "builds", token), 201);

    // A person's tokens and account are not a bot's.
    house.invite("ann", &[]).await;
    assert!(house.refused(1, &["bot", "token", "ann"]).contains("no bot ann"));
    assert!(house.refused(1, &["bot", "remove", "ann", "--yes"]).contains("no bot ann"));
    assert!(house.refused(1, &["bot", "add", "ann"]).contains("belongs to somebody"));
    house.done(&["bot", "remove", "robot", "--yes"]);
    assert_eq!(post(&house, "builds", token), 401);
    assert_eq!(house.json(&["bot", "list"])["bots"], json!([]));
}

#[test]
fn a_webhook_is_made_switched_and_removed() {
    let house = House::open();
    house.done(&["room", "make", "builds"]);
    house.done(&["bot", "add", "robot", "--rooms", "builds"]);
    let address = "https://hooks.example.org/hook";
    let made = house.json(&["webhook", "add", "robot", "builds", address, "--every-message"]);
    assert!(made["webhook_secret"].as_str().unwrap().starts_with("whsec_"));
    let number = made["number"].to_string();
    let hook = || house.json(&["webhook", "list"])["bots"][0]["webhooks"][0].clone();
    assert_eq!((&hook()["when"], &hook()["state"]), (&json!("message"), &json!("on")));
    house.done(&["webhook", "off", &number]);
    assert_eq!(hook()["state"], "off");
    assert!(house.done(&["webhook", "list"]).contains(&format!("message  off    {address}")));
    house.done(&["webhook", "on", &number]);
    assert_eq!(hook()["state"], "on");
    house.done(&["webhook", "remove", &number]);
    assert_eq!(hook(), json!(null));
    assert!(house.refused(1, &["webhook", "on", &number]).contains(&number));
    house.refused(1, &["webhook", "add", "nobody", "builds", address]);
}
