//! The programs that are needed to build and check Parlor, besides Rust itself.
//!
//! Each has a fixed version and is installed once, into its own folder outside the checkout, so that other
//! checkouts find it there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

const TRUNK: &str = "0.21.14";
const CARGO_DENY: &str = "0.20.2";
const CARGO_DEB: &str = "3.8.0";
const BINARYEN: &str = "132.0.0";
const ESBUILD: &str = "0.25.10";

/// The app's compilation target.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The bundler.
pub(crate) fn trunk() -> Result<PathBuf> {
    // A debug build bundles as fast and installs in half the time. The disabled features are update checks
    // and other TLS libraries.
    let flags = ["--locked", "--no-default-features", "--features", "rustls"];
    cargo_install("trunk", "trunk", TRUNK, &flags, "trunk")
}

/// `wasm-bindgen`. Its version must equal the one that the app is compiled with.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    wasm_bindgen_program("wasm-bindgen")
}

/// The runner of the app's tests in a browser, from the same package.
pub(crate) fn wasm_bindgen_test_runner() -> Result<PathBuf> {
    wasm_bindgen_program("wasm-bindgen-test-runner")
}

fn wasm_bindgen_program(program: &str) -> Result<PathBuf> {
    let version = workspace::locked_version("wasm-bindgen")?;
    cargo_install("wasm-bindgen", "wasm-bindgen-cli", &version, &[], program)
}

/// Checks licences, sources and security advisories.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    cargo_install("cargo-deny", "cargo-deny", CARGO_DENY, &["--locked"], "cargo-deny")
}

/// Makes Debian packages.
pub(crate) fn cargo_deb() -> Result<PathBuf> {
    cargo_install("cargo-deb", "cargo-deb", CARGO_DEB, &["--locked"], "cargo-deb")
}

/// Installs a package into `<tools>/<name>-<version>`, unless it is installed, and returns the path of one of its
/// programs.
fn cargo_install(name: &str, package: &str, version: &str, flags: &[&str], program: &str) -> Result<PathBuf> {
    let root = directory()?.join(format!("{name}-{version}"));
    let path = root.join("bin").join(format!("{program}{}", env::consts::EXE_SUFFIX));
    if !path.is_file() {
        eprintln!("xtask: installing {package} {version}, once; this takes some minutes");
        let mut install = workspace::command("cargo");
        install.args(["install", "--debug", package, "--version", version]).args(flags);
        // Debug information would take most of the build time, and is not needed.
        install.args(["--config", "profile.dev.debug=false", "--root"]).arg(&root);
        process::run(&mut install)?;
    }
    Ok(path)
}

/// wasm-opt from npm, if npm is installed: the only package registry with a current build. The app works without
/// it but is a fifth larger.
pub(crate) fn wasm_opt() -> Option<PathBuf> {
    npm_install("binaryen", BINARYEN, "wasm-opt")
}

/// esbuild from npm, if npm is installed: makes scripts and styles smaller.
pub(crate) fn esbuild() -> Option<PathBuf> {
    npm_install("esbuild", ESBUILD, "esbuild")
}

/// Installs a package of npm into `<tools>/<package>-<version>`, unless it is installed.
fn npm_install(package: &str, version: &str, program: &str) -> Option<PathBuf> {
    let root = directory().ok()?.join(format!("{package}-{version}"));
    let path = root.join("node_modules/.bin").join(program);
    if !path.exists() {
        let npm = find(&["npm"])?;
        let mut install = Command::new(npm);
        install.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&root);
        install.arg(format!("{package}@{version}"));
        fs::create_dir_all(&root).ok()?;
        process::run(&mut install).ok()?;
    }
    path.exists().then_some(path)
}

/// Installs the WebAssembly target for the active toolchain.
pub(crate) fn rust_for_wasm() -> Result<()> {
    rust_for(WASM)
}

/// Installs a target for the active toolchain.
pub(crate) fn rust_for(target: &str) -> Result<()> {
    let sysroot = process::output_of(workspace::command("rustc").args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(target).is_dir() {
        return Ok(());
    }
    rustup(&["target", "add", target])
}

/// A C compiler for musl, which SQLite and the cryptography are compiled with.
pub(crate) fn musl_compiler() -> Result<PathBuf> {
    find(&["musl-gcc", &format!("{}-linux-musl-gcc", env::consts::ARCH)]).context(
        "a static binary needs a C compiler for musl: install musl-tools (Debian, Ubuntu), musl-gcc (Fedora) or musl (Arch)",
    )
}

/// Installs rustfmt and clippy for the active toolchain.
pub(crate) fn rust_checkers() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !process::succeeds(workspace::command("cargo").args([subcommand, "--version"])) {
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result<()> {
    if find(&["rustup"]).is_none() {
        bail!("this Rust lacks a part; with rustup it is `rustup {}`", arguments.join(" "));
    }
    process::run(workspace::command("rustup").args(arguments))
}

/// The first of these programs that is on the `PATH`.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
    })
}

/// The `PATH` with the folder of this program in front.
pub(crate) fn path_with(program: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(Path::to_owned).into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).context("the search path cannot be extended")
}

fn directory() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PARLOR_TOOLS")
        .or_else(|| Some(set("XDG_CACHE_HOME")?.join("parlor/tools")))
        .or_else(|| Some(env::home_dir()?.join(".cache/parlor/tools")))
        .context("there is no home folder for the tools; set PARLOR_TOOLS to a folder")
}
