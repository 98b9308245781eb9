//! The `parlor` binary as a child process.

use std::{
    net::SocketAddr,
    path::Path,
    process::{ExitStatus, Output, Stdio},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child as Process, Command},
};

use crate::bound::soon;

/// A server in a process of its own; it is killed when this is dropped.
pub struct Child {
    pub address: SocketAddr,
    process: Process,
}

/// The binary, in an environment without `PARLOR_` variables.
fn parlor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PARLOR_") {
            command.env_remove(name);
        }
    }
    command.kill_on_drop(true).stdin(Stdio::null());
    command
}

/// Runs the binary until it ends by itself.
pub async fn run(arguments: &[&str]) -> Output {
    run_with(&[], arguments).await
}

/// The same with these variables in its environment.
pub async fn run_with(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let output = parlor().envs(environment.iter().copied()).args(arguments).output();
    soon(&format!("the end of parlor {arguments:?}"), output).await.unwrap()
}

/// The arguments of a server on this folder, on a free port.
pub fn serving(folder: &Path) -> [&str; 4] {
    ["--listen", "127.0.0.1:0", "--data", folder.to_str().unwrap()]
}

impl Child {
    /// A server on this folder, ready to be connected to.
    pub async fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[]).await
    }

    /// The same with these variables in its environment.
    pub async fn start_with(folder: &Path, environment: &[(&str, &Path)]) -> Self {
        Self::spawn(folder, environment, &["--log", "warn"]).await
    }

    /// The same with these flags.
    pub async fn start_with_flags(folder: &Path, flags: &[&str]) -> Self {
        Self::spawn(folder, &[], flags).await
    }

    /// The same with a log of this level. What it says must fit into a pipe, 64 KiB: nobody reads it before the end.
    pub async fn start_logging(folder: &Path, level: &str) -> Self {
        Self::spawn(folder, &[], &["--log", level]).await
    }

    async fn spawn(folder: &Path, environment: &[(&str, &Path)], flags: &[&str]) -> Self {
        let command = &mut parlor();
        command.envs(environment.iter().copied());
        command.args(serving(folder)).args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        soon("the server's address", stdout.read_line(&mut line)).await.unwrap();
        let Some(address) = line.trim().strip_prefix("parlor: listening on http://") else {
            let mut said = String::new();
            let mut stderr = process.stderr.take().unwrap();
            soon("the server's reason", stderr.read_to_string(&mut said)).await.unwrap();
            panic!("the server did not start: {line:?} {said:?}");
        };
        Self { address: address.parse().unwrap(), process }
    }

    /// Asks it to end, as an operator's service manager does.
    pub async fn terminate(&self) {
        self.signal("TERM").await;
    }

    /// Asks it to end, as Ctrl-C does.
    pub async fn interrupt(&self) {
        self.signal("INT").await;
    }

    async fn signal(&self, name: &str) {
        let id = self.process.id().unwrap();
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().await.unwrap();
        assert!(sent.success());
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// Waits for its end.
    pub async fn end(mut self) -> ExitStatus {
        soon("the end of the process", self.process.wait()).await.unwrap()
    }

    /// Waits for its end, and gives what it has said on standard error.
    pub async fn end_saying(mut self) -> (ExitStatus, String) {
        let mut said = String::new();
        let mut stderr = self.process.stderr.take().unwrap();
        soon("the end of what it says", stderr.read_to_string(&mut said)).await.unwrap();
        (self.end().await, said)
    }

    /// The most memory that it ever held, in KiB. `None` on systems that do not say.
    pub fn peak_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}
