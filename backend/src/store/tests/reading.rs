use shared::{Act, RoomKind};

use super::*;
use crate::store::{Actor, Drawn};

#[tokio::test]
async fn pages_tile_the_log_in_both_directions() {
    let test = TestStore::new();
    for n in 1..=10 {
        test.say(&format!("m{n}")).await;
    }
    let page = async |side, limit| {
        let page = test.store.page(&lobby(), side, limit).await.unwrap();
        (seqs(&page.messages), page.more)
    };
    assert_eq!(page(Side::Before(Seq::MAX), 4).await, (vec![7, 8, 9, 10], true));
    assert_eq!(page(Side::Before(Seq(7)), 4).await, (vec![3, 4, 5, 6], true));
    assert_eq!(page(Side::Before(Seq(3)), 4).await, (vec![1, 2], false));
    assert_eq!(page(Side::Before(Seq(5)), 4).await, (vec![1, 2, 3, 4], false));
    assert_eq!(page(Side::Before(Seq(1)), 4).await, (vec![], false));
    assert_eq!(page(Side::After(Seq::ZERO), 4).await, (vec![1, 2, 3, 4], true));
    assert_eq!(page(Side::After(Seq(6)), 4).await, (vec![7, 8, 9, 10], false));
    assert_eq!(page(Side::After(Seq(u64::MAX)), 4).await, (vec![], false));
    assert_eq!(page(Side::Before(Seq(3)), 0).await, (vec![2], true), "a limit is at least 1");
    let nowhere = test.store.page(&room("nowhere"), Side::Before(Seq::MAX), 4).await.unwrap();
    assert_eq!(nowhere, Page::default());
}

#[tokio::test]
async fn a_page_comes_with_what_is_needed_to_show_it_whole() {
    use AboutKind::{Edit, Reaction, Reply, Retraction};
    let test = TestStore::new();
    let quoted = test.say("1 quoted").await;
    let other = test.say("2 other").await;
    let reply = test.about(quoted, Reply, "3 reply").await;
    let gone = test.say("4 gone").await;
    // What follows is outside the page.
    test.about(reply, Edit, "5 old edit").await;
    test.about(reply, Edit, "6 new edit").await;
    test.about(gone, Retraction, "").await;
    let reaction = test.about(reply, Reaction, "👍").await;
    let taken_back = test.about(reply, Reaction, "👎").await;
    test.about(taken_back, Retraction, "").await;
    test.about(quoted, Edit, "11 edit of what is quoted").await;
    test.about(other, Edit, "12 of no concern").await;
    test.about(reply, Reply, "13 a reply is no part of what it answers").await;

    let page = test.store.page(&lobby(), Side::Before(Seq(5)), 2).await.unwrap();
    assert_eq!(seqs(&page.messages), [reply.0, gone.0]);
    assert_eq!(seqs(&page.context), [quoted.0, 6, 7, reaction.0, 11]);
}

#[tokio::test]
async fn changes_come_before_reactions_and_of_those_the_newest_are_shown() {
    let test = TestStore::new();
    let first = test.say("first").await;
    let reactions: Vec<_> = (0..150)
        .map(|n| {
            let about = Some(About { seq: first, kind: AboutKind::Reaction });
            let author = Author::Unproven(user(&format!("user{n}")));
            queue(&test.store, Draft { author, ..draft("ann", "r", "👍", about) })
        })
        .collect();
    for reaction in reactions {
        stored(reaction.await.unwrap());
    }
    let edit = test.about(first, AboutKind::Edit, "First").await;
    let page = test.store.page(&lobby(), Side::Before(Seq(2)), 1).await.unwrap();
    assert_eq!(seqs(&page.context), (edit.0 - 100..=edit.0).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_and_its_context_have_a_bound_in_bytes() {
    let test = TestStore::new();
    let long_text = format!("x{}", "\u{1}".repeat(shared::limits::TEXT_BYTES - 1));
    let mut targets = Vec::new();
    for _ in 0..30 {
        targets.push(test.say("short").await);
    }
    for target in &targets {
        test.about(*target, AboutKind::Edit, &long_text).await;
    }
    let page = test.store.page(&lobby(), Side::Before(Seq(31)), 30).await.unwrap();
    assert_eq!(page.messages.len(), 30);
    let bytes = serde_json::to_vec(&(&page.messages, &page.context)).unwrap().len();
    assert!(!page.context.is_empty() && bytes < 1 << 20, "{bytes}");
    let long = test.store.page(&lobby(), Side::After(Seq(30)), 200).await.unwrap();
    let bytes = serde_json::to_vec(&(&long.messages, &long.context)).unwrap().len();
    assert!(long.more && bytes < 1 << 20, "{bytes}");
    // What a search finds and what the list of rooms shows, too.
    for _ in 0..8 {
        test.say(&"word ".repeat(13_000)).await;
    }
    test.indexed().await;
    let found = test.store.search("word", None, ANYBODY, 200).await.unwrap();
    assert!((1..=4).contains(&found.len()), "{}", found.len());
    let rooms = test.store.rooms(ANYBODY, None).await.unwrap();
    assert_eq!(rooms[0].last.as_ref().unwrap().text.chars().count(), shared::limits::PREVIEW_CHARACTERS);
}

#[tokio::test]
async fn who_is_behind_gets_everything_in_pieces_that_fit() {
    let test = TestStore::new();
    for n in 0..20 {
        test.say(&"x".repeat(n * 10 + 1)).await;
    }
    let after = async |after, upto, messages, bytes| {
        let got = test.store.after(&lobby(), Seq(after), Seq(upto), messages, bytes).await.unwrap();
        seqs(&got)
    };
    assert_eq!(after(0, 20, 3, usize::MAX).await, [1, 2, 3]);
    assert_eq!(after(17, 19, 100, usize::MAX).await, [18, 19]);
    assert_eq!(after(0, 20, 100, 3 * 512 + 40).await, [1, 2, 3], "the fourth does not fit");
    assert_eq!(after(10, 20, 100, 5).await, [11], "one comes however long it is");
}

#[tokio::test]
async fn rooms_are_listed_newest_first_with_what_the_reader_has_not_seen() {
    let test = TestStore::new();
    let quiet = Act::MakeRoom { room: room("quiet"), kind: RoomKind::Open, topic: None };
    let made = test.store.act(Actor::Operator, quiet, Drawn::Nothing).await;
    assert!(matches!(made, Outcome::Done { .. }), "{made:?}");
    test.store.recognize(&user("bob"), &Grant::default()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let first = test.say("first").await;
    test.store.set_seen(&user("bob"), &lobby(), first);
    let second = test.say("second").await;
    stored(post(&test.store, "bob", "own", "my own", None).await);
    test.about(second, AboutKind::Reaction, "👍").await;
    test.about(second, AboutKind::Edit, "Second").await;
    let third = test.about(second, AboutKind::Reply, "third").await;
    let head = test.about(third, AboutKind::Edit, "Third").await;

    for test in [&test, &test] {
        let rooms = test.store.rooms(ANYBODY, Some(&user("bob"))).await.unwrap();
        assert_eq!(rooms.iter().map(|room| room.room.as_str()).collect::<Vec<_>>(), ["lobby", "quiet"]);
        assert_eq!((rooms[0].head, rooms[0].seen, rooms[0].unread), (head, Some(first), 2));
        let last = rooms[0].last.as_ref().unwrap();
        assert_eq!((last.seq, last.text.as_str()), (third, "Third"));
        assert_eq!(
            (rooms[1].head, rooms[1].seen, rooms[1].unread, &rooms[1].last),
            (Seq::ZERO, None, 0, &None)
        );
    }
    let rooms = test.store.rooms(ANYBODY, None).await.unwrap();
    assert_eq!((rooms[0].seen, rooms[0].unread), (None, 0));
    let test = test.again();
    assert_eq!(test.store.rooms(ANYBODY, None).await.unwrap(), rooms);
}

#[tokio::test]
async fn marks_only_rise_stay_below_the_head_and_survive_a_restart() {
    let test = TestStore::new();
    for _ in 0..5 {
        test.say("hi").await;
    }
    let (ann, dan) = (user("ann"), user("dan"));
    let seen = async |test: &TestStore| test.store.seen(&ann, &lobby()).await.unwrap();
    assert_eq!(seen(&test).await, None);
    test.store.set_seen(&ann, &lobby(), Seq(3));
    assert_eq!(seen(&test).await, Some(Seq(3)), "a mark is known before it is on disk");
    test.store.set_seen(&ann, &lobby(), Seq(2));
    let on_disk = async || {
        let db = rusqlite::Connection::open(test.path().join("parlor.db")).unwrap();
        db.query_row("SELECT seq FROM seen", [], |row| row.get::<_, i64>(0)).is_ok_and(|seq| seq == 3)
    };
    eventually(on_disk).await;
    test.store.set_seen(&ann, &lobby(), Seq(1));
    assert_eq!(seen(&test).await, Some(Seq(3)));
    test.store.set_seen(&ann, &lobby(), Seq::MAX);
    test.store.set_seen(&dan, &lobby(), Seq(1));
    assert_eq!(seen(&test).await, Some(Seq(5)));
    // The restart comes before the mark would have been written by itself.
    let test = test.again();
    assert_eq!(seen(&test).await, Some(Seq(5)));
    assert_eq!(test.store.seen(&dan, &lobby()).await.unwrap(), None, "dan is nobody here yet");
}

#[tokio::test]
async fn a_page_of_long_messages_ends_early_and_says_that_there_is_more() {
    let test = TestStore::new();
    let long_text = "x".repeat(shared::limits::TEXT_BYTES);
    for n in 0..6 {
        stored(post(&test.store, "ann", &format!("long{n}"), &long_text, None).await);
    }
    let page = async |side| {
        let page = test.store.page(&lobby(), side, 200).await.unwrap();
        (seqs(&page.messages), page.more)
    };
    assert_eq!(page(Side::Before(Seq::MAX)).await, (vec![3, 4, 5, 6], true));
    assert_eq!(page(Side::Before(Seq(3))).await, (vec![1, 2], false));
    assert_eq!(page(Side::After(Seq::ZERO)).await, (vec![1, 2, 3, 4], true));
}

#[tokio::test]
async fn the_newest_page_in_memory_is_never_older_than_what_was_acknowledged() {
    let test = TestStore::new();
    assert_eq!(test.store.newest(&lobby()).await.unwrap().page, Page::default());
    for n in 0..60_u64 {
        let seq = test.say(&format!("m{n}")).await;
        let newest = test.store.newest(&lobby()).await.unwrap();
        assert_eq!(newest.page.head, seq);
        assert_eq!(newest.page.messages.last().unwrap().seq, seq);
    }
    let newest = test.store.newest(&lobby()).await.unwrap();
    let read = test.store.page(&lobby(), Side::Before(Seq::MAX), shared::limits::PAGE_DEFAULT).await.unwrap();
    assert_eq!(newest.page, read);
    assert!(Arc::ptr_eq(&newest, &test.store.newest(&lobby()).await.unwrap()), "it is read once");
    test.about(Seq(60), AboutKind::Reaction, "👍").await;
    assert_eq!(test.store.newest(&lobby()).await.unwrap().page.head, Seq(61));
}

#[tokio::test]
async fn only_messages_and_replies_bring_a_room_onto_the_list() {
    let test = TestStore::new();
    let in_room = |n: usize, id: &str, text: &str, about| {
        let mut draft = draft("ann", id, text, about);
        draft.post.room = room(&format!("r{n}"));
        draft
    };
    let oldest = stored(append(&test.store, in_room(0, "m", "hi", None)).await);
    for n in 1..=shared::limits::ROOMS_LISTED {
        stored(append(&test.store, in_room(n, "m", "hi", None)).await);
    }
    let before = test.store.rooms(ANYBODY, None).await.unwrap();
    assert!(
        before.len() == shared::limits::ROOMS_LISTED && before.iter().all(|listed| listed.room != room("r0"))
    );
    let about = Some(About { seq: oldest, kind: AboutKind::Reaction });
    stored(append(&test.store, in_room(0, "r", "👍", about)).await);
    assert_eq!(test.store.rooms(ANYBODY, None).await.unwrap(), before);
}
