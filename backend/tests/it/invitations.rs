//! Invitations: who offers what to whom, how long, and that nothing else lets anybody in.

use std::fs;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{FromServer, Refusal, RefusalCode, Role};

use crate::{
    client::{TestClient, Welcome},
    house::{House, OPEN, PORCH, Person, joins, make, owned, secret_of},
    server::TestServer,
    web::{self, Web},
};

const INVITED: [&str; 2] = ["--access", "invited"];

/// Makes an invitation, and tells its number and its secret.
async fn invites(server: &TestServer, by: &Person, offer: Value) -> (u64, String) {
    let mut act = json!({"act": "invite"});
    act.as_object_mut().unwrap().extend(offer.as_object().unwrap().clone());
    let made = by.does(server.address, act).await;
    let secret = made["invitation"].as_str().unwrap().to_owned();
    assert_eq!(secret_of(made["link"].as_str().unwrap()), secret);
    assert!(made["qr"]["path"].is_string());
    (made["number"].as_u64().unwrap(), secret)
}

async fn comes(server: &TestServer, name: &str, secret: &str) -> Result<Welcome, Refusal> {
    TestClient::silent(server.address).await.accept(Some(name), None, secret).await
}

async fn refused(server: &TestServer, name: &str, secret: &str) -> RefusalCode {
    comes(server, name, secret).await.unwrap_err().code
}

/// Comes with a token and an invitation.
async fn accepts(server: &TestServer, who: &Person, secret: &str) -> Result<Welcome, Refusal> {
    TestClient::silent(server.address).await.accept(None, who.token.clone(), secret).await
}

async fn state(server: &TestServer, by: &Person, number: u64) -> (String, u64) {
    let listed = by.get(server.address, "/api/invitations").await.json();
    let listed = listed["invitations"].as_array().unwrap().clone();
    let one = listed.iter().find(|one| one["number"] == number).unwrap();
    (one["state"].as_str().unwrap().to_owned(), one["used"].as_u64().unwrap())
}

#[tokio::test]
async fn the_first_start_prints_one_link_which_makes_one_owner() {
    let server = TestServer::with_flags(&INVITED).await;
    let secret = secret_of(server.owner_link.as_deref().unwrap());
    // A restart before it is used prints no other one, and the first one works.
    let server = server.restart_with(&INVITED).await;
    assert_eq!(server.owner_link, None);
    let welcome = comes(&server, "olga", &secret).await.unwrap();
    assert_eq!(welcome.role, Role::Owner);
    assert_eq!(refused(&server, "eve", &secret).await, RefusalCode::BadInvitation);
    let server = server.restart_with(&INVITED).await;
    assert_eq!(server.owner_link, None);
    let (_, welcome) = TestClient::proven(server.address, &welcome.token).await;
    assert_eq!(welcome.role, Role::Owner);
}

#[tokio::test]
async fn an_invitation_lets_in_as_many_as_it_says() {
    let (server, owner) = owned(&[]).await;
    let (number, secret) = invites(&server, &owner, json!({"uses": 2})).await;
    assert_eq!(comes(&server, "ann", &secret).await.unwrap().role, Role::Member);
    assert_eq!(state(&server, &owner, number).await, ("valid".into(), 1));
    comes(&server, "bob", &secret).await.unwrap();
    assert_eq!(refused(&server, "cem", &secret).await, RefusalCode::BadInvitation);
    assert_eq!(state(&server, &owner, number).await, ("used".into(), 2));
    for offer in [
        json!({"uses": 0}),
        json!({"uses": 100_001}),
        json!({"days": 0}),
        json!({"days": 3651}),
        json!({"role": "bot"}),
        json!({"username": "zed", "uses": 2}),
    ] {
        let mut act = json!({"act": "invite"});
        act.as_object_mut().unwrap().extend(offer.as_object().unwrap().clone());
        assert_eq!(owner.may_not(server.address, act).await, "bad_request", "{offer}");
    }
}

#[tokio::test]
async fn an_invitation_ends_with_its_days_and_when_it_is_revoked() {
    let (server, owner) = owned(&[]).await;
    let ann = joins(server.address, &owner, "ann", json!({})).await;
    let mo = joins(server.address, &owner, "mo", json!({"role": "moderator"})).await;
    let (expiring, late) = invites(&server, &owner, json!({"days": 1})).await;
    let (revoked, ended) = invites(&server, &owner, json!({})).await;
    let revoke = |number| json!({"act": "revoke_invitation", "invitation": number});
    assert_eq!(ann.may_not(server.address, revoke(revoked)).await, "not_found");
    assert_eq!(ann.may_not(server.address, revoke(revoked + 999)).await, "not_found");
    mo.does(server.address, revoke(revoked)).await;
    let expire = format!("UPDATE invitations SET expires_at = expires_at - 86400001 WHERE id = {expiring}");
    let server = server.restart_after(&INVITED, &expire).await;
    for secret in [&late, &ended] {
        assert_eq!(refused(&server, "eve", secret).await, RefusalCode::BadInvitation);
        let look = json!({"invitation": secret}).to_string();
        let looked = Web::connect(server.address)
            .await
            .request(Method::POST, "/api/invitations/look", &[], look)
            .await;
        assert_eq!((looked.status, &*looked.error()), (StatusCode::NOT_FOUND, "bad_invitation"));
    }
    assert_eq!(state(&server, &owner, expiring).await.0, "expired");
    assert_eq!(state(&server, &owner, revoked).await.0, "revoked");
}

#[tokio::test]
async fn a_name_that_an_invitation_keeps_is_kept_and_so_is_one_that_looks_like_it() {
    let (server, owner) = owned(&[]).await;
    let (number, kept) = invites(&server, &owner, json!({"username": "alice", "role": "moderator"})).await;
    let (_, free) = invites(&server, &owner, json!({"uses": 9})).await;
    for name in ["alice", "Alice", "аlice", "aIice"] {
        assert_eq!(refused(&server, name, &free).await, RefusalCode::NameTaken, "{name}");
        let again = json!({"act": "invite", "username": name});
        assert_eq!(owner.may_not(server.address, again).await, "name_taken", "{name}");
        let bot = json!({"act": "add_bot", "username": name});
        assert_eq!(owner.may_not(server.address, bot).await, "name_taken", "{name}");
    }
    assert_eq!(refused(&server, "eve", &kept).await, RefusalCode::NameTaken);
    // A member with a token is not whom it was made for.
    let ann = joins(server.address, &owner, "ann", json!({})).await;
    assert_eq!(accepts(&server, &ann, &kept).await.unwrap_err().code, RefusalCode::BadInvitation);
    comes(&server, "alice", &kept).await.unwrap();
    assert_eq!(state(&server, &owner, number).await.0, "used");
    let (number, _) = invites(&server, &owner, json!({"username": "zed"})).await;
    owner.does(server.address, json!({"act": "revoke_invitation", "invitation": number})).await;
    comes(&server, "zed", &free).await.unwrap();
}

#[tokio::test]
async fn everybody_invites_in_the_roles_that_are_theirs_to_give() {
    let house = House::open().await;
    let at = house.address();
    let roles = ["owner", "moderator", "member", "guest"];
    let table = [
        (&house.owner, [true, true, true, true]),
        (&house.moderator, [false, false, true, true]),
        (&house.member, [false; 4]),
        (&house.guest, [false; 4]),
    ];
    let check = async |who: &Person, may: [bool; 4]| {
        for (role, may) in roles.into_iter().zip(may) {
            let answer = web::act(at, who.token(), &json!({"act": "invite", "role": role})).await;
            assert_eq!(answer.status.is_success(), may, "{} invites as {role}: {}", who.name, answer.body);
            assert!(may || answer.error() == "forbidden");
        }
        let says = who.get(at, "/api/me").await.json()["invites"].as_bool() == Some(true);
        assert_eq!(says, may[3], "{}", who.name);
    };
    for (who, may) in table {
        check(who, may).await;
    }
    house.owner.does(at, json!({"act": "change_settings", "settings": {"members_invite": true}})).await;
    check(&house.member, [false, false, true, true]).await;
    check(&house.guest, [false; 4]).await;
    // Who sees only some rooms would invite themselves into the others.
    house
        .owner
        .does(at, json!({"act": "set_role", "username": "otto", "role": "member", "limited": true}))
        .await;
    check(&house.other, [false; 4]).await;
}

#[tokio::test]
async fn an_invitation_leads_into_rooms_that_its_maker_knows_and_a_guest_into_no_others() {
    let house = House::open().await;
    let at = house.address();
    for (who, room) in
        [(&house.moderator, &house.direct), (&house.moderator, &house.deleted), (&house.owner, &house.direct)]
    {
        let act = json!({"act": "invite", "rooms": [room]});
        assert_eq!(
            who.may_not(at, act).await,
            if who.name == "mo" && *room == house.direct { "forbidden" } else { "no_room" }
        );
    }
    let vault = make(at, &house.other, "vault", "closed").await;
    assert_eq!(house.moderator.may_not(at, json!({"act": "invite", "rooms": [vault]})).await, "no_room");

    let offer = json!({"role": "guest", "rooms": [house.closed, PORCH]});
    let vic = joins(at, &house.moderator, "vic", offer).await;
    let (_, welcome) = TestClient::proven(at, vic.token()).await;
    let mut rooms: Vec<_> = welcome.rooms.iter().map(|room| room.room.as_str().to_owned()).collect();
    rooms.sort();
    assert_eq!((welcome.role, rooms), (Role::Guest, vec![house.closed.clone(), PORCH.to_owned()]));
    assert_eq!(vic.get(at, &format!("/api/rooms/{OPEN}/messages")).await.error(), "no_room");

    let (_, offered) =
        invites(&house.server, &house.moderator, json!({"rooms": [house.closed, PORCH]})).await;
    let look = json!({"invitation": offered}).to_string();
    let looked = async || {
        Web::connect(at).await.request(Method::POST, "/api/invitations/look", &[], look.clone()).await.json()
    };
    assert_eq!(looked().await["rooms"], json!([house.closed, PORCH]));
    // Who was removed from a room since lets nobody else into it.
    house.owner.does(at, json!({"act": "remove_member", "room": house.closed, "username": "mo"})).await;
    assert_eq!(looked().await["rooms"], json!([PORCH]));
    let late = comes(&house.server, "late", &offered).await.unwrap();
    let late = Person { name: "late", token: Some(late.token) };
    let read = late.get(at, &format!("/api/rooms/{}/messages", house.closed)).await;
    assert_eq!(read.error(), "no_room");
}

#[tokio::test]
async fn who_missed_the_welcome_says_the_same_hello_again() {
    let (server, owner) = owned(&[]).await;
    let (number, invitation) = invites(&server, &owner, json!({})).await;
    let hello = |name: &str, secret: &str, invitation: &str| {
        json!({"type": "hello", "username": name, "secret": secret.repeat(32), "invitation": invitation})
            .to_string()
    };
    let says = async |text: String| {
        let mut client = TestClient::silent(server.address).await;
        client.text(&text).await;
        FromServer::decode(&client.next_text().await).unwrap()
    };
    for _ in 0..2 {
        let answer = says(hello("ann", "s", &invitation)).await;
        let FromServer::Welcome { username, token, role, .. } = answer else { panic!("{answer:?}") };
        assert_eq!((username.as_str(), role, token.is_some()), ("ann", Role::Member, true));
        assert_eq!(state(&server, &owner, number).await, ("used".into(), 1));
    }
    for (name, secret, code) in
        [("ann", "t", RefusalCode::BadInvitation), ("bob", "s", RefusalCode::BadInvitation)]
    {
        let answer = says(hello(name, secret, &invitation)).await;
        assert!(matches!(&answer, FromServer::Refused(refusal) if refusal.code == code), "{answer:?}");
    }
    // After a revocation the secret of a lost device gives no new token, with no invitation.
    owner.does(server.address, json!({"act": "revoke_tokens", "username": "ann"})).await;
    let (_, other) = invites(&server, &owner, json!({})).await;
    for (invitation, code) in [(&invitation, RefusalCode::BadInvitation), (&other, RefusalCode::NameTaken)] {
        let answer = says(hello("ann", "s", invitation)).await;
        assert!(matches!(&answer, FromServer::Refused(refusal) if refusal.code == code), "{answer:?}");
    }
    // Nor does it to somebody who was barred.
    says(hello("bob", "b", &other)).await;
    owner.does(server.address, json!({"act": "bar", "username": "bob"})).await;
    let answer = says(hello("bob", "b", &other)).await;
    assert!(
        matches!(&answer, FromServer::Refused(refusal) if refusal.code == RefusalCode::Barred),
        "{answer:?}"
    );
}

#[tokio::test]
async fn an_invitation_gives_the_holder_of_a_token_what_it_offers_once() {
    let house = House::open().await;
    let server = &house.server;
    // One for several people gives nobody with an account a higher role: somebody may have taken it from them.
    let (_, many) =
        invites(server, &house.owner, json!({"role": "member", "rooms": [house.closed], "uses": 2})).await;
    assert_eq!(accepts(server, &house.guest, &many).await.unwrap().role, Role::Guest);
    let (number, secret) =
        invites(server, &house.owner, json!({"role": "member", "rooms": [house.closed]})).await;
    for _ in 0..3 {
        let welcome = accepts(server, &house.guest, &secret).await.unwrap();
        assert_eq!(welcome.role, Role::Member);
        assert!(welcome.rooms.iter().any(|room| room.room.as_str() == house.closed));
        assert!(welcome.rooms.iter().any(|room| room.room.as_str() == OPEN), "a member is not limited");
        assert_eq!(state(server, &house.owner, number).await.1, 1);
    }
    // A role is never lowered by one.
    let (_, low) = invites(server, &house.owner, json!({"role": "guest", "rooms": [PORCH], "uses": 9})).await;
    assert_eq!(accepts(server, &house.owner, &low).await.unwrap().role, Role::Owner);
    assert_eq!(accepts(server, &house.barred, &low).await.unwrap_err().code, RefusalCode::Barred);
    let bot = house.owner.does(house.address(), json!({"act": "add_bot", "username": "robo"})).await;
    let token = Some(shared::Token::parse(bot["token"].as_str().unwrap()).unwrap());
    let bot = Person { name: "robo", token };
    assert_eq!(accepts(server, &bot, &low).await.unwrap_err().code, RefusalCode::Forbidden);
    // A room that was deleted since does not use an invitation up, time and again.
    let ruin = make(house.address(), &house.owner, "ruin2", "closed").await;
    let (number, gone) = invites(server, &house.owner, json!({"rooms": [ruin], "uses": 2})).await;
    house.owner.does(house.address(), json!({"act": "delete_room", "room": ruin})).await;
    for _ in 0..3 {
        accepts(server, &house.member, &gone).await.unwrap();
    }
    assert_eq!(state(server, &house.owner, number).await.1, 0);
}

#[tokio::test]
async fn an_invitation_ends_with_the_right_of_who_made_it() {
    let house = House::open().await;
    let (at, server) = (house.address(), &house.server);
    let second = joins(at, &house.owner, "second", json!({"role": "owner"})).await;
    let (number, of_mo) = invites(server, &house.moderator, json!({})).await;
    let (_, crown) = invites(server, &second, json!({"role": "owner"})).await;
    let (_, chair) = invites(server, &second, json!({"role": "moderator"})).await;
    let (_, kept) = invites(server, &second, json!({})).await;

    house.owner.does(at, json!({"act": "bar", "username": "mo"})).await;
    assert_eq!(refused(server, "eve", &of_mo).await, RefusalCode::BadInvitation);
    assert_eq!(state(server, &house.owner, number).await.0, "revoked");
    house.owner.does(at, json!({"act": "unbar", "username": "mo"})).await;
    house.owner.does(at, json!({"act": "set_role", "username": "second", "role": "moderator"})).await;
    // They do not make themselves an owner again, nor others.
    assert_eq!(accepts(server, &second, &crown).await.unwrap().role, Role::Moderator);
    assert_eq!(refused(server, "eve", &chair).await, RefusalCode::BadInvitation);
    assert_eq!(comes(server, "new", &kept).await.unwrap().role, Role::Member);
    house.owner.does(at, json!({"act": "set_role", "username": "mo", "role": "guest"})).await;
    assert_eq!(refused(server, "eve", &of_mo).await, RefusalCode::BadInvitation);

    house.owner.does(at, json!({"act": "change_settings", "settings": {"members_invite": true}})).await;
    let (_, of_ann) = invites(server, &house.member, json!({"uses": 9})).await;
    comes(server, "eve", &of_ann).await.unwrap();
    house.owner.does(at, json!({"act": "change_settings", "settings": {"members_invite": false}})).await;
    assert_eq!(refused(server, "late", &of_ann).await, RefusalCode::BadInvitation);
    house.owner.does(at, json!({"act": "change_settings", "settings": {"members_invite": true}})).await;
    house.member.does(at, json!({"act": "delete_account", "username": "ann"})).await;
    assert_eq!(refused(server, "late", &of_ann).await, RefusalCode::BadInvitation);
}

#[tokio::test]
async fn who_has_lost_all_tokens_is_let_back_in_and_no_owner_by_another_one() {
    let house = House::open().await;
    let (at, server) = (house.address(), &house.server);
    let (_, back) = invites(server, &house.owner, json!({"username": "otto"})).await;
    assert_eq!(house.moderator.may_not(at, json!({"act": "invite", "username": "otto"})).await, "name_taken");
    assert_eq!(comes(server, "otto", &back).await.unwrap().role, Role::Member);
    // The invitation was made while ann was a member; as an owner she lets herself in, or the operator does.
    let (_, back) = invites(server, &house.owner, json!({"username": "ann"})).await;
    house.owner.does(at, json!({"act": "set_role", "username": "ann", "role": "owner"})).await;
    assert_eq!(refused(server, "ann", &back).await, RefusalCode::NameTaken);
    house.owner.does(at, json!({"act": "bar", "username": "fay"})).await;
    let (_, back) = invites(server, &house.owner, json!({"username": "fay"})).await;
    assert_eq!(refused(server, "fay", &back).await, RefusalCode::Barred);
}

#[tokio::test]
async fn a_secret_is_told_once_and_is_in_no_answer_and_no_file() {
    let (server, owner) = owned(&[]).await;
    owner.does(server.address, json!({"act": "change_settings", "settings": {"name": "The Club"}})).await;
    let (_, secret) = invites(&server, &owner, json!({"username": "alice", "role": "guest"})).await;
    let look = async |body: String| {
        Web::connect(server.address).await.request(Method::POST, "/api/invitations/look", &[], body).await
    };
    let offer = look(json!({"invitation": secret}).to_string()).await;
    let expected =
        json!({"house": "The Club", "by": "olga", "username": "alice", "role": "guest", "rooms": []});
    assert_eq!(offer.json(), expected);
    assert_eq!(offer.headers["cache-control"], "no-store");
    let mut said = Vec::new();
    for body in [
        json!({"invitation": format!("{secret}!")}).to_string(),
        json!({"invitation": [secret]}).to_string(),
        json!({"invitation": format!("{secret} ")}).to_string(),
        format!("{{\"invitation\": \"{secret}"),
        secret.clone(),
    ] {
        let answer = look(body).await;
        assert!(answer.status.is_client_error(), "{}", answer.body);
        said.push(answer.body);
    }
    let mut client = TestClient::silent(server.address).await;
    for (name, invitation) in [("eve", secret.clone()), ("alice", format!("{secret}x"))] {
        said.push(format!("{:?}", client.accept(Some(name), None, &invitation).await.unwrap_err()));
    }
    for text in [
        json!({"type": "hello", "invitation": [secret]}).to_string(),
        json!({"type": "hello", "invitation": format!("{secret} \u{7}")}).to_string(),
    ] {
        client.text(&text).await;
        said.push(client.next_text().await);
    }
    for path in ["/api/invitations", "/api/acts", "/api/acts/export"] {
        said.push(owner.get(server.address, path).await.body);
    }
    assert!(said.iter().all(|text| !text.contains(&secret)), "{said:#?}");
    let files = fs::read_dir(server.folder()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    for file in files {
        assert!(!file.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
    assert_eq!(
        format!("{:?}", shared::InvitationSecret::parse(&secret).unwrap()).matches(&secret).count(),
        0
    );
}

#[tokio::test]
async fn no_invitation_lets_anybody_back_into_a_room_that_they_were_removed_from() {
    let house = House::open().await;
    let server = &house.server;
    let (_, class) = invites(server, &house.owner, json!({"rooms": [house.closed, OPEN], "uses": 30})).await;
    for (person, lost, kept) in
        [(&house.former, &house.closed[..], OPEN), (&house.expelled, OPEN, &house.closed[..])]
    {
        let welcome = accepts(server, person, &class).await.unwrap();
        let rooms: Vec<_> = welcome.rooms.iter().map(|room| room.room.as_str()).collect();
        assert!(!rooms.contains(&lost) && rooms.contains(&kept), "{}: {rooms:?}", person.name);
        let answer = person.get(server.address, &format!("/api/rooms/{lost}/messages")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", person.name);
    }
}
