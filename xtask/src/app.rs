//! Builds the browser app into `dist/`.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::{process, tools, workspace};

/// The paths that the app is built from.
const INPUTS: &[&str] = &[
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo",
    "shared",
    "frontend",
    // The versions of the tools, and the steps after bundling.
    "xtask/src/app.rs",
    "xtask/src/tools.rs",
];

/// wasm-opt reads this custom section of the module to learn which features it may use, and removes it.
const WASM_OPT: &[&str] = &["-Oz", "--strip-producers", "--strip-target-features"];

/// Builds the app, unless `dist/` is up to date.
///
/// The stamp is in `dist/`, because trunk empties that folder: if another app is built there by hand, the stamp is
/// gone.
pub(crate) fn build() -> Result<()> {
    let dist = workspace::root().join("dist");
    let stamp = dist.join(".stamp");
    let fingerprint = format!("{:016x}\n", workspace::fingerprint(INPUTS)?);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == fingerprint) {
        return Ok(());
    }
    process::run(trunk()?.args(["build", "--release"]))?;
    optimize(&dist)?;
    fs::write(&stamp, fingerprint).with_context(|| format!("cannot write {}", stamp.display()))
}

/// `trunk` with its tools on the `PATH`, for a build or for `serve`.
pub(crate) fn trunk() -> Result<Command> {
    tools::rust_for_wasm()?;
    let mut trunk = workspace::command(tools::trunk()?);
    // trunk downloads tools that it does not find, which fails without network access.
    trunk.env("PATH", tools::path_with(&tools::wasm_bindgen()?)?);
    // trunk rejects the common value `NO_COLOR=1` and stops.
    if env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    Ok(trunk)
}

/// Makes the module smaller with wasm-opt, if it is available.
fn optimize(dist: &Path) -> Result<()> {
    let Some(wasm_opt) = tools::wasm_opt() else {
        eprintln!("xtask: no wasm-opt (npm provides it): the app works and is a little larger");
        return Ok(());
    };
    for entry in fs::read_dir(dist).context("trunk made no dist folder")? {
        let module = entry?.path();
        if module.extension().is_some_and(|extension| extension == "wasm") {
            let smaller = module.with_extension("smaller");
            let mut command = Command::new(&wasm_opt);
            command.args(WASM_OPT).arg(&module).arg("-o").arg(&smaller);
            match process::run(&mut command) {
                Ok(()) => fs::rename(&smaller, &module)?,
                Err(error) => eprintln!("xtask: the app stays as it is: {error:#}"),
            }
        }
    }
    Ok(())
}
