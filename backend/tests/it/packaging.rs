//! The files with which Parlor is installed name settings and commands that there are.

use std::{fs, path::PathBuf, process::Command};

use clap::CommandFactory;

use backend::config::Cli;

fn packaging(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of variables in a file, each with the value that it sets.
fn variables(text: &str) -> Vec<(String, String)> {
    text.split(|c: char| c.is_whitespace() || c == '#')
        .filter_map(|word| {
            let at = word.find("PARLOR_")?;
            let (name, value) = word[at..].split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

#[test]
fn every_variable_in_the_packaging_is_a_setting_and_takes_its_value() {
    let command = Cli::command();
    let known: Vec<String> =
        command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_str()?.to_owned())).collect();
    for (file, least) in [("Containerfile", 2), ("parlor.service", 1), ("parlor.env", 4)] {
        let variables = variables(&packaging(file));
        assert!(variables.len() >= least, "{file} sets {variables:?}");
        for (name, _) in &variables {
            assert!(known.contains(name), "{file} names {name}, which is no setting");
        }
        // The real binary reads all of them before the filter of its log, which is refused here.
        let mut parlor = Command::new(env!("CARGO_BIN_EXE_parlor"));
        let output = parlor.envs(variables).args(["serve", "--log", "="]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("--log ="), "{file}: {said}");
    }
}

#[tokio::test]
async fn the_unit_does_not_start_again_what_wrong_settings_have_ended() {
    let unit = packaging("parlor.service");
    let setting = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    assert_eq!(setting("Restart"), Some("on-failure"));
    assert_eq!(setting("UMask"), Some("0077"));
    let wrong = crate::child::run(&["--memory", "--listen", "127.0.0.1:0", "--access", "nobody"]).await;
    assert_eq!(
        setting("RestartPreventExitStatus"),
        wrong.status.code().map(|code| code.to_string()).as_deref()
    );
}
