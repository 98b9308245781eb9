//! How a command finds the server and by which right it acts.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use client::{Address, Client, ConnectError, Options, Token, invitation_secret};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    screen::Screen,
    server::{PARLOR, TIMEOUT, TestServer, finish, parlor, signal, stderr, stdout},
};

/// A server with its data folder, for people who were invited.
pub struct House {
    pub folder: TempDir,
    pub server: Child,
    /// Kept open: the server prints there.
    _output: BufReader<ChildStdout>,
    port: String,
}

impl House {
    pub fn open() -> Self {
        Self::listening("127.0.0.1:0")
    }

    pub fn listening(listen: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Command::new(PARLOR)
            .args(["serve", "--access", "invited", "--log", "warn", "--listen", listen, "--data"])
            .arg(folder.path().join("data"))
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().to_owned();
        assert!(port.parse::<u16>().is_ok(), "the server did not start: {line}");
        Self { folder, server, _output: output, port }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Runs a command on the server's machine.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = parlor(self.folder.path(), arguments);
        finish(command.env("PARLOR_DATA", self.data()).spawn().unwrap())
    }

    /// What a command prints that succeeds.
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// The JSON that a command prints.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.done(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// What a command says that ends with this code.
    pub fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    /// Runs a command elsewhere, with a token.
    pub fn run_with(&self, token: &Token, arguments: &[&str]) -> Output {
        let mut command = parlor(self.folder.path(), arguments);
        let command = command.args(["--server", &self.url()]).env("PARLOR_TOKEN", token.as_str());
        finish(command.spawn().unwrap())
    }

    /// Somebody comes in with an invitation's link, and gets a token.
    pub async fn enter(&self, name: &str, link: &str) -> Result<Token, ConnectError> {
        let options = Options {
            username: Some(name.parse().unwrap()),
            invitation: Some(invitation_secret(link).unwrap()),
            ..Options::default()
        };
        let address: Address = self.url().parse().unwrap();
        let (client, _events) =
            tokio::time::timeout(TIMEOUT, Client::connect(&address, options)).await.unwrap()?;
        let token = client.token().expect("the welcome has a token");
        client.close().await;
        Ok(token)
    }

    /// Invites somebody, who comes in.
    pub async fn invite(&self, name: &str, options: &[&str]) -> Token {
        let made = self.json(&[&["invite", name], options].concat());
        self.enter(name, made["link"].as_str().unwrap()).await.unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn a_command_finds_the_server_while_it_runs_and_says_when_none_does() {
    let mut house = House::open();
    assert!(house.done(&["room", "list"]).contains("lobby"));
    let file = house.data().join("address");
    assert!(file.exists());
    signal(&house.server, "TERM");
    house.server.wait().unwrap();
    assert!(!file.exists(), "the file ends with the server");
    for arguments in [&["room", "list"][..], &["invite"], &["acts", "--export"]] {
        let said = house.refused(1, arguments);
        let data = house.data().display().to_string();
        assert!(said.contains("no server runs") && said.contains(&format!("serve --data {data}")), "{said}");
    }
}

#[test]
fn a_stale_file_is_recognized_and_no_token_is_sent_to_who_listens_there_now() {
    let mut house = House::open();
    house.server.kill().unwrap();
    house.server.wait().unwrap();
    assert!(house.refused(1, &["people", "list"]).contains("no server runs"));
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    fs::write(house.data().join("address"), format!("{}\n", stranger.local_addr().unwrap())).unwrap();
    assert!(house.refused(1, &["people", "list"]).contains("no server runs"));
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.accept().is_err(), "nobody has connected");
}

#[test]
fn a_folder_without_a_key_is_refused_and_none_is_made() {
    let house = House::open();
    let empty = house.folder.path().join("empty");
    let empty_path = empty.to_str().unwrap().to_owned();
    assert!(house.refused(1, &["room", "list", "--data", &empty_path]).contains("no data folder"));
    fs::create_dir(&empty).unwrap();
    assert!(house.refused(1, &["room", "list", "--data", &empty_path]).contains("no key"));
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
}

#[test]
fn a_server_that_listens_on_all_addresses_is_found_and_a_bar_of_this_machine_can_be_lifted() {
    let house = House::listening("0.0.0.0:0");
    house.done(&["address", "bar", "127.0.0.1"]);
    assert_eq!(house.json(&["address", "list"])["addresses"][0]["address"], "127.0.0.1");
    house.done(&["address", "unbar", "127.0.0.1"]);
    assert_eq!(house.json(&["address", "list"])["addresses"], serde_json::json!([]));
    house.refused(1, &["address", "unbar", "127.0.0.1"]);
}

#[tokio::test]
async fn elsewhere_an_owners_token_does_everything_and_others_do_what_their_role_may() {
    let house = House::open();
    let owner = house.invite("ann", &["--role", "owner"]).await;
    let member = house.invite("bob", &[]).await;
    let made = house.run_with(&owner, &["room", "make", "hall"]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let acts = house.run_with(&owner, &["acts"]);
    assert!(stdout(&acts).contains("ann           made the room hall"), "{}", stdout(&acts));
    for arguments in
        [&["people", "list"][..], &["acts"], &["acts", "--export"], &["settings"], &["bot", "list"]]
    {
        let refused = house.run_with(&member, arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&refused).contains("only owners"), "{}", stderr(&refused));
        assert_eq!(stdout(&refused), "");
    }
    let refused = house.run_with(&member, &["people", "role", "bob", "owner"]);
    assert_eq!((refused.status.code(), stdout(&refused).as_str()), (Some(1), ""));
    let nobody = Token::parse("not.a.token").unwrap();
    assert_eq!(house.run_with(&nobody, &["acts"]).status.code(), Some(1));
    let without = house.refused(2, &["acts", "--server", &house.url()]);
    assert!(without.contains("PARLOR_TOKEN"), "{without}");
    // A file with the token does as well.
    let file = house.folder.path().join("token");
    fs::write(&file, format!("{}\n", owner.as_str())).unwrap();
    house.done(&["acts", "--server", &house.url(), "--token-file", file.to_str().unwrap()]);
}

#[test]
fn a_command_line_that_cannot_be_right_is_a_usage_error() {
    let house = House::open();
    for bad in [
        &["room"][..],
        &["room", "make"],
        &["room", "make", "NO"],
        &["room", "make", "direct.x"],
        &["room", "slow", "lobby", "86401"],
        &["room", "keep", "lobby", "soon"],
        &["room", "keep", "lobby", "1KB"],
        &["room", "delete", "lobby"],
        &["room", "add", "lobby"],
        &["room", "topic", "lobby", "two\nlines"],
        &["invite", "ann", "--uses", "2"],
        &["invite", "--days", "0"],
        &["invite", "--role", "bot"],
        &["invitation", "revoke", "x"],
        &["people", "role", "ann", "king"],
        &["people", "delete", "ann"],
        &["people", "revoke", "ann"],
        &["address", "bar", "example.org"],
        &["bot", "remove", "robot"],
        &["webhook", "add", "robot", "lobby", "ftp://example.org"],
        &["settings", "--members-invite", "perhaps"],
        &["acts", "--export", "--limit", "3"],
        &["acts", "--token-file", "token"],
    ] {
        house.refused(2, bad);
    }
    assert_eq!(
        house.json(&["acts"])["acts"].as_array().unwrap().len(),
        2,
        "only the lobby and the first owner's invitation"
    );
}

#[test]
fn settings_change_one_by_one() {
    let house = House::open();
    house.done(&["settings", "--name", "Chess club", "--members-invite", "true"]);
    house.done(&["settings", "--deleted-messages", "blanked"]);
    let settings = house.json(&["settings"]);
    let wanted = serde_json::json!({
        "name": "Chess club", "members_make_rooms": true, "members_invite": true, "deleted_names": "reserved",
        "deleted_messages": "blanked"
    });
    assert_eq!(settings, wanted);
    assert!(house.done(&["settings"]).contains("name                Chess club\n"));
}

#[test]
fn in_a_terminal_an_invitation_has_a_qr_code_of_its_link() {
    let server = TestServer::open();
    let data = server.folder.path().join("data");
    let arguments = ["invite", "ann", "--data", data.to_str().unwrap()];
    let screen = Screen::open(&server, "operator", &arguments, (50, 120));
    let text = screen.await_text("ends it");
    let link = text.lines().find(|line| line.contains("#invitation=")).unwrap().trim().to_owned();
    let rows: Vec<Vec<bool>> = text
        .lines()
        .flat_map(|line| {
            let inked = |full_or: char| line.chars().map(|c| c == '█' || c == full_or).collect::<Vec<_>>();
            [inked('▀'), inked('▄')]
        })
        .collect();
    let (width, height) = (3 * 120, 3 * rows.len());
    let is_dark = |x: usize, y: usize| rows[y / 3].get(x / 3).copied().unwrap_or(false);
    let pixel = |x: usize, y: usize| if is_dark(x, y) { 0 } else { 255 };
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    assert_eq!(picture.detect_grids()[0].decode().unwrap().1, link);
}

#[test]
fn what_a_confirmation_asks_is_done_only_after_yes() {
    let server = TestServer::open();
    let data = server.folder.path().join("data");
    let data = data.to_str().unwrap();
    let run = |arguments: &[&str]| server.run("operator", &[arguments, &["--data", data]].concat(), "");
    assert_eq!(run(&["room", "make", "test"]).status.code(), Some(0));
    for (answer, code, is_listed) in [("n\r", 1, true), ("\r", 1, true), ("y\r", 0, false)] {
        let mut screen =
            Screen::open(&server, "operator", &["room", "delete", "test", "--data", data], (20, 120));
        screen.await_text("[y/N]");
        screen.press(answer);
        assert_eq!(screen.exit_code(), Some(code));
        assert_eq!(stdout(&run(&["room", "list"])).contains("test"), is_listed);
    }
}
