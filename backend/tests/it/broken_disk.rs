//! A disk that fails or is full: what was acknowledged stays, and the server says what is wrong and ends or goes on.

use std::{fs, os::unix::fs::FileExt, path::Path, process::Command, time::Duration};

use serde_json::json;
use shared::RefusalCode;

use crate::{
    bound::soon,
    child::Child,
    client::{TestClient, post},
    jwt, log_file, web,
};

/// A library that makes each sync fail for as long as the file that `FAIL_SYNC` names is there, and each write to the log
/// for as long as the one that `FAIL_WRITE` names. It is loaded before the system's own, so that the server meets the
/// failure where a disk would report it.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int fails(const char *name) {
    const char *path = getenv(name);
    return path && access(path, F_OK) == 0;
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    if (fails("FAIL_WRITE")) { errno = ENOSPC; return -1; }
    return real(file, bytes, count, at);
}
int fdatasync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (fails("FAIL_SYNC")) { errno = EIO; return -1; }
    return real(file);
}
int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    if (fails("FAIL_SYNC")) { errno = EIO; return -1; }
    return real(file);
}
"#;

/// Compiles the shim with the C compiler that the build needs anyway.
fn shim(folder: &Path) -> std::path::PathBuf {
    let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
    fs::write(&source, SHIM).unwrap();
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(compiled.success());
    library
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_failed_sync_ends_the_server_and_loses_nothing_that_was_acknowledged() {
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (library, fails) = (shim(tools.path()), tools.path().join("fails"));
    let environment = [("LD_PRELOAD", library.as_path()), ("FAIL_SYNC", fails.as_path())];
    let child = Child::start_with(folder.path(), &environment).await;
    let (mut ann, welcome) = TestClient::named(child.address, "ann").await;
    let first = ann.post(post("lobby", "1", "stored")).await;
    fs::write(&fails, "").unwrap();
    ann.say(&shared::FromClient::Post(post("lobby", "2", "in doubt"))).await;
    let (status, said) = child.end_saying().await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("the disk has failed"), "{said}");
    drop(ann);

    fs::remove_file(&fails).unwrap();
    let child = Child::start_with(folder.path(), &environment).await;
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
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (library, full) = (shim(tools.path()), tools.path().join("full"));
    let secret = jwt::secret_file(folder.path());
    let environment = [
        ("LD_PRELOAD", library.as_path()),
        ("FAIL_WRITE", full.as_path()),
        ("PARLOR_JWT_SECRET_FILE", secret.as_path()),
    ];
    let child = Child::start_with(folder.path(), &environment).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    let first = ann.post(post("lobby", "1", "stored")).await;
    let bobs_token = |issued_at: u64| jwt::sign(folder.path(), &json!({"sub": "bob", "iat": issued_at}));
    drop(TestClient::proven(child.address, &bobs_token(1_700_000_000)).await);
    fs::write(&full, "").unwrap();
    let refusal = ann.try_post(post("lobby", "2", "later")).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Unavailable);
    assert!(refusal.retry_after_ms.is_some());
    assert_eq!(web::get(child.address, "/readyz").await.status, 503);
    // Reading needs no writing, neither with a newer token that says the same, nor in a room that is new.
    let (mut bob, _) = TestClient::proven(child.address, &bobs_token(1_700_000_001)).await;
    assert_eq!(bob.join("lobby").await.head, first);
    let mut plain = TestClient::open(child.address, "/ws?room=new&username=cem").await;
    plain.text("nobody can post now").await;
    assert_eq!(plain.refusal().await.code, RefusalCode::Unavailable);
    assert_eq!(web::get(child.address, "/api/rooms/lobby/messages").await.messages().len(), 1);

    fs::remove_file(&full).unwrap();
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
    child.terminate().await;
    let (_, said) = child.end_saying().await;
    assert!(said.contains("the database is damaged"), "{said}");
}
