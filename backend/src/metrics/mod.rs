//! What operators see of a running server, in numbers. docs/operations.md explains each.
//!
//! A [`Metrics`] handle is made with the server and passed to its parts; nothing here is global. Counters and histograms are
//! counted where things happen. Gauges are set when somebody asks, by `http/operators.rs`.
//!
//! | file | what it holds |
//! |---|---|
//! | `register.rs` | how the metrics are made and registered |
//! | `connections.rs` | who is connected, and why connections ended |
//! | `deliveries.rs` | what is counted for every delivery, and so has to be cheap |
//! | `gauges.rs` | the gauges |
//! | `process.rs` | the process, as the system sees it |

mod connections;
mod deliveries;
mod gauges;
mod process;
mod register;

use std::{ops::Deref, sync::Arc};

use prometheus::{Histogram, IntCounter, IntCounterVec, Registry, TextEncoder};
use shared::RefusalCode;

pub use self::connections::{ConnectionKind, OpenConnection};
use self::{connections::Connections, deliveries::Deliveries, gauges::Gauges, register::Register};
pub use self::{
    gauges::{Info, set},
    process::Process,
};

/// The bounds of the histograms of times, in seconds: from what a delivery to an idle reader takes to the time after which a
/// reader is given up.
const SECONDS: [f64; 17] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    30.0,
];
/// The bounds of the histogram of entries in a commit. The last one is the most that a commit has.
const ENTRIES: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// The codes with which only HTTP requests are refused.
const HTTP_CODES: [&str; 11] = [
    "bad_request",
    "bad_origin",
    "bad_device_code",
    "bad_method",
    "timeout",
    "other_epoch",
    "too_big",
    "bad_host",
    "not_a_websocket",
    "bad_version",
    "not_found",
];

/// See the module documentation. A cheap handle.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Parts>);

/// See [`Metrics`].
#[derive(Debug)]
pub struct Parts {
    registry: Registry,
    connections: Connections,
    /// Posts that came, by the way they came.
    pub posts: Posts,
    /// Committed messages.
    pub messages: IntCounter,
    /// What was handed to readers.
    pub deliveries: Deliveries,
    /// Text messages that came over any WebSocket.
    pub frames_received: IntCounter,
    /// From when a post came until its author is told that it is stored.
    pub post_seconds: Histogram,
    /// Reads of the log for readers that have fallen behind their room's ring.
    pub ring_misses: IntCounter,
    /// Messages that were deleted because they were older than what is kept.
    pub expired_messages: IntCounter,
    /// What the log's thread counts.
    pub log: LogMetrics,
    /// What is measured when somebody asks.
    pub gauges: Gauges,
    refusals: IntCounterVec,
    http_requests: IntCounterVec,
}

/// Posts that came, by the way they came.
#[derive(Debug)]
pub struct Posts {
    /// Over `/ws?v=1`.
    pub websocket: IntCounter,
    /// Over plain `/ws`.
    pub plain: IntCounter,
    /// Over the HTTP API.
    pub http: IntCounter,
}

/// What the log's thread counts. A cheap handle.
#[derive(Debug, Clone)]
pub struct LogMetrics {
    /// Commits.
    pub commits: IntCounter,
    /// How long a commit takes, from the first entry's application to the end of the sync.
    pub commit_seconds: Histogram,
    /// Entries in a commit.
    pub commit_entries: Histogram,
    /// Failed writes, after which no posts are taken until the database could be opened again.
    pub failures: IntCounter,
}

impl Deref for Metrics {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Metrics {
    /// Metrics that begin at zero.
    pub fn new(info: Info<'_>) -> Self {
        let registry = Registry::new();
        let register = Register(&registry);
        let posts = register.counters("parlor_posts_total", "Posts received.", &["via"]);
        let metrics = Self(Arc::new(Parts {
            connections: Connections::new(&register),
            posts: Posts {
                websocket: posts.with_label_values(&["websocket"]),
                plain: posts.with_label_values(&["plain"]),
                http: posts.with_label_values(&["http"]),
            },
            messages: register.counter("parlor_messages_total", "Messages committed."),
            deliveries: Deliveries::new(&register),
            frames_received: register
                .counter("parlor_frames_received_total", "Text messages received over WebSockets."),
            post_seconds: register.histogram(
                "parlor_post_seconds",
                "Time from the receipt of a post until its author is told that it is stored.",
                &SECONDS,
            ),
            ring_misses: register.counter(
                "parlor_ring_misses_total",
                "Reads of the log for readers that had fallen behind their room's ring.",
            ),
            expired_messages: register.counter(
                "parlor_expired_messages_total",
                "Messages deleted because they were older than what is kept, or the oldest of too many.",
            ),
            log: LogMetrics::new(&register),
            gauges: Gauges::new(&register, info),
            refusals: register.counters(
                "parlor_refusals_total",
                "Requests and frames that were refused, by the error's code.",
                &["code"],
            ),
            http_requests: register.counters(
                "parlor_http_requests_total",
                "HTTP requests answered, WebSocket handshakes among them.",
                &["route", "status"],
            ),
            registry,
        }));
        for kind in ConnectionKind::ALL {
            metrics.connections.announce(kind);
        }
        // The same for the codes: a first refusal is a rise.
        let codes = RefusalCode::ALL.into_iter().filter(|code| *code != RefusalCode::Other);
        for code in codes.map(RefusalCode::as_str).chain(HTTP_CODES) {
            metrics.refusals.with_label_values(&[code]);
        }
        metrics
    }

    /// Counts a refusal.
    pub fn refused(&self, code: &str) {
        self.refusals.with_label_values(&[code]).inc();
    }

    /// Counts an answered HTTP request.
    pub fn answered(&self, route: &str, status: &str) {
        self.http_requests.with_label_values(&[route, status]).inc();
    }

    /// The text format that Prometheus reads (version 0.0.4).
    pub fn exposition(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).expect("text is written into memory")
    }
}

impl LogMetrics {
    fn new(register: &Register<'_>) -> Self {
        Self {
            commits: register.counter("parlor_commits_total", "Commits of the log."),
            commit_seconds: register.histogram(
                "parlor_commit_seconds",
                "Time of a commit: applying its entries, writing and syncing.",
                &SECONDS,
            ),
            commit_entries: register.histogram("parlor_commit_entries", "Entries in a commit.", &ENTRIES),
            failures: register.counter(
                "parlor_log_failures_total",
                "Failed writes of the log; after each, posts are refused until it could be opened again.",
            ),
        }
    }
}

impl Default for LogMetrics {
    /// For a store whose numbers nobody asks for.
    fn default() -> Self {
        Self::new(&Register(&Registry::new()))
    }
}

#[cfg(test)]
mod tests;
