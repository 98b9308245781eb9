//! What happened since the server started, counted.
//!
//! prometheus-client does not pay for six numbers: it needs more code than the format, for those that are read when
//! they are asked for.

use std::{
    fmt::Write,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::hub::Hub;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts `more`.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// See the module documentation. A cheap handle.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Counters>);

/// See [`Metrics`].
#[derive(Debug, Default)]
pub struct Counters {
    /// WebSocket handshakes that were accepted.
    pub sessions_begun: Counter,
    /// WebSocket sessions that ended.
    pub sessions_ended: Counter,
    /// Text messages that came over any WebSocket.
    pub frames_in: Counter,
    /// Posts that came over HTTP.
    pub http_posts: Counter,
}

impl Deref for Metrics {
    type Target = Counters;

    fn deref(&self) -> &Counters {
        &self.0
    }
}

impl Metrics {
    /// The text format that Prometheus reads (version 0.0.4).
    pub fn exposition(&self, hub: &Hub) -> String {
        let counters = [
            ("parlor_sessions_begun_total", "WebSocket handshakes accepted.", self.sessions_begun.get()),
            ("parlor_sessions_ended_total", "WebSocket sessions ended.", self.sessions_ended.get()),
            ("parlor_frames_in_total", "Text messages received over WebSockets.", self.frames_in.get()),
            ("parlor_http_posts_total", "Posts received over HTTP.", self.http_posts.get()),
        ];
        let gauges = [
            (
                "parlor_sessions",
                "Open WebSocket sessions, event streams and long polls.",
                hub.session_count(),
            ),
            ("parlor_rooms_followed", "Rooms with at least one follower.", hub.room_count()),
        ];
        let mut text = String::new();
        for (name, help, value) in counters {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
        }
        for (name, help, value) in gauges {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
        }
        text
    }
}
