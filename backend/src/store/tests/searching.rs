use super::{super::SearchError, *};

#[tokio::test]
async fn english_and_chinese_words_are_found_newest_first() {
    let test = TestStore::new();
    let texts = [
        "Does a Subversion client exist?",
        "今天天气很好，我们去公园吧",
        "subversive café owners",
        "公司的園子",
        "𠮷野家で食べる",
        "I don't know, see http://example.com/x_y?z",
    ];
    for text in texts {
        test.say(text).await;
    }
    test.indexed().await;
    for (query, expected) in [
        ("subversion", vec![1]),
        ("SUBVERS", vec![3, 1]),
        ("subversion exis", vec![1]),
        ("subversi client", vec![]),
        ("cafe", vec![3]),
        ("CAFÉ own", vec![3]),
        ("天气", vec![2]),
        ("公园", vec![2]),
        ("公", vec![4, 2]),
        ("公吧", vec![]),
        ("𠮷野", vec![5]),
        ("don't", vec![6]),
        ("example.com/x", vec![6]),
        ("know I", vec![6]),
        ("room", vec![]),
    ] {
        assert_eq!(test.found(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_message_is_found_within_a_second_of_its_commit() {
    let test = TestStore::new();
    test.say("needle").await;
    let stored = std::time::Instant::now();
    eventually(async || test.found("needle").await == [1]).await;
    assert!(stored.elapsed() < Duration::from_secs(1), "{:?}", stored.elapsed());
}

#[tokio::test]
async fn what_a_killed_server_left_unindexed_is_indexed_after_the_restart() {
    let test = TestStore::new();
    for n in 0..2500 {
        drop(queue(&test.store, draft("ann", &format!("i{}", fresh()), &format!("needle{n}z"), None)));
    }
    let test = test.again();
    {
        // As if the index had been behind by all of it.
        let db = rusqlite::Connection::open(test.path().join("parlor.db")).unwrap();
        drop(test.store);
        db.execute_batch("INSERT INTO words(words) VALUES('delete-all'); UPDATE store SET indexed = 0")
            .unwrap();
    }
    let (store, _) = open(&Place::Folder(test.folder.path().into()));
    for n in [0, 1249, 2499] {
        let query = format!("needle{n}z");
        eventually(async || store.search(&query, None, ANYBODY, 10).await.unwrap().len() == 1).await;
    }
}

#[tokio::test]
async fn an_edited_message_is_found_by_its_new_text_only() {
    let test = TestStore::new();
    let first = test.say("original wording").await;
    test.indexed().await;
    test.about(first, AboutKind::Edit, "changed wording").await;
    assert_eq!(test.found("original").await, [0; 0]);
    assert_eq!(test.found("changed").await, [1], "the edit itself is no result");
    test.indexed().await;
    assert_eq!(test.found("changed").await, [1]);
    test.about(first, AboutKind::Edit, "altered wording").await;
    assert_eq!(test.found("changed").await, [0; 0]);
    let found = test.store.search("altered", None, ANYBODY, 10).await.unwrap();
    assert_eq!(found[0].text, "altered wording");
}

#[tokio::test]
async fn a_search_can_keep_to_one_room_and_to_a_limit() {
    let test = TestStore::new();
    for n in 0..10 {
        let mut elsewhere = draft("ann", &format!("i{n}"), "needle 1 2", None);
        elsewhere.post.room = room(if n % 2 == 0 { "even" } else { "odd" });
        stored(append(&test.store, elsewhere).await);
    }
    test.indexed().await;
    let found = test.store.search("needle", Some(&room("odd")), ANYBODY, 3).await.unwrap();
    assert_eq!(seqs(&found), [10, 8, 6]);
    assert!(found.iter().all(|message| message.room == room("odd")));
    assert_eq!(test.store.search("needle", Some(&room("none")), ANYBODY, 3).await, Ok(vec![]));
    assert_eq!(
        test.store.search("1", None, ANYBODY, 100).await.unwrap().len(),
        10,
        "a room's number is no word"
    );
}

#[tokio::test]
async fn no_query_is_syntax() {
    let test = TestStore::new();
    test.say("and or not near text room").await;
    test.indexed().await;
    for query in [
        "AND",
        "or NOT",
        "\"",
        "a\" OR \"b",
        "text:and",
        "NEAR(and or)",
        "(",
        "and*",
        "^and",
        "-and",
        "{a b}:c",
    ] {
        match test.store.search(query, None, ANYBODY, 10).await {
            Ok(_) | Err(SearchError::NoWords) => {}
            Err(error) => panic!("{query}: {error}"),
        }
    }
    assert_eq!(test.found("AND").await, [1]);
    assert_eq!(test.found("text:and").await, [0; 0]);
    assert_eq!(test.store.search("?!…", None, ANYBODY, 10).await, Err(SearchError::NoWords));
    assert_eq!(test.store.search(&"x".repeat(2000), None, ANYBODY, 10).await, Err(SearchError::TooLong));
}

#[tokio::test]
async fn a_damaged_index_stops_no_post_and_is_made_anew() {
    let test = TestStore::new();
    let first = test.say("needle one").await;
    test.indexed().await;
    let damage = || {
        let db = rusqlite::Connection::open(test.path().join("parlor.db")).unwrap();
        db.execute_batch("DELETE FROM words_data WHERE id > 10").unwrap();
    };
    damage();
    // An edit changes the index in its own transaction.
    test.about(first, AboutKind::Edit, "needle two").await;
    assert!(test.store.is_healthy());
    eventually(
        async || matches!(test.store.search("two", None, ANYBODY, 10).await, Ok(found) if found.len() == 1),
    )
    .await;
    // A search finds the damage.
    damage();
    let found = test.store.search("needle", None, ANYBODY, 10).await;
    assert!(matches!(found, Err(SearchError::Store(_))), "{found:?}");
    eventually(async || matches!(test.store.search("needle", None, ANYBODY, 10).await, Ok(found) if found.len() == 1))
        .await;
    // The indexing of new messages does.
    damage();
    let third = test.say("needle three").await;
    eventually(
        async || matches!(test.store.search("three", None, ANYBODY, 10).await, Ok(found) if found.len() == 1),
    )
    .await;
    assert_eq!(test.found("needle").await, [third.0, first.0]);
    assert!(test.store.is_healthy());
}

#[tokio::test]
async fn searches_never_keep_pages_waiting_and_end_with_their_askers() {
    let test = TestStore::new();
    for n in 0..200 {
        drop(queue(&test.store, draft("ann", &format!("i{n}"), &"word ".repeat(2000), None)));
    }
    test.indexed().await;
    // More than there are turns, all abandoned at once, and again and again.
    for _ in 0..50 {
        let searches = (0..20).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move { store.search("wo", None, ANYBODY, 200).await })
        });
        let searches: Vec<_> = searches.collect();
        tokio::task::yield_now().await;
        searches.iter().for_each(tokio::task::JoinHandle::abort);
    }
    let page = test.store.page(&lobby(), Side::Before(Seq::MAX), 1).await.unwrap();
    assert_eq!(page.messages.len(), 1);
    assert_eq!(test.store.search("wo", None, ANYBODY, 1).await.unwrap().len(), 1, "turns are given back");
}
