//! The SDK and the terminal commands against a real server: the commands as processes, `chat` in a pseudo-terminal whose
//! screen is read.
//!
//! | file | what it is |
//! |---|---|
//! | `server.rs` | a `parlor` server as a child that can be killed and started again, and the commands |
//! | `fake.rs` | servers that are not Parlor, or fail on purpose |
//! | `screen.rs` | a pseudo-terminal |
//! | `house/` | the operator's commands |
//! | the rest | a file for each command, or for what several commands do |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chat;
mod claims;
mod fake;
mod house;
mod progress;
mod rights;
mod screen;
mod sdk;
mod send;
mod server;
mod tail;
mod unreachable;
mod wire;
