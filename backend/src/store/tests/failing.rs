use std::fs;

use rusqlite::Connection;

use super::*;
use crate::store::CommitFailure;

#[tokio::test]
async fn a_full_disk_leaves_posts_unknown_and_the_log_goes_on_from_what_the_file_says() {
    let test = TestStore::new();
    test.say("before").await;
    test.store.0.log.fill_disk();
    let long = "x".repeat(60_000);
    assert_eq!(post(&test.store, "ann", "a", &long, None).await, Outcome::Unknown(CommitFailure::DiskFull));
    eventually(async || test.store.is_healthy()).await;
    // Another post gets the number that the failed one might have had: nobody saw it there.
    assert_eq!(stored(post(&test.store, "ann", "b", &long, None).await), Seq(2));
    assert_eq!(stored(post(&test.store, "ann", "a", &long, None).await), Seq(3));
    assert_eq!(test.delivered().iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn while_the_log_cannot_be_written_posts_are_refused_for_now_and_reads_go_on() {
    let test = TestStore::new();
    test.say("before").await;
    // Another program holds the file's write lock, longer than the writer waits.
    let other = Connection::open(test.path().join("parlor.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Nothing was tried, so nothing is unknown.
    assert_eq!(refused(post(&test.store, "ann", "a", "hi", None).await), RefusalCode::Unavailable);
    assert!(!test.store.is_healthy());
    match post(&test.store, "ann", "a", "hi", None).await {
        Outcome::Refused(refusal) => {
            assert_eq!(refusal.code, RefusalCode::Unavailable);
            assert_eq!(refusal.retry_after_ms, Some(1000));
        }
        other => panic!("{other:?}"),
    }
    assert!(test.store.claim(&user("bob"), None).await.is_err());
    assert_eq!(test.store.head(&lobby()).await, Ok(Seq(1)));
    other.execute_batch("ROLLBACK").unwrap();
    eventually(async || test.store.is_healthy()).await;
    assert_eq!(stored(post(&test.store, "ann", "a", "hi", None).await), Seq(2));
}

#[tokio::test]
async fn a_failed_commit_ends_no_log_that_has_the_only_copy() {
    let test = TestStore::new();
    test.say("before").await;
    // A file where the folder was: what the log has cannot be saved there.
    let elsewhere = test.path().with_extension("elsewhere");
    fs::rename(test.path(), &elsewhere).unwrap();
    fs::write(test.path(), "").unwrap();
    test.store.0.log.fill_disk();
    assert!(!matches!(
        post(&test.store, "ann", "a", &"x".repeat(60_000), None).await,
        Outcome::Stored { .. }
    ));
    assert_eq!(refused(post(&test.store, "ann", "b", "hi", None).await), RefusalCode::Unavailable);
    assert_eq!(test.store.failure(), None);

    fs::remove_file(test.path()).unwrap();
    fs::rename(&elsewhere, test.path()).unwrap();
    eventually(async || test.store.is_healthy()).await;
    assert_eq!(stored(post(&test.store, "ann", "b", "hi", None).await), Seq(2));
}

#[tokio::test]
async fn if_the_writer_dies_nobody_waits_for_ever() {
    let store = Store::open(&Place::Memory, |commit| {
        assert!(commit.messages.is_empty(), "a fault in whoever is told of messages");
    })
    .unwrap();
    let answers: Vec<_> =
        (0..5).map(|n| queue(&store, unproven_draft("ann", &format!("i{n}"), "hi"))).collect();
    for answer in answers {
        assert!(!matches!(answer.await.unwrap(), Outcome::Stored { .. }));
    }
    eventually(async || !store.is_healthy()).await;
    assert_eq!(refused(append(&store, unproven_draft("ann", "late", "hi")).await), RefusalCode::Unavailable);
    assert!(store.claim(&user("bob"), None).await.is_err());
    // The server ends the process then.
    let reason = tokio::time::timeout(Duration::from_secs(10), store.failed()).await.unwrap();
    assert!(reason.contains("panicked"), "{reason}");
    store.close().await;
}
