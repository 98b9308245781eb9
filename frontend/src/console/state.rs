//! The Console's state and its changes. The page only displays it.

use shared::CloseCode;

use super::{
    compose::{Draft, DraftError, template::Values},
    display::FrameDisplay,
    log::{Body, Direction, Event, Log, filter::Filter, view::LogView},
    repeat::Repeat,
    socket::Socket,
};

/// The connection state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Phase {
    Closed,
    Connecting {
        since: f64,
    },
    Open {
        since: f64,
        protocol: String,
    },
    Closing {
        was_open: bool,
    },
    /// Closed, with another attempt scheduled.
    Waiting {
        until: f64,
    },
}

/// The fields of the forms. They outlive the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) url: String,
    /// Separated by commas or spaces.
    pub(crate) protocols: String,
    pub(crate) reconnect: bool,
    pub(crate) close_code: String,
    pub(crate) close_reason: String,
    pub(crate) draft: Draft,
    /// Milliseconds between repeated sends.
    pub(crate) every: String,
    /// The number of repeated sends; empty for no limit.
    pub(crate) count: String,
}

impl Form {
    /// The list of subprotocols.
    pub(crate) fn protocol_list(&self) -> Vec<String> {
        let names = self.protocols.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// The code and the reason, if a browser may send them: 1000 or 3000 to 4999, and at most 123 bytes.
    pub(crate) fn close(&self) -> Result<(u16, &str), CloseError> {
        let code = self.close_code.trim().parse().ok();
        let code = code.filter(|code| matches!(code, 1000 | 3000..=4999)).ok_or(CloseError::Code)?;
        let reason = self.close_reason.trim();
        if reason.len() > 123 { Err(CloseError::Reason) } else { Ok((code, reason)) }
    }
}

/// Why the connection cannot be closed in this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseError {
    Code,
    Reason,
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SendError {
    NotOpen,
    Draft(DraftError),
}

/// The state that the page displays.
pub(crate) struct State {
    pub(crate) form: Form,
    pub(crate) log: Log,
    pub(crate) view: LogView,
    pub(crate) phase: Phase,
    pub(crate) socket: Option<Socket>,
    /// Whether the socket is connected to this server's `/ws`, where Parlor's own close codes apply.
    pub(crate) to_rooms: bool,
    pub(crate) repeat: Option<Repeat>,
    /// The line whose details are shown.
    pub(crate) selected: Option<u64>,
    /// The line that the selected one is compared with.
    pub(crate) base: Option<u64>,
    /// The number of the next send: `{{n}}`.
    pub(crate) n: u64,
    pub(crate) error: Option<SendError>,
    /// The display that the user chose for the details.
    pub(crate) display: Option<FrameDisplay>,
    /// The text that was copied last.
    pub(crate) copied: Option<String>,
    /// The number of failed connection attempts.
    pub(crate) tries: u32,
}

impl State {
    pub(crate) fn new(url: String) -> Self {
        Self {
            form: Form {
                url,
                protocols: String::new(),
                reconnect: false,
                close_code: "1000".to_owned(),
                close_reason: String::new(),
                draft: Draft::default(),
                every: "1000".to_owned(),
                count: String::new(),
            },
            log: Log::default(),
            view: LogView::default(),
            phase: Phase::Closed,
            socket: None,
            to_rooms: false,
            repeat: None,
            selected: None,
            base: None,
            n: 1,
            error: None,
            display: None,
            copied: None,
            tries: 0,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. }) && self.socket.as_ref().is_some_and(Socket::is_open)
    }

    /// The number of bytes that are buffered in the browser.
    pub(crate) fn buffered(&self) -> u32 {
        self.socket.as_ref().map_or(0, Socket::buffered)
    }

    pub(crate) fn record(&mut self, at: f64, direction: Direction, body: Body) {
        let line = self.log.record(at, direction, body);
        self.view.take(&self.log, &line);
    }

    pub(crate) fn record_event(&mut self, at: f64, event: Event) {
        let line = self.log.record_event(at, event);
        self.view.take(&self.log, &line);
    }

    /// Sends a draft, and records it if the browser accepts it.
    pub(crate) fn send(&mut self, at: f64, draft: &Draft) -> Result<(), SendError> {
        if !self.is_open() {
            return Err(SendError::NotOpen);
        }
        let mut random = || {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a number below 2^30"
            )]
            let number = (js_sys::Math::random() * f64::from(1 << 30)) as u32;
            number
        };
        let now = super::log::export::timestamp(at).to_string();
        let mut values = Values { n: self.n, now: &now, random: &mut random };
        let body = draft.body(&mut values).map_err(SendError::Draft)?;
        if !self.socket.as_ref().is_some_and(|socket| socket.send(&body)) {
            return Err(SendError::NotOpen);
        }
        self.n += 1;
        self.record(at, Direction::Sent, body);
        Ok(())
    }

    /// Handles the end of a connection. Returns the delay before the next attempt in milliseconds, if there is one.
    pub(crate) fn closed(&mut self, at: f64, code: CloseCode, reason: String, clean: bool) -> Option<f64> {
        /// After a connection that lasted this long, backoff starts again, in milliseconds.
        const STABLE_MS: f64 = 10_000.0;
        let (requested, opened) = match self.phase {
            Phase::Open { since, .. } => {
                self.tries = if at - since > STABLE_MS { 0 } else { self.tries };
                (false, true)
            }
            Phase::Closing { was_open } => (true, was_open),
            _ => (false, false),
        };
        self.phase = Phase::Closed;
        let to_rooms = self.to_rooms;
        self.record_event(at, Event::Closed { code, reason, clean, opened, requested, to_rooms });
        if requested || !self.form.reconnect {
            return None;
        }
        if code.advice() != shared::close::Advice::Reconnect {
            self.record_event(at, Event::Stays);
            return None;
        }
        self.tries += 1;
        // Half of the delay is random, so that many clients do not reconnect at the same time.
        let longest = (1000.0 * 2_f64.powi(self.tries.min(6).cast_signed() - 1)).min(30_000.0);
        let ms = (longest * (0.5 + js_sys::Math::random() / 2.0)).round();
        self.phase = Phase::Waiting { until: at + ms };
        self.record_event(at, Event::Waiting { ms, tries: self.tries });
        Some(ms)
    }

    pub(crate) fn clear(&mut self) {
        self.log.clear();
        self.view.clear();
        (self.selected, self.base) = (None, None);
    }

    pub(crate) fn choose_filter(&mut self, filter: Filter) {
        self.view.choose(&self.log, filter);
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn only_close_codes_that_a_browser_may_send_are_accepted() {
        let mut form = State::new(String::new()).form;
        assert_eq!(form.close(), Ok((1000, "")));
        form.close_reason = " 再见 ".into();
        form.close_code = "4321".into();
        assert_eq!(form.close(), Ok((4321, "再见")));
        for code in ["1001", "1006", "2999", "5000", "", "many"] {
            form.close_code = code.into();
            assert_eq!(form.close(), Err(CloseError::Code), "{code}");
        }
        form.close_code = "3000".into();
        form.close_reason = "é".repeat(62);
        assert_eq!(form.close(), Err(CloseError::Reason));
    }

    #[test]
    fn delays_grow_with_each_attempt_and_end_where_reconnecting_would_not_help() {
        let mut state = State::new(String::new());
        state.form.reconnect = true;
        let mut close = |code| state.closed(0.0, CloseCode(code), String::new(), false);
        let waits: Vec<f64> = (0..8).map(|_| close(1006).unwrap()).collect();
        for (wait, longest) in waits.iter().zip([1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3, 30e3]) {
            assert!((longest / 2.0..=longest).contains(wait), "{wait} of {longest}");
        }
        assert_eq!(close(1000), None);
        assert_eq!(close(1008), None);
        assert_eq!(
            state.log.lines().next_back().unwrap().entry,
            super::super::log::Entry::Event(Event::Stays)
        );
    }

    #[test]
    fn nothing_is_recorded_as_sent_without_an_open_socket() {
        let mut state = State::new(String::new());
        state.phase = Phase::Open { since: 0.0, protocol: String::new() };
        assert_eq!(state.send(0.0, &Draft::default()), Err(SendError::NotOpen));
        assert_eq!((state.log.lines().len(), state.n), (0, 1));
    }
}
