//! Failed starts: one clear sentence on standard error, and exit code 1, or 2 if the settings are wrong.

use std::{fs, path::Path, process::Output};

use crate::{
    child::{self, Child, serving},
    server::TestServer,
};

/// The sentence with which a start failed. Nothing else may be said, and nothing on standard output.
fn sentence(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("parlor: ")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(!said.contains("panicked") && !said.contains("Error {"), "{said}");
    lines[0].to_owned()
}

async fn refused(folder: &Path) -> String {
    sentence(&child::run(&serving(folder)).await)
}

#[tokio::test]
async fn a_port_in_use_is_said_and_what_to_do() {
    let server = TestServer::open().await;
    let folder = tempfile::tempdir().unwrap();
    let listen = server.address.to_string();
    let arguments = ["--listen", &listen, "--data", folder.path().to_str().unwrap()];
    let said = sentence(&child::run(&arguments).await);
    assert!(said.contains(&listen) && said.contains("in use") && said.contains("--listen"), "{said}");
}

#[tokio::test]
async fn a_data_folder_that_is_a_file_or_below_one_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    for place in [file.clone(), file.join("below")] {
        let said = refused(&place).await;
        assert!(said.contains("data folder") && said.contains(place.to_str().unwrap()), "{said}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"not a folder");
}

#[tokio::test]
async fn a_database_that_is_none_of_parlors_is_said_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("parlor.db");
    let text = b"this is my diary, and long enough to be no database at all ".repeat(20);
    fs::write(&database, &text).unwrap();
    let said = refused(folder.path()).await;
    assert!(said.contains("parlor.db") && said.contains("not a database of Parlor's"), "{said}");
    assert_eq!(fs::read(&database).unwrap(), text);

    fs::remove_file(&database).unwrap();
    let other = rusqlite::Connection::open(&database).unwrap();
    other.execute_batch("CREATE TABLE recipes(name TEXT)").unwrap();
    drop(other);
    let said = refused(folder.path()).await;
    assert!(said.contains("not a database of Parlor's"), "{said}");
}

#[tokio::test]
async fn a_damaged_database_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    server.terminate().await;
    assert!(server.end().await.success());
    let database = folder.path().join("parlor.db");
    let mut bytes = fs::read(&database).unwrap();
    // The header stays; the pages behind it are nonsense.
    bytes[100..].fill(0xA5);
    fs::write(&database, bytes).unwrap();
    let said = refused(folder.path()).await;
    assert!(said.contains("parlor.db") && said.contains("damaged"), "{said}");
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused_and_the_first_one_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = Child::start(folder.path()).await;
    let said = refused(folder.path()).await;
    assert!(said.contains("another parlor") && said.contains(folder.path().to_str().unwrap()), "{said}");
    assert_eq!(crate::web::get(first.address, "/readyz").await.status.as_u16(), 200);
    // History cannot be imported into it either.
    let arguments = ["import", "/dev/null", "--data", folder.path().to_str().unwrap()];
    let said = sentence(&child::run(&arguments).await);
    assert!(said.contains("another parlor"), "{said}");
    // Nor where somebody has removed the lock.
    fs::remove_file(folder.path().join("parlor.lock")).unwrap();
    let said = self::refused(folder.path()).await;
    assert!(said.contains("another parlor"), "{said}");
}

#[tokio::test]
async fn a_folder_is_free_again_after_a_sudden_death() {
    let folder = tempfile::tempdir().unwrap();
    Child::start(folder.path()).await.kill().await;
    let again = Child::start(folder.path()).await;
    assert_eq!(crate::web::get(again.address, "/readyz").await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_key_that_is_too_weak_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), "secret").unwrap();
    let said = refused(folder.path()).await;
    assert!(said.contains("key"), "{said}");
}

#[tokio::test]
async fn settings_that_mean_nothing_are_said() {
    for arguments in [
        &["--listen", "here"][..],
        &["--allow-origin", "evil.example"],
        &["--allow-origin", "https://example.org/path"],
        &["--host", "http://example.org"],
        &["--host", ""],
        &["--unknown"],
        &["serve", "--listen", "127.0.0.1"],
        #[cfg(not(feature = "otlp"))]
        &["--otlp", "http://127.0.0.1:4318"],
    ] {
        let output = child::run(arguments).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("error:"));
    }
    for (name, value, allowed) in [
        ("PARLOR_NO_LAB", "banana", "1, true, yes or on"),
        ("PARLOR_KEEP", "banana", "90d"),
        #[cfg(not(feature = "otlp"))]
        ("PARLOR_OTLP", "http://127.0.0.1:4318", "built without traces"),
    ] {
        let output = child::run_with(&[(name, value)], &["--listen", "127.0.0.1:0", "--memory"]).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(allowed), "{name}: {said}");
    }
    // What only the start itself finds wrong, in a log of JSON as a line of it.
    for (arguments, reason) in [
        (&["--log", "="][..], "--log ="),
        (&["--access", "app"], "--jwt-secret-file"),
        (&["--jwt-secret-file", "/not/there"], "/not/there"),
    ] {
        let arguments = [&["--listen", "127.0.0.1:0", "--memory"], arguments].concat();
        let output = child::run(&arguments).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("parlor: ") && said.contains(reason), "{said}");
        let output = child::run(&[&arguments[..], &["--log-json"]].concat()).await;
        let said = String::from_utf8(output.stderr).unwrap();
        let line: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).expect(&said);
        assert!(
            line["fields"]["message"].as_str().unwrap().contains(reason) && line["level"] == "ERROR",
            "{said}"
        );
    }
    let help = child::run(&["--help"]).await;
    assert!(help.status.success());
    let page = String::from_utf8(help.stdout).unwrap();
    for setting in
        ["--listen", "--data", "--host", "--allow-origin", "--jwt-public-key", "PARLOR_LISTEN", "import"]
    {
        assert!(page.contains(setting), "{setting} is not in the help");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files_of_a_store() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    let files = ["parlor.db", "parlor.db-wal", "parlor.db-shm", "key"];
    Child::start(folder.path()).await.kill().await;
    assert_eq!(files.map(mode), [0o600; 4], "{files:?}");
    // As an earlier Parlor has left them.
    for name in &files[..3] {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let _child = Child::start(folder.path()).await;
    assert_eq!(files.map(mode), [0o600; 4], "{files:?}");
}
