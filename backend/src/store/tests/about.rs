use super::*;

#[tokio::test]
async fn what_is_said_of_a_message_needs_one_that_it_can_be_said_of() {
    use AboutKind::{Edit, Reaction, Reply, Retraction};
    let house = House::new();
    let first = house.say("first").await;
    let reply = house.about(first, Reply, "yes").await;
    let edit = house.about(first, Edit, "First").await;
    let reaction = house.about(reply, Reaction, "👍").await;
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
        let outcome = post(&house.store, "ann", "bad", text, Some(About { seq, kind })).await;
        assert_eq!(refused(outcome), RefusalCode::BadAbout, "{text}");
    }
    let mut nowhere = draft("ann", "nowhere", "yes", Some(About { seq: first, kind: Reply }));
    nowhere.post.room = room("empty");
    assert_eq!(refused(append(&house.store, nowhere).await), RefusalCode::BadAbout);
    assert_eq!(house.store.head(&lobby()).await, Ok(reaction));
}

#[tokio::test]
async fn only_its_author_changes_a_message() {
    let house = House::new();
    let first = house.say("mine").await;
    for (kind, text) in [(AboutKind::Edit, "yours"), (AboutKind::Retraction, "")] {
        let outcome = post(&house.store, "bob", "theft", text, Some(About { seq: first, kind })).await;
        assert_eq!(refused(outcome), RefusalCode::Forbidden);
        // Nor without the token of the name.
        let forged =
            Draft { proven: false, ..draft("ann", "forged", text, Some(About { seq: first, kind })) };
        assert_eq!(refused(append(&house.store, forged).await), RefusalCode::NameTaken);
    }
    for (kind, text) in [(AboutKind::Reply, "hi"), (AboutKind::Reaction, "👍")] {
        stored(post(&house.store, "bob", kind.as_str(), text, Some(About { seq: first, kind })).await);
    }
}

#[tokio::test]
async fn a_retraction_leaves_nothing_of_the_text_and_happens_once() {
    let house = House::new();
    // Among many others, before and after, so that the index has it in the middle of its pages.
    let crowd = async |from: u64| {
        let words = |n: u64| format!("zyz{n} {:x} zyzzz{}", n * 7919, n % 100);
        let crowd = (from..from + 1500).map(|n| draft("bob", &format!("b{n}"), &words(n), None));
        let answers: Vec<_> = crowd.map(|draft| queue(&house.store, draft)).collect();
        for answer in answers {
            stored(answer.await.unwrap());
        }
        house.indexed().await;
    };
    crowd(0).await;
    // Long enough to have pages of its own.
    let first = house.say(&"zyzzyva ".repeat(2000)).await;
    crowd(1500).await;
    house.about(first, AboutKind::Edit, "zyzzyva two").await;
    house.indexed().await;
    house.about(first, AboutKind::Edit, "zyzzyva three").await;
    assert_eq!(house.found("zyzzyva").await, [first.0]);
    let retraction = draft("ann", "away", "", Some(About { seq: first, kind: AboutKind::Retraction }));
    let outcome = append(&house.store, retraction.clone()).await;
    // At once, not when the index next catches up.
    assert_eq!(house.found("zyzzyva").await, [0; 0]);
    let own = async || {
        let log = house.store.after(&lobby(), Seq::ZERO, Seq::MAX, usize::MAX, usize::MAX).await.unwrap();
        log.into_iter()
            .filter(|message| message.username == user("ann"))
            .map(|message| message.text)
            .collect()
    };
    let texts: Vec<String> = own().await;
    assert_eq!(texts, ["", "", "", ""]);

    assert_eq!(append(&house.store, retraction).await, outcome, "a retry is answered like the first");
    let again =
        post(&house.store, "ann", "again", "", Some(About { seq: first, kind: AboutKind::Retraction })).await;
    assert_eq!(refused(again), RefusalCode::BadAbout);
    for (kind, text) in [(AboutKind::Edit, "back"), (AboutKind::Reaction, "👍")] {
        let outcome = post(&house.store, "ann", "late", text, Some(About { seq: first, kind })).await;
        assert_eq!(refused(outcome), RefusalCode::BadAbout);
    }
    // Somebody may have been writing an answer meanwhile.
    stored(
        post(
            &house.store,
            "bob",
            "reply",
            "what was it?",
            Some(About { seq: first, kind: AboutKind::Reply }),
        )
        .await,
    );

    let gone = async || {
        ["parlor.db", "parlor.db-wal"].iter().all(|file| {
            // The index keeps of a word what the one before it does not begin with.
            let bytes = std::fs::read(house.path().join(file)).unwrap_or_default();
            !bytes.windows(3).any(|bytes| bytes == b"yva")
        })
    };
    eventually(gone).await;
}

#[tokio::test]
async fn a_retracted_message_that_was_not_indexed_yet_never_is() {
    let house = House::new();
    let first = house.say("secret").await;
    house.about(first, AboutKind::Retraction, "").await;
    let second = house.say("secret").await;
    house.about(second, AboutKind::Edit, "public").await;
    house.indexed().await;
    assert_eq!(house.found("secret").await, [0; 0]);
    assert_eq!(house.found("public").await, [second.0]);
}

#[tokio::test]
async fn a_reaction_can_be_taken_back() {
    let house = House::new();
    let first = house.say("hi").await;
    let reaction = house.about(first, AboutKind::Reaction, "👍").await;
    house.about(reaction, AboutKind::Retraction, "").await;
    let page = house.latest().await;
    assert_eq!(page.messages[1].text, "");
    assert_eq!(page.messages[0].text, "hi");
}
