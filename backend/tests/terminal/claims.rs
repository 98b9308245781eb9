//! A name survives a lost welcome: the secret of the claim is on disk before it is used.

use std::{fs, path::Path};

use client::RefusalCode;
use shared::FromClient;

use crate::{
    fake::{FakeServer, acknowledge, next_frame, refuse, welcome},
    server::{finish, parlor, stderr},
};

fn hello(frame: FromClient) -> (Option<String>, Option<String>) {
    let FromClient::Hello { token, secret, .. } = frame else { panic!("a hello comes first: {frame:?}") };
    (token.map(|token| token.as_str().to_owned()), secret.map(|secret| secret.as_str().to_owned()))
}

fn tokens_file(folder: &Path) -> String {
    fs::read_to_string(folder.join("parlor/tokens.json")).unwrap()
}

#[test]
fn a_claim_whose_welcome_was_lost_is_repeated_with_the_kept_secret_and_the_token_stays() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let arguments = ["send", "--url", &server.url, "--room", "lobby", "--name", "ann", "hello"];

    // The first process is killed between its hello and the welcome.
    let mut child = parlor(folder.path(), &arguments).spawn().unwrap();
    let mut socket = server.accept_websocket();
    let (token, first) = hello(next_frame(&mut socket));
    let first = first.expect("a claim has a secret");
    assert_eq!(token, None);
    assert!(tokens_file(folder.path()).contains(&first), "the secret is on disk before it is sent");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(socket);

    // The second one loses the connection there, and then is welcomed.
    let child = parlor(folder.path(), &arguments).spawn().unwrap();
    let mut socket = server.accept_websocket();
    assert_eq!(hello(next_frame(&mut socket)), (None, Some(first.clone())));
    drop(socket);
    let mut socket = server.accept_websocket();
    assert_eq!(hello(next_frame(&mut socket)), (None, Some(first)));
    welcome(&mut socket, "ann", Some("token-of-ann"));
    acknowledge(&mut socket);
    assert_eq!(finish(child).status.code(), Some(0));

    // From then on the token is used, and a welcome without one changes nothing.
    for _ in 0..2 {
        let child = parlor(folder.path(), &arguments).spawn().unwrap();
        let mut socket = server.accept_websocket();
        assert_eq!(hello(next_frame(&mut socket)).0.as_deref(), Some("token-of-ann"));
        welcome(&mut socket, "ann", None);
        acknowledge(&mut socket);
        let sent = finish(child);
        assert_eq!(sent.status.code(), Some(0), "{}", stderr(&sent));
        assert!(tokens_file(folder.path()).contains("token-of-ann"));
    }
}

#[test]
fn a_token_of_the_users_own_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let mut command = parlor(folder.path(), &["send", "--url", &server.url, "--room", "lobby", "hello"]);
    let child = command.env("PARLOR_TOKEN", "token-of-cto").spawn().unwrap();
    let mut socket = server.accept_websocket();
    assert_eq!(hello(next_frame(&mut socket)), (Some("token-of-cto".into()), None));
    welcome(&mut socket, "cto", None);
    acknowledge(&mut socket);
    assert_eq!(finish(child).status.code(), Some(0));
    assert!(!folder.path().join("parlor/tokens.json").exists());
}

#[test]
fn a_guest_whose_token_expired_is_a_guest_again_and_claims_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::open();
    let arguments = ["send", "--url", &server.url, "--room", "lobby", "hello"];
    let child = parlor(folder.path(), &arguments).spawn().unwrap();
    let mut socket = server.accept_websocket();
    assert_eq!(hello(next_frame(&mut socket)), (None, None));
    welcome(&mut socket, "merry-robin-677", Some("token-of-a-guest"));
    acknowledge(&mut socket);
    assert_eq!(finish(child).status.code(), Some(0));

    let child = parlor(folder.path(), &arguments).spawn().unwrap();
    let mut socket = server.accept_websocket();
    assert_eq!(hello(next_frame(&mut socket)).0.as_deref(), Some("token-of-a-guest"));
    refuse(&mut socket, RefusalCode::BadToken);
    let again = next_frame(&mut socket);
    assert!(
        matches!(again, FromClient::Hello { username: None, token: None, secret: None, .. }),
        "{again:?}"
    );
    welcome(&mut socket, "calm-otter-12", Some("token-of-another-guest"));
    acknowledge(&mut socket);
    assert_eq!(finish(child).status.code(), Some(0));
}
