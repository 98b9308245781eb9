//! Messages that are about an earlier one: replies, reactions, edits, retractions.

use hyper::StatusCode;
use serde_json::json;
use shared::{About, AboutKind, Authorship, RefusalCode, Seq, Side};

use crate::{
    client::{TestClient, about, post, seqs, texts},
    log_file,
    server::TestServer,
    web,
};

#[tokio::test]
async fn what_is_about_a_message_is_a_message_itself_and_everyone_sees_it() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    bob.join("lobby").await;
    let first = ann.post(post("lobby", "1", "Tea?")).await;
    bob.post(about("lobby", "2", "Yes!", first, AboutKind::Reply)).await;
    bob.post(about("lobby", "3", "🍵", first, AboutKind::Reaction)).await;
    ann.post(about("lobby", "4", "Coffee?", first, AboutKind::Edit)).await;
    ann.post(about("lobby", "5", "", first, AboutKind::Retraction)).await;
    let seen = bob.messages(5).await;
    let kinds: Vec<_> = seen[1..].iter().map(|message| message.about.unwrap()).collect();
    let about = |kind| About { seq: first, kind };
    assert_eq!(
        kinds,
        [AboutKind::Reply, AboutKind::Reaction, AboutKind::Edit, AboutKind::Retraction].map(about)
    );
    assert_eq!(texts(&seen[1..]), ["Yes!", "🍵", "Coffee?", ""]);
}

#[tokio::test]
async fn only_its_author_edits_or_retracts_a_message() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let first = ann.post(post("lobby", "1", "Mine.")).await;
    for (kind, text) in [(AboutKind::Edit, "Yours."), (AboutKind::Retraction, "")] {
        let refusal = bob.try_post(about("lobby", "theft", text, first, kind)).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::Forbidden);
        assert_eq!(refusal.retry_after_ms, None);
    }
    let rows = log_file::read(&server.database(), "lobby");
    assert_eq!(rows.iter().map(|row| &*row.text).collect::<Vec<_>>(), ["Mine."]);
}

#[tokio::test]
async fn nobody_edits_or_retracts_what_was_posted_without_a_token() {
    let server = TestServer::open().await;
    let changes = [("edit", AboutKind::Edit, "changed"), ("retraction", AboutKind::Retraction, "")];
    let (mut reader, _) = TestClient::named(server.address, "reader").await;
    reader.join("lobby").await;

    // Whoever posts like that cannot change it: by HTTP, over plain `/ws`, as a guest.
    let body = json!({"username": "bot", "text": "by HTTP"});
    let by_http = web::post(server.address, "lobby", &body).await.json()["seq"].as_u64().map(Seq).unwrap();
    let mut plain = TestClient::open(server.address, "/ws?username=walker").await;
    plain.text("over plain /ws").await;
    let by_plain = plain.message().await.seq;
    let mut guest = TestClient::silent(server.address).await;
    guest.hello(None, None).await.unwrap();
    let by_guest = guest.post(post("lobby", "1", "as a guest")).await;
    for (kind, as_kind, text) in changes {
        let about_it = |seq: Seq| json!({"seq": seq, "as": kind});
        let body = json!({"username": "bot", "text": text, "about": about_it(by_http)});
        let answer = web::post(server.address, "lobby", &body).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::FORBIDDEN, "forbidden"), "{kind}");
        plain.text(&json!({"text": text, "about": about_it(by_plain)}).to_string()).await;
        assert_eq!(plain.refusal().await.code, RefusalCode::Forbidden, "{kind}");
        let change = about("lobby", "change", text, by_guest, as_kind);
        assert_eq!(guest.try_post(change).await.unwrap_err().code, RefusalCode::Forbidden, "{kind}");
    }
    // Neither can somebody else, nor whoever claims the name afterwards.
    let (mut bot, _) = TestClient::named(server.address, "bot").await;
    for client in [&mut reader, &mut bot] {
        for seq in [by_http, by_plain, by_guest] {
            for (kind, as_kind, text) in changes {
                let change = about("lobby", "change", text, seq, as_kind);
                let refusal = client.try_post(change).await.unwrap_err();
                assert_eq!(refusal.code, RefusalCode::Forbidden, "{kind} of {seq}");
            }
        }
    }
    // Readers were told that nobody proved these names, and have seen nothing else.
    let seen = reader.messages_so_far().await;
    assert_eq!(seqs(&seen), [by_http, by_plain, by_guest]);
    assert_eq!(texts(&seen), ["by HTTP", "over plain /ws", "as a guest"]);
    assert!(seen.iter().all(|message| message.authorship == Authorship::Unproven), "{seen:?}");
    assert_eq!(bot.join("lobby").await.messages, seen);
    // To answer and to react is for everybody.
    bot.post(about("lobby", "reply", "Really?", by_http, AboutKind::Reply)).await;
    guest.post(about("lobby", "reaction", "👍", by_http, AboutKind::Reaction)).await;
}

#[tokio::test]
async fn the_same_reaction_of_the_same_author_shows_once_and_a_retry_of_it_is_known() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let (mut bob, welcome) = TestClient::named(server.address, "bob").await;
    ann.join("lobby").await;
    let (tea, cake) =
        (ann.post(post("lobby", "1", "Tea?")).await, ann.post(post("lobby", "2", "Cake?")).await);
    let react = |id: &str, emoji: &str, seq: Seq| about("lobby", id, emoji, seq, AboutKind::Reaction);
    let first = bob.post(react("r1", "👍", tea)).await;
    let second = bob.post(react("r2", "👍", tea)).await;
    let (mut phone, _) = TestClient::proven(server.address, &welcome.token).await;
    let third = phone.post(react("r3", "👍", tea)).await;
    // Another emoji, another message and another author are other reactions.
    let others = [
        bob.post(react("r4", "🍵", tea)).await,
        bob.post(react("r5", "👍", cake)).await,
        ann.post(react("r6", "👍", tea)).await,
    ];
    // What was taken back can be said again.
    let taken_back = bob.post(about("lobby", "r7", "", first, AboutKind::Retraction)).await;
    let anew = bob.post(react("r8", "👍", tea)).await;
    // A retry of a reaction that showed nothing brings nothing back.
    assert_eq!(bob.post(react("r2", "👍", tea)).await, second);
    let [fourth, fifth, sixth] = others;
    let stored = [tea, cake, first, second, third, fourth, fifth, sixth, taken_back, anew];
    assert!(stored.is_sorted_by(|a, b| a < b), "{stored:?}");
    let messages = ann.messages_so_far().await;
    assert_eq!(seqs(&messages), stored);
    let empty: Vec<_> = messages.iter().filter(|message| message.text.is_empty()).map(|m| m.seq).collect();
    assert_eq!(empty, [second, third, taken_back]);
    assert_eq!(log_file::seqs(&server.database(), "lobby"), stored);
}

#[tokio::test]
async fn what_is_about_nothing_that_it_can_be_about_is_refused() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let first = ann.post(post("lobby", "1", "One.")).await;
    let reaction = ann.post(about("lobby", "2", "👍", first, AboutKind::Reaction)).await;
    for (kind, seq) in [
        (AboutKind::Reply, Seq(99)),
        (AboutKind::Reply, reaction),
        (AboutKind::Reaction, reaction),
        (AboutKind::Edit, reaction),
    ] {
        let refusal = ann.try_post(about("lobby", "bad", "👍", seq, kind)).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::BadAbout, "{kind:?} of {seq}");
    }
    // A number of one room means nothing in another one.
    let elsewhere = ann.try_post(about("kitchen", "bad", "Yes.", first, AboutKind::Reply)).await;
    assert_eq!(elsewhere.unwrap_err().code, RefusalCode::BadAbout);
    let wordy = ann.try_post(about("lobby", "bad", "I agree", first, AboutKind::Reaction)).await;
    assert_eq!(wordy.unwrap_err().code, RefusalCode::BadText);
    let talkative = ann.try_post(about("lobby", "bad", "Gone.", first, AboutKind::Retraction)).await;
    assert_eq!(talkative.unwrap_err().code, RefusalCode::BadText);
}

#[tokio::test]
async fn what_is_taken_back_is_gone_from_pages_search_returning_readers_and_the_files() {
    const SECRET: &str = "hunter2-is-my-password";
    let server = TestServer::open().await;
    let (mut ann, welcome) = TestClient::named(server.address, "ann").await;
    let epoch = ann.join("lobby").await.epoch;
    ann.post(post("lobby", "1", "Before.")).await;
    // Long enough to fill pages of the file that are free afterwards.
    let long = [SECRET; 1_000].join(" ");
    let mistake = ann.post(post("lobby", "2", &long)).await;
    ann.post(about("lobby", "3", &format!("{long}, no!"), mistake, AboutKind::Edit)).await;
    let query = "/api/search?q=hunter2";
    ann.post(about("lobby", "4", "", mistake, AboutKind::Retraction)).await;

    let page = ann.page("lobby", Side::Before(Seq::MAX), 50).await;
    assert_eq!(texts(&page.messages), ["Before.", "", "", ""]);
    assert_eq!(web::get(server.address, query).await.messages(), []);
    // Whoever comes back finds the log as it is now, also where the room's newest frames are still in memory.
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let joined = bob.join_after("lobby", Some(epoch), Some(Seq::ZERO)).await;
    assert!(joined.resumed);
    assert_eq!(texts(&bob.messages(4).await), ["Before.", "", "", ""]);
    drop((ann, bob, welcome));

    let folder = server.close().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{:?} still has what was taken back", file.file_name());
    }
}
