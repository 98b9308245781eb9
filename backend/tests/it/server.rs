//! A server in this process, with its log in a temporary folder.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use backend::{
    ServeError, Server, ShutDown,
    config::{Cli, Settings},
};
use clap::Parser;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{bound::soon, jwt};

/// See the module's page.
pub struct TestServer {
    pub address: SocketAddr,
    /// The metrics' own address, with `--metrics`.
    pub metrics: Option<SocketAddr>,
    /// The link for the first owner of an invited house.
    pub owner_link: Option<String>,
    folder: Arc<TempDir>,
    shut_down: ShutDown,
    end: JoinHandle<Result<(), ServeError>>,
}

impl TestServer {
    /// A server with an empty log.
    pub async fn open() -> Self {
        Self::with_flags(&[]).await
    }

    /// A server with an empty log and these flags.
    pub async fn with_flags(flags: &[&str]) -> Self {
        Self::serve(Arc::new(tempfile::tempdir().unwrap()), flags).await
    }

    /// A server on a log that is there.
    pub async fn open_at(folder: TempDir) -> Self {
        Self::serve(Arc::new(folder), &[]).await
    }

    async fn serve(folder: Arc<TempDir>, flags: &[&str]) -> Self {
        let settings = Cli::parse_from(["parlor"].iter().chain(flags)).serve.settings();
        let data = Some(folder.path().to_path_buf());
        let mut settings = Settings { listen: ([127, 0, 0, 1], 0).into(), data, ..settings };
        settings.application.secret_files.push(jwt::secret_file(folder.path()));
        let server = Server::open(&settings).await.unwrap();
        let (address, metrics) = (server.address(), server.metrics_address());
        let owner_link = server.owner_link().await.unwrap();
        let (shut_down, asked) = ShutDown::new();
        let end = tokio::spawn(server.serve(asked));
        Self { address, metrics, owner_link, folder, shut_down, end }
    }

    /// Where the log is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The log's file.
    pub fn database(&self) -> PathBuf {
        self.folder().join("parlor.db")
    }

    /// Asks the server to shut down, and does not wait.
    pub fn shut_down(&self) {
        self.shut_down.now();
    }

    /// Shuts the server down and waits until it has.
    pub async fn close(self) -> Arc<TempDir> {
        self.shut_down.now();
        soon("the end of the server", self.end).await.unwrap().unwrap();
        self.folder
    }

    /// Shuts the server down and opens another one on its log.
    pub async fn restart(self) -> Self {
        self.restart_with(&[]).await
    }

    /// The same with flags.
    pub async fn restart_with(self, flags: &[&str]) -> Self {
        Self::serve(self.close().await, flags).await
    }

    /// The same after these statements in the log's file.
    pub async fn restart_after(self, flags: &[&str], statements: &str) -> Self {
        let folder = self.close().await;
        let db = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
        db.execute_batch(statements).unwrap();
        drop(db);
        Self::serve(folder, flags).await
    }
}
