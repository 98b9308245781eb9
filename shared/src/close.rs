//! Close codes: when each happens, and what a client should do then.

use std::fmt;

/// A WebSocket close code (RFC 6455 §7.4). Those from 4000 on are Parlor's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

/// What a client should do about a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: it was meant.
    Stop,
    /// Connect again after a delay that grows from try to try.
    Reconnect,
    /// Fix the program first: connecting again would end the same way.
    Fix,
}

impl CloseCode {
    /// The purpose is fulfilled: either side is done.
    pub const NORMAL: Self = Self(1000);
    /// The page was left, or the server ends for good.
    pub const GOING_AWAY: Self = Self(1001);
    /// A frame broke the rules of RFC 6455.
    pub const PROTOCOL: Self = Self(1002);
    /// Never sent: a close frame without a code came.
    pub const NO_STATUS: Self = Self(1005);
    /// Never sent: the connection ended without a close frame.
    pub const ABNORMAL: Self = Self(1006);
    /// A text message was not UTF-8.
    pub const NOT_UTF8: Self = Self(1007);
    /// A message broke a rule of the server.
    pub const POLICY: Self = Self(1008);
    /// A message was larger than the server takes.
    pub const TOO_BIG: Self = Self(1009);
    /// The server failed.
    pub const FAILED: Self = Self(1011);
    /// The server restarts.
    pub const RESTART: Self = Self(1012);
    /// The server cannot take it now.
    pub const TRY_LATER: Self = Self(1013);
    /// No `hello` came within [`crate::limits::HELLO_MS`].
    pub const HELLO_TIMEOUT: Self = Self(4000);
    /// The client took no bytes for [`crate::limits::STUCK_MS`].
    pub const STUCK: Self = Self(4001);
    /// The token that the connection was opened with has expired.
    pub const TOKEN_EXPIRED: Self = Self(4003);
    /// Sent by either side: nothing was heard from the other for too long.
    pub const SILENT: Self = Self(4002);

    /// The code's meaning, in one sentence for people.
    pub const fn meaning(self) -> &'static str {
        match self.0 {
            1000 => "Done: either side closed the connection on purpose.",
            1001 => "Going away: the page was left, or the server was shut down.",
            1002 => "Protocol error: a frame broke the rules of RFC 6455.",
            1003 => "Unsupported data: this kind of message is not accepted.",
            1005 => "No status: a close frame came without a code.",
            1006 => "Abnormal: the connection ended without a close frame.",
            1007 => "Invalid data: a text message was not UTF-8.",
            1008 => "Policy violation: a message broke a rule of the server.",
            1009 => "Too big: a message was larger than the server accepts.",
            1010 => "Missing extension: the client needs one that the server did not offer.",
            1011 => "Server error: the server failed.",
            1012 => "Restart: the server restarts; connect again after a moment.",
            1013 => "Try again later: the server is overloaded.",
            1014 => "Bad gateway: a proxy got no proper answer from the server.",
            1015 => "TLS failure: the secure connection could not be made.",
            4000 => "No hello: the first frame did not come within 10 seconds.",
            4001 => "Stuck: the client took no bytes for 30 seconds.",
            4002 => "Silence: nothing was heard from the other side for too long.",
            1004 | 1016..=2999 => "Reserved: this code has no meaning yet.",
            3000..=3999 => "A code of a library or framework.",
            4003 => "Token expired: connect again with a new token.",
            4004..=4999 => "A code of the application's own.",
            _ => "Not a close code: RFC 6455 begins at 1000.",
        }
    }

    /// What a client should do about it.
    pub const fn advice(self) -> Advice {
        match self.0 {
            1000 => Advice::Stop,
            1002 | 1003 | 1007 | 1008 | 1009 | 1010 => Advice::Fix,
            _ => Advice::Reconnect,
        }
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
