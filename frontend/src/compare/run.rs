//! A run: all four transports at the same time, on the same stream of events.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use gloo_events::EventListener;
use gloo_net::http::Request;
use shared::Timestamp;
use wasm_bindgen::JsCast;
use web_sys::{AbortController, EventSource, MessageEvent, WebSocket};
use yew::platform::{spawn_local, time::sleep};

use super::{
    clocks::{self, Offset, Sample},
    cost,
    tally::{self, StreamEvent, Tally},
};
use crate::console::{now, url};

/// How many times the server is asked for the time.
const SAMPLES: usize = 10;
/// The pause of a transport after a failure.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);

/// The transports, from the oldest technique to the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Poll,
    LongPoll,
    Sse,
    Ws,
}

impl Transport {
    pub(crate) const ALL: [Self; 4] = [Self::Poll, Self::LongPoll, Self::Sse, Self::Ws];
}

/// The user's choices. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The interval of the server's events.
    pub(crate) every: u32,
    /// The interval of the polls.
    pub(crate) poll: u32,
    pub(crate) duration: u32,
    /// Whether polls send the last known number.
    pub(crate) remember: bool,
}

/// The progress of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Phase {
    /// The clocks are being compared.
    Clocks,
    Running,
    Done,
    /// The server did not answer.
    Failed,
}

/// A run. Dropping it stops it.
pub(crate) struct Run(Rc<Inner>);

struct Inner {
    settings: Settings,
    phase: Cell<Phase>,
    offset: Cell<Option<Offset>>,
    began: Cell<f64>,
    ended: Cell<f64>,
    tallies: RefCell<[Tally; 4]>,
    abort: Option<AbortController>,
    push: RefCell<Option<Push>>,
}

/// The two persistent connections with their listeners.
struct Push {
    stream: EventSource,
    socket: WebSocket,
    _listeners: Vec<EventListener>,
}

impl Drop for Push {
    fn drop(&mut self) {
        self.stream.close();
        let _ = self.socket.close();
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.0.end(Phase::Done);
    }
}

impl Run {
    /// Starts a run.
    pub(crate) fn start(settings: Settings) -> Self {
        let inner = Rc::new(Inner {
            settings,
            phase: Cell::new(Phase::Clocks),
            offset: Cell::new(None),
            began: Cell::new(0.0),
            ended: Cell::new(0.0),
            tallies: RefCell::default(),
            abort: AbortController::new().ok(),
            push: RefCell::new(None),
        });
        spawn_local(Rc::clone(&inner).run());
        Self(inner)
    }

    pub(crate) fn settings(&self) -> Settings {
        self.0.settings
    }

    pub(crate) fn phase(&self) -> Phase {
        self.0.phase.get()
    }

    pub(crate) fn offset(&self) -> Option<Offset> {
        self.0.offset.get()
    }

    /// Milliseconds since the transports were started.
    pub(crate) fn elapsed(&self) -> f64 {
        match self.phase() {
            Phase::Clocks | Phase::Failed => 0.0,
            Phase::Running => now() - self.0.began.get(),
            Phase::Done => self.0.ended.get() - self.0.began.get(),
        }
    }

    /// The results of each transport so far.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&[Tally; 4]) -> T) -> T {
        read(&self.0.tallies.borrow())
    }

    /// Stops the run early.
    pub(crate) fn stop(&self) {
        self.0.end(Phase::Done);
    }
}

impl Inner {
    async fn run(self: Rc<Self>) {
        self.offset.set(clocks::offset(&time_of_server().await));
        let newest = self.ask(&format!("/lab/poll?every={}ms", self.settings.every)).await;
        let newest = newest.and_then(|events| events.last().map(|event| event.number));
        let Some(newest) =
            newest.filter(|_| self.offset.get().is_some() && self.phase.get() == Phase::Clocks)
        else {
            return self.end(Phase::Failed);
        };
        *self.tallies.borrow_mut() = [(); 4].map(|()| Tally::after(newest));
        self.began.set(now());
        self.phase.set(Phase::Running);
        spawn_local(Rc::clone(&self).poll());
        spawn_local(Rc::clone(&self).long_poll());
        *self.push.borrow_mut() = self.push(newest);
        sleep(Duration::from_millis(self.settings.duration.into())).await;
        self.end(Phase::Done);
    }

    fn end(&self, phase: Phase) {
        if matches!(self.phase.get(), Phase::Clocks | Phase::Running) {
            self.phase.set(phase);
            self.ended.set(now());
            self.push.take();
            if let Some(abort) = &self.abort {
                abort.abort();
            }
        }
    }

    fn is_running(&self) -> bool {
        self.phase.get() == Phase::Running
    }

    fn tally(&self, transport: Transport, change: impl FnOnce(&mut Tally)) {
        if self.is_running() {
            change(&mut self.tallies.borrow_mut()[transport as usize]);
        }
    }

    fn arrived(&self, transport: Transport, event: StreamEvent) {
        let at = now();
        let offset = self.offset.get().map_or(0.0, |offset| offset.ms);
        self.tally(transport, |tally| tally.arrived(event, at - self.began.get(), at + offset));
    }

    async fn poll(self: Rc<Self>) {
        let every = self.settings.every;
        let mut next = now();
        while self.is_running() {
            let newest = self.tallies.borrow()[Transport::Poll as usize].newest();
            let path = if self.settings.remember {
                format!("/lab/poll?every={every}ms&after={newest}")
            } else {
                format!("/lab/poll?every={every}ms")
            };
            self.request(Transport::Poll, &path).await;
            next += f64::from(self.settings.poll);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
            let wait = (next - now()).max(0.0) as u64;
            sleep(Duration::from_millis(wait)).await;
        }
    }

    async fn long_poll(self: Rc<Self>) {
        let every = self.settings.every;
        while self.is_running() {
            let newest = self.tallies.borrow()[Transport::LongPoll as usize].newest();
            let path = format!("/lab/long-poll?every={every}ms&after={newest}");
            if !self.request(Transport::LongPoll, &path).await {
                sleep(FAILURE_PAUSE).await;
            }
        }
    }

    /// One request of a polling transport. Returns false if it failed.
    async fn request(&self, transport: Transport, path: &str) -> bool {
        self.tally(transport, |tally| {
            tally.requests += 1;
            tally.bytes += cost::request(path);
        });
        let signal = self.abort.as_ref().map(AbortController::signal);
        let answer = async {
            let response = Request::get(path).abort_signal(signal.as_ref()).send().await.ok()?;
            let headers = cost::answer(response.headers().entries());
            let body = response.text().await.ok()?;
            self.tally(transport, |tally| tally.bytes += headers + body.len());
            tally::read(&body)
        };
        let Some(events) = answer.await else {
            self.tally(transport, |tally| tally.failures += 1);
            return false;
        };
        for event in events {
            self.arrived(transport, event);
        }
        true
    }

    /// A request that is not part of the comparison.
    async fn ask(&self, path: &str) -> Option<Vec<StreamEvent>> {
        let body = Request::get(path).send().await.ok()?.text().await.ok()?;
        tally::read(&body)
    }

    fn push(self: &Rc<Self>, after: u64) -> Option<Push> {
        let query = format!("every={}ms&after={after}", self.settings.every);
        let (sse, ws) = (format!("/lab/sse?{query}"), format!("/lab/ws?{query}"));
        let stream = EventSource::new(&sse).ok()?;
        let socket = WebSocket::new(&url(&ws)).ok()?;
        self.tally(Transport::Ws, |tally| {
            tally.requests += 1;
            tally.bytes += cost::handshake(&ws);
        });
        let of_stream = |inner: &Self, event: &MessageEvent, data: &str| {
            let cost = cost::stream_event(&event.last_event_id(), data);
            inner.tally(Transport::Sse, |tally| tally.bytes += cost);
        };
        let of_socket = |inner: &Self, _: &MessageEvent, data: &str| {
            inner.tally(Transport::Ws, |tally| tally.bytes += cost::frame(data.len()));
        };
        let inner = Rc::clone(self);
        let opened = EventListener::new(&stream, "open", move |_| {
            // The browser reopens a broken stream, which is another request.
            inner.tally(Transport::Sse, |tally| {
                tally.requests += 1;
                tally.bytes += cost::stream(&sse);
            });
        });
        let failed = |transport: Transport| {
            let inner = Rc::clone(self);
            move |_: &web_sys::Event| inner.tally(transport, |tally| tally.failures += 1)
        };
        let listeners = vec![
            opened,
            self.listen(&stream, Transport::Sse, of_stream),
            self.listen(&socket, Transport::Ws, of_socket),
            EventListener::new(&stream, "error", failed(Transport::Sse)),
            EventListener::new(&socket, "error", failed(Transport::Ws)),
        ];
        Some(Push { stream, socket, _listeners: listeners })
    }

    fn listen(
        self: &Rc<Self>,
        target: &web_sys::EventTarget,
        transport: Transport,
        cost: impl Fn(&Self, &MessageEvent, &str) + 'static,
    ) -> EventListener {
        let inner = Rc::clone(self);
        EventListener::new(target, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            let Some(data) = event.data().as_string() else { return };
            cost(&inner, event, &data);
            for event in tally::read(&data).unwrap_or_default() {
                inner.arrived(transport, event);
            }
        })
    }
}

/// Asks the server for its time several times on one connection.
async fn time_of_server() -> Vec<Sample> {
    use futures_util::{SinkExt, StreamExt};
    use gloo_net::websocket::{Message, futures::WebSocket};

    let Ok(mut socket) = WebSocket::open(&url("/lab/clock")) else { return Vec::new() };
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        // The first request waits until the connection is open, so its round trip is the longest.
        let sent_at = now();
        if socket.send(Message::Text(String::new())).await.is_err() {
            break;
        }
        let Some(Ok(Message::Text(time))) = socket.next().await else { break };
        let received_at = now();
        if let Ok(server_time) = time.parse::<Timestamp>() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds up to the year 9999 are below 2^53"
            )]
            samples.push(Sample { sent_at, received_at, server_time: server_time.millis() as f64 });
        }
    }
    samples
}
