//! `parlor check`: what it finds, and what it says of a good store.

use std::{fs, path::Path};

use serde_json::json;

use crate::{
    backing_up::{run, store_of},
    child::Child,
    web,
};

#[tokio::test]
async fn a_good_store_is_called_whole_while_a_server_runs_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start(folder.path()).await;
    for n in 0..50 {
        let body =
            json!({"username": "bot", "text": format!("Nummer {n}: 你好, Café"), "id": format!("{n}")});
        assert_eq!(web::post(child.address, "lobby", &body).await.status, 201);
    }
    let (done, said) = run(&["check"], folder.path()).await;
    assert!(done && said.contains("is whole: 50 messages in 1 rooms"), "{said}");
    child.terminate().await;
    assert!(child.end().await.success());
    let (done, said) = run(&["check"], folder.path()).await;
    assert!(done && said.contains("is whole: 50 messages"), "{said}");
}

#[tokio::test]
async fn what_sqlite_cannot_know_is_found_and_said_with_the_way_out() {
    let good = store_of(&["the first", "the second", "the third"]).await;
    // This waits until all of them can be searched.
    assert!(run(&["import", "/dev/null"], good.path()).await.0);
    let found = async |change: &str, expected: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        crate::cut_short::copy(good.path(), folder.path());
        let db = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
        db.execute_batch(change).unwrap();
        drop(db);
        let (done, said) = run(&["check"], folder.path()).await;
        assert!(!done && expected.iter().all(|part| said.contains(part)), "{change}: {said}");
    };
    found("UPDATE rooms SET head = 2", &["newest message is #2", "parlor restore FILE --replace"]).await;
    found(
        "DELETE FROM messages WHERE seq = (SELECT max(seq) FROM messages)",
        &["the room lobby", "newest message"],
    )
    .await;
    found("UPDATE messages SET author = 99 WHERE text = 'the first'", &["an author who is not there"]).await;
    found("UPDATE messages SET about = 77, kind = 0 WHERE text = 'the third'", &["is about #77"]).await;
    found("UPDATE messages SET kind = 3 WHERE text = 'the third'", &["does not say how"]).await;
    found(
        "UPDATE messages SET text = 'another' WHERE text = 'the second'",
        &["the search index", "other words", "parlor import"],
    )
    .await;
    found("UPDATE messages SET text = '' WHERE text = 'the second'", &["the search index", "has no text"])
        .await;
    found("UPDATE store SET epoch = ''", &["the epoch"]).await;
    found("UPDATE store SET position = 1", &["the log is at position 1"]).await;
    found("UPDATE rooms SET name = 'NOT A NAME'", &["a name or a topic that cannot be"]).await;
    found("DELETE FROM store", &["has 0 rows"]).await;
}

#[tokio::test]
async fn what_is_no_backup_is_said_with_what_it_is() {
    let folder = store_of(&["one"]).await;
    let path = folder.path().to_str().unwrap();
    let (done, said) = run(&["check", path], folder.path()).await;
    assert!(
        !done && said.contains(&format!("is a folder; a data folder is named with --data {path}")),
        "{said}"
    );
    let (done, said) = run(&["restore", path, "--replace"], folder.path()).await;
    assert!(!done && said.contains("is a folder") && said.contains("--data"), "{said}");
    let (done, said) = run(&["import", path], folder.path()).await;
    assert!(!done && said.contains("is a folder"), "{said}");
    for (text, expected) in
        [("{\"type\":\"export\"}\n", "parlor import"), ("", "it is empty"), ("diary", "does not begin")]
    {
        let file = folder.path().join("file");
        fs::write(&file, text).unwrap();
        for command in [&["check"][..], &["restore", "--replace"]] {
            let (done, said) = run(&[command, &[file.to_str().unwrap()]].concat(), folder.path()).await;
            assert!(
                !done && said.contains(expected) && !said.contains("choose another data folder"),
                "{said}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_that_is_missing_broken_or_of_another_store_is_said_by_check_and_by_a_start() {
    let folder = store_of(&["one"]).await;
    let other = store_of(&["two"]).await;
    let backup = other.path().join("backup");
    assert!(run(&["backup", backup.to_str().unwrap()], folder.path()).await.0);
    let key = folder.path().join("key");
    let right = fs::read(&key).unwrap();
    let said = async |expected: &str, folder: &Path| {
        let (done, said) = run(&["check"], folder).await;
        assert!(!done && said.contains(expected), "{said}");
        let (done, said) = run(&["--listen", "127.0.0.1:0"], folder).await;
        assert!(!done && said.contains("key"), "{said}");
        said
    };
    fs::remove_file(&key).unwrap();
    let start = said("is missing", folder.path()).await;
    assert!(start.contains("--only-key") && start.contains("parlor new-key"), "{start}");
    fs::copy(other.path().join("key"), &key).unwrap();
    let start = said("of another store", folder.path()).await;
    assert!(start.contains("--only-key"), "{start}");
    fs::write(&key, "short").unwrap();
    let start = said("holds no key", folder.path()).await;
    assert!(start.contains("--only-key") && start.contains("parlor new-key"), "{start}");

    // The ways out.
    let (done, message) = run(&["restore", backup.to_str().unwrap(), "--only-key"], folder.path()).await;
    assert!(done && fs::read(&key).unwrap() == right, "{message}");
    assert!(run(&["check"], folder.path()).await.0);
    let (done, message) = run(&["new-key"], folder.path()).await;
    assert!(done && message.contains("key.before-") && fs::read(&key).unwrap() != right, "{message}");
    Child::start(folder.path()).await.kill().await;
    assert!(run(&["check"], folder.path()).await.0);
    let (done, message) = run(&["restore", backup.to_str().unwrap(), "--only-key"], folder.path()).await;
    assert!(!done && message.contains("of another store, or from before a `parlor new-key`"), "{message}");
}
