//! The real `parlor` binary as a process.

use std::{
    ffi::{OsStr, OsString},
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::http;

/// The start of the line that the server prints when it accepts connections. The address follows.
const READY: &str = "parlor: listening on http://";
/// The time that a start may take before the scenario ends.
const START_TIME: Duration = Duration::from_mins(1);
/// How often `/readyz` is asked.
const ASK_EVERY: Duration = Duration::from_millis(2);

/// How a server is started. The environment and the arguments may be changed between two starts.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The binary.
    pub binary: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// The file that gets the standard error of every start, one after the other.
    pub log: PathBuf,
    /// Environment variables, such as `LD_PRELOAD`.
    pub environment: Vec<(OsString, OsString)>,
    /// More arguments of `parlor serve`.
    pub arguments: Vec<OsString>,
}

impl Setup {
    /// The usual way to start it.
    pub fn new(binary: &Path, data: &Path, log: &Path) -> Self {
        let (binary, data, log) = (binary.into(), data.into(), log.into());
        Self { binary, data, log, environment: Vec::new(), arguments: Vec::new() }
    }

    /// Sets an environment variable.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        let name = name.as_ref();
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.as_ref().to_owned()));
    }
}

/// A server that may run or not, always at the same address. Dropping it kills the process.
#[derive(Debug)]
pub struct Server {
    /// How it is started the next time.
    pub setup: Setup,
    address: SocketAddr,
    child: Option<Child>,
}

/// What a process has, from `/proc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Resident memory, in bytes.
    pub memory: u64,
    /// Open file descriptors.
    pub files: usize,
    /// Threads.
    pub threads: usize,
    /// The CPU time that it has used.
    pub cpu: Duration,
}

impl Server {
    /// Starts a server for the first time, on a free port. Returns the time until it was ready.
    pub async fn start(setup: Setup) -> Result<(Self, Duration)> {
        let mut server = Self { setup, address: SocketAddr::from(([127, 0, 0, 1], 0)), child: None };
        let time = server.restart().await?;
        Ok((server, time))
    }

    /// Starts it again, at the same address. Returns the time until it was ready.
    pub async fn restart(&mut self) -> Result<Duration> {
        anyhow::ensure!(self.child.is_none(), "the server runs already");
        let began = Instant::now();
        let child = self.spawn()?;
        self.child = Some(child);
        match timeout(START_TIME, self.until_ready()).await {
            Ok(Ok(())) => Ok(began.elapsed()),
            Ok(Err(error)) => Err(error),
            Err(_) => bail!("the server was not ready in {} s; see {}", START_TIME.as_secs(), self.log()),
        }
    }

    /// Starts it and kills it after this time, ready or not.
    pub async fn start_and_kill(&mut self, after: Duration) -> Result<()> {
        anyhow::ensure!(self.child.is_none(), "the server runs already");
        let mut child = self.spawn()?;
        sleep(after).await;
        // It fails if the process has ended by itself, which the next start tells.
        let _ = child.kill().await;
        Ok(())
    }

    fn spawn(&self) -> Result<Child> {
        let log = fs::OpenOptions::new().create(true).append(true).open(&self.setup.log)?;
        let mut command = Command::new(&self.setup.binary);
        command.args(["serve", "--listen", &self.address.to_string(), "--access", "open", "--data"]);
        command.arg(&self.setup.data).args(&self.setup.arguments);
        command.envs(self.setup.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        command.spawn().with_context(|| format!("cannot start {}", self.setup.binary.display()))
    }

    async fn until_ready(&mut self) -> Result<()> {
        let child = self.child.as_mut().context("the server was not started")?;
        let out = child.stdout.take().context("the output is piped")?;
        let mut lines = BufReader::new(out).lines();
        let address = loop {
            match lines.next_line().await? {
                Some(line) => {
                    if let Some(address) = line.strip_prefix(READY) {
                        break address.trim().parse().context("the server prints its address")?;
                    }
                }
                None => bail!("the server ended before it listened; see {}", self.log()),
            }
        };
        // A server that prints to a closed or full pipe is another server.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.address = address;
        while !http::get(self.address, "/readyz").await.is_ok_and(|answer| answer.status == 200) {
            sleep(ASK_EVERY).await;
        }
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file with what it said, for error messages.
    pub fn log(&self) -> String {
        self.setup.log.display().to_string()
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Kills it like `kill -9`.
    pub async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the server does not run")?;
        // On Unix this is SIGKILL.
        child.kill().await?;
        Ok(())
    }

    /// Sends a signal, such as `TERM`.
    pub async fn signal(&self, name: &str) -> Result<()> {
        let id = self.id().context("the server does not run")?;
        let status = Command::new("kill").args([format!("-{name}"), id.to_string()]).status().await?;
        anyhow::ensure!(status.success(), "kill -{name} {id} failed: {status}");
        Ok(())
    }

    /// Waits until it has ended by itself. `None`: it has not, in this time.
    pub async fn end(&mut self, patience: Duration) -> Result<Option<ExitStatus>> {
        let child = self.child.as_mut().context("the server does not run")?;
        match timeout(patience, child.wait()).await {
            Ok(status) => {
                self.child = None;
                Ok(Some(status?))
            }
            Err(_) => Ok(None),
        }
    }

    /// What the process has now.
    pub fn process(&self) -> Result<Process> {
        process(self.id().context("the server does not run")?)
    }
}

/// What a process has now.
pub fn process(id: u32) -> Result<Process> {
    let folder = PathBuf::from(format!("/proc/{id}"));
    let status = fs::read_to_string(folder.join("status"))?;
    let field = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let value = line.and_then(|line| line.split_whitespace().next());
        Ok(value.with_context(|| format!("/proc/{id}/status has no {name}"))?.parse()?)
    };
    let stat = fs::read_to_string(folder.join("stat"))?;
    let (_, behind_name) = stat.rsplit_once(')').context("a stat line has a name")?;
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let ticks = |at: usize| -> Result<u64> { Ok(fields.get(at).context("a short stat line")?.parse()?) };
    Ok(Process {
        memory: field("VmRSS")? * 1024,
        files: fs::read_dir(folder.join("fd"))?.count(),
        threads: usize::try_from(field("Threads")?)?,
        // In ticks of 10 ms.
        cpu: Duration::from_millis((ticks(11)? + ticks(12)?) * 10),
    })
}
