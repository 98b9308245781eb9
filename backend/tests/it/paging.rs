//! History, page by page, on either side of a message.

use shared::{AboutKind, Seq, Side};

use crate::{
    client::{TestClient, about, post, seqs},
    server::TestServer,
};

/// Somebody in a server whose lobby has so many messages.
async fn house_with(messages: usize) -> (TestServer, TestClient) {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    for n in 1..=messages {
        ann.post(post("lobby", &format!("a{n}"), &n.to_string())).await;
    }
    (server, ann)
}

#[tokio::test]
async fn history_can_be_read_to_its_beginning_and_to_its_end_without_a_gap() {
    let (_house, mut ann) = house_with(95).await;
    let mut before = Seq::MAX;
    let mut backwards = Vec::new();
    loop {
        let page = ann.page("lobby", Side::Before(before), 20).await;
        before = page.messages.first().unwrap().seq;
        backwards.splice(0..0, seqs(&page.messages));
        if !page.more {
            break;
        }
        assert_eq!(page.messages.len(), 20);
    }
    assert!(backwards.iter().copied().eq(1..=95), "{backwards:?}");

    let (mut after, mut forwards) = (Seq::ZERO, Vec::new());
    loop {
        let page = ann.page("lobby", Side::After(after), 20).await;
        after = page.messages.last().unwrap().seq;
        forwards.extend(seqs(&page.messages));
        if !page.more {
            break;
        }
    }
    assert_eq!(forwards, backwards);
}

#[tokio::test]
async fn a_page_is_next_to_its_message_and_does_not_have_it() {
    let (_house, mut ann) = house_with(10).await;
    let before = ann.page("lobby", Side::Before(Seq(5)), 3).await;
    assert_eq!((seqs(&before.messages), before.more), (vec![2, 3, 4], true));
    let after = ann.page("lobby", Side::After(Seq(5)), 3).await;
    assert_eq!((seqs(&after.messages), after.more), (vec![6, 7, 8], true));
    let first = ann.page("lobby", Side::Before(Seq(1)), 3).await;
    assert_eq!((seqs(&first.messages), first.more), (vec![], false));
    let last = ann.page("lobby", Side::After(Seq(7)), 3).await;
    assert_eq!((seqs(&last.messages), last.more), (vec![8, 9, 10], false));
    // Of a room that nobody ever was in there is an empty page.
    let nowhere = ann.page("nowhere", Side::Before(Seq::MAX), 3).await;
    assert_eq!((seqs(&nowhere.messages), nowhere.more), (vec![], false));
}

#[tokio::test]
async fn a_page_brings_what_is_needed_to_show_it_whole() {
    let (server, mut ann) = house_with(10).await;
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let edit = ann.post(about("lobby", "e", "two, edited", Seq(2), AboutKind::Edit)).await;
    let reaction = bob.post(about("lobby", "r", "👍", Seq(3), AboutKind::Reaction)).await;
    let reply = bob.post(about("lobby", "a", "to one", Seq(1), AboutKind::Reply)).await;
    let old = ann.page("lobby", Side::Before(Seq(4)), 2).await;
    assert_eq!(seqs(&old.messages), [2, 3]);
    assert_eq!(seqs(&old.context), [edit.0, reaction.0]);
    let new = ann.page("lobby", Side::After(reaction), 5).await;
    assert_eq!(seqs(&new.messages), [reply.0]);
    assert_eq!(seqs(&new.context), [1], "what it answers");
}

#[tokio::test]
async fn a_page_is_never_larger_than_allowed() {
    let (_house, mut ann) = house_with(210).await;
    let page = ann.page("lobby", Side::Before(Seq::MAX), u16::MAX).await;
    assert_eq!((page.messages.len(), page.more), (usize::from(shared::limits::PAGE_MESSAGES), true));
    let none = ann.page("lobby", Side::Before(Seq::MAX), 0).await;
    assert_eq!(none.messages.len(), 1);
}

#[tokio::test]
async fn a_page_of_long_messages_ends_early_and_says_that_there_is_more() {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let text = "x".repeat(60_000);
    for n in 0..20 {
        ann.post(post("lobby", &format!("a{n}"), &text)).await;
    }
    let (mut before, mut all) = (Seq::MAX, Vec::new());
    loop {
        let page = ann.page("lobby", Side::Before(before), 200).await;
        assert!((1..10).contains(&page.messages.len()), "{}", page.messages.len());
        before = page.messages[0].seq;
        all.splice(0..0, seqs(&page.messages));
        if !page.more {
            break;
        }
    }
    assert!(all.into_iter().eq(1..=20));
}
