//! A server to be killed and started again, and commands that talk to it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use client::{Address, Client, Message, Options, RoomName, Seq, Side};
use tempfile::TempDir;

/// Nothing takes longer than this, on a busy machine either.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// Nobody listens at port 1. A free port could be given to another test's server.
pub const DEAD_URL: &str = "ws://127.0.0.1:1";

pub const PARLOR: &str = env!("CARGO_BIN_EXE_parlor");

/// The server, its data, and the state folder of its users.
pub struct TestServer {
    pub folder: TempDir,
    server: Child,
    pub address: String,
}

impl TestServer {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (server, address) = serve(folder.path(), "127.0.0.1:0");
        Self { folder, server, address }
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Kills the server.
    pub fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again at the same address.
    pub fn restart(&mut self) {
        (self.server, _) = serve(self.folder.path(), &self.address);
    }

    /// Puts a copy of the data in their place, as a move to another disk does. The server must not run.
    pub fn copy_data(&self) {
        let (data, copy) = (self.folder.path().join("data"), self.folder.path().join("copy"));
        fs::create_dir(&copy).unwrap();
        for file in fs::read_dir(&data).unwrap().map(Result::unwrap) {
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
        fs::remove_dir_all(&data).unwrap();
        fs::rename(&copy, &data).unwrap();
    }

    /// A command at this server, by a user with a state folder of their own.
    pub fn command(&self, user: &str, arguments: &[&str]) -> Command {
        let mut command = parlor(&self.folder.path().join(user), arguments);
        command.env("PARLOR_URL", self.url());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, user: &str, arguments: &[&str], input: &str) -> Output {
        let mut child = self.command(user, arguments).spawn().unwrap();
        // A command that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        finish(child)
    }

    /// Says how long a room keeps its messages, as the operator does.
    pub fn keep(&self, room: &str, keep: &str) {
        let data = self.folder.path().join("data");
        let arguments = ["room", "keep", room, keep, "--yes", "--data", data.to_str().unwrap()];
        let done = finish(parlor(self.folder.path(), &arguments).spawn().unwrap());
        assert!(done.status.success(), "{}", stderr(&done));
    }

    /// Everything in a room's log.
    pub async fn log(&self, room: &str) -> Vec<Message> {
        let (client, events) = connect(&self.url()).await;
        drop(events);
        let room: RoomName = room.parse().unwrap();
        let (mut log, mut after) = (Vec::new(), Seq::ZERO);
        loop {
            let page = client.page(&room, Side::After(after), 200).await.unwrap();
            after = page.messages.last().map_or(after, |message| message.seq);
            log.extend(page.messages);
            if !page.more {
                client.close().await;
                return log;
            }
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn serve(folder: &Path, listen: &str) -> (Child, String) {
    let mut server = Command::new(PARLOR)
        .args(["serve", "--listen", listen, "--log", "warn", "--data"])
        .arg(folder.join("data"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().to_owned();
    assert!(!address.is_empty(), "the server did not start");
    (server, address)
}

/// A command with nothing in its environment but a state folder.
pub fn parlor(state: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PARLOR);
    command
        .args(arguments)
        .env_clear()
        .env("XDG_STATE_HOME", state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A guest's client.
pub async fn connect(url: &str) -> (Client, client::Events) {
    let address: Address = url.parse().unwrap();
    tokio::time::timeout(TIMEOUT, Client::connect(&address, Options::default())).await.unwrap().unwrap()
}

/// Waits for the end of a process.
pub fn finish(mut child: Child) -> Output {
    drop(child.stdin.take());
    let read = |stream: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                stream.read_to_end(&mut bytes).unwrap();
            }
            bytes
        })
    };
    let stdout = read(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = read(child.stderr.take().map(|stream| Box::new(stream) as _));
    let by = Instant::now() + TIMEOUT;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > by {
            child.kill().unwrap();
            panic!("a command did not end: {}", String::from_utf8_lossy(&stderr.join().unwrap()));
        }
        thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// Sends a signal by its name, as `INT`.
pub fn signal(child: &Child, name: &str) {
    let killed = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
