//! Damaged files: each start ends with a sentence that names the file and the way out, and changes nothing.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use rusqlite::Connection;
use shared::{Refusal, RefusalCode, Seq};

use crate::{
    backing_up::{run, store_of},
    bound::soon,
    child::Child,
    client::{TestClient, post, texts},
    cut_short::{Shim, copy},
    log_file, web,
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
async fn a_page_that_is_called_free_and_is_not_is_written_over_by_nothing() {
    let folder = store_of(&["one", "two"]).await;
    let path = folder.path().join("parlor.db");
    let root: u8 = {
        let db = Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE gone(x); DROP TABLE gone").unwrap();
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'", [], |row| row.get(0))
            .unwrap()
    };
    let mut bytes = fs::read(&path).unwrap();
    // The first free page, and how many there are (SQLite file format §1.3).
    assert_eq!(bytes[36..40], [0, 0, 0, 1]);
    let trunk = usize::from(bytes[35]);
    bytes[39] = 2;
    bytes[(trunk - 1) * 4096 + 4..(trunk - 1) * 4096 + 12].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, root]);
    fs::write(&path, &bytes).unwrap();
    let said = refused(folder.path()).await;
    assert!(said.contains("is damaged") && said.contains("parlor restore FILE --replace"), "{said}");
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

/// A folder whose server was killed, with that many posts in its write-ahead log.
async fn killed(posts: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start(folder.path()).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    for n in 0..posts {
        ann.post(post("lobby", &n.to_string(), &"text ".repeat(100))).await;
    }
    child.kill().await;
    folder
}

#[tokio::test]
async fn a_write_ahead_log_that_lost_what_was_acknowledged_is_said_and_nothing_goes_on_from_less() {
    let kinds: [(&str, Damage); 5] = [
        ("one bit", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
        }),
        ("cut off", |bytes| bytes.truncate(32 + (bytes.len() - 32) / 4120 / 2 * 4120)),
        ("header", |bytes| bytes[..32].fill(0)),
        ("zeroed", |bytes| bytes.fill(0)),
        ("emptied", Vec::clear),
    ];
    for (kind, damage) in kinds {
        let folder = killed(20).await;
        let path = folder.path().join("parlor.db-wal");
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        for _ in 0..2 {
            let said = refused(folder.path()).await;
            assert!(said.contains("what was acknowledged goes up to entry"), "{kind}: {said}");
            assert!(said.contains("parlor restore FILE --replace"), "{kind}: {said}");
        }
        for command in [&["check"][..], &["backup", folder.path().join("backup").to_str().unwrap()]] {
            let (done, said) = run(command, folder.path()).await;
            assert!(!done && said.contains("what was acknowledged goes up to entry"), "{kind}: {said}");
        }
        // Who has nothing better goes on with what is there, under a new epoch.
        fs::remove_file(folder.path().join("parlor.position")).unwrap();
        let child = Child::start(folder.path()).await;
        let (mut bob, _) = TestClient::named(child.address, "bob").await;
        bob.post(post("lobby", "on", "we go on")).await;
    }
}

/// What is done to the files of a server that runs.
type Tampering = fn(&Path);

#[tokio::test]
async fn a_server_whose_files_are_taken_away_says_so_ends_and_saves_what_it_has() {
    let kinds: [(&str, Tampering); 3] = [
        ("deleted", |path| fs::remove_file(path.join("parlor.db")).unwrap()),
        ("all deleted", |path| {
            for name in
                ["parlor.db", "parlor.db-wal", "parlor.db-shm", "parlor.lock", "parlor.position", "key"]
            {
                fs::remove_file(path.join(name)).unwrap();
            }
        }),
        ("replaced", |path| {
            fs::copy(path.join("parlor.db"), path.join("other")).unwrap();
            fs::rename(path.join("other"), path.join("parlor.db")).unwrap();
        }),
    ];
    for (kind, fault) in kinds {
        let folder = tempfile::tempdir().unwrap();
        let child = Child::start(folder.path()).await;
        let (mut ann, welcome) = TestClient::named(child.address, "ann").await;
        for n in 0..10 {
            ann.post(post("lobby", &n.to_string(), "text")).await;
        }
        fault(folder.path());
        // Also where somebody asks it to end before it has noticed.
        if kind == "deleted" {
            child.terminate().await;
        }
        let (ended, said) = child.end_saying().await;
        assert_eq!(ended.code(), Some(1), "{kind}: {said}");
        let mut files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let backup = files.find(|path| path.extension().is_some_and(|end| end == "backup")).unwrap();
        assert!(
            said.contains("while the server ran") && said.contains(backup.to_str().unwrap()),
            "{kind}: {said}"
        );
        let position = fs::metadata(folder.path().join("parlor.position")).unwrap();
        assert_eq!(position.permissions().mode() & 0o077, 0, "{kind}: others may read it");
        if kind != "replaced" {
            let said = refused(folder.path()).await;
            assert!(said.contains("says that it had entries"), "{kind}: {said}");
        }
        assert!(said.contains("--replace"), "{kind}: {said}");
        let (done, said) = run(&["restore", backup.to_str().unwrap(), "--replace"], folder.path()).await;
        assert!(done, "{kind}: {said}");
        let rows = log_file::read(&folder.path().join("parlor.db"), "lobby");
        assert_eq!(rows.len(), 10, "{kind}");
        let child = Child::start(folder.path()).await;
        TestClient::proven(child.address, &welcome.token).await;
    }
}

#[tokio::test]
async fn a_program_that_copies_the_write_ahead_log_into_the_database_takes_nothing_away() {
    let folder = killed(3).await;
    let epoch = |db: &Connection| db.query_row("SELECT epoch FROM store", [], |row| row.get(0)).unwrap();
    let before: String = epoch(&Connection::open(folder.path().join("parlor.db")).unwrap());
    assert!(!folder.path().join("parlor.db-wal").exists(), "SQLite removes it when the last one closes");
    let (done, said) = run(&["check"], folder.path()).await;
    assert!(done, "{said}");
    Child::start(folder.path()).await.kill().await;
    assert_eq!(epoch(&Connection::open(folder.path().join("parlor.db")).unwrap()), before);
}

#[tokio::test]
async fn a_database_that_is_cut_within_its_first_page_is_refused_at_every_start() {
    let folder = killed(1).await;
    let path = folder.path().join("parlor.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    for name in ["parlor.db-wal", "parlor.db-shm", "parlor.position"] {
        let _ = fs::remove_file(folder.path().join(name));
    }
    let bytes = fs::read(&path).unwrap()[..1000].to_vec();
    fs::write(&path, &bytes).unwrap();
    for _ in 0..2 {
        let said = refused(folder.path()).await;
        assert!(said.contains("is damaged"), "{said}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_folder_that_is_moved_away_and_put_back_is_served_on() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (parent.path().join("data"), parent.path().join("elsewhere"));
    fs::create_dir(&folder).unwrap();
    let child = Child::start(&folder).await;
    let (mut ann, welcome) = TestClient::named(child.address, "ann").await;
    // A file in its place: the server cannot write what it has to where it was, and lives on.
    fs::rename(&folder, &elsewhere).unwrap();
    fs::write(&folder, "").unwrap();
    let mut taken = Vec::new();
    soon("a refusal", posting(&mut ann, &mut taken, Result::is_err)).await;
    fs::remove_file(&folder).unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    soon("a post is taken again", posting(&mut ann, &mut taken, Result::is_ok)).await;

    child.kill().await;
    let child = Child::start(&folder).await;
    let (mut ann, _) = TestClient::proven(child.address, &welcome.token).await;
    assert_eq!(texts(&ann.join("lobby").await.messages), taken);
}

/// Posts until this answer comes, and adds what was taken.
async fn posting(client: &mut TestClient, taken: &mut Vec<String>, until: fn(&Result<Seq, Refusal>) -> bool) {
    for n in taken.len().. {
        let text = n.to_string();
        let answer = client.try_post(post("lobby", &text, &text)).await;
        if let Err(refusal) = &answer {
            assert_eq!(refusal.code, RefusalCode::Unavailable, "{refusal:?}");
        }
        let ends = until(&answer);
        taken.extend(answer.is_ok().then_some(text));
        if ends {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_server_that_watches_its_files_keeps_the_locks_on_them() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start(folder.path()).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    // The files are looked at once a second.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    ann.post(post("lobby", "one", "text")).await;
    let inode = fs::metadata(folder.path().join("parlor.db")).unwrap().ino().to_string();
    let locks = fs::read_to_string("/proc/locks").unwrap();
    let is_locked = |line: &str| line.contains("POSIX") && line.contains(&format!(":{inode} "));
    assert!(locks.lines().any(is_locked), "{inode} in {locks}");
    child.kill().await;
}

#[tokio::test]
async fn a_first_start_that_was_cut_short_within_its_first_page_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let good = store_of(&["one"]).await;
    let page = fs::read(good.path().join("parlor.db")).unwrap();
    fs::write(folder.path().join("parlor.db"), &page[..3072]).unwrap();
    fs::write(folder.path().join("parlor.position"), "").unwrap();
    let child = Child::start(folder.path()).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    ann.post(post("lobby", "one", "text")).await;
    child.kill().await;
    // A store that was there is no first start.
    fs::write(good.path().join("parlor.db"), &page[..3072]).unwrap();
    assert!(refused(good.path()).await.contains("is damaged"));
}

#[tokio::test]
async fn a_foreign_write_ahead_log_changes_nothing_whoever_looks() {
    let (mine, others) = (killed(20).await, killed(300).await);
    fs::copy(others.path().join("parlor.db-wal"), mine.path().join("parlor.db-wal")).unwrap();
    fs::remove_file(mine.path().join("parlor.db-shm")).unwrap();
    let bytes = || ["parlor.db", "parlor.db-wal"].map(|name| fs::read(mine.path().join(name)).unwrap());
    let before = bytes();
    let file = mine.path().join("file");
    for command in [&["check"][..], &["backup", file.to_str().unwrap()], &["export", file.to_str().unwrap()]]
    {
        let (done, said) = run(command, mine.path()).await;
        assert!(!done && before == bytes(), "{command:?}: {said}");
    }
    let said = refused(mine.path()).await;
    assert!(before == bytes(), "{said}");
}

#[tokio::test]
async fn a_server_whose_files_are_cut_off_says_so_and_ends() {
    for name in ["parlor.db", "parlor.db-wal"] {
        let folder = tempfile::tempdir().unwrap();
        let child = Child::start(folder.path()).await;
        let (mut ann, _) = TestClient::named(child.address, "ann").await;
        ann.post(post("lobby", "one", "text")).await;
        fs::OpenOptions::new().write(true).truncate(true).open(folder.path().join(name)).unwrap();
        let (ended, said) = child.end_saying().await;
        assert_eq!(ended.code(), Some(1), "{name}: {said}");
        assert!(said.contains("was cut off while the server ran"), "{name}: {said}");
        let said = refused(folder.path()).await;
        assert!(said.contains("parlor restore FILE --replace"), "{name}: {said}");
    }
}

#[tokio::test]
async fn a_damaged_byte_of_a_text_is_said_and_closes_no_room() {
    let folder = store_of(&["before", "a needle in the hay", "behind"]).await;
    let path = folder.path().join("parlor.db");
    let mut bytes = fs::read(&path).unwrap();
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(6).position(|bytes| bytes == b"needle") {
        bytes[at + found] = 0xFF;
        at += found + 1;
    }
    assert!(at > 0);
    fs::write(&path, bytes).unwrap();
    let child = Child::start(folder.path()).await;
    soon("damage that is found", async { while web::get(child.address, "/readyz").await.status == 200 {} })
        .await;
    let (mut ann, _) = TestClient::named(child.address, "bob").await;
    let texts: Vec<_> = ann.join("lobby").await.messages.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["before", "a \u{FFFD}eedle in the hay", "behind"]);
    ann.post(post("lobby", "next", "we go on")).await;
    let (done, said) = run(&["check"], folder.path()).await;
    assert!(!done && said.contains("cannot be read\nWhat to do: put a backup"), "{said}");
    let export = folder.path().join("lines");
    let (done, said) = run(&["export", export.to_str().unwrap()], folder.path()).await;
    assert!(done && fs::read_to_string(export).unwrap().contains("eedle in the hay"), "{said}");
}
