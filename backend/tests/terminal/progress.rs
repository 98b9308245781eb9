//! The progress bars of the commands that keep the data.

use std::{fs::File, io::Write, path::Path, process::Command};

use crate::screen::Screen;

#[test]
fn an_import_that_takes_longer_than_a_second_shows_that_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    // A pipe gives its lines as slowly as this test writes them.
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    let arguments = ["import", &path("pipe"), "--data", &path("data")];
    let mut screen = Screen::at("http://127.0.0.1:1", folder.path(), &arguments, (10, 80));
    let mut pipe = File::options().write(true).open(path("pipe")).unwrap();
    let line = r#"{"room":"lobby","username":"ann","text":"hi","said_at":"2004-12-25T09:14:00Z"}"#;
    writeln!(pipe, "{line}").unwrap();
    let shown = screen.await_text("importing");
    assert!(!shown.contains('%'), "nobody knows how long a pipe is: {shown}");
    drop(pipe);
    assert_eq!(screen.exit_code(), Some(0));
    let shown = screen.await_text("1 added");
    assert!(!shown.contains("importing"), "the bar is gone: {shown}");
}

#[test]
fn a_command_that_is_done_at_once_shows_no_bar() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history");
    std::fs::write(&history, "").unwrap();
    let data = folder.path().join("data");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let arguments = ["import", &text(&history), "--data", &text(&data)];
    let mut screen = Screen::at("http://127.0.0.1:1", folder.path(), &arguments, (10, 80));
    assert_eq!(screen.exit_code(), Some(0));
    assert_eq!(screen.await_text("skipped").trim(), "0 added, 0 already there, 0 skipped");
}
