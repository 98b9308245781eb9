//! The traces. See the module above for what they show.

use std::{sync::Arc, time::SystemTime};

use axum::http::HeaderMap;
use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{Span as _, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracer, SdkTracerProvider, Span},
};
use parking_lot::Mutex;
use shared::{Message, MessageId, RoomName, Seq};
use tokio::time::Instant;
use tracing::warn;

use super::{
    collector::Collector,
    first_deliveries::{Delivered, FirstDeliveries},
};
use crate::store::{CommitTimes, Outcome};

/// Where traces are sent, and how many.
#[derive(Debug, Clone, PartialEq)]
pub struct OtlpSettings {
    /// The collector's address, as `http://127.0.0.1:4318`.
    pub url: String,
    /// The part of the posts that is traced, from 0 to 1. A caller's `traceparent` decides about its own posts.
    pub sample: f64,
}

impl Eq for OtlpSettings {}

/// Makes the traces. A cheap handle.
#[derive(Debug, Clone, Default)]
pub struct Journeys(Option<Arc<Parts>>);

#[derive(Debug)]
struct Parts {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    deliveries: FirstDeliveries,
}

/// A post on its way. A clone is another handle to the same journey, which ends when it is answered, or with the last handle.
#[derive(Debug, Clone)]
pub struct Journey(Option<Arc<Mutex<Option<Traced>>>>);

#[derive(Debug)]
struct Traced {
    parts: Arc<Parts>,
    /// The span of the whole post.
    root: Span,
    received: Instant,
    room: RoomName,
    id: MessageId,
}

impl Journeys {
    /// Traces for a collector. To be called on the runtime, which sends them. Fails with a sentence.
    pub fn start(settings: &OtlpSettings) -> Result<Self, String> {
        let url = format!("{}/v1/traces", settings.url.trim_end_matches('/'));
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::of_this_runtime())
            .with_endpoint(&url)
            .build()
            .map_err(|error| format!("traces cannot be sent to {url}: {error}"))?;
        let resource = Resource::builder_empty()
            .with_service_name("parlor")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample)));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("parlor");
        Ok(Self(Some(Arc::new(Parts { provider, tracer, deliveries: FirstDeliveries::default() }))))
    }

    /// A post was received. `headers` are those of its request: a `traceparent` (W3C Trace Context) makes the trace a part of the
    /// caller's.
    pub fn begin(&self, via: &'static str, room: &RoomName, id: &MessageId, headers: &HeaderMap) -> Journey {
        let Some(parts) = &self.0 else { return Journey(None) };
        let parent =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let attributes = [
            KeyValue::new("parlor.via", via),
            KeyValue::new("parlor.room", room.to_string()),
            KeyValue::new("parlor.message.id", id.to_string()),
        ];
        let span = parts.tracer.span_builder("post").with_kind(SpanKind::Server).with_attributes(attributes);
        let whole = span.start_with_context(&parts.tracer, &parent);
        if !whole.is_recording() {
            return Journey(None);
        }
        parts.deliveries.expect(room, id, whole.span_context());
        let (room, id) = (room.clone(), id.clone());
        let traced = Traced { parts: Arc::clone(parts), root: whole, received: Instant::now(), room, id };
        Journey(Some(Arc::new(Mutex::new(Some(traced)))))
    }

    /// These messages are about to be published. Called on the log's thread, before any reader can see them.
    pub fn publishing(&self, messages: &[Message]) {
        if let Some(parts) = &self.0 {
            parts.deliveries.publishing(messages);
        }
    }

    /// Whether somebody waits for first deliveries. It is asked for every delivery, and cheap.
    pub fn await_delivery(&self) -> bool {
        self.0.as_ref().is_some_and(|parts| parts.deliveries.are_awaited())
    }

    /// A reader was handed a room's messages up to this one.
    pub fn delivered(&self, room: &RoomName, upto: Seq) {
        let Some(parts) = &self.0 else { return };
        for Delivered { of, seq, published } in parts.deliveries.delivered(room, upto) {
            let mut span = parts.child(&of, "first delivery", published);
            span.set_attribute(position(seq));
            span.end_with_timestamp(SystemTime::now());
        }
    }

    /// Sends what is left to the collector.
    pub async fn shut_down(&self) {
        let Some(parts) = self.0.clone() else { return };
        // It waits for the collector, and for a limited time.
        let sent = tokio::task::spawn_blocking(move || parts.provider.shutdown()).await;
        if let Ok(Err(error)) = sent {
            warn!(%error, "the last traces could not be sent");
        }
    }
}

impl Parts {
    /// A part of a journey, as a span that begins at this time.
    fn child(&self, of: &SpanContext, name: &'static str, began: Instant) -> Span {
        let parent = Context::new().with_remote_span_context(of.clone());
        self.tracer.span_builder(name).with_start_time(wall(began)).start_with_context(&self.tracer, &parent)
    }
}

impl Journey {
    /// The post was answered. `times`: those of the commit that it was in.
    pub fn answered(&self, outcome: &Outcome, times: Option<CommitTimes>) {
        let traced = self.0.as_ref().and_then(|traced| traced.lock().take());
        if let Some(traced) = traced {
            traced.answered(outcome, times);
        }
    }
}

impl Traced {
    fn answered(mut self, outcome: &Outcome, times: Option<CommitTimes>) {
        let (root, parts) = (&mut self.root, &self.parts);
        match outcome {
            Outcome::Stored { seq, .. } => root.set_attribute(position(*seq)),
            Outcome::Refused(refusal) => {
                root.set_attribute(KeyValue::new("parlor.refusal", refusal.code.as_str()));
            }
            _ => root.set_status(Status::error("the store failed")),
        }
        if let Some(CommitTimes { began, committed, published, entries }) = times {
            let of = root.span_context().clone();
            parts.child(&of, "queue", self.received).end_with_timestamp(wall(began));
            let mut commit = parts.child(&of, "commit", began);
            commit.set_attribute(KeyValue::new("parlor.entries", i64::try_from(entries).unwrap_or(i64::MAX)));
            commit.end_with_timestamp(wall(committed));
            parts.child(&of, "publish", committed).end_with_timestamp(wall(published));
        }
        root.end_with_timestamp(SystemTime::now());
    }
}

impl Drop for Traced {
    /// What was not published by now is never delivered: it was refused, or it was stored by an earlier try.
    fn drop(&mut self) {
        self.parts.deliveries.forget(&self.room, &self.id);
    }
}

/// A time of the timers' clock on the wall clock.
fn wall(at: Instant) -> SystemTime {
    let now = SystemTime::now();
    now.checked_sub(at.elapsed()).unwrap_or(now)
}

fn position(seq: Seq) -> KeyValue {
    KeyValue::new("parlor.seq", i64::try_from(seq.0).unwrap_or(i64::MAX))
}
