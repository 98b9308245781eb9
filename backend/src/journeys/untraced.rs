//! What stands for the traces in a server without the feature `otlp`.

use axum::http::HeaderMap;
use shared::{Message, MessageId, RoomName, Seq};

use crate::store::{CommitTimes, Outcome};

/// No traces.
#[derive(Debug, Clone, Default)]
pub struct Journeys;

/// A journey that nobody records.
#[derive(Debug, Clone)]
pub struct Journey;

#[expect(clippy::unused_self, clippy::unused_async, reason = "the traced ones need it")]
impl Journeys {
    /// A post was received.
    pub fn begin(
        &self,
        _via: &'static str,
        _room: &RoomName,
        _id: &MessageId,
        _headers: &HeaderMap,
    ) -> Journey {
        Journey
    }

    /// These messages are about to be published.
    pub fn publishing(&self, _messages: &[Message]) {}

    /// Whether somebody waits for first deliveries.
    pub const fn await_delivery(&self) -> bool {
        false
    }

    /// A reader was handed a room's messages up to this one.
    pub fn delivered(&self, _room: &RoomName, _upto: Seq) {}

    /// Sends what is left to the collector.
    pub async fn shut_down(&self) {}
}

#[expect(clippy::unused_self, reason = "the traced one needs it")]
impl Journey {
    /// The post was answered.
    pub fn answered(&self, _outcome: &Outcome, _times: Option<CommitTimes>) {}
}
