//! A run of scenarios: what they are given, and what becomes of their results.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use shared::RoomName;
use tempfile::TempDir;

use crate::{
    checker::{self, Fault},
    client::{self, Client, Options, Reconnect, World},
    figures::Figures,
    history::{History, to_json_lines},
    log::Log,
    server::{Server, Setup},
};

/// How long clients are waited for in the end of a scenario.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// How many faults are shown.
const SHOWN: usize = 20;

/// What a scenario is given.
#[derive(Debug)]
pub struct Run {
    /// The server's binary.
    pub binary: PathBuf,
    /// Whether it is the short variant.
    pub quick: bool,
    /// Makes every choice repeatable.
    pub seed: u64,
    /// Whether the histories and the folder are kept after a success, too.
    pub keep: bool,
    /// A folder for the server's data and everything else. It is kept if the scenario fails.
    folder: TempDir,
}

impl Run {
    /// A run of one scenario, with a folder of its own.
    pub fn new(binary: &Path, scenario: &str, quick: bool, seed: u64, keep: bool) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("parlor-{scenario}-")).tempdir()?;
        fs::create_dir(folder.path().join("data"))?;
        Ok(Self { binary: binary.to_owned(), quick, seed, keep, folder })
    }

    /// The folder of this scenario.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server's data folder.
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The size of something: in the full run, and in the short one.
    pub fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// How the server is started. Change it before [`Server::start`] for an environment or arguments.
    pub fn setup(&self) -> Setup {
        Setup::new(&self.binary, &self.data(), &self.folder().join("server.log"))
    }

    /// Random numbers for one purpose, which decide the same in every run with this seed.
    pub fn random(&self, purpose: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// Starts a client.
    pub fn client(
        &self,
        world: &World,
        name: String,
        address: SocketAddr,
        rooms: Vec<RoomName>,
        reconnect: Reconnect,
    ) -> Client {
        Client::start(world, self.options(name, address, rooms, reconnect))
    }

    /// What makes a client, to be changed before [`Client::start`].
    pub fn options(
        &self,
        name: String,
        address: SocketAddr,
        rooms: Vec<RoomName>,
        reconnect: Reconnect,
    ) -> Options {
        let purpose = name.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let seed = self.random(purpose).u64(..);
        Options { name, address, rooms, reconnect, small_window: false, seed }
    }

    /// Ends the clients, kills the server, and compares the records with the log. The figures get all counts.
    pub async fn check(
        &self,
        server: &mut Server,
        clients: Vec<Client>,
        figures: &mut Figures,
    ) -> Result<(Vec<History>, Log)> {
        let histories = client::stop_all(clients).await?;
        let log = self.compare(server, &histories, figures).await?;
        Ok((histories, log))
    }

    /// Kills the server if it runs, and compares the records with the log. The figures get all counts.
    pub async fn compare(
        &self,
        server: &mut Server,
        histories: &[History],
        figures: &mut Figures,
    ) -> Result<Log> {
        if server.id().is_some() {
            server.kill().await?;
        }
        let log = Log::read(&self.data())?;
        let faults = checker::check(histories, &log);
        figures.faults(&faults);
        if self.keep || !figures.hold(self.quick) {
            self.keep(histories, &faults)?;
        }
        Ok(log)
    }

    /// Shows the first faults, and writes all of them and the histories into the folder.
    pub fn keep(&self, histories: &[History], faults: &[Fault]) -> Result<()> {
        for fault in faults.iter().take(SHOWN) {
            eprintln!("  {fault}");
        }
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        fs::write(self.folder().join("faults.txt"), lines.join("\n"))?;
        fs::write(self.folder().join("histories.jsonl"), to_json_lines(histories))
            .context("the histories cannot be written")
    }

    /// Leaves the folder where it is, and tells where.
    pub fn keep_folder(self) -> PathBuf {
        self.folder.keep()
    }
}
