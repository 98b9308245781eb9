//! History from elsewhere: a file of JSON lines, each with `room`, `username`, `text` and `said_at`.
//!
//! A line goes in as it is written, at the end of its room's log, with `said_at` as its time. Its id is made from
//! its content and from how many lines like it came before, so the same file can be imported again, or on after it
//! was cut short, and nothing is stored twice.

use std::{
    collections::HashMap,
    fmt,
    io::{self, BufRead, Read},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::{MessageId, PostError, RoomName, Timestamp, Username, limits};

use crate::store::{Imported, Store, StoreError};

/// The longest line, in bytes: the longest text fits even if each of its bytes is escaped.
pub const LINE_BYTES: usize = 512 * 1024;
/// So many messages are stored in one transaction.
const TOGETHER: usize = 1000;

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Messages that are new in the log.
    pub added: u64,
    /// Messages that were there since an earlier import.
    pub already: u64,
    /// Lines that were reported as bad.
    pub skipped: u64,
}

/// Why an import ended early. What was added before stays; importing the file again goes on.
#[derive(Debug)]
pub enum ImportError {
    /// The file could not be read on, after this many lines.
    Read(u64, io::Error),
    /// The log could not be written.
    Store(StoreError),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(lines, error) => write!(f, "the file cannot be read after line {lines}: {error}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ImportError {}

#[derive(Deserialize)]
struct Line {
    room: RoomName,
    username: Username,
    text: String,
    said_at: String,
}

/// Adds all good lines, in their order, and makes them searchable. Each bad one is given to `report`, with its
/// number from 1 and what is wrong with it, and is left out. It blocks: call it from a thread that may.
pub fn import(
    store: &Store,
    mut lines: impl BufRead,
    mut report: impl FnMut(u64, &str),
) -> Result<Summary, ImportError> {
    let mut summary = Summary::default();
    let mut counts = HashMap::<[u8; 16], u32>::new();
    let mut waiting = Vec::with_capacity(TOGETHER);
    let mut line = Vec::new();
    for number in 1.. {
        if !read_line(&mut lines, &mut line).map_err(|error| ImportError::Read(number - 1, error))? {
            break;
        }
        match parse(&line) {
            Ok(Some(parsed)) => waiting.push(identified(parsed, &mut counts)),
            Ok(None) => {}
            Err(reason) => {
                summary.skipped += 1;
                report(number, &reason);
            }
        }
        if waiting.len() == TOGETHER {
            add(store, std::mem::take(&mut waiting), &mut summary)?;
        }
    }
    add(store, waiting, &mut summary)?;
    store.index_all().map_err(ImportError::Store)?;
    Ok(summary)
}

fn add(store: &Store, messages: Vec<Imported>, summary: &mut Summary) -> Result<(), ImportError> {
    let counted = store.add_history(messages).map_err(ImportError::Store)?;
    summary.added += counted.added;
    summary.already += counted.already;
    Ok(())
}

/// Reads a line without its end; of one that is too long, enough to see that. False at the end of the file.
fn read_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let most = LINE_BYTES as u64 + 1;
    lines.by_ref().take(most).read_until(b'\n', line)?;
    if line.is_empty() {
        return Ok(false);
    }
    if line.pop_if(|last| *last == b'\n').is_none() && line.len() > LINE_BYTES {
        lines.skip_until(b'\n')?;
    }
    Ok(true)
}

/// The message of a line; none if it is blank.
fn parse(line: &[u8]) -> Result<Option<(Line, Timestamp)>, String> {
    if line.len() > LINE_BYTES {
        return Err(format!("it is longer than {LINE_BYTES} bytes"));
    }
    let text = std::str::from_utf8(line).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Ok(None);
    }
    let line: Line = serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        // The position within one line is called "line 1" by serde, which is not the file's.
        reason.split(" at line ").next().unwrap_or_default().to_owned()
    })?;
    if line.text.trim().is_empty() {
        return Err(PostError::Empty.to_string());
    }
    if line.text.len() > limits::TEXT_BYTES {
        return Err(PostError::TooLong { bytes: line.text.len() }.to_string());
    }
    let said_at = line.said_at.parse().map_err(|error| format!("said_at: {error}"))?;
    Ok(Some((line, said_at)))
}

fn identified((line, said_at): (Line, Timestamp), counts: &mut HashMap<[u8; 16], u32>) -> Imported {
    let Line { room, username, text, .. } = line;
    let mut hash = Sha256::new();
    for part in [room.as_str(), username.as_str(), &said_at.to_string(), &text] {
        // With its length, so that no two lines are the same bytes in a row.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    let count = counts.entry(key).or_default();
    *count += 1;
    let id = format!("import-{}-{count}", URL_SAFE_NO_PAD.encode(key));
    let id = MessageId::parse(&id).expect("this is short and ASCII");
    Imported { room, username, id, text, said_at }
}
