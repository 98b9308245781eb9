//! Tools that the tests need besides the browser.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

const AXE: &str = "4.14.1";

/// The source of axe-core, which finds accessibility faults. npm installs it once into the folder of `cargo xtask`'s tools.
/// `None` if there is no npm, which is an error only in CI.
pub fn axe() -> Option<&'static str> {
    static SOURCE: OnceLock<Option<String>> = OnceLock::new();
    let source = SOURCE.get_or_init(|| {
        let found = install_axe();
        if let Err(reason) = &found {
            println!("axe-core is not here, so nothing is checked with it: {reason}");
            assert!(env::var_os("CI").is_none(), "CI must check the pages with axe-core: {reason}");
        }
        found.ok()
    });
    source.as_deref()
}

fn install_axe() -> Result<String, String> {
    let root = folder().ok_or("there is no home folder for tools; set PARLOR_TOOLS")?;
    let root = root.join(format!("axe-core-{AXE}"));
    let file = root.join("node_modules/axe-core/axe.min.js");
    if !file.is_file() {
        fs::create_dir_all(&root).map_err(|error| error.to_string())?;
        let npm = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .arg(&root)
            .arg(format!("axe-core@{AXE}"))
            .stdout(Stdio::null())
            .status();
        let status = npm.map_err(|error| format!("npm: {error}"))?;
        if !status.success() {
            return Err(format!("npm install ended with {status}"));
        }
    }
    fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The same folder as in `xtask/src/tools.rs`.
fn folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PARLOR_TOOLS")
        .or_else(|| Some(set("XDG_CACHE_HOME")?.join("parlor/tools")))
        .or_else(|| Some(env::home_dir()?.join(".cache/parlor/tools")))
}

/// The folder for screenshots that people look at.
pub fn screenshots() -> PathBuf {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout.join("target"), PathBuf::from);
    let folder = target.join("e2e-screens");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}
