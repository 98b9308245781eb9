//! All limits of the protocol, with their units. The server enforces them; `welcome` tells them to the client.

use serde::{Deserialize, Serialize};

/// The protocol's version, requested as `/ws?v=1`.
pub const VERSION: u32 = 1;
/// The largest text of a message, in bytes of UTF-8.
pub const TEXT_BYTES: usize = 65_536;
/// The largest WebSocket message (and frame) that the server accepts from a client, in bytes of payload. A text of
/// the maximum size fits even if a quarter of it must be escaped in JSON.
pub const FRAME_BYTES: usize = 98_304;
/// The largest text of a reaction, in bytes of UTF-8: one emoji, with its modifiers.
pub const REACTION_BYTES: usize = 64;
/// The maximum number of messages in a page.
pub const PAGE_MESSAGES: u16 = 200;
/// The number of messages in a page without a `limit`, and in the first page of a joined room.
pub const PAGE_DEFAULT: u16 = 50;
/// The maximum number of messages in a page's `context`.
pub const CONTEXT_MESSAGES: u16 = 500;
/// The maximum number of rooms that one connection may join.
pub const ROOMS_JOINED: usize = 100;
/// The maximum number of rooms in `welcome`, newest message first.
pub const ROOMS_LISTED: usize = 200;
/// Unread messages of a room are counted up to this number.
pub const UNREAD_COUNTED: u32 = 1_000;
/// The length of the last message's text in a list of rooms, in characters.
pub const PREVIEW_CHARACTERS: usize = 200;
/// Presence names each member up to this number; above it, it gives the count and a sample of this size.
pub const MEMBERS_NAMED: usize = 100;
/// A connection that was idle for this long is sent a `heartbeat`, in milliseconds.
pub const HEARTBEAT_MS: u64 = 25_000;
/// The time limit for the first `hello`, in milliseconds.
pub const HELLO_MS: u64 = 10_000;
/// How long somebody is displayed as typing, in milliseconds.
pub const TYPING_MS: u64 = 5_000;
/// The shortest time between two `typing` frames of a client, in milliseconds.
pub const TYPING_INTERVAL_MS: u64 = 2_500;
/// A socket that takes no bytes at all for so long is closed, in milliseconds.
pub const WRITE_TIMEOUT_MS: u64 = 30_000;
/// How long the code of a device link is valid, in milliseconds.
pub const DEVICE_CODE_MS: u64 = 300_000;
/// The longest address of a page that a device link opens, in bytes. A QR code of such a link can still be scanned from a
/// screen.
pub const DEVICE_PAGE_BYTES: usize = 512;
/// The most people of a direct room.
pub const DIRECT_PEOPLE: usize = 8;
/// The longest time between two posts that a slowed-down room can demand, in seconds: a day.
pub const SLOW_SECONDS: u32 = 86_400;
/// The longest validity of an invitation, in days.
pub const INVITATION_DAYS: u32 = 3_650;
/// The validity of an invitation that does not state one, in days.
pub const INVITATION_DAYS_DEFAULT: u32 = 7;
/// The most people that one invitation can bring in.
pub const INVITATION_USES: u32 = 100_000;
/// The longest name that can be asked for a closed room, in characters: it gets a dot and a suffix.
pub const CLOSED_NAME_CHARACTERS: usize = 54;
/// The suffix of a closed room's name, in characters of Base32 (RFC 4648 §6, in lower case): 40 random bits.
pub const CLOSED_SUFFIX_CHARACTERS: usize = 8;

/// The limits that a client should respect, as `welcome` tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The largest text of a message, in bytes of UTF-8.
    pub text_bytes: usize,
    /// The largest frame to the server, in bytes.
    pub frame_bytes: usize,
    /// The maximum number of messages in a page.
    pub page_messages: u16,
    /// The maximum number of rooms that one connection may join.
    pub rooms_joined: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: TEXT_BYTES,
            frame_bytes: FRAME_BYTES,
            page_messages: PAGE_MESSAGES,
            rooms_joined: ROOMS_JOINED,
        }
    }
}
