//! Builds and runs the `parlor` binary.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{app, process, workspace};

/// Whether the server is built for development or for release.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// Builds the binary with the app in `dist/` embedded, and returns its path.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let mut cargo = workspace::command("cargo");
    cargo.arg("build");
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    build_with(&mut cargo)
}

/// Adds the package to a `cargo build …`, runs it, and returns the path of the binary.
pub(crate) fn build_with(cargo: &mut Command) -> Result<PathBuf> {
    cargo.args(["--package", "parlor", "--bin", "parlor", "--message-format=json-render-diagnostics"]);
    let mut binary = None;
    process::run_reading(cargo, |message| {
        if message.contains("#parlor@") {
            binary = string_field(message, "executable").or(binary.take());
        }
    })?;
    let binary = binary.context("cargo did not say where it put the parlor binary")?;
    Ok(binary.into())
}

/// `cargo xtask run`.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    app::build()?;
    let mut parlor = Command::new(build(Profile::Release)?);
    parlor.arg("serve").args(arguments);
    replace_by(&mut parlor)
}

/// Replaces this process with the program, which then gets its signals and sets its exit code.
#[cfg(unix)]
fn replace_by(command: &mut Command) -> Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(command)).context("cannot start parlor")
}

#[cfg(not(unix))]
fn replace_by(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().context("cannot start parlor")?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The value of a string field in one of cargo's messages, which is a JSON object on one line. Only paths are
/// read, and cargo escapes only backslashes in them.
fn string_field(message: &str, name: &str) -> Option<String> {
    let (_, rest) = message.split_once(&format!("\"{name}\":\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_cargos_messages() {
        let message = r#"{"reason":"compiler-artifact","package_id":"x#parlor@0.1.0","executable":"C:\\t\\parlor.exe","fresh":true}"#;
        assert_eq!(string_field(message, "executable").as_deref(), Some(r"C:\t\parlor.exe"));
        assert_eq!(string_field(r#"{"executable":null}"#, "executable"), None);
    }
}
