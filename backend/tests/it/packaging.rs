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
