//! `cargo xtask`: runs, develops, tests and releases Parlor.
//!
//! [`tools`] installs what these commands need besides Rust itself, with fixed versions, outside the
//! checkout. [`app`] builds the browser app, [`backend`] the binary that contains it, [`dist`] what is given to others.

mod app;
mod backend;
mod browser;
mod dev;
mod dist;
mod process;
mod server;
mod size;
mod test;
mod tools;
mod torture;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
Parlor's commands

Usage: cargo xtask <COMMAND>

Commands:
  run [-- ARGS]   Build the app and the server, and run `parlor serve ARGS`
  dev             Run the server behind `trunk serve`; both follow changes of the source
  test            Check everything that CI checks
  size            Show what browsers download, and what the first module is made of
  torture [ARGS]  Try the release binary under load and faults, and check that nothing is lost;
                  `cargo xtask torture --help` has the arguments
  dist            Build the release binary with the app in it

Options of dist:
  --static              A binary that needs no library, and a folder for a container image
  --deb                 A Debian package of the static binary

Options of dev:
  --port PORT           Where the browser looks [default: 8000]
  --backend-port PORT   Where the server listens [default: 8080]
  --data DIR            The server's data [default: ./parlor-data]

Options of size:
  --functions N         How many functions are shown [default: 20]

Options of test:
  --list                Name the steps
  --only STEP[,STEP]    Run these steps alone

The first run installs trunk, wasm-bindgen and cargo-deny, pinned, into $PARLOR_TOOLS or
~/.cache/parlor/tools. Where npm is found, wasm-opt and esbuild are taken from there to make
the app smaller.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let Some((command, rest)) = arguments.split_first() else {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    // The arguments after `run` belong to the server, `--help` included.
    if command == "run" {
        return backend::run(rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest));
    }
    // So do those after `torture`, which are the harness's.
    if command == "torture" {
        return torture::run(rest);
    }
    if [command.as_str(), rest.first().map_or("", String::as_str)]
        .iter()
        .any(|word| matches!(*word, "help" | "--help" | "-h"))
    {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    match command.as_str() {
        "dev" => dev::run(&dev::Options::parse(rest)?)?,
        "test" => return test::run(rest),
        "size" => size::run(rest)?,
        "dist" => dist::run(rest)?,
        unknown => bail!("there is no command `{unknown}`; `cargo xtask --help` names them"),
    }
    Ok(ExitCode::SUCCESS)
}
