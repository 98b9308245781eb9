//! Who is connected, and why connections ended.

use prometheus::{IntCounterVec, IntGaugeVec};

use super::{Metrics, register::Register};

/// The reason of a connection that ended without one: its client has gone.
const GONE: &str = "gone";

/// What a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionKind {
    /// `/ws?v=1`.
    Versioned,
    /// Plain `/ws`.
    Plain,
    /// Server-Sent Events of a room.
    Events,
    /// A long poll of a room, while it waits.
    Poll,
    /// A WebSocket of the lab.
    Lab,
}

impl ConnectionKind {
    pub(super) const ALL: [Self; 5] = [Self::Versioned, Self::Plain, Self::Events, Self::Poll, Self::Lab];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Versioned => "versioned",
            Self::Plain => "plain",
            Self::Events => "events",
            Self::Poll => "poll",
            Self::Lab => "lab",
        }
    }

    /// The reasons for which it ends, in the words of [`crate::close_reason::CloseReason::label`].
    fn reasons(self) -> Vec<&'static str> {
        let (common, more): (&[_], &[_]) = match self {
            Self::Versioned => (&OF_WEBSOCKETS, &["no_hello"]),
            Self::Plain => (&OF_WEBSOCKETS, &["room_left"]),
            Self::Events => (&[], &[GONE, "drained", "room_left", "store"]),
            Self::Poll => (&[], &[GONE, "drained", "room_left", "answered"]),
            Self::Lab => (&[], &["closed", GONE, "drained", "stuck", "silent", "rule", "lab"]),
        };
        [common, more].concat()
    }
}

/// The reasons for which a `WebSocket` to rooms ends, of either kind.
const OF_WEBSOCKETS: [&str; 11] = [
    "closed",
    GONE,
    "drained",
    "stuck",
    "silent",
    "rule",
    "token_expired",
    "revoked",
    "barred",
    "rights_changed",
    "store",
];

#[derive(Debug)]
pub(super) struct Connections {
    open: IntGaugeVec,
    opened: IntCounterVec,
    closed: IntCounterVec,
}

impl Connections {
    pub(super) fn new(register: &Register<'_>) -> Self {
        Self {
            open: register.gauges("parlor_connections", "Open connections that follow rooms.", &["kind"]),
            opened: register.counters("parlor_connections_opened_total", "Connections opened.", &["kind"]),
            closed: register.counters(
                "parlor_connections_closed_total",
                "Connections ended, by the reason.",
                &["kind", "reason"],
            ),
        }
    }

    /// Makes a kind's numbers appear before there is a connection of it: Prometheus sees no rise from nothing to one.
    pub(super) fn announce(&self, kind: ConnectionKind) {
        self.open.with_label_values(&[kind.as_str()]);
        self.opened.with_label_values(&[kind.as_str()]);
        for reason in kind.reasons() {
            self.closed.with_label_values(&[kind.as_str(), reason]);
        }
    }
}

/// A connection that is counted as open. Dropping it counts it as ended.
#[derive(Debug)]
pub struct OpenConnection {
    metrics: Metrics,
    kind: ConnectionKind,
    reason: &'static str,
}

impl Metrics {
    /// Counts a connection as open.
    pub fn open_connection(&self, kind: ConnectionKind) -> OpenConnection {
        self.connections.open.with_label_values(&[kind.as_str()]).inc();
        self.connections.opened.with_label_values(&[kind.as_str()]).inc();
        OpenConnection { metrics: self.clone(), kind, reason: GONE }
    }
}

impl OpenConnection {
    /// What it is.
    pub fn kind(&self) -> ConnectionKind {
        self.kind
    }

    /// Why it ends, as far as it is known now.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// Says why it ends, in the words of [`crate::close_reason::CloseReason::label`]. Without this, its client has gone.
    pub fn ends_with(&mut self, reason: &'static str) {
        self.reason = reason;
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let connections = &self.metrics.connections;
        connections.open.with_label_values(&[self.kind.as_str()]).dec();
        connections.closed.with_label_values(&[self.kind.as_str(), self.reason]).inc();
    }
}
