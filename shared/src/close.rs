//! Close codes: when each is used, and what a client should do after it.

use std::fmt;

/// A WebSocket close code (RFC 6455 §7.4). Those from 4000 on are the application's: Parlor has six, for `/ws`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

/// What a client should do about a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: the close was intended.
    Stop,
    /// Reconnect after a delay that grows with each attempt.
    Reconnect,
    /// Fix the program first: a new connection would be closed for the same reason.
    Fix,
}

impl CloseCode {
    /// Either side has finished.
    pub const NORMAL: Self = Self(1000);
    /// The page was left, or the server is shut down.
    pub const GOING_AWAY: Self = Self(1001);
    /// A frame broke the rules of RFC 6455.
    pub const PROTOCOL: Self = Self(1002);
    /// Never sent: the close frame had no code.
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
    /// The client accepted no bytes for [`crate::limits::WRITE_TIMEOUT_MS`].
    pub const WRITE_TIMEOUT: Self = Self(4001);
    /// Sent by either side: it received nothing from the other for too long.
    pub const HEARTBEAT_TIMEOUT: Self = Self(4002);
    /// The connection's token has expired, or its name belongs to somebody else now.
    pub const TOKEN_EXPIRED: Self = Self(4003);
    /// The user, or the address, was barred.
    pub const BARRED: Self = Self(4004);
    /// The only room of a connection to plain `/ws` is not the user's to read any more.
    pub const ROOM_LEFT: Self = Self(4005);

    /// The code's meaning on any server, in one sentence for people.
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
            1014 => "Bad gateway: a proxy got an invalid response from the server.",
            1015 => "TLS failure: the secure connection could not be made.",
            1004 | 1016..=2999 => "Reserved: this code has no meaning yet.",
            3000..=3999 => "A code of a library or framework.",
            4000..=4999 => "A code of the application's own.",
            _ => "Not a close code: RFC 6455 begins at 1000.",
        }
    }

    /// The code's meaning on Parlor's `/ws`, which defines codes of its own.
    pub const fn parlor_meaning(self) -> &'static str {
        match self {
            Self::HELLO_TIMEOUT => "No hello: the first frame did not come within 10 seconds.",
            Self::WRITE_TIMEOUT => "Write timeout: the client accepted no bytes for 30 seconds.",
            Self::HEARTBEAT_TIMEOUT => {
                "Heartbeat timeout: nothing was received from the other side for too long."
            }
            Self::TOKEN_EXPIRED => {
                "Token expired: the token is not valid any more; connect again with a new one."
            }
            Self::BARRED => {
                "Barred: somebody who keeps order in this house has barred the user or the address."
            }
            Self::ROOM_LEFT => "Room left: the connection's only room is not open to this user any more.",
            _ => self.meaning(),
        }
    }

    /// What a client should do after a close with this code.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_application_have_a_meaning_on_parlors_own_socket_only() {
        let own = [
            CloseCode::HELLO_TIMEOUT,
            CloseCode::WRITE_TIMEOUT,
            CloseCode::HEARTBEAT_TIMEOUT,
            CloseCode::TOKEN_EXPIRED,
            CloseCode::BARRED,
            CloseCode::ROOM_LEFT,
        ];
        for code in own {
            assert_eq!(code.meaning(), CloseCode(4999).meaning());
            assert_ne!(code.parlor_meaning(), code.meaning());
        }
        for code in [1000, 1006, 3000, 4006, 4999] {
            assert_eq!(CloseCode(code).parlor_meaning(), CloseCode(code).meaning());
        }
    }
}
