//! A data folder with imported messages.

use tempfile::TempDir;

/// A folder whose lobby has so many messages of long ago, of so many bytes each.
pub async fn folder_with(messages: usize, bytes: usize) -> TempDir {
    // An import is for a thread that may wait.
    tokio::task::spawn_blocking(move || fill(messages, bytes)).await.unwrap()
}

fn fill(messages: usize, bytes: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = backend::store::Place::Folder(folder.path().into());
    let store = backend::store::Store::open(&place, drop).unwrap();
    let line = |n| {
        let text = format!("{n} {}", "x".repeat(bytes));
        let line = serde_json::json!({
            "room": "lobby", "username": "history", "text": text, "said_at": "2004-12-25T09:14:00Z",
        });
        format!("{line}\n")
    };
    let lines: String = (0..messages).map(line).collect();
    let summary = backend::import::import(&store, lines.as_bytes(), |_, _| {}).unwrap();
    assert_eq!(summary.added, messages as u64);
    folder
}
