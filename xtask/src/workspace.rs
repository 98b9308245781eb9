//! The paths and the state of the checkout.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// A folder for temporary files under cargo's target folder.
pub(crate) fn scratch() -> Result<PathBuf> {
    let scratch = target().join("xtask");
    fs::create_dir_all(&scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
    Ok(scratch)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(target)
}

/// A command that runs at the root of the checkout.
///
/// `cargo run` sets environment variables that describe the xtask package. They are removed: build scripts that depend
/// on them would run again whenever `cargo build` and `cargo xtask` alternate.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in env::vars_os() {
        let lossy = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| lossy.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

/// The version of a package in `Cargo.lock`.
pub(crate) fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    find_locked_version(&lock, package)
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock names no package `{package}`"))
}

fn find_locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// A hash that changes when a file under one of these paths is changed, added or removed.
///
/// It is made from the contents, because a checkout changes all modification times.
pub(crate) fn fingerprint(paths: &[&str]) -> Result<u64> {
    let mut files = BTreeSet::new();
    for path in paths {
        collect_files(&root().join(path), &mut files)?;
    }
    let mut hasher = DefaultHasher::new();
    for file in files {
        // A file that an editor is replacing counts as a change, not as an error.
        fs::read(&file).unwrap_or_default().hash(&mut hasher);
        file.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect_files(path: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.insert(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    for entry in entries {
        collect_files(&entry?.path(), files)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_follows_the_exact_name_in_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(find_locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(find_locked_version(lock, "wasm"), None);
    }

    #[test]
    fn the_fingerprint_is_stable_and_knows_absent_files() {
        let paths = ["xtask", "no-such-file"];
        assert_eq!(fingerprint(&paths).unwrap(), fingerprint(&paths).unwrap());
        assert_ne!(fingerprint(&paths).unwrap(), fingerprint(&["xtask"]).unwrap());
    }
}
