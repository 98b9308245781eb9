//! History, page by page, on either side of a message.

use shared::{AboutKind, Seq, Side};

use crate::{
    client::{TestClient, about, post, seqs, texts},
    server::TestServer,
};

/// Somebody in a server whose lobby has so many messages, and their seqs.
async fn server_with(messages: usize) -> (TestServer, TestClient, Vec<Seq>) {
    let server = TestServer::open().await;
    let (mut ann, _) = TestClient::named(server.address, "ann").await;
    let seqs = ann.post_numbers("lobby", 1..=messages).await;
    (server, ann, seqs)
}

#[tokio::test]
async fn history_can_be_read_to_its_beginning_and_to_its_end_without_a_gap() {
    let (_server, mut ann, posted) = server_with(95).await;
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
    assert_eq!(backwards, posted);

    let (mut after, mut forwards) = (Seq::ZERO, Vec::new());
    loop {
        let page = ann.page("lobby", Side::After(after), 20).await;
        after = page.messages.last().unwrap().seq;
        forwards.extend(seqs(&page.messages));
        if !page.more {
            break;
        }
    }
    assert_eq!(forwards, posted);
}

#[tokio::test]
async fn a_page_is_next_to_its_message_and_does_not_have_it() {
    let (_server, mut ann, posted) = server_with(10).await;
    let nth = |n: usize| posted[n - 1];
    let before = ann.page("lobby", Side::Before(nth(5)), 3).await;
    assert_eq!((texts(&before.messages), before.more), (vec!["2", "3", "4"], true));
    assert_eq!(seqs(&before.messages), posted[1..4]);
    let after = ann.page("lobby", Side::After(nth(5)), 3).await;
    assert_eq!((texts(&after.messages), after.more), (vec!["6", "7", "8"], true));
    assert_eq!(seqs(&after.messages), posted[5..8]);
    let first = ann.page("lobby", Side::Before(nth(1)), 3).await;
    assert_eq!((seqs(&first.messages), first.more), (vec![], false));
    let last = ann.page("lobby", Side::After(nth(7)), 3).await;
    assert_eq!((seqs(&last.messages), last.more), (posted[7..].to_vec(), false));
    // Where another room has a number, this one has none: the page is next to where it would be.
    let elsewhere = ann.page("elsewhere", Side::After(Seq::ZERO), 3).await.messages[1].seq;
    assert!(nth(6) < elsewhere && elsewhere < nth(7));
    let before = ann.page("lobby", Side::Before(elsewhere), 2).await;
    assert_eq!((seqs(&before.messages), before.more), (posted[4..6].to_vec(), true));
    let after = ann.page("lobby", Side::After(elsewhere), 2).await;
    assert_eq!((seqs(&after.messages), after.more), (posted[6..8].to_vec(), true));
    // Of a room that nobody ever was in there is an empty page.
    let nowhere = ann.page("nowhere", Side::Before(Seq::MAX), 3).await;
    assert_eq!((seqs(&nowhere.messages), nowhere.more), (vec![], false));
}

#[tokio::test]
async fn a_page_brings_what_is_needed_to_show_it_whole() {
    let (server, mut ann, posted) = server_with(10).await;
    let nth = |n: usize| posted[n - 1];
    let (mut bob, _) = TestClient::named(server.address, "bob").await;
    let edit = ann.post(about("lobby", "e", "two, edited", nth(2), AboutKind::Edit)).await;
    let reaction = bob.post(about("lobby", "r", "👍", nth(3), AboutKind::Reaction)).await;
    let reply = bob.post(about("lobby", "a", "to one", nth(1), AboutKind::Reply)).await;
    let old = ann.page("lobby", Side::Before(nth(4)), 2).await;
    assert_eq!(seqs(&old.messages), posted[1..3]);
    assert_eq!(seqs(&old.context), [edit, reaction]);
    let new = ann.page("lobby", Side::After(reaction), 5).await;
    assert_eq!(seqs(&new.messages), [reply]);
    assert_eq!(seqs(&new.context), [nth(1)], "what it answers");
}

#[tokio::test]
async fn a_page_is_never_larger_than_allowed() {
    let (_server, mut ann, _) = server_with(210).await;
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
    let mut posted = Vec::new();
    for n in 0..20 {
        posted.push(ann.post(post("lobby", &format!("a{n}"), &text)).await);
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
    assert_eq!(all, posted);
}
