//! Builds the browser app into `dist/`.

use std::path::{Path, PathBuf};
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

/// The flags of wasm-opt. It reads this custom section of the module to learn which features it may use, and removes it.
///
/// The second round and not inlining what is called once make the compressed module 1 % smaller. docs/benchmarks.md has what else
/// was tried.
const WASM_OPT: &[&str] = &[
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=0",
    "--strip-producers",
    "--strip-target-features",
];

/// The folder of the built app.
pub(crate) fn dist() -> PathBuf {
    workspace::root().join("dist")
}

/// Builds the app, unless `dist/` is up to date. Returns whether wasm-opt and esbuild have made it smaller.
///
/// The stamp is in `dist/`, because trunk empties that folder: if another app is built there by hand, the stamp is
/// gone.
pub(crate) fn build() -> Result<bool> {
    let dist = dist();
    let stamp = dist.join(".stamp");
    let fingerprint = workspace::fingerprint(INPUTS)?;
    let stamped = |optimized: bool| format!("{fingerprint:016x} optimized={optimized}\n");
    let found = fs::read_to_string(&stamp).unwrap_or_default();
    if let Some(optimized) = [true, false].into_iter().find(|&optimized| found == stamped(optimized)) {
        return Ok(optimized);
    }
    process::run(trunk()?.args(["build", "--release"]))?;
    let optimized = optimize(&dist)?;
    fs::write(&stamp, stamped(optimized)).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(optimized)
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

/// Makes the modules, scripts and styles smaller, with the tools that are available. Returns whether all of them are.
fn optimize(dist: &Path) -> Result<bool> {
    let (Some(wasm_opt), Some(esbuild)) = (tools::wasm_opt(), tools::esbuild()) else {
        eprintln!(
            "xtask: no wasm-opt or no esbuild (npm provides them): the app works and is a little larger"
        );
        return Ok(false);
    };
    let mut all = true;
    for entry in fs::read_dir(dist).context("trunk made no dist folder")? {
        let file = entry?.path();
        let result = match file.extension().and_then(|extension| extension.to_str()) {
            Some("wasm") => optimize_module(&wasm_opt, &file, &[]),
            Some("js" | "css") => minify(&esbuild, &file),
            _ => Ok(()),
        };
        if let Err(error) = result {
            eprintln!("xtask: {} stays as it is: {error:#}", file.display());
            all = false;
        }
    }
    Ok(all)
}

/// Makes a script or a style sheet smaller.
fn minify(esbuild: &Path, file: &Path) -> Result<()> {
    let outfile = format!("--outfile={}", file.display());
    let mut command = Command::new(esbuild);
    process::run(command.args(["--minify", "--log-level=warning", "--allow-overwrite", &outfile]).arg(file))
}

/// Makes a module smaller with wasm-opt.
pub(crate) fn optimize_module(wasm_opt: &Path, module: &Path, flags: &[&str]) -> Result<()> {
    let smaller = module.with_extension("smaller");
    let mut command = Command::new(wasm_opt);
    process::run(command.args(WASM_OPT).args(flags).arg(module).arg("-o").arg(&smaller))?;
    fs::rename(&smaller, module).with_context(|| format!("cannot replace {}", module.display()))
}
