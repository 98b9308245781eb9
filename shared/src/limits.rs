//! Every limit of the protocol, with its unit. The server keeps them; `welcome` tells them to the client.

use serde::{Deserialize, Serialize};

/// The protocol's version, asked for as `/ws?v=1`.
pub const VERSION: u32 = 1;
/// The largest text of a message, in bytes of UTF-8.
pub const TEXT_BYTES: usize = 65_536;
/// The largest message (and frame) that the server takes from a client, in bytes of payload. A text of the
/// largest size fits even when a quarter of it must be escaped in JSON.
pub const FRAME_BYTES: usize = 98_304;
/// The largest text of a reaction, in bytes of UTF-8: one emoji, with its joiners.
pub const REACTION_BYTES: usize = 64;
/// The most messages in one page.
pub const PAGE_MESSAGES: u16 = 200;
/// The messages of a page whose limit was not said, and of the first page of a joined room.
pub const PAGE_DEFAULT: u16 = 50;
/// The most entries that a page carries beside its messages, so that they can be shown whole.
pub const CONTEXT_MESSAGES: u16 = 500;
/// The rooms that one connection may have joined.
pub const ROOMS_JOINED: usize = 100;
/// The rooms that `welcome` lists, newest message first.
pub const ROOMS_LISTED: usize = 200;
/// The characters of a message's text that a list of rooms shows.
pub const PREVIEW_CHARACTERS: usize = 200;
/// Up to so many members, presence names each; above, it gives the count and a sample of this size.
pub const MEMBERS_NAMED: usize = 100;
/// A connection that was quiet for so long gets a `heartbeat`, in milliseconds.
pub const HEARTBEAT_MS: u64 = 25_000;
/// The time for the first `hello`, in milliseconds.
pub const HELLO_MS: u64 = 10_000;
/// Somebody who typed is shown as typing for so long, in milliseconds.
pub const TYPING_MS: u64 = 5_000;
/// A client says that its user types at most so often, in milliseconds.
pub const TYPING_EVERY_MS: u64 = 2_500;
/// A socket that takes no bytes at all for so long is closed, in milliseconds.
pub const STUCK_MS: u64 = 30_000;

/// The limits that a client should keep, as `welcome` tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The largest text of a message, in bytes of UTF-8.
    pub text_bytes: usize,
    /// The largest frame to the server, in bytes.
    pub frame_bytes: usize,
    /// The most messages in one page.
    pub page_messages: u16,
    /// The rooms that one connection may have joined.
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
