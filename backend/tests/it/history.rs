//! Real input: sixteen days of a busy channel. It is not part of the repository; where it is absent, a small sample of
//! our own stands in.

use std::path::PathBuf;

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

/// The file: the real one, which is kept beside the repository, or the sample.
pub fn file() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let real = here.join("../../shared/data/ubuntu-irc.jsonl");
    if real.exists() { real } else { here.join("tests/it/sample.jsonl") }
}

/// Every line of it.
pub fn lines() -> Vec<Line> {
    let text = std::fs::read_to_string(file()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
