//! One WebSocket, as the driver needs it.
//!
//! gloo-net turns the browser's events into a stream. What it is silent about is asked of the `WebSocket` itself:
//! whether it is open, and closing it with a code. A send is never believed: acknowledgements decide.

use std::{cell::Cell, rc::Rc};

use futures_util::StreamExt;
use gloo_events::EventListener;
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use shared::{CloseCode, Event};
use yew::platform::spawn_local;

/// A socket whose events go to the driver until it is closed or dropped.
pub(crate) struct Socket {
    raw: web_sys::WebSocket,
    heeded: Rc<Cell<bool>>,
    _opened: EventListener,
}

impl Socket {
    /// Begins to connect. None: the browser does not even try this URL.
    pub(crate) fn open(url: &str, feed: impl Fn(&Event<'_>) + 'static) -> Option<Self> {
        let raw = web_sys::WebSocket::new(url).ok()?;
        let mut events = WebSocket::try_from(raw.clone()).ok()?;
        let heeded = Rc::new(Cell::new(true));
        let feed = {
            let heeded = Rc::clone(&heeded);
            Rc::new(move |event: &Event<'_>| {
                if heeded.get() {
                    feed(event);
                }
            })
        };
        let opened = EventListener::once(&raw, "open", {
            let feed = Rc::clone(&feed);
            move |_| feed(&Event::Opened)
        });
        spawn_local({
            let heeded = Rc::clone(&heeded);
            async move {
                while let Some(event) = events.next().await {
                    if !heeded.get() {
                        break;
                    }
                    match event {
                        Ok(Message::Text(text)) => feed(&Event::Frame(&text)),
                        Err(WebSocketError::ConnectionClose(close)) => {
                            feed(&Event::Closed(CloseCode(close.code)));
                        }
                        // The protocol has no binary frames; an error is followed by the close that it causes.
                        Ok(Message::Bytes(_)) | Err(_) => {}
                    }
                }
            }
        });
        Some(Self { raw, heeded, _opened: opened })
    }

    /// Sends a text, if the socket is open. What is lost is resent by the link.
    pub(crate) fn send(&self, text: &str) {
        if self.raw.ready_state() == web_sys::WebSocket::OPEN {
            // An error means that it is closed: the close event says so too.
            let _ = self.raw.send_with_str(text);
        }
    }

    /// Closes, and hears nothing any more.
    pub(crate) fn close(self, code: CloseCode) {
        // Browsers take 1000 and 3000 to 4999 only.
        let _ = self.raw.close_with_code(code.0);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.heeded.set(false);
        let _ = self.raw.close();
    }
}
