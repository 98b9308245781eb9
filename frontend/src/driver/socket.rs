//! A WebSocket for the driver.
//!
//! gloo-net turns the browser's events into a stream. Whether the socket is open, and closing it with a code, needs the
//! `WebSocket` itself. A successful send proves nothing: only acknowledgements do.

use std::{cell::Cell, rc::Rc};

use futures_util::StreamExt;
use gloo_events::EventListener;
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use shared::{CloseCode, Event};
use yew::platform::spawn_local;

/// A socket that passes its events to the driver until it is closed or dropped.
pub(crate) struct Socket {
    raw: web_sys::WebSocket,
    is_active: Rc<Cell<bool>>,
    _opened: EventListener,
}

impl Socket {
    /// Starts to connect. `None`: the browser rejects the URL.
    pub(crate) fn open(url: &str, feed: impl Fn(&Event<'_>) + 'static) -> Option<Self> {
        let raw = web_sys::WebSocket::new(url).ok()?;
        let mut events = WebSocket::try_from(raw.clone()).ok()?;
        let is_active = Rc::new(Cell::new(true));
        let feed = {
            let is_active = Rc::clone(&is_active);
            Rc::new(move |event: &Event<'_>| {
                if is_active.get() {
                    feed(event);
                }
            })
        };
        let opened = EventListener::once(&raw, "open", {
            let feed = Rc::clone(&feed);
            move |_| feed(&Event::Opened)
        });
        spawn_local({
            let is_active = Rc::clone(&is_active);
            async move {
                while let Some(event) = events.next().await {
                    if !is_active.get() {
                        break;
                    }
                    match event {
                        Ok(Message::Text(text)) => feed(&Event::Frame(&text)),
                        Err(WebSocketError::ConnectionClose(close)) => {
                            feed(&Event::Closed(CloseCode(close.code)));
                        }
                        // The protocol has no binary frames. An error is followed by a close event.
                        Ok(Message::Bytes(_)) | Err(_) => {}
                    }
                }
            }
        });
        Some(Self { raw, is_active, _opened: opened })
    }

    /// Sends a text if the socket is open. The link resends what is lost.
    pub(crate) fn send(&self, text: &str) {
        if self.raw.ready_state() == web_sys::WebSocket::OPEN {
            // An error means that the socket is closed, which the close event reports too.
            let _ = self.raw.send_with_str(text);
        }
    }

    /// Closes the socket, and ignores its later events.
    pub(crate) fn close(self, code: CloseCode) {
        // Browsers accept only 1000 and 3000 to 4999.
        let _ = self.raw.close_with_code(code.0);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.is_active.set(false);
        let _ = self.raw.close();
    }
}
