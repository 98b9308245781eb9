//! A WebSocket of the browser. gloo-net hides the subprotocol, the buffered amount and the close reason.

use gloo_events::EventListener;
use js_sys::{ArrayBuffer, JsString, Uint8Array};
use shared::CloseCode;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::log::Body;

/// An event of the socket.
pub(crate) enum SocketEvent {
    Opened { protocol: String, extensions: String },
    Message(Body),
    Closed { code: CloseCode, reason: String, clean: bool },
}

/// A socket. Dropping it ends its events.
pub(crate) struct Socket {
    raw: WebSocket,
    _listeners: [EventListener; 3],
}

impl Socket {
    /// Starts to connect. The error is the browser's reason for rejecting the URL.
    pub(crate) fn open(
        url: &str,
        protocols: &[String],
        on_event: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Self, String> {
        let raw = if protocols.is_empty() {
            WebSocket::new(url)
        } else {
            let list: js_sys::Array = protocols.iter().map(|protocol| JsValue::from_str(protocol)).collect();
            WebSocket::new_with_str_sequence(url, &list)
        };
        let raw = raw.map_err(|error| words(&error))?;
        raw.set_binary_type(BinaryType::Arraybuffer);
        let opened = EventListener::new(&raw, "open", {
            let (raw, on_event) = (raw.clone(), on_event.clone());
            move |_| on_event(SocketEvent::Opened { protocol: raw.protocol(), extensions: raw.extensions() })
        });
        let message = EventListener::new(&raw, "message", {
            let on_event = on_event.clone();
            move |event| {
                if let Some(body) = event.dyn_ref::<MessageEvent>().and_then(body) {
                    on_event(SocketEvent::Message(body));
                }
            }
        });
        let closed = EventListener::new(&raw, "close", move |event| {
            if let Some(event) = event.dyn_ref::<CloseEvent>() {
                let (code, reason) = (CloseCode(event.code()), event.reason());
                on_event(SocketEvent::Closed { code, reason, clean: event.was_clean() });
            }
        });
        Ok(Self { raw, _listeners: [opened, message, closed] })
    }

    pub(crate) fn is_open(&self) -> bool {
        self.raw.ready_state() == WebSocket::OPEN
    }

    /// The number of bytes that are buffered in the browser.
    pub(crate) fn buffered(&self) -> u32 {
        self.raw.buffered_amount()
    }

    /// Sends a message. Returns false if the socket is not open or the browser rejects the message.
    pub(crate) fn send(&self, body: &Body) -> bool {
        // Browsers silently discard messages on a closing socket.
        self.is_open()
            && match body {
                Body::Text(text) => self.raw.send_with_str(text).is_ok(),
                Body::Binary(bytes) => self.raw.send_with_u8_array(bytes).is_ok(),
            }
    }

    /// Starts the close handshake. The error is the browser's reason for rejecting the code.
    pub(crate) fn close(&self, code: u16, reason: &str) -> Result<(), String> {
        self.raw.close_with_code_and_reason(code, reason).map_err(|error| words(&error))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.raw.close();
    }
}

fn body(event: &MessageEvent) -> Option<Body> {
    let data = event.data();
    match data.dyn_into::<JsString>() {
        Ok(text) => Some(Body::Text(String::from(text).into())),
        Err(data) => {
            let buffer: ArrayBuffer = data.dyn_into().ok()?;
            Some(Body::Binary(Uint8Array::new(&buffer).to_vec().into()))
        }
    }
}

fn words(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message"));
    message.ok().and_then(|message| message.as_string()).unwrap_or_default()
}
