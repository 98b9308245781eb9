//! The asynchronous HTTP client behind the synchronous tests.

use std::{sync::LazyLock, time::Duration};

use reqwest::Client;
use tokio::runtime::{Builder, Runtime};

use crate::PATIENCE;

/// A client with connections of its own, for a driver or for Parlor's API. Both are on this machine, so no proxy is
/// asked.
pub(crate) fn http_client() -> Client {
    // A driver may answer a command only when the browser's own time limit of a minute is over.
    let client = Client::builder().no_proxy().timeout(PATIENCE + Duration::from_secs(5));
    client.build().expect("a client without TLS needs nothing from the machine")
}

/// Waits for a future on the thread of a test.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        // One thread serves the connections of all tests, whether a test waits or not.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("the system has threads and sockets")
    });
    RUNTIME.block_on(future)
}
