//! The real `parlor` binary, as users run it.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;

use crate::{
    client::{block_on, http_client},
    wait_for,
};

/// The start of the line that the server prints when it accepts connections. The address follows.
const READY: &str = "parlor: listening on http://";

/// The secret of the tests' own application, whose users the server takes.
const SECRET: &str = "the secret of the tests' application";
/// The file with it, in the data folder.
const SECRET_FILE: &str = "application.secret";

/// A server with its own data folder. Dropping it stops the server and removes the folder.
pub struct Server {
    data: TempDir,
    address: SocketAddr,
    access: &'static str,
    owner_link: Option<String>,
    child: Mutex<Option<Child>>,
}

/// An acknowledged message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its seq.
    pub seq: u64,
    /// Its id.
    pub id: String,
}

impl Server {
    /// A server with an empty store, on a free port.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// A server whose data folder is prepared before it starts.
    pub fn start_with(prepare: impl FnOnce(&Path)) -> Self {
        Self::start_as("open", prepare)
    }

    /// A server that only people with an invitation may use, with an empty store.
    pub fn start_invited() -> Self {
        Self::start_as("invited", |_| {})
    }

    fn start_as(access: &'static str, prepare: impl FnOnce(&Path)) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        prepare(data.path());
        fs::write(data.path().join(SECRET_FILE), SECRET).expect("the folder can be written");
        let (child, address, owner_link) = start(data.path(), SocketAddr::from(([127, 0, 0, 1], 0)), access);
        Self { data, address, access, owner_link, child: Mutex::new(Some(child)) }
    }

    /// The link for the owner that the first start of an invited house prints.
    pub fn owner_link(&self) -> &str {
        self.owner_link.as_deref().expect("an invited house begins with a link")
    }

    /// Runs one of the operator's commands on the server's data folder, and returns what it prints.
    #[track_caller]
    pub fn command(&self, arguments: &[&str]) -> String {
        let output = parlor().args(arguments).arg("--data").arg(self.data.path()).output();
        let output = output.expect("parlor starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it like `kill -9`.
    pub fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            // On Unix this is SIGKILL.
            child.kill().expect("the server runs");
            child.wait().expect("a killed child can be waited for");
        }
    }

    /// Stops it as an operator does, with `SIGTERM`, and waits until it has ended by itself.
    #[track_caller]
    pub fn stop(&self) {
        let Some(mut child) = self.child().take() else { return };
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(sent.expect("there is `kill`").success(), "the server runs");
        let ended = wait_for("the server to end", || child.try_wait().expect("the server is a child"));
        assert!(ended.success(), "the server ends with {ended}");
    }

    /// Starts it again after [`Server::kill`] or [`Server::stop`], with the same data and port.
    pub fn restart(&self) {
        let (child, ..) = start(self.data.path(), self.address, self.access);
        *self.child() = Some(child);
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts a message over the HTTP API and returns its acknowledgement.
    #[track_caller]
    pub fn post(&self, room: &str, username: &str, text: &str) -> Posted {
        self.post_all(room, &[(username, text)]).remove(0)
    }

    /// Posts messages in sequence on one connection.
    #[track_caller]
    pub fn post_all(&self, room: &str, messages: &[(&str, &str)]) -> Vec<Posted> {
        let client = http_client();
        let post = |(username, text): &(&str, &str)| {
            let request = self.request_to_post(&client, room).bearer_auth(Self::token(username));
            store(request, &json!({ "username": username, "text": text }))
        };
        messages.iter().map(post).collect()
    }

    /// Posts a message without a token.
    #[track_caller]
    pub fn post_unproven(&self, room: &str, username: &str, text: &str) -> Posted {
        let request = self.request_to_post(&http_client(), room);
        store(request, &json!({ "username": username, "text": text }))
    }

    /// A token for a user, as the operator's own application signs it.
    pub fn token(username: &str) -> String {
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let body =
            format!("{}.{}", part(json!({"alg": "HS256", "typ": "JWT"})), part(json!({"sub": username})));
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes any key");
        let signature = mac.chain_update(&body).finalize().into_bytes();
        format!("{body}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    /// Posts an annotation of an earlier message.
    #[track_caller]
    pub fn post_about(&self, room: &str, username: &str, text: &str, seq: u64, kind: &str) -> Posted {
        let about = json!({ "seq": seq, "as": kind });
        let body = json!({ "username": username, "text": text, "about": about });
        store(self.request_to_post(&http_client(), room).bearer_auth(Self::token(username)), &body)
    }

    /// Tries once to post with an id. If there is no answer, the message may be stored or not.
    pub fn try_post(&self, room: &str, username: &str, id: &str, text: &str) -> Option<Posted> {
        let body = json!({ "username": username, "id": id, "text": text });
        send(self.request_to_post(&http_client(), room), &body).ok()
    }

    fn request_to_post(&self, client: &Client, room: &str) -> RequestBuilder {
        client.post(format!("http://{}/api/rooms/{room}/messages", self.address))
    }

    /// A room's whole log, read from the store.
    #[track_caller]
    pub fn log(&self, room: &str) -> Vec<Value> {
        let client = http_client();
        let mut log: Vec<Value> = Vec::new();
        loop {
            let after = log.last().map_or(0, |message| message["seq"].as_u64().expect("a seq"));
            let url = format!("http://{}/api/rooms/{room}/messages?after={after}&limit=200", self.address);
            let (status, said) = answer_to(client.get(url)).expect("the server answers");
            assert_eq!(status, 200, "{said}");
            let mut page: Value = serde_json::from_str(&said).expect("JSON");
            let messages = page["messages"].as_array_mut().expect("a page has messages");
            log.append(messages);
            if page["more"] != true {
                return log;
            }
        }
    }

    /// How often each text is in a room's log.
    #[track_caller]
    pub fn texts(&self, room: &str) -> (Vec<String>, BTreeMap<String, usize>) {
        let log = self.log(room);
        let texts: Vec<String> =
            log.iter().map(|message| message["text"].as_str().expect("a text").to_owned()).collect();
        let mut counts = BTreeMap::new();
        for text in &texts {
            *counts.entry(text.clone()).or_insert(0) += 1;
        }
        (texts, counts)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child().take() {
            // It may have stopped already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Posts a message that the server must store.
#[track_caller]
fn store(request: RequestBuilder, body: &Value) -> Posted {
    send(request, body).expect("the server stores what is posted")
}

fn send(request: RequestBuilder, body: &Value) -> Result<Posted, String> {
    let (status, said) = answer_to(request.json(body)).map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_str(&said).unwrap_or_default();
    match (status, value["seq"].as_u64(), value["id"].as_str()) {
        (201, Some(seq), Some(id)) => Ok(Posted { seq, id: id.to_owned() }),
        (status, ..) => Err(format!("{status} {said}")),
    }
}

/// The status and the text of a response.
fn answer_to(request: RequestBuilder) -> reqwest::Result<(u16, String)> {
    block_on(async {
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    })
}

/// Starts a server and waits for the line with its address, and for the owner's link if there is one.
fn start(data: &Path, listen: SocketAddr, access: &str) -> (Child, SocketAddr, Option<String>) {
    let mut child = parlor()
        .args(["serve", "--log", "warn", "--access", access, "--listen", &listen.to_string(), "--data"])
        .arg(data)
        .arg("--jwt-secret-file")
        .arg(data.join(SECRET_FILE))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary that PARLOR_BIN names can be started");
    let mut lines = BufReader::new(child.stdout.take().expect("the output is piped")).lines();
    let address = lines.find_map(|line| Some(line.ok()?.strip_prefix(READY)?.trim().to_owned()));
    let address = address.expect("the server says where it listens");
    // The server prints it at the first start of an invited house, and then nothing.
    let is_first = access == "invited" && !data.join("started").exists();
    fs::write(data.join("started"), "").expect("the folder can be written");
    let owner_link = is_first
        .then(|| lines.find_map(|line| line.ok().filter(|line| line.contains("#invitation="))))
        .flatten()
        .map(|line| line.trim().to_owned());
    (child, address.parse().expect("the server prints its address"), owner_link)
}

/// The binary under test.
fn parlor() -> Command {
    let binary = env::var_os("PARLOR_BIN");
    Command::new(binary.expect("PARLOR_BIN names the binary; `cargo xtask test --only e2e` sets it"))
}

/// Imports a file of JSON lines into a data folder, with the binary under test.
pub fn import(data: &Path, file: &Path) {
    let output = parlor().arg("import").arg(file).arg("--data").arg(data).output().expect("parlor starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
