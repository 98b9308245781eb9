use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

use rusqlite::Connection;

use super::*;

fn problem(folder: &Path) -> String {
    Store::open(&Place::Folder(folder.into()), drop).unwrap_err().to_string()
}

#[tokio::test]
async fn two_servers_never_have_one_folder() {
    let test = TestStore::new();
    let problem = problem(test.path());
    assert!(problem.contains("another parlor is using"), "{problem}");
    test.store.close().await;
    open(&Place::Folder(test.path().into()));
}

#[test]
fn what_cannot_be_opened_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let said = problem(&file.join("inside"));
    assert!(said.contains("cannot be written") && !said.contains('\n'), "{said}");

    let db = folder.path().join("parlor.db");
    fs::write(&db, "this is not a database, but it is long enough to look like one".repeat(100)).unwrap();
    let said = problem(folder.path());
    assert!(said.contains("is not a database of Parlor's"), "{said}");

    fs::remove_file(&db).unwrap();
    Connection::open(&db).unwrap().execute_batch("CREATE TABLE somebody_elses(x)").unwrap();
    let said = problem(folder.path());
    assert!(said.contains("is not a database of Parlor's"), "{said}");
}

#[tokio::test]
async fn a_database_of_a_later_parlor_is_left_alone() {
    let test = TestStore::new();
    test.store.close().await;
    let db = Connection::open(test.path().join("parlor.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let said = problem(test.path());
    assert!(said.contains("schema 99") && said.contains("update this one"), "{said}");
}

#[tokio::test]
async fn a_damaged_database_is_called_so() {
    let test = TestStore::new();
    test.store.close().await;
    let path = test.path().join("parlor.db");
    let mut bytes = fs::read(&path).unwrap();
    for byte in &mut bytes[100..4096] {
        *byte = 0xff;
    }
    fs::write(&path, bytes).unwrap();
    let said = problem(test.path());
    assert!(said.contains("is damaged") && said.contains("parlor restore FILE --replace"), "{said}");
}

#[tokio::test]
async fn each_new_store_has_an_epoch_of_its_own() {
    assert_ne!(TestStore::new().store.epoch(), TestStore::new().store.epoch());
}

/// What a server leaves that is killed: the files are copied while it runs.
fn killed(test: &TestStore, without: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in ["parlor.db", "parlor.db-wal"] {
        if file != without {
            fs::copy(test.path().join(file), copy.path().join(file)).unwrap();
        }
    }
    copy
}

#[tokio::test]
async fn a_store_that_lost_its_write_ahead_log_begins_a_new_epoch() {
    let test = TestStore::new();
    test.say("one").await;
    test.say("two").await;
    // A copy has everything so far, but the original goes on.
    let whole = killed(&test, "");
    let (store, _) = open(&Place::Folder(whole.path().into()));
    assert_ne!(store.epoch(), test.store.epoch());
    assert_eq!(store.head(&lobby()).await, Ok(Seq(2)));
    // Numbers that readers have seen are given again: the epoch is another one.
    let lost = killed(&test, "parlor.db-wal");
    let (store, _) = open(&Place::Folder(lost.path().into()));
    assert_ne!(store.epoch(), test.store.epoch());
    assert_eq!(store.head(&lobby()).await, Ok(Seq::ZERO));
    // Also where nothing was posted since the last start, and after a text was blanked, which empties that log.
    let test = test.again();
    let seq = test.say("three").await;
    test.about(seq, AboutKind::Retraction, "").await;
    let wal = test.path().join("parlor.db-wal");
    eventually(async || (33..20_000).contains(&fs::metadata(&wal).unwrap().len())).await;
    let lost = killed(&test, "parlor.db-wal");
    let (store, _) = open(&Place::Folder(lost.path().into()));
    assert_ne!(store.epoch(), test.store.epoch());
}

#[tokio::test]
async fn a_store_that_was_closed_keeps_its_epoch() {
    let test = TestStore::new();
    test.say("one").await;
    let epoch = test.store.epoch().clone();
    let test = test.again().again();
    assert_eq!(*test.store.epoch(), epoch);
}

#[tokio::test]
async fn a_missing_or_empty_database_beside_a_write_ahead_log_is_refused() {
    let test = TestStore::new();
    test.say("one").await;
    let missing = killed(&test, "parlor.db");
    let said = problem(missing.path());
    assert!(said.contains("missing or empty") && said.contains("put the database back"), "{said}");
    fs::write(missing.path().join("parlor.db"), "").unwrap();
    assert_eq!(problem(missing.path()), said);
}

#[tokio::test]
async fn the_write_ahead_log_is_never_empty_while_the_store_is_open() {
    let test = TestStore::new();
    let wal = test.path().join("parlor.db-wal");
    let is_over = Arc::new(AtomicBool::new(false));
    let looks = {
        let (wal, is_over) = (wal.clone(), Arc::clone(&is_over));
        std::thread::spawn(move || {
            let mut least = u64::MAX;
            while !is_over.load(Ordering::Relaxed) {
                least = least.min(fs::metadata(&wal).unwrap().len());
            }
            least
        })
    };
    for _ in 0..10 {
        let seq = test.say("to be retracted").await;
        test.about(seq, AboutKind::Retraction, "").await;
        // The log is begun anew behind each retraction.
        eventually(async || fs::metadata(&wal).unwrap().len() < 20_000).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let least = looks.join().unwrap();
    assert!(least > 32, "a file of {least} bytes has no commit");
}

#[tokio::test]
async fn what_a_start_had_no_time_for_is_read_through_later_and_damage_there_makes_the_store_unhealthy() {
    let test = TestStore::new();
    for n in 0..400 {
        test.say(&format!("{n} {}", "x".repeat(2000))).await;
    }
    let read_through = async |store: &Store| {
        let store = Arc::downgrade(&store.0);
        tokio::task::spawn_blocking(move || crate::store::upkeep::damage::read_through(&store))
            .await
            .unwrap();
    };
    read_through(&test.store).await;
    assert!(test.store.is_healthy());
    // No connection has read these pages yet.
    let test = test.again();
    let path = test.path().join("parlor.db");
    let middle = fs::metadata(&path).unwrap().len() / 2 / 4096 * 4096;
    // In place: the store reads the file, which is never shorter.
    let file = fs::File::options().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![0; 8 * 4096], middle).unwrap();
    read_through(&test.store).await;
    assert!(!test.store.is_healthy());
}
