use proptest::prelude::*;

use super::*;
use crate::store::Commit;

#[tokio::test]
async fn numbers_begin_with_1_in_file_and_memory_alike() {
    let folder = tempfile::tempdir().unwrap();
    for place in [Place::Memory, Place::Folder(folder.path().into())] {
        let (store, delivered) = open(&place);
        assert_eq!(store.head(&lobby()).await, Ok(Seq::ZERO));
        for n in 1..=5 {
            let draft = unproven_draft("ann", &format!("i{n}"), "hi");
            assert_eq!(stored(append(&store, draft).await), Seq(n));
        }
        let mut elsewhere = unproven_draft("ann", "i1", "hi");
        elsewhere.post.room = room("other");
        assert_eq!(stored(append(&store, elsewhere).await), Seq(6), "one log for all rooms");
        assert_eq!(store.head(&lobby()).await, Ok(Seq(5)));
        let page = store.page(&lobby(), Side::After(Seq(2)), 2).await.unwrap();
        assert_eq!((seqs(&page.messages), page.more), (vec![3, 4], true));
        assert_eq!(delivered.lock().len(), 6);
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart_and_numbers_go_on() {
    let test = TestStore::new();
    let epoch = test.store.epoch().clone();
    let first = test.say("one").await;
    let before = test.latest().await;
    let test = test.again();
    assert_eq!(test.latest().await, before);
    assert_eq!(*test.store.epoch(), epoch);
    assert_eq!(test.say("two").await, first.next());
    assert_eq!(test.delivered(), [(2, "two".into())], "what is old is not delivered again");
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_is_not_delivered_again() {
    let test = TestStore::new();
    let first = post(&test.store, "ann", "same", "one", None).await;
    assert_eq!(post(&test.store, "ann", "same", "one", None).await, first);
    // Another user's id is another post.
    let second = stored(post(&test.store, "bob", "same", "two", None).await);
    let test = test.again();
    assert_eq!(post(&test.store, "ann", "same", "one", None).await, first);
    let third = stored(post(&test.store, "ann", "next", "three", None).await);
    assert!(second < third);
    assert_eq!(test.delivered(), [(third.0, "three".into())]);
}

#[tokio::test]
async fn an_answer_comes_after_the_delivery_and_that_after_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parlor.db");
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&events);
    let store = Store::open(&Place::Folder(folder.path().into()), move |commit: Commit| {
        // Another connection sees what is committed, and nothing else.
        let other = rusqlite::Connection::open(&path).unwrap();
        let count: i64 = other.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
        sink.lock().extend(
            commit
                .messages
                .iter()
                .map(|message| ("delivered", message.seq.0, count.cast_unsigned() >= message.seq.0)),
        );
    })
    .unwrap();
    let answers: Vec<_> = (0..20)
        .map(|n| {
            let (done, sink) = (oneshot::channel(), Arc::clone(&events));
            let reply = move |outcome| {
                sink.lock().push(("answered", stored(outcome).0, true));
                done.0.send(()).unwrap();
            };
            store.post(unproven_draft("ann", &format!("i{n}"), "hi"), reply).unwrap();
            done.1
        })
        .collect();
    for answer in answers {
        answer.await.unwrap();
    }
    let events = events.lock();
    for seq in 1..=20 {
        let delivered = events.iter().position(|event| *event == ("delivered", seq, true)).unwrap();
        let answered = events.iter().position(|event| *event == ("answered", seq, true)).unwrap();
        assert!(delivered < answered, "{seq}: {events:?}");
    }
}

#[tokio::test]
async fn a_text_that_is_no_message_is_refused_with_its_id() {
    let test = TestStore::new();
    assert_eq!(refused(post(&test.store, "ann", "a", "  ", None).await), RefusalCode::BadText);
    let long = "x".repeat(shared::limits::TEXT_BYTES + 1);
    assert_eq!(refused(post(&test.store, "ann", "b", &long, None).await), RefusalCode::BadText);
    assert_eq!(test.store.rooms(ANYBODY, None).await.unwrap(), [], "a refused post makes no room");
}

#[tokio::test]
async fn texts_come_back_as_they_were_written() {
    let test = TestStore::new();
    let texts =
        ["a\0b", "tab\t", "\u{feff}bom", "e\u{301}", "<b>&amp;</b>", "'; DROP TABLE messages; --", "😀"];
    for text in texts {
        test.say(text).await;
    }
    let test = test.again();
    let page = test.latest().await;
    assert_eq!(page.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), texts);
}

#[tokio::test]
async fn a_full_queue_gives_the_post_back_and_says_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let (gate, wait) = std::sync::mpsc::channel::<()>();
    let hold = move |commit: Commit| {
        // What is found at the start is told, too.
        if !commit.messages.is_empty() {
            let _ = wait.recv();
        }
    };
    let store = Store::open(&Place::Folder(folder.path().into()), hold).unwrap();
    // The writer is held while it delivers the first post; what comes now queues up.
    let first = queue(&store, unproven_draft("ann", "first", "hi"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let text = "x".repeat(shared::limits::TEXT_BYTES);
    let mut queued = 0;
    let back = loop {
        let next = unproven_draft("ann", &format!("i{queued}"), &text);
        match store.post(next.clone(), |_| ()) {
            Ok(()) => queued += 1,
            Err(super::super::Full(back)) => break (back, next),
        }
    };
    assert_eq!(back.0, back.1);
    assert!((100..200).contains(&queued), "{queued}");
    drop(gate);
    tokio::time::timeout(Duration::from_secs(10), store.room_in_queue()).await.unwrap();
    assert!(store.post(back.0, |_| ()).is_ok());
    stored(first.await.unwrap());
    store.close().await;
    let (store, _) = open(&Place::Folder(folder.path().into()));
    assert_eq!(store.head(&lobby()).await, Ok(Seq(queued + 2)));
}

#[tokio::test]
async fn closing_stores_what_is_queued_and_refuses_what_comes_after() {
    let test = TestStore::new();
    let answers: Vec<_> =
        (0..500).map(|n| queue(&test.store, draft("ann", &format!("i{n}"), "hi", None))).collect();
    test.store.close().await;
    for answer in answers {
        stored(answer.await.unwrap());
    }
    assert_eq!(refused(post(&test.store, "ann", "late", "hi", None).await), RefusalCode::Unavailable);
    assert!(!test.store.is_healthy());
    assert!(test.store.claim(&user("bob"), None).await.is_err());
    let files: Vec<_> =
        std::fs::read_dir(test.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    let wal = test.path().join("parlor.db-wal");
    assert!(!wal.exists() || wal.metadata().unwrap().len() == 0, "{files:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// However posts are repeated, batched and cut by restarts, each is there once, and every answer is the first's.
    #[test]
    fn any_mix_of_retries_and_restarts_stores_each_post_once(
        posts in proptest::collection::vec((0..3_usize, 0..12_u8, proptest::bool::weighted(0.1)), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut test = TestStore::new();
            let mut firsts = std::collections::HashMap::new();
            let mut waiting = Vec::new();
            let mut delivered = Vec::new();
            for (who, id, restart) in posts {
                let name = ["ann", "bob", "cem"][who];
                waiting.push(((who, id), queue(&test.store, draft(name, &format!("i{id}"), "hi", None))));
                if restart {
                    for (key, answer) in waiting.drain(..) {
                        let outcome = answer.await.unwrap();
                        assert_eq!(firsts.entry(key).or_insert_with(|| outcome.clone()), &outcome);
                    }
                    delivered.extend(test.delivered());
                    test = test.again();
                }
            }
            for (key, answer) in waiting {
                let outcome = answer.await.unwrap();
                assert_eq!(firsts.entry(key).or_insert_with(|| outcome.clone()), &outcome);
            }
            delivered.extend(test.delivered());
            let numbers: std::collections::BTreeSet<u64> =
                firsts.into_values().map(|outcome| stored(outcome).0).collect();
            let delivered: Vec<u64> = delivered.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(delivered, numbers.into_iter().collect::<Vec<_>>());
        });
    }
}
