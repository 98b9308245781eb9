//! The journeys of posts as OpenTelemetry traces, with the feature `otlp`.
//!
//! A trace has a span for the whole post, from its receipt until its answer, and children of it: the wait in the queue, the commit,
//! the publication, and the first delivery to a reader, which may end after the answer.
//!
//! The parts of the server tell what happens: a session or a route begins a journey and ends it, the log's thread tells the times
//! of the commit with the outcome, and says what is published; sessions say what they have delivered. Without the feature all of that
//! is empty and costs nothing.

#[cfg(feature = "otlp")]
mod collector;
#[cfg(feature = "otlp")]
mod first_deliveries;
#[cfg(feature = "otlp")]
mod traced;
#[cfg(not(feature = "otlp"))]
mod untraced;

#[cfg(feature = "otlp")]
pub use traced::{Journey, Journeys, OtlpSettings};
#[cfg(not(feature = "otlp"))]
pub use untraced::{Journey, Journeys};
