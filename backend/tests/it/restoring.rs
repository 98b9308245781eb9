//! `parlor restore`: the old store or the new one, whatever happens meanwhile.

use std::{fs, path::Path};

use backend::store::{Place, Store, upkeep};

use crate::{
    backing_up::{run, store_of},
    child::Child,
    cut_short::{SIGKILL, Shim, copy},
    log_file,
};

/// The folders in which a restore has put what was there before.
fn aside(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("before-")).collect()
}

fn texts(folder: &Path) -> Vec<String> {
    log_file::read(&folder.join("parlor.db"), "lobby").into_iter().map(|row| row.text).collect()
}

#[tokio::test]
async fn a_restore_replaces_a_store_only_when_told_to_and_keeps_the_old_one() {
    let (folder, other) = (store_of(&["old"]).await, store_of(&["new"]).await);
    let file = other.path().join("backup");
    let file = file.to_str().unwrap();
    assert!(run(&["backup", file], other.path()).await.0);
    let (done, said) = run(&["restore", file], folder.path()).await;
    assert!(!done && said.contains("--replace") && texts(folder.path()) == ["old"], "{said}");

    let child = Child::start(folder.path()).await;
    let (done, said) = run(&["restore", file, "--replace"], folder.path()).await;
    assert!(!done && said.contains("another parlor is using"), "{said}");
    child.kill().await;

    // A killed server leaves a write-ahead log, which belongs to the old database.
    let (done, said) = run(&["restore", file, "--replace"], folder.path()).await;
    assert!(done && said.contains("before-restore-"), "{said}");
    assert!(said.contains("key is another one") && said.contains("parlor new-key"), "{said}");
    assert_eq!(texts(folder.path()), ["new"]);
    let [aside] = &aside(folder.path())[..] else { panic!("{said}") };
    assert_eq!(texts(aside), ["old"]);
    assert_ne!(fs::read(aside.join("key")).unwrap(), fs::read(folder.path().join("key")).unwrap());
    Child::start(folder.path()).await.kill().await;
    let (done, said) = run(&["restore", file, "--replace"], folder.path()).await;
    assert!(done && !said.contains("key"), "the key is the same now: {said}");
}

#[tokio::test]
async fn what_is_no_whole_backup_is_not_restored() {
    let folder = store_of(&["old"]).await;
    let scratch = tempfile::tempdir().unwrap();
    let backup = scratch.path().join("backup");
    assert!(run(&["backup", backup.to_str().unwrap()], folder.path()).await.0);
    let refused = async |name: &str, bytes: &[u8], expected: &str| {
        let file = scratch.path().join(name);
        fs::write(&file, bytes).unwrap();
        let (done, said) = run(&["restore", file.to_str().unwrap(), "--replace"], folder.path()).await;
        assert!(!done && said.contains(expected) && said.lines().count() == 1, "{name}: {said}");
        assert_eq!(texts(folder.path()), ["old"], "{name}");
        assert_eq!(aside(folder.path()), Vec::<std::path::PathBuf>::new(), "{name}");
    };
    let whole = fs::read(&backup).unwrap();
    refused("text", b"my diary", "not a backup").await;
    refused("empty", b"", "not a backup").await;
    refused("database", &fs::read(folder.path().join("parlor.db")).unwrap(), "without the table").await;
    refused("cut", &whole[..whole.len() - 8192], "").await;
    let mut zeroed = whole.clone();
    zeroed[8192..5 * 4096].fill(0);
    refused("zeroed", &zeroed, "damaged").await;
    let foreign = scratch.path().join("foreign");
    fs::write(&foreign, &whole).unwrap();
    let other = fs::read_to_string(store_of(&[]).await.path().join("key")).unwrap();
    rusqlite::Connection::open(&foreign)
        .unwrap()
        .execute("UPDATE backup SET key = ?1", [other.trim()])
        .unwrap();
    refused("foreign key", &fs::read(&foreign).unwrap(), "that of another store").await;
    let (done, said) = run(&["restore", "/not/there"], folder.path()).await;
    assert!(!done && said.contains("cannot read /not/there"), "{said}");
    // A head that is not that of its messages is no damage that SQLite knows.
    let db = rusqlite::Connection::open(&backup).unwrap();
    db.execute("UPDATE rooms SET head = 77", []).unwrap();
    drop(db);
    refused("head", &fs::read(&backup).unwrap(), "says that its newest message is #77").await;
}

#[tokio::test]
async fn a_restore_that_is_killed_at_any_step_leaves_the_old_store_or_the_new_one() {
    let (old, new, shim) = (store_of(&["old", "old"]).await, store_of(&["new", "new"]).await, Shim::new());
    let backup = new.path().join("backup");
    assert!(run(&["backup", backup.to_str().unwrap()], new.path()).await.0);
    // The old one was killed, too: its write-ahead log holds what the database does not.
    let child = Child::start(old.path()).await;
    child.kill().await;
    let key = |folder: &Path| fs::read(folder.join("key")).unwrap();
    let prepare = |folder: &Path| {
        copy(old.path(), folder);
        let arguments =
            ["restore", backup.to_str().unwrap(), "--replace", "--data", folder.to_str().unwrap()];
        arguments.map(str::to_owned).to_vec()
    };
    let (mut olds, mut news) = (0, 0);
    let steps = shim.run_to_each_step(SIGKILL, prepare, |folder, output| {
        let store = Store::open(&Place::Folder(folder.into()), drop);
        drop(store.unwrap_or_else(|error| panic!("{error} after {output:?}")));
        let texts = texts(folder);
        let is_new = texts == ["new", "new"];
        assert!(is_new || texts == ["old", "old"], "{texts:?}");
        assert_eq!(key(folder), key(if is_new { new.path() } else { old.path() }));
        let kept = aside(folder);
        assert_eq!(kept.len(), usize::from(is_new));
        if is_new {
            assert_eq!(self::texts(&kept[0]), ["old", "old"]);
            assert_eq!(key(&kept[0]), key(old.path()));
        }
        let checked = upkeep::check_folder(folder, &mut |_| {}).unwrap();
        assert_eq!(checked.faults, []);
        let left = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with('.')), "something is left");
        *(if is_new { &mut news } else { &mut olds }) += 1;
    });
    assert!(steps > 15 && olds > 8 && news > 8, "{steps} steps, {olds} old, {news} new");
}
