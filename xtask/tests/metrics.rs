//! Pulse reads metrics by their names, which no compiler checks. A test of the server holds `docs/operations.md` against its answer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    fs::read_to_string(root.join(path)).expect("a text file")
}

/// The names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("parlor_") || word.starts_with("process_")).collect()
}

#[test]
fn every_metric_that_pulse_shows_is_one_of_the_servers() {
    let source = read("frontend/src/pulse/vitals.rs");
    let (source, _) = source.split_once("#[cfg(test)]").expect("tests follow");
    let explained = read("docs/operations.md");
    let (shown, explained) = (names(source), names(&explained));
    assert!(shown.len() > 20, "{shown:?}");
    let unknown: Vec<_> = shown.difference(&explained).collect();
    assert!(unknown.is_empty(), "Pulse shows what the server does not tell: {unknown:?}");
}
