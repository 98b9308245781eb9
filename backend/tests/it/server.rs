//! A server in this process, with its log in a temporary folder.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use backend::{AllowedOrigins, Server, ShutDown, config::Settings};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::bound::soon;

/// See the module's page.
pub struct TestServer {
    pub address: SocketAddr,
    folder: Arc<TempDir>,
    shut_down: ShutDown,
    end: JoinHandle<()>,
}

impl TestServer {
    /// A server with an empty log.
    pub async fn open() -> Self {
        Self::allowing(AllowedOrigins::These(Vec::new())).await
    }

    /// A server with an empty log, for the pages of these sites also.
    pub async fn allowing(origins: AllowedOrigins) -> Self {
        Self::serve(Arc::new(tempfile::tempdir().unwrap()), origins).await
    }

    /// A server on a log that is there.
    pub async fn open_at(folder: TempDir) -> Self {
        Self::serve(Arc::new(folder), AllowedOrigins::These(Vec::new())).await
    }

    /// A server with an empty log, that does not serve `/lab/`.
    pub async fn without_lab() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self::serve_with(folder, AllowedOrigins::These(Vec::new()), false).await
    }

    async fn serve(folder: Arc<TempDir>, allowed_origins: AllowedOrigins) -> Self {
        Self::serve_with(folder, allowed_origins, true).await
    }

    async fn serve_with(folder: Arc<TempDir>, allowed_origins: AllowedOrigins, with_lab: bool) -> Self {
        let data = Some(folder.path().to_path_buf());
        let settings = Settings { listen: ([127, 0, 0, 1], 0).into(), data, allowed_origins, with_lab };
        let server = Server::open(&settings).await.unwrap();
        let address = server.address();
        let (shut_down, asked) = ShutDown::new();
        let end = tokio::spawn(server.serve(asked));
        Self { address, folder, shut_down, end }
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
        soon("the end of the server", self.end).await.unwrap();
        self.folder
    }

    /// Shuts the server down and opens another one on its log.
    pub async fn restart(self) -> Self {
        Self::serve(self.close().await, AllowedOrigins::These(Vec::new())).await
    }
}
