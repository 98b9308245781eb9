//! Who hears of a room, where an act and messages are in one transaction.

use shared::{Act, RoomKind};

use super::*;

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
