//! `parlor export` and `parlor import`: everything, into an empty house.

use std::{fs, path::Path};

use rusqlite::Connection;
use serde_json::Value;

use crate::{
    backing_up::{run, store_of},
    child::Child,
    client::{TestClient, post},
    cut_short::{SIGKILL, Shim, copy},
};

/// An export of a folder, by lines; the first one without what differs from one to the next.
async fn export(folder: &Path) -> Vec<String> {
    let output = crate::child::run(&["export", "-", "--data", folder.to_str().unwrap()]).await;
    assert!(output.status.success(), "{output:?}");
    comparable(&String::from_utf8(output.stdout).unwrap())
}

fn comparable(export: &str) -> Vec<String> {
    let mut lines: Vec<_> = export.lines().map(str::to_owned).collect();
    let first: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&first["type"], &first["version"]), (&"export".into(), &1.into()));
    lines.remove(0);
    lines
}

#[tokio::test]
async fn the_example_of_the_page_goes_in_and_comes_out_as_it_is() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/export.md")).unwrap();
    let example = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let (file, folder) = (scratch.path().join("export.jsonl"), scratch.path().join("data"));
    fs::write(&file, example).unwrap();
    let (done, said) = run(&["import", file.to_str().unwrap()], &folder).await;
    assert!(done && said.contains("Copy the file `key`"), "{said}");
    assert_eq!(export(&folder).await, comparable(example));
    // Each type has its row in the table.
    for line in example.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let row = format!("\n| `{}` |", line["type"].as_str().unwrap());
        assert!(page.contains(&row), "{row}");
    }
    fs::write(folder.join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    let (done, said) = run(&["check"], &folder).await;
    assert!(done, "{said}");
}

#[tokio::test]
async fn an_export_beside_a_server_goes_into_another_house_where_the_same_tokens_are_good() {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let child = Child::start(folder.path()).await;
    let (mut ann, welcome) = TestClient::named(child.address, "ann").await;
    let first = ann.post(post("lobby", "1", "你好 <b>")).await;
    let file = scratch.path().join("export.jsonl");
    let (done, said) = run(&["export", file.to_str().unwrap()], folder.path()).await;
    assert!(done, "{said}");
    let (done, said) = run(&["export", file.to_str().unwrap()], folder.path()).await;
    assert!(!done && said.contains("--replace"), "{said}");
    let exported = comparable(&fs::read_to_string(&file).unwrap());
    drop(ann);
    child.kill().await;

    let data = scratch.path().join("data");
    let (done, said) = run(&["import", file.to_str().unwrap()], &data).await;
    assert!(done, "{said}");
    assert_eq!(export(&data).await, exported);
    let imported = Connection::open(data.join("parlor.db")).unwrap();
    let epoch: String = imported.query_row("SELECT epoch FROM store", [], |row| row.get(0)).unwrap();
    drop(imported);
    // Without the key, nobody would be who they are.
    let (done, said) = run(&["--listen", "127.0.0.1:0"], &data).await;
    assert!(!done && said.contains("key") && said.contains("is missing"), "{said}");
    fs::copy(folder.path().join("key"), data.join("key")).unwrap();
    let child = Child::start(&data).await;
    let (mut ann, _) = TestClient::proven(child.address, &welcome.token).await;
    let joined = ann.join("lobby").await;
    assert_eq!(joined.epoch.as_str(), epoch, "nothing makes its first start doubt it");
    assert_eq!((joined.messages[0].seq, &*joined.messages[0].text), (first, "你好 <b>"));
    assert!(ann.post(post("lobby", "2", "again")).await > first);
    let found = crate::web::get(child.address, "/api/search?q=%E4%BD%A0%E5%A5%BD").await;
    assert_eq!(found.messages().len(), 1);
    child.kill().await;
    // It is not empty any more.
    let (done, said) = run(&["import", file.to_str().unwrap()], &data).await;
    assert!(!done && said.contains("empty house") && said.contains("2 messages"), "{said}");
}

#[tokio::test]
async fn an_export_that_is_not_whole_is_refused_with_the_line_and_leaves_nothing() {
    let (folder, scratch) = (store_of(&["one", "two"]).await, tempfile::tempdir().unwrap());
    let file = scratch.path().join("export.jsonl");
    assert!(run(&["export", file.to_str().unwrap()], folder.path()).await.0);
    let whole = fs::read_to_string(&file).unwrap();
    let refused = async |text: &str, expected: &str| {
        fs::write(&file, text).unwrap();
        let data = scratch.path().join("data");
        let (done, said) = run(&["import", file.to_str().unwrap()], &data).await;
        assert!(!done && said.contains(expected) && said.contains("nothing was imported"), "{said}");
        let left: Vec<_> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["parlor.lock"]);
    };
    let lines: Vec<_> = whole.lines().collect();
    refused(&lines[..lines.len() - 1].join("\n"), "cut short").await;
    refused(&whole.replacen("\"two\"", "\"two", 1), "line ").await;
    refused(&whole.replacen("\"type\":\"message\"", "\"type\":\"massage\"", 1), "massage").await;
    refused(&whole.replacen("\"version\":1", "\"version\":9", 1), "of a later Parlor").await;
    let without_one: Vec<_> = lines.iter().filter(|line| !line.contains("\"two\"")).copied().collect();
    refused(&without_one.join("\n"), "some are missing").await;
    let other = r#"{"type":"bar","address":"192.0.2.1","at":"2026-11-22T00:00:00Z"}"#;
    let is_person = |line: &str| line.contains("\"type\":\"person\"");
    let without_ann: Vec<_> = lines.iter().map(|line| if is_person(line) { other } else { line }).collect();
    refused(&without_ann.join("\n"), "there is no person").await;
}

#[tokio::test]
async fn an_import_that_is_killed_at_any_step_leaves_an_empty_house_or_the_whole_one() {
    let (from, shim) = (store_of(&["one", "two"]).await, Shim::new());
    let file = from.path().join("export.jsonl");
    assert!(run(&["export", file.to_str().unwrap()], from.path()).await.0);
    let expected = comparable(&fs::read_to_string(&file).unwrap());
    // A house that nobody has come to yet.
    let empty = tempfile::tempdir().unwrap();
    let child = Child::start(empty.path()).await;
    child.terminate().await;
    assert!(child.end().await.success());
    let prepare = |folder: &Path| {
        copy(empty.path(), folder);
        ["import", file.to_str().unwrap(), "--data", folder.to_str().unwrap()].map(str::to_owned).to_vec()
    };
    let (mut old, mut new) = (0, 0);
    shim.run_to_each_step(SIGKILL, prepare, |folder, output| {
        let mut lines = Vec::new();
        let place = backend::store::Place::Folder(folder.into());
        drop(
            backend::store::Store::open(&place, drop)
                .unwrap_or_else(|error| panic!("{error} after {output:?}")),
        );
        backend::store::maintenance::export_to(folder, &mut lines, Path::new("here"), &mut |_| {}).unwrap();
        let lines = comparable(&String::from_utf8(lines).unwrap());
        let is_new = lines == expected;
        assert!(is_new || lines.len() == 2, "{lines:?}");
        *(if is_new { &mut new } else { &mut old }) += 1;
    });
    assert!(old > 5 && new > 5, "{old} old, {new} new");
}
