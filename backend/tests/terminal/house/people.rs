//! `parlor invite`, `parlor invitation` and `parlor people`.

use std::io::{BufRead, BufReader};

use client::{
    Act, Address, Api, ApiError, ConnectError, RefusalCode, Role, Token,
    house::{Access, NewInvitation},
    invitation_secret,
};
use serde_json::{Value, json};

use super::server::House;
use crate::server::{finish, parlor, stderr};

fn refusal(entered: Result<Token, ConnectError>) -> RefusalCode {
    match entered {
        Err(ConnectError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn person(house: &House, name: &str) -> Option<Value> {
    let list = house.json(&["people", "list"]);
    list["people"].as_array().unwrap().iter().find(|person| person["username"] == name).cloned()
}

#[tokio::test]
async fn an_invitation_lets_its_person_in_once_with_what_it_offers() {
    let house = House::open();
    let made = house.json(&["room", "make", "plans", "--closed"]);
    let plans = made["room"].as_str().unwrap();
    let printed = house.done(&["invite", "ann", "--role", "moderator", "--rooms", plans, "--days", "2"]);
    assert!(
        printed.contains(&format!("for ann, as moderator, in the rooms {plans}; 1 use, 2 days")),
        "{printed}"
    );
    assert!(!printed.contains('█'), "no QR code in a pipe");
    let link = printed.lines().find(|line| line.contains("#invitation=")).unwrap().trim();
    assert!(link.starts_with(&house.url()), "{link}");
    assert_eq!(refusal(house.enter("bob", link).await), RefusalCode::NameTaken);
    house.enter("ann", link).await.unwrap();
    assert_eq!(person(&house, "ann").unwrap()["role"], "moderator");
    assert_eq!(house.json(&["room", "members", plans])["members"], json!(["ann"]));
    assert_eq!(refusal(house.enter("carl", link).await), RefusalCode::BadInvitation);
    let listed = house.done(&["invitation", "list"]);
    assert!(listed.lines().nth(1).unwrap().contains("used   ann  moderator"), "{listed}");
}

#[tokio::test]
async fn a_revoked_invitation_lets_nobody_in() {
    let house = House::open();
    let made = house.json(&["invite", "--uses", "2"]);
    let (number, link) = (made["number"].to_string(), made["link"].as_str().unwrap());
    house.enter("ann", link).await.unwrap();
    house.done(&["invitation", "revoke", &number]);
    assert_eq!(refusal(house.enter("bob", link).await), RefusalCode::BadInvitation);
    let listed = house.json(&["invitation", "list"]);
    let listed = listed["invitations"].as_array().unwrap();
    assert_eq!(listed.first().unwrap()["state"], "revoked", "the newest one comes first");
    assert!(house.refused(1, &["invitation", "revoke", "999"]).contains("999"));
    assert!(house.refused(1, &["invite", "--rooms", "nowhere"]).contains("no room nowhere"));
}

#[tokio::test]
async fn a_role_is_given_and_the_only_owner_keeps_theirs() {
    let house = House::open();
    house.invite("ann", &["--role", "owner"]).await;
    house.invite("bob", &[]).await;
    let printed = house.done(&["invite", "ann"]);
    assert!(printed.contains("for ann, who has an account and stays owner; 1 use"), "{printed}");
    assert!(house.refused(1, &["people", "role", "ann", "member"]).contains("only owner"));
    house.done(&["people", "role", "bob", "owner"]);
    house.done(&["people", "role", "ann", "guest", "--limited", "true"]);
    let ann = person(&house, "ann").unwrap();
    assert_eq!((&ann["role"], &ann["limited"]), (&json!("guest"), &json!(true)));
    assert!(house.done(&["people", "list"]).contains("bob   owner  -"));
    assert!(house.refused(1, &["people", "role", "nobody", "guest"]).contains("no account nobody"));
}

#[tokio::test]
async fn who_is_barred_is_put_out_and_may_come_back_when_the_bar_ends() {
    let house = House::open();
    let ann = house.invite("ann", &[]).await;
    let command = |command: &str, rest: &[&str]| {
        let arguments = [&[command, "--room", "lobby"], rest].concat();
        let mut command = parlor(house.folder.path(), &arguments);
        command.env("PARLOR_TOKEN", ann.as_str()).env("PARLOR_URL", house.url());
        command.spawn().unwrap()
    };
    assert_eq!(finish(command("send", &["hello"])).status.code(), Some(0));
    let mut tail = command("tail", &[]);
    let mut first = String::new();
    let mut lines = BufReader::new(tail.stdout.take().unwrap());
    lines.read_line(&mut first).unwrap();
    assert!(first.contains("hello"), "{first}");
    house.done(&["people", "bar", "ann"]);
    let tail = finish(tail);
    assert_eq!(tail.status.code(), Some(1), "{}", stderr(&tail));
    assert!(stderr(&tail).contains("no longer in lobby"), "{}", stderr(&tail));
    assert_eq!(finish(command("send", &["hello"])).status.code(), Some(1));
    assert!(house.done(&["people", "list"]).contains("ann   member  barred"));
    house.done(&["people", "unbar", "ann"]);
    assert_eq!(finish(command("send", &["again"])).status.code(), Some(0));
    house.done(&["people", "revoke", "ann", "--yes"]);
    assert_eq!(finish(command("send", &["again"])).status.code(), Some(1));
    house.done(&["people", "delete", "ann", "--yes"]);
    assert_eq!(person(&house, "ann"), None);
}

#[tokio::test]
async fn the_sdk_tells_what_an_invitation_offers_and_who_a_token_is_for() {
    let house = House::open();
    house.done(&["settings", "--name", "Chess club"]);
    let address: Address = house.url().parse().unwrap();
    let stranger = Api::new(&address, None);
    let told = stranger.house().await.unwrap();
    assert_eq!((told.name.as_str(), told.access), ("Chess club", Access::Invited));
    let made = house.json(&["invite", "ann", "--role", "moderator"]);
    let link = made["link"].as_str().unwrap();
    let secret = invitation_secret(link).unwrap();
    let offer = stranger.look_at_invitation(&secret).await.unwrap();
    assert_eq!(
        (offer.house.as_str(), offer.username.unwrap().as_str(), offer.role),
        ("Chess club", "ann", Role::Moderator)
    );
    let ann = Api::new(&address, Some(house.enter("ann", link).await.unwrap()));
    let me = ann.me().await.unwrap();
    assert_eq!((me.username.as_str(), me.role, me.invites), ("ann", Role::Moderator, true));
    let owner = NewInvitation { role: Role::Owner, ..NewInvitation::default() };
    let refused = ann.act(&Act::Invite(owner)).await.unwrap_err();
    assert!(
        matches!(&refused, ApiError::Refused { status: 403, code, .. } if code == "forbidden"),
        "{refused:?}"
    );
    let guest = NewInvitation { role: Role::Guest, ..NewInvitation::default() };
    let done = ann.act(&Act::Invite(guest)).await.unwrap();
    assert_eq!(ann.invitations(None).await.unwrap().invitations[0].number, done.number);
    assert!(matches!(stranger.look_at_invitation(&secret).await, Err(ApiError::Refused { status: 404, .. })));
}

#[tokio::test]
async fn a_link_alone_lets_its_person_in_under_the_name_that_it_keeps() {
    let house = House::open();
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let send = |home: &tempfile::TempDir, url: &str| {
        finish(parlor(home.path(), &["send", "--room", "lobby", "--url", url, "hello"]).spawn().unwrap())
    };
    let link = |invite: &[&str]| house.json(invite)["link"].as_str().unwrap().to_owned();
    let for_ann = link(&["invite", "ann"]);
    let first = send(&home, &for_ann);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert_eq!(person(&house, "ann").unwrap()["role"], "member");
    assert_eq!(send(&home, &for_ann).status.code(), Some(0), "the token is kept");
    let nameless = send(&other, &link(&["invite"]));
    assert_eq!(nameless.status.code(), Some(2));
    assert!(stderr(&nameless).contains("--name"), "{}", stderr(&nameless));
    assert_eq!(send(&other, "http://127.0.0.1:1/#something").status.code(), Some(2));
}
