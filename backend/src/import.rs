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

use data_encoding::BASE64URL_NOPAD;
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
    for is_new in store.import(messages).map_err(ImportError::Store)? {
        *(if is_new { &mut summary.added } else { &mut summary.already }) += 1;
    }
    Ok(())
}

/// Reads a line without its end; of one that is too long, enough to see that. False at the end of the file.
pub(crate) fn read_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
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
    let id = format!("import-{}-{count}", BASE64URL_NOPAD.encode(&key));
    let id = MessageId::parse(&id).expect("this is short and ASCII");
    Imported { room, username, id, text, said_at }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use shared::{Seq, Side};

    use super::*;
    use crate::store::{Place, Store};

    fn run(store: &Store, lines: &[u8]) -> (Summary, Vec<(u64, String)>) {
        let mut reports = Vec::new();
        // A small buffer, so that lines are longer than it.
        let lines = BufReader::with_capacity(7, lines);
        let report = |number, reason: &str| reports.push((number, reason.to_owned()));
        (import(store, lines, report).unwrap(), reports)
    }

    fn texts(store: &Store) -> Vec<(String, String, String)> {
        let room = RoomName::parse("r").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let page = runtime.block_on(store.page(&room, Side::After(Seq::ZERO), 200)).unwrap();
        let shown = |m: shared::Message| (m.username.to_string(), m.text, m.sent_at.to_string());
        page.messages.into_iter().map(shown).collect()
    }

    fn line(username: &str, text: &str) -> String {
        let said_at = "2004-12-25T09:14:00Z";
        serde_json::json!({"room": "r", "username": username, "text": text, "said_at": said_at}).to_string()
            + "\n"
    }

    #[test]
    fn lines_go_in_as_they_are_written_and_in_their_order() {
        let store = Store::open(&Place::Memory, drop).unwrap();
        let said = [("Ann", "\u{feff}tab\tand \u{1}"), ("ann", "e\u{301}"), ("[a]^_`", "<b> \" \\ 😀")];
        let file: String = said.iter().map(|(username, text)| line(username, text)).collect();
        let (summary, reports) = run(&store, format!("\u{feff}{}\r\n\n", file.trim_end()).as_bytes());
        assert_eq!((summary, reports), (Summary { added: 3, already: 0, skipped: 0 }, vec![]));
        let expected =
            said.map(|(username, text)| (username.into(), text.into(), "2004-12-25T09:14:00.000Z".into()));
        assert_eq!(texts(&store), expected);
    }

    #[test]
    fn a_bad_line_is_reported_with_its_number_and_the_rest_goes_in() {
        let store = Store::open(&Place::Memory, drop).unwrap();
        let mut file = Vec::new();
        file.extend(line("ann", "first").bytes());
        file.extend(b"not json\n");
        file.extend(b"{\"room\":\"r\",\"username\":\"ann\",\"said_at\":\"2004-12-25T09:14:00Z\"}\n");
        file.extend(line("ann", "\u{0}").replace("\"r\"", "\"Bad Room\"").bytes());
        file.extend(line("a\u{202e}nn", "hi").bytes());
        file.extend(b"\xff\xfe\n");
        file.extend(line("ann", &"x".repeat(limits::TEXT_BYTES + 1)).bytes());
        file.extend(line("ann", "  ").bytes());
        file.extend(line("ann", &"x".repeat(LINE_BYTES)).bytes());
        file.extend(line("ann", "hi").replace("2004-12-25", "yesterday").bytes());
        file.extend(line("ann", "last").trim_end().bytes());
        let (summary, reports) = run(&store, &file);
        assert_eq!(summary, Summary { added: 2, already: 0, skipped: 9 });
        assert_eq!(
            reports.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
            (2..=10).collect::<Vec<_>>()
        );
        let said =
            ["expected", "`text`", "a-z", "username", "UTF-8", "65536", "needs a text", "longer", "said_at"];
        for ((number, reason), expected) in reports.iter().zip(said) {
            assert!(reason.contains(expected), "{number}: {reason}");
        }
        assert_eq!(texts(&store).into_iter().map(|(_, text, _)| text).collect::<Vec<_>>(), ["first", "last"]);
    }

    #[test]
    fn importing_again_changes_nothing_and_lines_that_are_the_same_all_stay() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder(folder.path().into());
        let file = [line("ann", "again"), line("bob", "hi"), line("ann", "again")].concat();
        let store = Store::open(&place, drop).unwrap();
        assert_eq!(run(&store, file.as_bytes()).0, Summary { added: 3, already: 0, skipped: 0 });
        let before = texts(&store);
        drop(store);
        let store = Store::open(&place, drop).unwrap();
        assert_eq!(run(&store, file.as_bytes()).0, Summary { added: 0, already: 3, skipped: 0 });
        assert_eq!(texts(&store), before);
        // A file that grew adds what is new.
        let longer = file + &line("ann", "again");
        assert_eq!(run(&store, longer.as_bytes()).0, Summary { added: 1, already: 3, skipped: 0 });
    }
}
