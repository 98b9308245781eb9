//! Who may read a room and hears of it, while rights change and messages come at the same time.

use shared::{Act, RoomKind};

use super::*;
use crate::store::RoomAccess;

/// Queues many posts and an act behind them at once, so that the act is in a transaction with posts.
async fn posts_and(test: &TestStore, act: Act) {
    for _ in 0..20 {
        let posts: Vec<_> = (0..20)
            .map(|_| queue(&test.store, draft("ann", &format!("burst-{}", fresh()), "psst", None)))
            .collect();
        let done = test.store.act(Actor::Operator, act.clone(), Drawn::Nothing).await;
        assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
        for post in posts {
            stored(post.await.unwrap());
        }
        let listed = test.store.rooms(ANYBODY, None).await.unwrap();
        assert!(listed.iter().all(|listed| listed.room != lobby()), "{listed:?}");
        let reopened = Act::SetKind { room: lobby(), kind: RoomKind::Open };
        test.store.act(Actor::Operator, reopened, Drawn::Nothing).await;
        let back = Act::Archive { room: lobby(), archived: false };
        test.store.act(Actor::Operator, back, Drawn::Nothing).await;
        let listed = test.store.rooms(ANYBODY, None).await.unwrap();
        assert!(listed.iter().any(|listed| listed.room == lobby()), "{listed:?}");
    }
}

#[tokio::test]
async fn a_message_from_just_before_a_room_was_closed_does_not_list_it() {
    let test = TestStore::new();
    test.say("first").await;
    posts_and(&test, Act::SetKind { room: lobby(), kind: RoomKind::Closed }).await;
}

#[tokio::test]
async fn a_message_from_just_before_a_room_was_archived_does_not_list_it() {
    let test = TestStore::new();
    test.say("first").await;
    posts_and(&test, Act::Archive { room: lobby(), archived: true }).await;
}

#[tokio::test]
async fn a_message_from_just_before_a_room_was_deleted_does_not_list_it_and_is_not_read() {
    let test = TestStore::new();
    test.say("first").await;
    let posts: Vec<_> =
        (0..20).map(|n| queue(&test.store, draft("ann", &format!("late-{n}"), "psst", None))).collect();
    let done = test.store.act(Actor::Operator, Act::DeleteRoom { room: lobby() }, Drawn::Nothing).await;
    assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
    for post in posts {
        stored(post.await.unwrap());
    }
    assert_eq!(test.store.rooms(ANYBODY, None).await.unwrap(), []);
    assert_eq!(test.latest().await, Page::default());
    let retry = post(&test.store, "ann", "late-1", "psst", None).await;
    assert_eq!(refused(retry), RefusalCode::NoRoom);
    let test = test.again();
    assert_eq!(test.store.rooms(ANYBODY, None).await.unwrap(), []);
    assert_eq!(test.latest().await, Page::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_by_what_was_remembered_from_before_a_change() {
    let test = TestStore::new();
    test.say("first").await;
    let (ann, bob) =
        (number_of(&test.store, &user("ann")).unwrap(), number_of(&test.store, &user("bob")).unwrap());
    let readers = [
        ANYBODY,
        Reader { account: Some(ann), limited: false },
        Reader { account: Some(bob), limited: false },
    ];
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    // Others ask all the time, so that what is remembered is always being read.
    let asking: Vec<_> = readers
        .iter()
        .map(|reader| {
            let (store, reader, stop) = (test.store.clone(), *reader, Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    store.access(&lobby(), reader).await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let check = async |expected: [bool; 3]| {
        for (reader, expected) in readers.into_iter().zip(expected) {
            let access = test.store.access(&lobby(), reader).await.unwrap();
            assert_eq!(matches!(access, RoomAccess::Readable(_)), expected, "{reader:?}");
        }
    };
    let act = async |act: Act| {
        let done = test.store.act(Actor::Operator, act, Drawn::Nothing).await;
        assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
    };
    for _ in 0..30 {
        act(Act::SetKind { room: lobby(), kind: RoomKind::Closed }).await;
        check([false, true, false]).await;
        act(Act::AddMember { room: lobby(), username: user("bob") }).await;
        check([false, true, true]).await;
        act(Act::RemoveMember { room: lobby(), username: user("bob") }).await;
        check([false, true, false]).await;
        act(Act::SetKind { room: lobby(), kind: RoomKind::Open }).await;
        check([true, true, false]).await;
        act(Act::RemoveMember { room: lobby(), username: user("ann") }).await;
        check([true, false, false]).await;
        for name in ["ann", "bob"] {
            act(Act::AddMember { room: lobby(), username: user(name) }).await;
        }
        check([true, true, true]).await;
        act(Act::RemoveMember { room: lobby(), username: user("bob") }).await;
    }
    act(Act::DeleteRoom { room: lobby() }).await;
    check([false; 3]).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for asking in asking {
        asking.await.unwrap();
    }
}
