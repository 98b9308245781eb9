//! A disk that fails or is full: what was acknowledged stays, and the server says what is wrong and ends or goes on.

use std::{fs, os::unix::fs::FileExt, path::Path, time::Duration};

use serde_json::json;
use shared::RefusalCode;
#[cfg(target_os = "linux")]
use torture::faults::{DiskError, Faults, Files, disk::Disk, journal::Journal};

use crate::{
    bound::soon,
    child::Child,
    client::{TestClient, post},
    jwt, log_file, metrics, web,
};

#[cfg(target_os = "linux")]
/// A server on a disk that can be made to fail, which the system reports as a disk would.
async fn start(faults: &Faults, data: &Path, more: &[(&str, &Path)]) -> Child {
    let environment = faults.environment();
    let faults = environment.iter().map(|(name, value)| (*name, value.as_path()));
    Child::start_with(data, &faults.chain(more.iter().copied()).collect::<Vec<_>>()).await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_failed_sync_ends_the_server_and_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults::below(folder.path()).unwrap();
    let child = start(&faults, folder.path(), &[]).await;
    let (mut ann, welcome) = TestClient::named(child.address, "ann").await;
    let first = ann.post(post("lobby", "1", "stored")).await;
    faults.fail_syncs(Some((DiskError::Broken, Files::All))).unwrap();
    ann.say(&shared::FromClient::Post(post("lobby", "2", "in doubt"))).await;
    let (status, said) = child.end_saying().await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("the disk has failed"), "{said}");
    drop(ann);

    faults.fail_syncs(None).unwrap();
    let child = start(&faults, folder.path(), &[]).await;
    let rows = log_file::read(&folder.path().join("parlor.db"), "lobby");
    assert_eq!((rows[0].seq, &*rows[0].text), (first, "stored"));
    let (mut ann, _) = TestClient::proven(child.address, &welcome.token).await;
    // The doubtful one is there or not; posted again, it is there once.
    ann.post(post("lobby", "2", "in doubt")).await;
    let rows = log_file::read(&folder.path().join("parlor.db"), "lobby");
    assert_eq!(rows.iter().map(|row| &*row.text).collect::<Vec<_>>(), ["stored", "in doubt"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn on_a_full_disk_posts_are_refused_reading_goes_on_and_posting_resumes_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults::below(folder.path()).unwrap();
    let secret = jwt::secret_file(folder.path());
    let child = start(&faults, folder.path(), &[("PARLOR_JWT_SECRET_FILE", secret.as_path())]).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    let first = ann.post(post("lobby", "1", "stored")).await;
    let bobs_token = |issued_at: u64| jwt::sign(folder.path(), &json!({"sub": "bob", "iat": issued_at}));
    drop(TestClient::proven(child.address, &bobs_token(1_700_000_000)).await);
    faults.fail_writes(Some((DiskError::Full, Files::All))).unwrap();
    let refusal = ann.try_post(post("lobby", "2", "later")).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Unavailable);
    assert!(refusal.retry_after_ms.is_some());
    let ready = web::get(child.address, "/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), &*ready.body),
        (503, "the store takes no posts now: the disk is full\n")
    );
    let metrics = metrics::read(child.address).await;
    assert_eq!(metrics.number("parlor_ready"), 0);
    assert!(metrics.number("parlor_log_failures_total") > 0);
    let told = ann.try_post(post("lobby", "2", "later")).await.unwrap_err();
    assert!(told.reason.contains("disk is full") && told.code == RefusalCode::Unavailable, "{told:?}");
    // Reading needs no writing, neither with a newer token that says the same, nor in a room that is new.
    let (mut bob, _) = TestClient::proven(child.address, &bobs_token(1_700_000_001)).await;
    assert_eq!(bob.join("lobby").await.head, first);
    let mut plain = TestClient::open(child.address, "/ws?room=new&username=cem").await;
    plain.text("nobody can post now").await;
    assert_eq!(plain.refusal().await.code, RefusalCode::Unavailable);
    assert_eq!(web::get(child.address, "/api/rooms/lobby/messages").await.messages().len(), 1);

    faults.fail_writes(None).unwrap();
    soon("a disk that takes writes", async {
        while ann.try_post(post("lobby", "2", "later")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_eq!(bob.message().await.text, "later");
    bob.post(post("lobby", "3", "me too")).await;
    let rows = log_file::read(&folder.path().join("parlor.db"), "lobby");
    assert_eq!(rows.iter().map(|row| &*row.text).collect::<Vec<_>>(), ["stored", "later", "me too"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_without_room_for_the_index_of_the_log_is_full_and_has_not_failed() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults::below(folder.path()).unwrap();
    let child = start(&faults, folder.path(), &[]).await;
    // The write-ahead log still finds room, and its index does not. The index grows when the log has 16 MiB.
    faults.fail_writes(Some((DiskError::Full, Files::SharedMemory))).unwrap();
    let text = "lorem ipsum ".repeat(5_000);
    let body = |n: usize| json!({"username": "bot", "text": text, "id": format!("{n}")});
    let mut stored = 0;
    let refused = loop {
        let answer = web::post(child.address, "lobby", &body(stored)).await;
        if answer.status != 201 {
            break answer;
        }
        stored += 1;
        assert!(stored < 1_000, "the log was emptied before its index had to grow");
    };
    assert!([500, 503].iter().any(|status| refused.status == *status), "{refused:?}");
    let path = "/api/rooms/lobby/messages?limit=1";
    assert_eq!(web::get(child.address, path).await.messages().len(), 1);
    faults.fail_writes(None).unwrap();
    soon("a disk that takes writes", async {
        while web::post(child.address, "lobby", &body(stored)).await.status != 201 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    child.terminate().await;
    child.end().await;
    let rows = log_file::read(&folder.path().join("parlor.db"), "lobby");
    assert!(rows.iter().map(|row| row.id.to_string()).eq((0..=stored).map(|n| n.to_string())));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_post_costs_one_sync_also_when_it_is_searched_for() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults::below(folder.path()).unwrap();
    let child = start(&faults, folder.path(), &[]).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    ann.post(post("lobby", "1", "makes the room and its author")).await;
    let is_found = async |word: &str| {
        let found = web::get(child.address, &format!("/api/search?q={word}")).await;
        found.status == 200 && found.body.contains(word)
    };
    soon("an indexed message", async { while !is_found("author").await {} }).await;
    let before = faults.counts().unwrap().syncs;
    ann.post(post("lobby", "2", "findable")).await;
    soon("an indexed message", async { while !is_found("findable").await {} }).await;
    assert_eq!(faults.counts().unwrap().syncs - before, 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_new_data_folder_is_on_disk_before_the_first_post_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults::below(folder.path()).unwrap().recording();
    let mut disk = Disk::of(folder.path()).unwrap();
    let data = folder.path().canonicalize().unwrap().join("parlor/data");
    let child = start(&faults, &data, &[]).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    ann.post(post("lobby", "1", "stored")).await;
    child.kill().await;
    // The power is lost now.
    disk.follow(Journal::open(&faults.journal()).unwrap()).unwrap();
    let image = disk.synced();
    for name in ["parlor.db", "parlor.db-wal", "key"] {
        assert!(image.files.contains_key(&data.join(name)), "{name} is lost");
    }
    let (_, wal) = &image.files[&data.join("parlor.db-wal")];
    assert!(wal.windows(6).any(|bytes| bytes == b"stored"));
}

#[tokio::test]
async fn a_damaged_page_is_said_in_the_log_and_by_readyz() {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start(folder.path()).await;
    let text = "x".repeat(3_000);
    for n in 0..200 {
        let body = json!({"username": "bot", "text": text, "id": format!("{n}")});
        assert_eq!(web::post(child.address, "lobby", &body).await.status, 201);
    }
    child.terminate().await;
    child.end().await;
    // A start would find the damage, so it comes later.
    let child = Child::start(folder.path()).await;
    let path = folder.path().join("parlor.db");
    let bytes = fs::metadata(&path).unwrap().len();
    // What comes first are the roots of the tables. The file is never shorter, because the server reads it.
    let garbage = vec![0xA5; usize::try_from(bytes).unwrap() - 40 * 4096];
    fs::File::options().write(true).open(&path).unwrap().write_all_at(&garbage, 40 * 4096).unwrap();

    soon("damage that is found", async {
        while web::get(child.address, "/readyz").await.status == 200 {
            for after in (0..200).step_by(20) {
                let path = format!("/api/rooms/lobby/messages?after={after}&limit=20");
                web::get(child.address, &path).await;
            }
        }
    })
    .await;
    let ready = web::get(child.address, "/readyz").await.body;
    assert!(ready.starts_with("posts are taken, but the database is damaged"), "{ready}");
    child.terminate().await;
    let (_, said) = child.end_saying().await;
    assert!(said.contains("the database is damaged"), "{said}");
}
