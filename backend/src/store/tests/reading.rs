use super::*;

#[tokio::test]
async fn pages_tile_the_log_in_both_directions() {
    let house = House::new();
    for n in 1..=10 {
        house.say(&format!("m{n}")).await;
    }
    let page = async |side, limit| {
        let page = house.store.page(&lobby(), side, limit).await.unwrap();
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
    let nowhere = house.store.page(&room("nowhere"), Side::Before(Seq::MAX), 4).await.unwrap();
    assert_eq!(nowhere, Page::default());
}

#[tokio::test]
async fn a_page_comes_with_what_is_needed_to_show_it_whole() {
    use AboutKind::{Edit, Reaction, Reply, Retraction};
    let house = House::new();
    let quoted = house.say("1 quoted").await;
    let other = house.say("2 other").await;
    let reply = house.about(quoted, Reply, "3 reply").await;
    let gone = house.say("4 gone").await;
    // What follows is outside the page.
    house.about(reply, Edit, "5 old edit").await;
    house.about(reply, Edit, "6 new edit").await;
    house.about(gone, Retraction, "").await;
    let reaction = house.about(reply, Reaction, "👍").await;
    let taken_back = house.about(reply, Reaction, "👎").await;
    house.about(taken_back, Retraction, "").await;
    house.about(quoted, Edit, "11 edit of what is quoted").await;
    house.about(other, Edit, "12 of no concern").await;
    house.about(reply, Reply, "13 a reply is no part of what it answers").await;

    let page = house.store.page(&lobby(), Side::Before(Seq(5)), 2).await.unwrap();
    assert_eq!(seqs(&page.messages), [reply.0, gone.0]);
    assert_eq!(seqs(&page.context), [quoted.0, 6, 7, reaction.0, 11]);
}

#[tokio::test]
async fn changes_come_before_reactions_when_the_context_is_bounded() {
    let house = House::new();
    let first = house.say("first").await;
    let bound = u64::from(shared::limits::CONTEXT_MESSAGES);
    let reactions: Vec<_> = (0..bound + 50)
        .map(|n| {
            let about = Some(About { seq: first, kind: AboutKind::Reaction });
            queue(&house.store, draft("ann", &format!("r{n}"), &format!("e{n}"), about))
        })
        .collect();
    for reaction in reactions {
        stored(reaction.await.unwrap());
    }
    let edit = house.about(first, AboutKind::Edit, "First").await;
    let page = house.store.page(&lobby(), Side::Before(Seq(2)), 1).await.unwrap();
    assert_eq!(page.context.len() as u64, bound);
    assert_eq!(page.context.last().unwrap().seq, edit);
    assert!(page.context.is_sorted_by_key(|message| message.seq));
}

#[tokio::test]
async fn who_is_behind_gets_everything_in_pieces_that_fit() {
    let house = House::new();
    for n in 0..20 {
        house.say(&"x".repeat(n * 10 + 1)).await;
    }
    let after = async |after, upto, messages, bytes| {
        let got = house.store.after(&lobby(), Seq(after), Seq(upto), messages, bytes).await.unwrap();
        seqs(&got)
    };
    assert_eq!(after(0, 20, 3, usize::MAX).await, [1, 2, 3]);
    assert_eq!(after(17, 19, 100, usize::MAX).await, [18, 19]);
    assert_eq!(after(0, 20, 100, 40).await, [1, 2, 3], "31 more bytes do not fit");
    assert_eq!(after(10, 20, 100, 5).await, [11], "one comes however long it is");
}

#[tokio::test]
async fn rooms_are_listed_newest_first_with_what_the_reader_has_not_seen() {
    let house = House::new();
    house.store.make_room(&room("quiet")).await.unwrap();
    house.store.make_room(&room("quiet")).await.unwrap();
    house.store.recognise(&user("bob")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let first = house.say("first").await;
    house.store.set_seen(&user("bob"), &lobby(), first);
    let second = house.say("second").await;
    stored(post(&house.store, "bob", "own", "my own", None).await);
    house.about(second, AboutKind::Reaction, "👍").await;
    house.about(second, AboutKind::Edit, "Second").await;
    let third = house.about(second, AboutKind::Reply, "third").await;
    house.about(third, AboutKind::Edit, "Third").await;

    for house in [&house, &house] {
        let rooms = house.store.rooms(Some(&user("bob"))).await.unwrap();
        assert_eq!(rooms.iter().map(|room| room.room.as_str()).collect::<Vec<_>>(), ["lobby", "quiet"]);
        assert_eq!((rooms[0].head, rooms[0].seen, rooms[0].unread), (Seq(7), Some(first), 2));
        let last = rooms[0].last.as_ref().unwrap();
        assert_eq!((last.seq, last.text.as_str()), (third, "Third"));
        assert_eq!(
            (rooms[1].head, rooms[1].seen, rooms[1].unread, &rooms[1].last),
            (Seq::ZERO, None, 0, &None)
        );
    }
    let rooms = house.store.rooms(None).await.unwrap();
    assert_eq!((rooms[0].seen, rooms[0].unread), (None, 0));
    let house = house.again();
    assert_eq!(house.store.rooms(None).await.unwrap(), rooms);
}

#[tokio::test]
async fn marks_only_rise_stay_below_the_head_and_survive_a_restart() {
    let house = House::new();
    for _ in 0..5 {
        house.say("hi").await;
    }
    let (ann, bob) = (user("ann"), user("bob"));
    let seen = async |house: &House| house.store.seen(&ann, &lobby()).await.unwrap();
    assert_eq!(seen(&house).await, None);
    house.store.set_seen(&ann, &lobby(), Seq(3));
    assert_eq!(seen(&house).await, Some(Seq(3)), "a mark is known before it is on disk");
    house.store.set_seen(&ann, &lobby(), Seq(2));
    let on_disk = async || {
        let db = rusqlite::Connection::open(house.path().join("parlor.db")).unwrap();
        db.query_row("SELECT seq FROM seen", [], |row| row.get::<_, i64>(0)).is_ok_and(|seq| seq == 3)
    };
    eventually(on_disk).await;
    house.store.set_seen(&ann, &lobby(), Seq(1));
    assert_eq!(seen(&house).await, Some(Seq(3)));
    house.store.set_seen(&ann, &lobby(), Seq::MAX);
    house.store.set_seen(&bob, &lobby(), Seq(1));
    assert_eq!(seen(&house).await, Some(Seq(5)));
    // The restart comes before the mark would have been written by itself.
    let house = house.again();
    assert_eq!(seen(&house).await, Some(Seq(5)));
    assert_eq!(house.store.seen(&bob, &lobby()).await.unwrap(), None, "bob is nobody here yet");
}

#[tokio::test]
async fn a_page_of_long_messages_ends_early_and_says_that_there_is_more() {
    let house = House::new();
    let text = "x".repeat(shared::limits::TEXT_BYTES);
    for n in 0..6 {
        stored(post(&house.store, "ann", &format!("long{n}"), &text, None).await);
    }
    let page = async |side| {
        let page = house.store.page(&lobby(), side, 200).await.unwrap();
        (seqs(&page.messages), page.more)
    };
    assert_eq!(page(Side::Before(Seq::MAX)).await, (vec![3, 4, 5, 6], true));
    assert_eq!(page(Side::Before(Seq(3))).await, (vec![1, 2], false));
    assert_eq!(page(Side::After(Seq::ZERO)).await, (vec![1, 2, 3, 4], true));
}
