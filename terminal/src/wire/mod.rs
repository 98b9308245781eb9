//! `parlor wire`: talks to any WebSocket server, and shows what is on the wire.
//!
//! It reads and writes frames itself: a library would not show how a message was fragmented, nor the pings and the
//! handshake.

mod args;
mod connection;
mod form;
mod frame;
mod handshake;
mod header;
mod output;
mod session;
mod source;

pub use args::WireArgs;
pub(super) use session::run;
