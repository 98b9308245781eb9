//! Real messages for the tests: what people said in a busy channel, odd characters included. `README.md` names the source
//! and its licence.

use std::io::Read;

use flate2::read::GzDecoder;

/// The messages as `parlor import` reads them: a JSON object a line, with `room`, `username`, `text` and `said_at`.
pub fn messages() -> String {
    let mut messages = String::new();
    GzDecoder::new(&include_bytes!("../ubuntu-irc.jsonl.gz")[..])
        .read_to_string(&mut messages)
        .expect("the file is valid gzip of UTF-8 text");
    messages
}
