//! Real input: some thousand messages of a busy channel.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use shared::{RoomName, Timestamp, Username};

/// What somebody once said.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    pub room: RoomName,
    pub username: Username,
    pub text: String,
    pub said_at: String,
}

impl Line {
    pub fn time(&self) -> Timestamp {
        self.said_at.parse().unwrap()
    }
}

/// Writes the messages to a file that can be imported.
pub fn file_in(folder: &Path) -> PathBuf {
    let file = folder.join("ubuntu-irc.jsonl");
    std::fs::write(&file, testdata::messages()).unwrap();
    file
}

/// All messages.
pub fn lines() -> Vec<Line> {
    testdata::messages().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
