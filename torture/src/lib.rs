//! Parlor's binary under load and faults, tried from outside.
//!
//! A [scenario](scenarios::SCENARIOS) starts the real `parlor` binary ([`server`]), lets [`client`]s post and follow rooms, and
//! does something bad meanwhile: it kills the server, or cuts connections with a [`proxy`]. Every client records what it posted,
//! what was acknowledged and what it saw ([`history`]). When the server has stopped, the log is read from its file ([`log`]),
//! and the [`checker`] compares all records with it. What was counted and measured are the scenario's [`figures`].
//!
//! The clients are no copy of the SDK: they speak the protocol of `docs/protocol.md` by their own code, so that they are another
//! witness.

pub mod checker;
pub mod client;
pub mod faults;
pub mod figures;
pub mod history;
pub mod http;
pub mod log;
pub mod proxy;
pub mod run;
pub mod scenarios;
pub mod server;
pub mod strace;
pub mod traffic;
