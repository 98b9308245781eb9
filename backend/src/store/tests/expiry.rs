use shared::{Act, Keep};

use super::{
    super::{Behind, Expiring, Measured},
    *,
};

impl TestStore {
    async fn expire(&self, upto: Seq) -> u64 {
        self.store.expire(lobby(), upto, None).await.unwrap()
    }

    async fn texts(&self) -> Vec<String> {
        self.latest().await.messages.into_iter().map(|message| message.text).collect()
    }

    async fn keep(&self, keep: Option<Keep>) {
        let act = Act::SetKeep { room: lobby(), keep };
        let outcome = self.store.act(Actor::Operator, act, Drawn::Nothing).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn the_oldest_messages_go_with_what_is_about_them_and_later_numbers_stay() {
    let test = TestStore::new();
    let first = test.say("first secret").await;
    let second = test.say("second").await;
    let third = test.say("third").await;
    let edit = test.about(first, AboutKind::Edit, "first secret, edited").await;
    let reaction = test.about(second, AboutKind::Reaction, "🦊").await;
    let reply = test.about(second, AboutKind::Reply, "a reply").await;
    let other = test.about(third, AboutKind::Edit, "third, edited").await;
    test.indexed().await;
    assert_eq!(test.found("secret").await, [first.0]);

    assert_eq!(test.expire(second).await, 2);
    let page = test.latest().await;
    assert_eq!((page.floor, page.head, page.more), (second, other, false));
    let left: Vec<_> = page.messages.iter().map(|message| (message.seq, message.text.as_str())).collect();
    let expected =
        [(third, "third"), (edit, ""), (reaction, ""), (reply, "a reply"), (other, "third, edited")];
    assert_eq!(left, expected);
    assert_eq!(page.context, []);
    assert_eq!(test.found("secret").await, [0; 0]);
    assert_eq!(test.found("third").await, [third.0]);
    assert_eq!(test.expire(second).await, 0, "they are gone");
    let refused = post(&test.store, "ann", "late", "x", Some(About { seq: first, kind: AboutKind::Reply }));
    let Outcome::Refused(refusal) = refused.await else { panic!("a reply to what is gone") };
    assert_eq!(refusal.code, RefusalCode::BadAbout);
    assert!(refusal.reason.contains("not kept any more"), "{}", refusal.reason);
    let test = test.again();
    assert_eq!((test.latest().await.floor, test.latest().await.messages), (second, page.messages));
}

#[tokio::test]
async fn lists_and_unread_counts_know_what_is_gone() {
    let test = TestStore::new();
    let mut last = Seq::ZERO;
    for n in 0..5 {
        last = test.say(&format!("message {n}")).await;
    }
    test.store.set_seen(&user("bob"), &lobby(), Seq(1));
    let listed = async || {
        let listed = test.store.rooms(ANYBODY, Some(&user("bob"))).await.unwrap().remove(0);
        (listed.unread, listed.last.map(|last| last.seq), listed.head, listed.info.floor)
    };
    assert_eq!(listed().await, (4, Some(last), last, Seq::ZERO));
    test.expire(Seq(3)).await;
    assert_eq!(listed().await, (2, Some(last), last, Seq(3)));
    assert_eq!(test.store.known_room(&lobby()).await.unwrap().unwrap().info.floor, Seq(3));
    let newest = test.store.newest(&lobby()).await.unwrap();
    assert_eq!(newest.page.messages.len(), 2);
    test.expire(last).await;
    assert_eq!(listed().await, (0, None, last, last));
    assert_eq!(test.store.newest(&lobby()).await.unwrap().page.messages, []);
    let next = test.say("again").await;
    assert!(next > last);
    assert_eq!(listed().await, (1, Some(next), next, last));
}

#[tokio::test]
async fn a_reader_is_told_that_what_comes_next_is_gone() {
    let test = TestStore::new();
    for n in 0..6 {
        test.say(&n.to_string()).await;
    }
    test.expire(Seq(3)).await;
    let behind = async |after| test.store.behind(&lobby(), Seq(after), Seq::MAX, 10, 10_000).await.unwrap();
    for after in [0, 2] {
        assert_eq!(behind(after).await, Behind::Expired(Seq(3)));
    }
    let Behind::Messages(messages) = behind(3).await else { panic!("nothing is missing") };
    assert_eq!(messages.iter().map(|message| message.seq.0).collect::<Vec<_>>(), [4, 5, 6]);
}

#[tokio::test]
async fn expired_text_is_not_in_the_files() {
    let test = TestStore::new();
    let mut seqs = Vec::new();
    for n in 0..300 {
        seqs.push(test.say(&format!("quagmire{n} {}", "needle".repeat(50))).await);
    }
    test.indexed().await;
    test.about(seqs[0], AboutKind::Edit, "quagmire edited").await;
    test.about(seqs[0], AboutKind::Reaction, "🦊").await;
    test.expire(*seqs.last().unwrap()).await;
    test.store.scrub();
    let is_left = || {
        ["parlor.db", "parlor.db-wal"].into_iter().any(|name| {
            let bytes = std::fs::read(test.path().join(name)).unwrap();
            bytes.windows(4).any(|window| window == b"quag")
        })
    };
    eventually(async || !is_left()).await;
}

#[tokio::test]
async fn the_oldest_go_in_order_up_to_the_first_that_is_young_enough() {
    let test = TestStore::new();
    let import = |id: &str, at: i64| {
        let (room, username, id) = (lobby(), user("zoe"), MessageId::parse(id).unwrap());
        let said_at = Timestamp::from_millis(at);
        super::super::Imported { room, username, id, text: "hello".into(), said_at }
    };
    let lines = vec![import("a", 10), import("b", 20), import("c", 90), import("d", 30)];
    let store = test.store.clone();
    tokio::task::spawn_blocking(move || store.import(lines)).await.unwrap().unwrap();
    let upto = async |time| {
        let step = test.store.oldest(&lobby(), Some(Timestamp::from_millis(time)), 200).await.unwrap();
        step.map(|step| step.upto)
    };
    assert_eq!(upto(10).await, None);
    assert_eq!(upto(11).await, Some(Seq(1)));
    assert_eq!(upto(50).await, Some(Seq(2)), "d is behind c, which stays");
    assert_eq!(upto(91).await, Some(Seq(4)));

    let due = async |house, now| {
        let found = test.store.due(0, house, Timestamp::from_millis(now)).await.unwrap();
        assert_eq!(found.next, None);
        found.due.into_iter().map(|due| due.which).collect::<Vec<_>>()
    };
    let hour = Keep::Seconds(3600);
    assert_eq!(due(Keep::Forever, 3_600_050).await, []);
    assert_eq!(due(hour, 3_600_010).await, []);
    let before = Expiring::Before(Timestamp::from_millis(50));
    assert_eq!(due(hour, 3_600_050).await, [before]);
    test.keep(Some(Keep::Forever)).await;
    assert_eq!(due(hour, 3_600_050).await, [], "the room's own setting goes before the house's");
    assert_eq!(test.store.oldest_of_all(Seq::ZERO, 200).await.unwrap(), None);
    test.keep(Some(Keep::Bytes(1_000_000))).await;
    assert_eq!(due(hour, 3_600_050).await, [Expiring::Beyond(1_000_000)]);
    test.keep(Some(hour)).await;
    assert_eq!(due(Keep::Forever, 3_600_050).await, [before]);
    test.keep(None).await;
    assert_eq!(due(hour, 3_600_050).await, [before]);
    let (steps, upto) = test.store.oldest_of_all(Seq::ZERO, 200).await.unwrap().unwrap();
    assert_eq!((steps.len(), steps[0].upto, upto), (1, Seq(4), Seq(4)));
}

#[tokio::test]
async fn one_entry_deletes_so_many_messages_at_most_with_what_is_about_them() {
    let test = TestStore::new();
    let first = test.say("popular").await;
    let second = test.say("less so").await;
    for n in 0..250 {
        drop(queue(
            &test.store,
            Draft {
                author: Author::Unproven(user(&format!("fan{n}"))),
                ..draft("x", &format!("r{n}"), "👍", Some(About { seq: first, kind: AboutKind::Reaction }))
            },
        ));
    }
    test.say("last").await;
    let step = test.store.oldest(&lobby(), None, 200).await.unwrap().unwrap();
    assert_eq!(step.upto, first, "its reactions are changed, too");
    assert_eq!(test.expire(step.upto).await, 1);
    let step = test.store.oldest(&lobby(), None, 200).await.unwrap().unwrap();
    assert!(step.upto > second && step.upto.0 < second.0 + 250, "{step:?}");
    let (measured, is_whole) = test.store.measure(Some(&lobby()), Measured::default()).await.unwrap();
    assert!(is_whole && measured.bytes > 252 * 200 && measured.bytes < 252 * 300, "{measured:?}");
    assert!(test.texts().await.contains(&"last".to_owned()));
}

#[tokio::test]
async fn what_a_room_is_to_keep_by_now_is_not_deleted() {
    let test = TestStore::new();
    let first = test.say("precious").await;
    test.keep(Some(Keep::Seconds(1))).await;
    // The entry was on its way when somebody said so.
    test.keep(Some(Keep::Forever)).await;
    for own in [Some(Keep::Seconds(1)), None] {
        assert_eq!(test.store.expire(lobby(), first, own).await, Ok(0));
    }
    assert_eq!(test.texts().await, ["precious"]);
}

#[tokio::test]
async fn it_is_known_beforehand_how_many_messages_would_go() {
    let test = TestStore::new();
    for n in 0..10 {
        test.say(&n.to_string()).await;
    }
    test.about(Seq(10), AboutKind::Edit, "ten").await;
    let would = async |keep| test.store.would_expire(&lobby(), keep).await.unwrap();
    assert_eq!(would(Keep::Forever).await, 0);
    assert_eq!(would(Keep::Seconds(3600)).await, 0);
    assert_eq!(would(Keep::Bytes(0)).await, 10, "an edit is no message of its own");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(would(Keep::Seconds(1)).await, 10);
}
