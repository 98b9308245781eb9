//! Damaged files: each start ends with a sentence that names the file and the way out, and changes nothing.

use std::{fs, path::Path};

use rusqlite::Connection;

use crate::{
    backing_up::{run, store_of},
    child::Child,
    client::{TestClient, post},
    cut_short::{Shim, copy},
};

/// What is done to the bytes of a database.
type Damage = fn(&mut Vec<u8>);

/// The sentence with which a start is refused.
async fn refused(folder: &Path) -> String {
    let (done, said) = run(&["--listen", "127.0.0.1:0"], folder).await;
    assert!(!done, "{said}");
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("parlor: ")).collect();
    assert!(lines.len() == 1 && !said.contains("panicked"), "{said}");
    lines[0].to_owned()
}

#[tokio::test]
async fn each_kind_of_damage_is_said_by_a_start_with_the_file_and_the_way_out() {
    let texts: Vec<_> = (0..60).map(|n| format!("{n} {}", "x".repeat(3000))).collect();
    let good = store_of(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let kinds: [(&str, Damage, &str); 6] = [
        ("truncated", |bytes| bytes.truncate(bytes.len() / 2), "should have"),
        ("truncated within a page", |bytes| bytes.truncate(bytes.len() - 100), "should have"),
        ("zeroed", |bytes| bytes[60 * 4096..70 * 4096].fill(0), "is damaged"),
        ("header", |bytes| bytes[..100].fill(0x5A), "its beginning is damaged"),
        ("first page", |bytes| bytes[..4096].fill(0), "its beginning is damaged"),
        ("garbage", |bytes| bytes[50 * 4096 + 17..53 * 4096].fill(0xA5), "is damaged"),
    ];
    for (kind, damage, expected) in kinds {
        let folder = tempfile::tempdir().unwrap();
        copy(good.path(), folder.path());
        let path = folder.path().join("parlor.db");
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let said = refused(folder.path()).await;
        assert!(said.contains("parlor.db") && said.contains(expected), "{kind}: {said}");
        assert!(said.contains("parlor restore FILE --replace"), "{kind}: {said}");
        assert!(fs::read(&path).unwrap() == bytes, "{kind}: the file was changed");
        let (done, said) = run(&["check"], folder.path()).await;
        assert!(!done && said.contains("parlor restore FILE --replace"), "{kind}: {said}");
    }
}

#[tokio::test]
async fn a_write_ahead_log_of_another_database_or_of_an_earlier_time_is_not_applied() {
    let running = async |folder: &Path, posts: usize| {
        let child = Child::start(folder).await;
        let (mut ann, _) = TestClient::named(child.address, &format!("ann{posts}")).await;
        for n in 0..posts {
            ann.post(post("lobby", &format!("{posts}-{n}"), "text")).await;
        }
        child.kill().await;
    };
    let (mine, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    running(mine.path(), 3).await;
    running(others.path(), 2).await;
    let wal = mine.path().join("parlor.db-wal");
    let earlier = fs::read(&wal).unwrap();
    // That of another store.
    let folder = tempfile::tempdir().unwrap();
    copy(mine.path(), folder.path());
    fs::copy(others.path().join("parlor.db-wal"), folder.path().join("parlor.db-wal")).unwrap();
    fs::remove_file(folder.path().join("parlor.db-shm")).unwrap();
    let database = fs::read(folder.path().join("parlor.db")).unwrap();
    let said = refused(folder.path()).await;
    assert!(said.contains("parlor.db-wal is not that of the database"), "{said}");
    assert_eq!(fs::read(folder.path().join("parlor.db")).unwrap(), database);
    // An earlier one of the same store.
    running(mine.path(), 4).await;
    running(mine.path(), 5).await;
    fs::write(&wal, earlier).unwrap();
    fs::remove_file(mine.path().join("parlor.db-shm")).unwrap();
    let said = refused(mine.path()).await;
    assert!(said.contains("parlor.db-wal is not that of the database"), "{said}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_and_a_full_disk_are_said() {
    let (folder, shim) = (store_of(&["one"]).await, Shim::new());
    let path = folder.path().to_str().unwrap();
    let start = ["--listen", "127.0.0.1:0", "--data", path];
    let said = |arguments: &[&str], variable: &str| {
        let output = shim.run(arguments, &[(variable, "1")]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let read_only = said(&start, "READ_ONLY");
    assert!(read_only.contains(path) && read_only.contains("cannot be written"), "{read_only}");
    let full = said(&start, "FULL");
    assert!(full.contains("parlor.db is full") && full.contains("free some space"), "{full}");
    let backup = folder.path().join("backup");
    let full = said(&["backup", backup.to_str().unwrap(), "--data", path], "FULL");
    assert!(full.contains("is full") && !folder.path().join("backup.part").exists(), "{full}");
    let db = Connection::open(folder.path().join("parlor.db")).unwrap();
    let count: i64 = db.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}
