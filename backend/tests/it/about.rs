//! Messages that are about an earlier one: replies, reactions, edits, retractions.

use shared::{About, AboutKind, RefusalCode, Seq, Side};

use crate::{
    client::{TestClient, about, post, texts},
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
