//! Readers that do not read: they harm nobody, cost little, and get everything once they do.

use std::collections::BTreeMap;

use shared::{FromClient, Seq};

use crate::{
    child::Child,
    client::{TestClient, post, seqs},
    server::TestServer,
};

const MESSAGES: usize = 4_000;
const TEXT_BYTES: usize = 2_000;

/// Posts 8 MB, many at a time, and waits until all of it is stored. Returns the seqs in the order of the posts.
async fn flood(poster: &mut TestClient) -> Vec<Seq> {
    let text = "x".repeat(TEXT_BYTES);
    let mut waiting = BTreeMap::new();
    let mut seqs = vec![None; MESSAGES];
    for n in 0..MESSAGES {
        let post = post("lobby", &format!("f{n}"), &text);
        waiting.insert(post.id.clone(), n);
        poster.say(&FromClient::Post(post)).await;
        while waiting.len() > 50 || (n == MESSAGES - 1 && !waiting.is_empty()) {
            let is_answer = |frame: &_| matches!(frame, shared::FromServer::Posted { .. });
            let answer = poster.find("an acknowledgement", is_answer).await;
            let shared::FromServer::Posted { id, seq, .. } = answer else {
                unreachable!("only that is found")
            };
            let n = waiting.remove(&id).unwrap_or_else(|| panic!("{id} was acknowledged twice"));
            seqs[n] = Some(seq);
        }
    }
    seqs.into_iter().map(|seq| seq.expect("every post was acknowledged")).collect()
}

#[tokio::test]
async fn who_does_not_read_for_a_while_harms_nobody_and_then_gets_every_message_in_order() {
    let server = TestServer::open().await;
    let mut slow = TestClient::open_small(server.address, "/ws?v=1").await;
    slow.hello(Some("slow"), None).await.unwrap();
    slow.join("lobby").await;
    let mut plain = TestClient::open_small(server.address, "/ws?after=0").await;
    let (mut quick, _) = TestClient::named(server.address, "quick").await;
    quick.join("lobby").await;
    let (mut poster, _) = TestClient::named(server.address, "poster").await;
    // The slow ones have read nothing when the quick one has everything.
    let (messages, stored) = tokio::join!(quick.messages(MESSAGES), flood(&mut poster));
    assert!(stored.is_sorted_by(|a, b| a < b));
    assert!(seqs(&messages) == stored);
    let late = slow.messages(MESSAGES).await;
    assert_eq!(late, messages);
    assert_eq!(plain.messages(MESSAGES).await, messages);
    // Level again, they are readers like any other.
    poster.post(post("lobby", "after", "after the flood")).await;
    for reader in [&mut slow, &mut quick, &mut plain] {
        assert_eq!(reader.message().await.text, "after the flood");
    }
}

#[tokio::test]
async fn readers_that_do_not_read_cost_a_number_of_bytes_and_not_a_queue() {
    const READERS: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let mut stuck = Vec::new();
    for n in 0..READERS {
        let mut reader = TestClient::open_small(server.address, "/ws?v=1").await;
        reader.hello(Some(&format!("stuck {n}")), None).await.unwrap();
        reader.join("lobby").await;
        stuck.push(reader);
    }
    let (mut poster, _) = TestClient::named(server.address, "poster").await;
    let before = server.peak_kib();
    flood(&mut poster).await;
    // Where the system does not tell, the other test has shown that nobody is harmed.
    let (Some(before), Some(after)) = (before, server.peak_kib()) else { return };
    let queued_kib = (READERS * MESSAGES * TEXT_BYTES / 1024) as u64;
    let grown = after - before;
    assert!(grown < queued_kib / 4, "{grown} KiB more for {queued_kib} KiB that nobody has read");
    drop(stuck);
}

#[tokio::test]
async fn who_asks_for_much_and_reads_nothing_of_it_is_not_answered_without_bound() {
    const PAGES: usize = 150;
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let (mut poster, _) = TestClient::named(server.address, "poster").await;
    let text = "x".repeat(20_000);
    for n in 0..200 {
        poster.say(&FromClient::Post(post("lobby", &format!("p{n}"), &text))).await;
        poster.find("an acknowledgement", |frame| matches!(frame, shared::FromServer::Posted { .. })).await;
    }
    let mut greedy = TestClient::open_small(server.address, "/ws?v=1").await;
    greedy.hello(Some("greedy"), None).await.unwrap();
    let before = server.peak_kib();
    // A page ends early where its messages are long, but all pages together are some 40 MB. They are asked for in one
    // go, and not read.
    let page = r#"{"type":"page","room":"lobby","before":9007199254740991,"limit":200}"#;
    for _ in 0..PAGES {
        greedy.text(page).await;
    }
    // The server goes on with others meanwhile.
    poster.post(post("lobby", "meanwhile", "meanwhile")).await;
    let mut bytes = 0;
    for _ in 0..PAGES {
        let is_page = |frame: &_| matches!(frame, shared::FromServer::Page { .. });
        let answer = greedy.find("a page", is_page).await;
        let shared::FromServer::Page { messages, .. } = answer else { unreachable!("only pages are found") };
        bytes += messages.iter().map(|message| message.text.len()).sum::<usize>();
    }
    assert!(bytes > 30_000_000, "{bytes}");
    let (Some(before), Some(after)) = (before, server.peak_kib()) else { return };
    let grown = after - before;
    assert!(grown < 10_000, "{grown} KiB more for {bytes} bytes of answers");
}

#[tokio::test]
async fn a_slow_reader_gets_its_quiet_rooms_before_all_of_a_hot_one() {
    let server = TestServer::open().await;
    let mut slow = TestClient::open_small(server.address, "/ws?v=1").await;
    slow.hello(Some("slow"), None).await.unwrap();
    slow.join("lobby").await;
    slow.join("quiet").await;
    let (mut poster, _) = TestClient::named(server.address, "poster").await;
    flood(&mut poster).await;
    poster.post(post("quiet", "1", "psst")).await;
    let mut before = 0;
    while slow.message().await.room.as_str() != "quiet" {
        before += 1;
    }
    assert!(before < MESSAGES / 2, "{before} messages of the hot room came first");
    slow.messages(MESSAGES - before).await;
}
