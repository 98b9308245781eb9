use super::*;

#[tokio::test]
async fn what_is_said_of_a_message_needs_one_that_it_can_be_said_of() {
    use AboutKind::{Edit, Reaction, Reply, Retraction};
    let test = TestStore::new();
    let first = test.say("first").await;
    let reply = test.about(first, Reply, "yes").await;
    let edit = test.about(first, Edit, "First").await;
    let reaction = test.about(reply, Reaction, "👍").await;
    for (seq, kind, text) in [
        (Seq(99), Reply, "to nothing"),
        (Seq(0), Reply, "to nothing"),
        (reaction.next(), Reply, "to itself"),
        (edit, Reply, "to an edit"),
        (reaction, Reply, "to a reaction"),
        (edit, Edit, "of an edit"),
        (reaction, Edit, "❤"),
        (edit, Retraction, ""),
        (edit, Reaction, "👍"),
        (reaction, Reaction, "👍"),
    ] {
        let outcome = post(&test.store, "ann", "bad", text, Some(About { seq, kind })).await;
        assert_eq!(refused(outcome), RefusalCode::BadAbout, "{text}");
    }
    let mut nowhere = draft("ann", "nowhere", "yes", Some(About { seq: first, kind: Reply }));
    nowhere.post.room = room("empty");
    assert_eq!(refused(append(&test.store, nowhere).await), RefusalCode::BadAbout);
    assert_eq!(test.store.head(&lobby()).await, Ok(reaction));
}

#[tokio::test]
async fn only_its_author_changes_a_message() {
    let test = TestStore::new();
    let first = test.say("mine").await;
    for (kind, text) in [(AboutKind::Edit, "yours"), (AboutKind::Retraction, "")] {
        let outcome = post(&test.store, "bob", "theft", text, Some(About { seq: first, kind })).await;
        assert_eq!(refused(outcome), RefusalCode::Forbidden);
        // Nor without the token of the name.
        let forged = Draft {
            author: Author::Unproven(user("ann")),
            ..draft("ann", "forged", text, Some(About { seq: first, kind }))
        };
        assert_eq!(refused(append(&test.store, forged).await), RefusalCode::NameTaken);
    }
    for (kind, text) in [(AboutKind::Reply, "hi"), (AboutKind::Reaction, "👍")] {
        stored(post(&test.store, "bob", kind.as_str(), text, Some(About { seq: first, kind })).await);
    }
}

#[tokio::test]
async fn a_retraction_leaves_nothing_of_the_text_and_happens_once() {
    let test = TestStore::new();
    // Among many others, before and after, so that the index has it in the middle of its pages.
    let crowd = async |from: u64| {
        let words = |n: u64| format!("zyz{n} {:x} zyzzz{}", n * 7919, n % 100);
        let crowd = (from..from + 1500).map(|n| draft("bob", &format!("b{n}"), &words(n), None));
        let answers: Vec<_> = crowd.map(|draft| queue(&test.store, draft)).collect();
        for answer in answers {
            stored(answer.await.unwrap());
        }
        test.indexed().await;
    };
    crowd(0).await;
    // Long enough to have pages of its own.
    let first = test.say(&"zyzzyva ".repeat(2000)).await;
    crowd(1500).await;
    test.about(first, AboutKind::Edit, "zyzzyva two").await;
    test.indexed().await;
    test.about(first, AboutKind::Edit, "zyzzyva three").await;
    assert_eq!(test.found("zyzzyva").await, [first.0]);
    let retraction = draft("ann", "away", "", Some(About { seq: first, kind: AboutKind::Retraction }));
    let outcome = append(&test.store, retraction.clone()).await;
    // At once, not when the index next catches up.
    assert_eq!(test.found("zyzzyva").await, [0; 0]);
    let own = async || {
        let log = test.store.after(&lobby(), Seq::ZERO, Seq::MAX, usize::MAX, usize::MAX).await.unwrap();
        log.into_iter()
            .filter(|message| message.username == user("ann"))
            .map(|message| message.text)
            .collect()
    };
    let texts: Vec<String> = own().await;
    assert_eq!(texts, ["", "", "", ""]);

    assert_eq!(append(&test.store, retraction).await, outcome, "a retry is answered like the first");
    let again =
        post(&test.store, "ann", "again", "", Some(About { seq: first, kind: AboutKind::Retraction })).await;
    assert_eq!(refused(again), RefusalCode::BadAbout);
    for (kind, text) in [(AboutKind::Edit, "back"), (AboutKind::Reaction, "👍")] {
        let outcome = post(&test.store, "ann", "late", text, Some(About { seq: first, kind })).await;
        assert_eq!(refused(outcome), RefusalCode::BadAbout);
    }
    // Somebody may have been writing an answer meanwhile.
    stored(
        post(&test.store, "bob", "reply", "what was it?", Some(About { seq: first, kind: AboutKind::Reply }))
            .await,
    );

    let gone = async || {
        ["parlor.db", "parlor.db-wal"].iter().all(|file| {
            // The index keeps of a word what the one before it does not begin with.
            let bytes = std::fs::read(test.path().join(file)).unwrap_or_default();
            !bytes.windows(3).any(|bytes| bytes == b"yva")
        })
    };
    eventually(gone).await;
}

#[tokio::test]
async fn a_retracted_message_that_was_not_indexed_yet_never_is() {
    let test = TestStore::new();
    let first = test.say("secret").await;
    test.about(first, AboutKind::Retraction, "").await;
    let second = test.say("secret").await;
    test.about(second, AboutKind::Edit, "public").await;
    test.indexed().await;
    assert_eq!(test.found("secret").await, [0; 0]);
    assert_eq!(test.found("public").await, [second.0]);
}

#[tokio::test]
async fn a_reaction_can_be_taken_back() {
    let test = TestStore::new();
    let first = test.say("hi").await;
    let reaction = test.about(first, AboutKind::Reaction, "👍").await;
    test.about(reaction, AboutKind::Retraction, "").await;
    let page = test.latest().await;
    assert_eq!(page.messages[1].text, "");
    assert_eq!(page.messages[0].text, "hi");
}

#[tokio::test]
async fn a_user_reacts_with_an_emoji_once_until_it_is_taken_back() {
    let test = TestStore::new();
    let first = test.say("hi").await;
    let about = Some(About { seq: first, kind: AboutKind::Reaction });
    let react =
        async |name: &str, id: &str, text: &str| stored(post(&test.store, name, id, text, about).await);
    let shown = async || {
        let page = test.latest().await;
        page.messages
            .into_iter()
            .filter(|message| message.about.is_some() && !message.text.is_empty())
            .count()
    };
    let reaction = react("ann", "r1", "👍").await;
    let again = react("ann", "r2", "👍").await;
    react("ann", "r3", "👍\u{FE0F}").await;
    assert_eq!(shown().await, 1, "another id, or another presentation, shows nothing more");
    react("ann", "r4", "🎉").await;
    react("bob", "r5", "👍").await;
    assert_eq!(shown().await, 3);
    test.about(reaction, AboutKind::Retraction, "").await;
    assert_eq!(react("ann", "r2", "👍").await, again, "a retry stays one, and brings nothing back");
    assert_eq!(shown().await, 2);
    react("ann", "r6", "👍").await;
    assert_eq!(shown().await, 3);
}
