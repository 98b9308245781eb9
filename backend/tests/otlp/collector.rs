//! A collector of OpenTelemetry traces: OTLP over HTTP with protobuf.

use std::{net::SocketAddr, sync::Arc};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use parking_lot::Mutex;
use prost::Message;
use tokio::net::TcpListener;

/// See the module's page.
pub struct Collector {
    pub address: SocketAddr,
    sent: Arc<Mutex<Vec<Sent>>>,
}

/// What came from one service with one request.
#[derive(Debug, Clone)]
pub struct Sent {
    pub service: String,
    pub spans: Vec<Span>,
}

impl Collector {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self { address: listener.local_addr().unwrap(), sent: Arc::default() };
        let sent = Arc::clone(&collector.sent);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sent = Arc::clone(&sent);
                let service = service_fn(move |request| take(request, Arc::clone(&sent)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        collector
    }

    /// The address of one that has ended.
    pub async fn gone() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { address: listener.local_addr().unwrap(), sent: Arc::default() }
    }

    /// What has come so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().clone()
    }
}

async fn take(
    request: Request<Incoming>,
    sent: Arc<Mutex<Vec<Sent>>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/v1/traces"));
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    let body = request.into_body().collect().await?.to_bytes();
    let request = ExportTraceServiceRequest::decode(body).expect("a request for traces");
    for resource in request.resource_spans {
        let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans).collect();
        sent.lock().push(Sent { service: find(&attributes, "service.name"), spans });
    }
    Ok(Response::builder().header("content-type", "application/x-protobuf").body(Full::default()).unwrap())
}

/// An attribute of a span, as text. It is empty if it is not there.
pub fn text(span: &Span, key: &str) -> String {
    find(&span.attributes, key)
}

/// The same for a number. It is 0 if it is not there.
pub fn number(span: &Span, key: &str) -> i64 {
    text(span, key).parse().unwrap_or(0)
}

fn find(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}
