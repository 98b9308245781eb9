//! A WebSocket for the driver. A successful send proves nothing: only acknowledgements do.

use std::rc::Rc;

use gloo_events::EventListener;
use shared::{CloseCode, Event};
use wasm_bindgen::JsCast;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

type Feed = dyn Fn(&Event<'_>);

/// A socket that passes its events to the driver until it is closed or dropped.
pub(crate) struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl Socket {
    /// Starts to connect. `None`: the browser rejects the URL.
    pub(crate) fn open(url: &str, feed: impl Fn(&Event<'_>) + 'static) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        let feed: Rc<Feed> = Rc::new(feed);
        let on = |kind: &'static str, handle: fn(&Feed, &web_sys::Event)| {
            let feed = Rc::clone(&feed);
            EventListener::new(&socket, kind, move |event| handle(&*feed, event))
        };
        let listeners = [
            on("open", |feed, _| feed(&Event::Opened)),
            // The protocol has no binary frames.
            on("message", |feed, event| {
                if let Some(text) = event.unchecked_ref::<MessageEvent>().data().as_string() {
                    feed(&Event::Frame(&text));
                }
            }),
            // An error is followed by this event.
            on("close", |feed, event| {
                feed(&Event::Closed(CloseCode(event.unchecked_ref::<CloseEvent>().code())));
            }),
        ];
        Some(Self { socket, _listeners: listeners })
    }

    /// Sends a text if the socket is open. The link resends what is lost.
    pub(crate) fn send(&self, text: &str) {
        if self.socket.ready_state() == WebSocket::OPEN {
            // An error means that the socket is closed, which the close event reports too.
            let _ = self.socket.send_with_str(text);
        }
    }

    /// Closes the socket, and ignores its later events.
    pub(crate) fn close(self, code: CloseCode) {
        // Browsers accept only 1000 and 3000 to 4999.
        let _ = self.socket.close_with_code(code.0);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.socket.close();
    }
}
