//! `docs/application.md`: its programs run, and their tokens open the server.

use std::{fs, path::Path, process::Stdio, time::Duration};

use backend::token::{ApplicationSettings, Key, ProofKind};
use shared::{Role, Token};
use tokio::{process::Command, time::timeout};

use crate::{
    client::{TestClient, room, username},
    jwt,
    server::TestServer,
};

const PAGE: &str = include_str!("../../../docs/application.md");

/// The time for a program to be compiled and run, on a busy machine.
const RUN_TIME: Duration = Duration::from_mins(2);

/// The page's programs of a language.
fn programs(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    PAGE.split(&*start).skip(1).map(|rest| rest.split_once("\n```").unwrap().0).collect()
}

/// Whether a command runs here, and says that it is fine.
async fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// What a program prints, in this folder.
async fn printed(folder: &Path, command: &[&str], file: &str, program: &str) -> String {
    fs::write(folder.join(file), program).unwrap();
    let [name, arguments @ ..] = command else { panic!("a command has a name") };
    let output = Command::new(name).args(arguments).arg(file).current_dir(folder).kill_on_drop(true).output();
    let output = timeout(RUN_TIME, output).await.unwrap().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.is_empty(), "{command:?}: {error}\n{program}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the page's programs of a language, and comes in with what they print.
async fn check(language: &str, is_here: &[&str], command: &[&str], file: &str) {
    let programs = programs(language);
    assert_eq!(programs.len(), 2, "one signs with a secret, one with a private key");
    let folder = tempfile::tempdir().unwrap();
    let private = folder.path().join("application.pem");
    fs::write(&private, include_str!("../keys/ed25519.pem")).unwrap();
    let public = folder.path().join("application.pub.pem");
    fs::write(&public, include_str!("../keys/ed25519.pub.pem")).unwrap();
    let secret = jwt::secret_file(folder.path());
    let server = TestServer::with_flags(&["--jwt-public-key", public.to_str().unwrap()]).await;
    let settings = ApplicationSettings {
        secret_files: vec![secret],
        public_keys: vec![public],
        ..ApplicationSettings::default()
    };
    let key = Key::random().unwrap().with_applications(&settings).unwrap();
    if !runs(is_here[0], &is_here[1..]).await {
        println!("skipped: {is_here:?} does not run here");
        return;
    }
    for program in programs {
        if program.contains("cryptography") && !runs(command[0], &["-c", "import cryptography"]).await {
            println!("skipped: the package cryptography is not here");
            continue;
        }
        let token = Token::parse(printed(folder.path(), command, file, program).await.trim()).unwrap();
        let (_client, welcome) = TestClient::proven(server.address, &token).await;
        assert_eq!(welcome.username, username("ann"));
        let proof = key.verify(&token).unwrap();
        let ProofKind::Application(grant) = proof.kind else { panic!("{:?}", proof.kind) };
        assert_eq!((grant.role, grant.rooms), (Some(Role::Member), Some(vec![room("lobby")])));
        assert!(grant.issued_at > 0 && proof.expires_at.is_some());
    }
}

#[tokio::test]
async fn the_programs_in_python_sign_tokens() {
    check("python", &["python3", "--version"], &["python3"], "sign.py").await;
}

#[tokio::test]
async fn the_programs_in_javascript_sign_tokens() {
    check("js", &["node", "--version"], &["node"], "sign.mjs").await;
}

#[tokio::test]
async fn the_programs_in_go_sign_tokens() {
    check("go", &["go", "version"], &["go", "run"], "sign.go").await;
}

#[test]
fn every_program_on_the_page_is_run() {
    let blocks =
        PAGE.lines().filter_map(|line| line.strip_prefix("```")).filter(|language| !language.is_empty());
    for language in blocks {
        assert!(["sh", "json", "python", "js", "go"].contains(&language), "nothing runs {language}");
    }
}
