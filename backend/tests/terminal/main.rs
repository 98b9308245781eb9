//! The native client and the terminal commands, as their users have them: the SDK against a server in this process, the
//! commands as processes, `chat` in a pseudo-terminal whose screen is read.
//!
//! | file | what it is |
//! |---|---|
//! | `house.rs` | a `parlor` server as a child that can be killed and started again, and the commands |
//! | `screen.rs` | a pseudo-terminal |
//! | the rest | a file for each command |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chat;
mod house;
mod screen;
mod sdk;
mod send;
mod tail;
mod wire;
