//! docs/operations.md is rehearsed: its commands are run as they stand there.

use std::{fs, path::PathBuf, process::Output};

use serde_json::json;
use shared::{FromClient, RefusalCode};
use tokio::process::Command;

use crate::{
    bound::soon,
    child::Child,
    client::{TestClient, post},
    web,
};

/// The commands in the block of this name.
fn block(name: &str) -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let page = fs::read_to_string(path).unwrap();
    let (_, rest) = page.split_once(&format!("```sh {name}\n")).expect("the block is there");
    let (block, _) = rest.split_once("```").unwrap();
    block.lines().map(ToOwned::to_owned).collect()
}

/// An operator's machine: the folders of the page, in a temporary place.
struct Machine {
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Machine {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("backups")).unwrap();
        let mut machine = Self { folder, server: None };
        machine.start().await;
        machine
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn start(&mut self) {
        self.server = Some(Child::start(&self.data()).await);
    }

    fn server(&self) -> &Child {
        self.server.as_ref().expect("the server runs")
    }

    /// Runs the commands of a block. The service manager is this test.
    async fn run(&mut self, name: &str) {
        for line in block(name) {
            match &*line {
                "systemctl stop parlor" => {
                    let server = self.server.take().expect("the server runs");
                    server.terminate().await;
                    assert!(server.end().await.success());
                }
                "systemctl start parlor" => self.start().await,
                command => {
                    let output = self.shell(command).await;
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    assert!(output.status.success(), "{command}: {said}");
                }
            }
        }
    }

    async fn shell(&self, command: &str) -> Output {
        let place = |name: &str| self.folder.path().join(name).display().to_string();
        let command = command
            .replace("parlor ", concat!(env!("CARGO_BIN_EXE_parlor"), " "))
            .replace("/var/backups", &place("backups"))
            .replace("/var/lib/parlor", &place("data"));
        assert!(!command.contains("/var/"), "{command} names a folder that this test does not know");
        let output = Command::new("sh").args(["-c", &command]).kill_on_drop(true).output();
        soon(&command, output).await.unwrap()
    }

    async fn texts(&self) -> Vec<String> {
        let page = web::get(self.server().address, "/api/rooms/lobby/messages").await;
        page.messages().into_iter().map(|message| message.text).collect()
    }
}

#[tokio::test]
async fn the_pages_backup_and_restore_bring_a_conversation_back_to_where_it_was() {
    let mut machine = Machine::new().await;
    let (mut ann, welcome) = TestClient::named(machine.server().address, "ann").await;
    ann.post(post("lobby", "1", "before the backup")).await;
    let epoch = ann.join("lobby").await.epoch;
    machine.run("backup").await;
    ann.post(post("lobby", "2", "after the backup")).await;
    // A second one replaces the first.
    machine.run("backup").await;
    ann.post(post("lobby", "3", "too late")).await;
    let last = ann.post(post("lobby", "5", "later still")).await;
    drop(ann);
    let (bob, welcome_of_bob) = TestClient::named(machine.server().address, "bob").await;
    drop(bob);

    machine.run("restore").await;
    assert_eq!(machine.texts().await, ["before the backup", "after the backup"]);
    // The account and its token are good, and numbers begin anew.
    let (mut ann, _) = TestClient::proven(machine.server().address, &welcome.token).await;
    let joined = ann.join("lobby").await;
    assert_ne!(joined.epoch, epoch);
    // Bob came after the backup: his token is nobody's, also when somebody takes his name in his place in the log.
    let mut refused = TestClient::open(machine.server().address, "/ws?v=1").await;
    refused
        .say(&FromClient::Hello {
            username: None,
            token: Some(welcome_of_bob.token.clone()),
            secret: None,
            invitation: None,
        })
        .await;
    assert_eq!(refused.refusal().await.code, RefusalCode::BadToken);
    let (new_bob, _) = TestClient::named(machine.server().address, "bob").await;
    drop(new_bob);
    let mut refused = TestClient::open(machine.server().address, "/ws?v=1").await;
    refused
        .say(&FromClient::Hello {
            username: None,
            token: Some(welcome_of_bob.token),
            secret: None,
            invitation: None,
        })
        .await;
    assert_eq!(refused.refusal().await.code, RefusalCode::BadToken);
    // What a client has not seen acknowledged in this epoch is posted again, and is new.
    let again = ann.post(post("lobby", "3", "too late")).await;
    assert!(again > last, "no number is given again");
    let body = json!({"username": "bot", "text": "by a program", "id": "4"});
    assert_eq!(web::post(machine.server().address, "lobby", &body).await.status, 201);
    assert_eq!(machine.texts().await.len(), 4);
    let kept = fs::read_dir(machine.data())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("before-restore-"));
    assert_eq!(kept.count(), 1, "what was there is kept");
}
