//! `parlor import`: history from elsewhere, as it was written.

use std::{collections::BTreeMap, fs, path::Path, process::Output};

use hyper::StatusCode;
use serde_json::json;
use shared::{AboutKind, Authorship, Message, RefusalCode, RoomName, Seq, Side, limits};

use crate::{
    bound::soon,
    child,
    client::{TestClient, about, texts},
    history::{self, Line},
    jwt, log_file,
    server::TestServer,
    web,
};

async fn import(file: &Path, folder: &Path) -> Output {
    child::run(&["import", file.to_str().unwrap(), "--data", folder.to_str().unwrap()]).await
}

fn said(output: &Output) -> (String, String) {
    assert!(output.status.success(), "{output:?}");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// It failed, and said this among other things.
fn refused(output: &Output, expected: &str) {
    assert!(!output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(expected), "{output:?}");
}

/// A room's log, read over `/ws` from its end to its beginning.
async fn read_back(client: &mut TestClient, room: &RoomName) -> Vec<Message> {
    let mut pages = Vec::new();
    let mut before = Seq::MAX;
    loop {
        let page = client.page(room.as_str(), Side::Before(before), limits::PAGE_MESSAGES).await;
        before = page.messages.first().expect("a page with messages").seq;
        pages.push(page.messages);
        if !page.more {
            return pages.into_iter().rev().flatten().collect();
        }
    }
}

#[tokio::test]
async fn real_history_goes_in_whole_reads_back_as_it_was_written_and_goes_in_once() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let (file, lines) = (history::file_in(scratch.path()), history::lines());
    let count = lines.len();
    let (summary, complaints) = said(&import(&file, folder.path()).await);
    assert_eq!(summary, format!("{count} added, 0 already there, 0 skipped\n"));
    assert_eq!(complaints, "");

    let (summary, _) = said(&import(&file, folder.path()).await);
    assert_eq!(summary, format!("0 added, {count} already there, 0 skipped\n"));

    let mut rooms = BTreeMap::<RoomName, Vec<Line>>::new();
    for line in lines {
        rooms.entry(line.room.clone()).or_default().push(line);
    }
    let server = TestServer::open_at(folder).await;
    let (mut reader, welcome) = TestClient::named(server.address, "a reader").await;
    assert_eq!(welcome.rooms.len(), rooms.len());
    for (room, lines) in rooms {
        let messages = read_back(&mut reader, &room).await;
        assert_eq!(messages.len(), lines.len());
        for (message, line) in messages.iter().zip(&lines) {
            let expected = (&line.username, &line.text, line.time());
            assert_eq!((&message.username, &message.text, message.sent_at), expected, "{}", message.seq);
        }
        // What can be read can be searched: the last line is found by its first word.
        let last = messages.iter().rev().find(|message| message.text.is_ascii()).unwrap();
        let word: String = last
            .text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .find(|word| !word.is_empty())
            .unwrap()
            .to_owned();
        let found =
            web::get(server.address, &format!("/api/search?room={room}&limit=200&q={word}")).await.messages();
        assert!(!found.is_empty(), "{word}");
    }
}

#[tokio::test]
async fn a_bad_line_is_reported_with_its_number_and_the_others_go_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("some.jsonl");
    let line = |username: &str, text: &str| serde_json::json!({"room": "r", "username": username, "text": text, "said_at": "2004-12-25T09:14:00Z"});
    let lines = [
        line("ann", "first").to_string(),
        "this is not JSON".into(),
        line("b\u{202e}b", "hidden").to_string(),
        line("ann", "").to_string(),
        String::new(),
        line("ann", "last").to_string(),
    ];
    fs::write(&file, lines.join("\n")).unwrap();
    let data = folder.path().join("data");
    let (summary, complaints) = said(&import(&file, &data).await);
    assert_eq!(summary, "2 added, 0 already there, 3 skipped\n");
    let numbers: Vec<_> = complaints.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(numbers, ["line 2", "line 3", "line 4"], "{complaints}");
    let rows = log_file::read(&data.join("parlor.db"), "r");
    assert_eq!(rows.iter().map(|row| &*row.text).collect::<Vec<_>>(), ["first", "last"]);

    fs::write(&file, "nothing\nof this\n").unwrap();
    let nothing = import(&file, &data).await;
    refused(&nothing, "nothing was imported");
    refused(&import(&data.join("parlor.db"), &data).await, "`parlor restore ");
    refused(&import(&folder.path().join("missing.jsonl"), &data).await, "missing.jsonl");
}

#[tokio::test]
async fn nobody_speaks_under_a_name_that_history_has_and_history_is_followed_by_the_present() {
    let server = server_with_cicero().await;
    let mut client = TestClient::silent(server.address).await;
    // Nor under one that looks like it.
    for name in ["Cicero", "cicero", "Cicer\u{43E}"] {
        let refusal = client.hello(Some(name), None).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::NameTaken, "{name}");
        let body = json!({"username": name, "text": "O mores"});
        let answer = web::post(server.address, "lobby", &body).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::CONFLICT, "name_taken"), "{name}");
        let mut plain = TestClient::open(server.address, "/ws").await;
        plain.text(&body.to_string()).await;
        assert_eq!(plain.refusal().await.code, RefusalCode::NameTaken, "{name}");
        let token = jwt::of(server.folder(), name);
        let refusal = client.hello(None, Some(token)).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::NameTaken, "{name}");
    }
    client.hello(Some("ann"), None).await.unwrap();
    assert_eq!(texts(&client.join("lobby").await.messages), ["O tempora"]);
    client.post(crate::client::post("lobby", "1", "O mores")).await;
    assert_eq!(texts(&soon("the present", client.messages(1)).await), ["O mores"]);
}

#[tokio::test]
async fn nobody_edits_or_retracts_what_was_imported() {
    let server = server_with_cicero().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let imported = ann.join("lobby").await.messages;
    let [message] = &*imported else { panic!("one message was imported: {imported:?}") };
    assert_eq!((&*message.text, message.authorship), ("O tempora", Authorship::Imported));
    for (kind, as_kind, text) in
        [("edit", AboutKind::Edit, "O mores"), ("retraction", AboutKind::Retraction, "")]
    {
        let change = about("lobby", "change", text, message.seq, as_kind);
        assert_eq!(ann.try_post(change).await.unwrap_err().code, RefusalCode::Forbidden, "{kind}");
        for (name, status, code) in
            [("Cicero", StatusCode::CONFLICT, "name_taken"), ("bob", StatusCode::FORBIDDEN, "forbidden")]
        {
            let body = json!({"username": name, "text": text, "about": {"seq": message.seq, "as": kind}});
            let answer = web::post(server.address, "lobby", &body).await;
            assert_eq!((answer.status, &*answer.error()), (status, code), "{kind} by {name}");
        }
    }
    assert_eq!(ann.join("lobby").await.messages, imported);
    assert_eq!(ann.messages_so_far().await, []);
}

/// A server whose lobby has one imported message.
async fn server_with_cicero() -> TestServer {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("some.jsonl");
    let line =
        r#"{"room": "lobby", "username": "Cicero", "text": "O tempora", "said_at": "1999-01-01T00:00:00Z"}"#;
    fs::write(&file, line).unwrap();
    said(&import(&file, folder.path()).await);
    TestServer::open_at(folder).await
}
