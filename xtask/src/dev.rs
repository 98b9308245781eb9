//! `cargo xtask dev`: the server behind `trunk serve`.
//!
//! trunk rebuilds the app and reloads the page; this module rebuilds and restarts the server. Open pages reconnect and
//! resume.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::backend::{self, Profile};
use crate::server::{self, Server};
use crate::{app, process, workspace};

/// The address in `Trunk.toml` to which trunk forwards what does not belong to the app.
const PROXIED: &str = "127.0.0.1:8080";

/// The paths that the server is built from.
const SERVER_INPUTS: &[&str] =
    &["Cargo.toml", "Cargo.lock", "shared/src", "backend/Cargo.toml", "backend/src"];

const POLL: Duration = Duration::from_millis(500);

/// The addresses and the data folder of `dev`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    port: u16,
    backend_port: u16,
    data: PathBuf,
}

impl Options {
    /// Reads the arguments after `dev`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self { port: 8000, backend_port: 8080, data: "parlor-data".into() };
        let mut words = arguments.iter().flat_map(|argument| match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => vec![flag, value],
            _ => vec![argument.as_str()],
        });
        while let Some(flag) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{flag}` wants a value"));
            match flag {
                "--port" => options.port = port(value()?)?,
                "--backend-port" => options.backend_port = port(value()?)?,
                "--data" => options.data = value()?.into(),
                unknown => bail!("`dev` has no option `{unknown}`; `cargo xtask --help` names them"),
            }
        }
        Ok(options)
    }
}

fn port(value: &str) -> Result<u16> {
    value.parse().with_context(|| format!("`{value}` is not a port"))
}

/// Runs both until Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (interrupt, interrupted) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Without a receiver, the program is stopping anyway.
        let _ = interrupt.send(());
    })?;

    let built = workspace::fingerprint(SERVER_INPUTS)?;
    let server = start_server(options, &backend::build(Profile::Debug)?)?;
    let trunk = Trunk::start(options)?;
    println!(
        "xtask: open http://127.0.0.1:{} (the first build takes a while); Ctrl-C ends both",
        options.port
    );
    watch(options, built, server, trunk, &interrupted)
}

fn watch(
    options: &Options,
    mut built: u64,
    server: Server,
    mut trunk: Trunk,
    interrupted: &Receiver<()>,
) -> Result<()> {
    let mut server = Some(server);
    while interrupted.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
        if let Some(status) = trunk.ended()? {
            bail!("trunk ended: {status}");
        }
        if let Some(running) = &mut server
            && let Some(status) = running.ended()?
        {
            eprintln!("xtask: the server ended ({status}); it starts again when its source changes");
            server = None;
        }
        let found = workspace::fingerprint(SERVER_INPUTS)?;
        if found != built {
            built = found;
            // The old server keeps running until the new one has compiled.
            match backend::build(Profile::Debug) {
                Ok(binary) => {
                    drop(server.take());
                    server = start_server(options, &binary).map_err(complain).ok();
                }
                Err(error) => complain(error),
            }
        }
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands errors over by value")]
fn complain(error: anyhow::Error) {
    eprintln!("xtask: {error:#}");
}

fn start_server(options: &Options, binary: &Path) -> Result<Server> {
    let listen = format!("127.0.0.1:{}", options.backend_port);
    // trunk's proxy rewrites `Host` but keeps the browser's `Origin`, so the two differ.
    let origins = ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{}", options.port));
    let mut command =
        server::command(binary, &listen, &options.data, &origins.each_ref().map(String::as_str));
    Server::start(process::lead_group(&mut command))
}

/// A running `trunk serve`; dropping it stops it.
struct Trunk(Child);

impl Trunk {
    fn start(options: &Options) -> Result<Self> {
        let root = workspace::root();
        let scratch = workspace::scratch()?;
        // A development build must not replace the release app in `dist/`.
        let dist = scratch.join("dev-app");
        fs::create_dir_all(&dist)?;

        let mut command = app::trunk()?;
        if options.backend_port != port(PROXIED.rsplit(':').next().unwrap_or_default())? {
            let config = scratch.join("Trunk.toml");
            fs::write(&config, proxies(&fs::read_to_string(root.join("Trunk.toml"))?, options.backend_port))?;
            command.arg("--config").arg(config);
        }
        command.arg("serve").arg(root.join("index.html")).arg("--dist").arg(dist);
        for folder in ["index.html", "frontend", "shared"] {
            command.arg("--watch").arg(root.join(folder));
        }
        command.args(["--address", "127.0.0.1", "--port", &options.port.to_string()]);
        command.args(["--no-sri", "true", "--disable-address-lookup", "true"]);
        Ok(Self(process::lead_group(&mut command).spawn().context("cannot start trunk")?))
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }
}

impl Drop for Trunk {
    fn drop(&mut self) {
        process::stop(&mut self.0);
    }
}

/// The proxies of `Trunk.toml` with another port: trunk has no flag for several proxies.
fn proxies(config: &str, backend_port: u16) -> String {
    let start = config.find("[[proxy]]").unwrap_or(config.len());
    config[start..].replace(PROXIED, &format!("127.0.0.1:{backend_port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options> {
        Options::parse(&arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn ports_and_data_are_taken_in_either_spelling() {
        let options = parse(&["--port", "9000", "--backend-port=9001", "--data", "elsewhere"]).unwrap();
        assert_eq!(options, Options { port: 9000, backend_port: 9001, data: "elsewhere".into() });
    }

    #[test]
    fn a_wrong_option_is_named() {
        assert!(parse(&["--speed"]).unwrap_err().to_string().contains("--speed"));
        assert!(parse(&["--port", "many"]).unwrap_err().to_string().contains("many"));
        assert!(parse(&["--port"]).is_err());
    }

    #[test]
    fn every_proxy_of_the_real_configuration_moves_to_the_other_port() {
        let config = fs::read_to_string(workspace::root().join("Trunk.toml")).unwrap();
        let moved = proxies(&config, 4711);
        assert!(moved.contains("ws://127.0.0.1:4711/ws"));
        assert!(moved.contains("http://127.0.0.1:4711/api"));
        assert!(!moved.contains(PROXIED) && !moved.contains("[build]"));
    }
}
