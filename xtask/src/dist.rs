//! Makes what is given to others: the release binary, a static one with what a container needs, and a Debian package.

use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::backend::{self, Profile};
use crate::{app, process, size, tools, workspace};

/// Where distributions keep the certificates of the authorities that they trust, all in one file.
const CERTIFICATES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What `cargo xtask dist` makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The binary for this machine.
    Native,
    /// A binary that needs no library, and the folder for a container.
    Static,
    /// A Debian package of the static binary.
    Debian,
}

impl Kind {
    fn parse(arguments: &[String]) -> Result<Self> {
        match arguments {
            [] => Ok(Self::Native),
            [option] if option == "--static" => Ok(Self::Static),
            [option] if option == "--deb" => Ok(Self::Debian),
            _ => bail!("`cargo xtask dist` takes `--static` or `--deb`, or nothing"),
        }
    }
}

/// `cargo xtask dist`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match Kind::parse(arguments)? {
        Kind::Native => native(),
        Kind::Static => container_folder(&static_binary()?),
        Kind::Debian => debian_package(),
    }
}

/// The release binary for this machine, with the app in it.
pub(crate) fn native() -> Result<()> {
    app::build()?;
    show(&backend::build(Profile::Release)?)?;
    let sizes = size::measure(&app::dist())?;
    println!(
        "the app in it, as browsers fetch it (brotli): {} bytes at first, {} more for the tools' pages",
        sizes.first_load(),
        sizes.on_demand()
    );
    Ok(())
}

/// A binary that needs nothing of the system that it runs on.
fn static_binary() -> Result<PathBuf> {
    app::build()?;
    let target = musl_target();
    tools::rust_for(&target)?;
    let compiler = tools::musl_compiler()?;
    let mut cargo = workspace::command("cargo");
    cargo.env(format!("CC_{}", target.replace('-', "_")), compiler);
    cargo.args(["build", "--release", "--target", &target]);
    let binary = backend::build_with(&mut cargo)?;
    show(&binary)?;
    Ok(binary)
}

/// The target whose C library is linked into the binary.
fn musl_target() -> String {
    format!("{ARCH}-unknown-linux-musl")
}

/// A folder from which a container is built.
fn container_folder(binary: &Path) -> Result<()> {
    let folder = workspace::target().join("dist");
    let certificates = folder.join("certificates");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&certificates)?;
    // The container's user owns what this empty folder becomes there.
    fs::create_dir(folder.join("data"))?;
    fs::copy(binary, folder.join("parlor"))?;
    let packaging = workspace::root().join("packaging");
    for name in ["Containerfile", "parlor.service", "parlor.env"] {
        fs::copy(packaging.join(name), folder.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    match CERTIFICATES.iter().map(Path::new).find(|file| file.is_file()) {
        Some(found) => drop(fs::copy(found, certificates.join("ca-certificates.crt"))?),
        None => println!(
            "this system has no file of certificates: webhooks from the container reach http:// only"
        ),
    }
    println!("{0}: `podman build --tag parlor {0}` makes a container image of it", folder.display());
    Ok(())
}

fn debian_package() -> Result<()> {
    static_binary()?;
    let mut cargo_deb = workspace::command(tools::cargo_deb()?);
    cargo_deb.args(["--package", "parlor", "--no-build", "--no-strip", "--target", &musl_target()]);
    process::run(&mut cargo_deb)
}

fn show(binary: &Path) -> Result<()> {
    println!("{} {} KB", binary.display(), fs::metadata(binary)?.len() / 1000);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_chosen_by_one_option() {
        let parse = |words: &[&str]| Kind::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(parse(&[]).unwrap(), Kind::Native);
        assert_eq!(parse(&["--static"]).unwrap(), Kind::Static);
        assert_eq!(parse(&["--deb"]).unwrap(), Kind::Debian);
        assert!(parse(&["--deb", "--static"]).is_err());
        assert!(parse(&["--dynamic"]).is_err());
    }
}
