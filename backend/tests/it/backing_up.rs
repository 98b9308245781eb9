//! `parlor backup`: one file, while people go on posting.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use serde_json::json;

use crate::{
    bound::soon,
    child::{self, Child},
    client::{TestClient, post},
    cut_short::{SIGINT, SIGKILL, Shim, copy},
    log_file, web,
};

/// Runs a command of the binary on a data folder. Gives whether it succeeded, and what it said.
pub async fn run(command: &[&str], folder: &Path) -> (bool, String) {
    let arguments = [command, &["--data", folder.to_str().unwrap()]].concat();
    let output = child::run(&arguments).await;
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A folder with a store of these messages, closed.
pub async fn store_of(texts: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let child = Child::start(folder.path()).await;
    let (mut ann, _) = TestClient::named(child.address, "ann").await;
    for (n, text) in texts.iter().enumerate() {
        ann.post(post("lobby", &n.to_string(), text)).await;
    }
    drop(ann);
    child.terminate().await;
    assert!(child.end().await.success());
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_beside_posts_has_all_that_was_acknowledged_before_and_restored_takes_the_same_tokens() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let child = Child::start(folder.path()).await;
    let (mut ann, welcome) = TestClient::named(child.address, "ann").await;
    let epoch = ann.join("lobby").await.epoch;
    let (acknowledged, ends) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let posting = {
        let (acknowledged, ends, address) = (Arc::clone(&acknowledged), Arc::clone(&ends), child.address);
        tokio::spawn(async move {
            for n in 0.. {
                let body = json!({"username": "bot", "text": format!("{n}"), "id": format!("{n}")});
                assert_eq!(web::post(address, "lobby", &body).await.status, 201);
                acknowledged.store(n + 1, Ordering::SeqCst);
                if ends.load(Ordering::SeqCst) {
                    break;
                }
            }
        })
    };
    let posted = async |count| {
        while acknowledged.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    };
    soon("some posts", posted(30)).await;
    let file = other.path().join("house.backup");
    let before = acknowledged.load(Ordering::SeqCst);
    let (done, said) = run(&["backup", file.to_str().unwrap()], folder.path()).await;
    assert!(done, "{said}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    soon("more posts", posted(acknowledged.load(Ordering::SeqCst) + 5)).await;
    ends.store(true, Ordering::SeqCst);
    posting.await.unwrap();
    child.kill().await;

    let restored = other.path().join("data");
    let (done, said) = run(&["restore", file.to_str().unwrap()], &restored).await;
    assert!(done, "{said}");
    let rows = log_file::read(&restored.join("parlor.db"), "lobby");
    let all = log_file::read(&folder.path().join("parlor.db"), "lobby");
    let count = u64::try_from(rows.len()).unwrap();
    assert!(count >= before && rows.len() < all.len(), "{before} {count} {}", all.len());
    assert_eq!(rows, all[..rows.len()]);
    let child = Child::start(&restored).await;
    let (mut ann, _) = TestClient::proven(child.address, &welcome.token).await;
    assert_ne!(ann.join("lobby").await.epoch, epoch);
    ann.post(post("lobby", "again", "I am here")).await;
    assert_eq!(fs::read(restored.join("key")).unwrap(), fs::read(folder.path().join("key")).unwrap());
}

#[tokio::test]
async fn a_backup_writes_over_nothing_unless_it_is_told_to() {
    let folder = store_of(&["one"]).await;
    let file = folder.path().join("backup");
    fs::write(&file, "precious").unwrap();
    let (done, said) = run(&["backup", file.to_str().unwrap()], folder.path()).await;
    assert!(!done && said.contains("exists") && said.contains("--replace"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    let (done, said) = run(&["backup", file.to_str().unwrap(), "--replace"], folder.path()).await;
    assert!(done, "{said}");
    let (done, said) = run(&["check", file.to_str().unwrap()], folder.path()).await;
    assert!(done && said.contains("is whole: 1 messages"), "{said}");
    for own in ["parlor.db", "key"] {
        let own = folder.path().join(own);
        let before = fs::read(&own).unwrap();
        let (done, said) = run(&["backup", own.to_str().unwrap(), "--replace"], folder.path()).await;
        assert!(!done && said.contains("of the store itself") && fs::read(&own).unwrap() == before, "{said}");
    }
    for other in [".restore", "before-restore-1", "key.old"] {
        let (done, said) = run(&["backup", folder.path().join(other).to_str().unwrap()], folder.path()).await;
        assert!(!done && said.contains("of the store itself"), "{said}");
    }
    let (done, said) = run(&["backup", "/dev/null", "--replace"], folder.path()).await;
    assert!(!done && said.contains("/dev/null is no file"), "{said}");
    let empty = folder.path().join("empty");
    let (done, said) = run(&["backup", "/tmp/never-written"], &empty).await;
    assert!(!done && said.contains("there is no database"), "{said}");
    assert!(!empty.exists() && !Path::new("/tmp/never-written.part").exists());
}

#[tokio::test]
async fn a_backup_that_is_cut_short_leaves_the_file_that_was_there_or_the_whole_new_one() {
    let (folder, shim) = (store_of(&["one", "two"]).await, Shim::new());
    let prepare = |scratch: &Path| {
        copy(folder.path(), &scratch.join("data"));
        fs::write(scratch.join("backup"), "precious").unwrap();
        let path = |name| scratch.join(name).to_str().unwrap().to_owned();
        vec!["backup".into(), path("backup"), "--replace".into(), "--data".into(), path("data")]
    };
    let whole = |scratch: &Path| {
        let file = scratch.join("backup");
        let old = fs::read(&file).unwrap() == b"precious";
        let checked = || backend::store::maintenance::check_file(&file, &mut |_| {}).unwrap();
        assert!(old || (checked().faults.is_empty() && checked().messages == 2));
        old
    };
    let (mut old, mut new) = (0, 0);
    let steps = shim.run_to_each_step(SIGKILL, prepare, |scratch, _| {
        *(if whole(scratch) { &mut old } else { &mut new }) += 1;
    });
    assert!(steps > 5 && old > 3 && new > 1, "{steps} steps, {old} old, {new} new");
    // Ctrl-C leaves not even what was unfinished.
    for step in (1..steps).step_by(3) {
        let scratch = tempfile::tempdir().unwrap();
        let arguments = prepare(scratch.path());
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let environment = [("STEP", &*step.to_string()), ("SIGNAL", &*SIGINT.to_string())];
        let output = shim.run(&arguments, &environment);
        let old = whole(scratch.path());
        assert!(!scratch.path().join("backup.part").exists());
        assert_eq!(output.status.code(), Some(if old { 130 } else { 0 }), "{output:?}");
    }
}

/// What is done to a data folder.
type Tampering<'a> = &'a dyn Fn(&Path);

#[tokio::test]
async fn a_backup_of_a_damaged_store_or_without_its_key_leaves_the_earlier_one() {
    let texts: Vec<_> = (0..60).map(|n| format!("{n} {}", "x".repeat(3000))).collect();
    let good = store_of(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let other = store_of(&["two"]).await;
    let damage = |path: &Path| {
        let path = path.join("parlor.db");
        let mut bytes = fs::read(&path).unwrap();
        bytes[60 * 4096..62 * 4096].fill(0);
        fs::write(&path, bytes).unwrap();
    };
    let no_key = |path: &Path| fs::remove_file(path.join("key")).unwrap();
    let other_key = |path: &Path| assert!(fs::copy(other.path().join("key"), path.join("key")).unwrap() > 0);
    let kinds: [(&str, Tampering<'_>); 3] =
        [("is damaged", &damage), ("is missing", &no_key), ("is that of another store", &other_key)];
    for (expected, fault) in kinds {
        let folder = tempfile::tempdir().unwrap();
        copy(good.path(), folder.path());
        fault(folder.path());
        let file = folder.path().join("backup");
        fs::write(&file, "precious").unwrap();
        let (done, said) = run(&["backup", file.to_str().unwrap(), "--replace"], folder.path()).await;
        assert!(!done && said.contains(expected) && said.contains("no backup was made"), "{said}");
        assert_eq!(fs::read(&file).unwrap(), b"precious");
        assert!(!folder.path().join("backup.part").exists());
    }
}
