//! `cargo xtask torture`: the release binary under load and faults.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::backend::{self, Profile};
use crate::{app, process, workspace};

/// Runs scenarios. The arguments are those of `parlor-torture`; without `--binary`, the release binary is built first.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let names_binary = arguments.iter().any(|argument| argument.split('=').next() == Some("--binary"));
    let only_tells = arguments.iter().any(|argument| argument == "--list");
    if names_binary || only_tells {
        harness(arguments, None)?;
    } else {
        app::build()?;
        harness(arguments, Some(&backend::build(Profile::Release)?))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// All scenarios in their short variants.
pub(crate) fn quick() -> Result<()> {
    app::build()?;
    harness(&["--quick".to_owned()], Some(&backend::build(Profile::Release)?))
}

/// The harness is optimized, too: its clients share the machine with the server.
fn harness(arguments: &[String], binary: Option<&Path>) -> Result<()> {
    let mut cargo = workspace::command("cargo");
    cargo.args(["run", "--release", "--quiet", "--package", "parlor-torture", "--"]);
    if let Some(binary) = binary {
        cargo.args([OsString::from("--binary"), binary.into()]);
    }
    process::run(cargo.args(arguments))
}
