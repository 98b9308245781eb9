//! Parlor's server, as a library: [`Server::open`], [`Server::serve`], and a [`ShutDown`] to end it.
//!
//! A message's way: a [`session`](crate) or the HTTP API checks who posts what, the [`store`] commits it to disk with
//! whatever else has queued up, and the hub delivers it to everyone who follows its room. ARCHITECTURE.md tells more.

pub mod app;
pub mod config;
mod ending;
mod http;
mod hub;
pub mod identity;
pub mod import;
mod lab;
mod metrics;
mod parlor;
mod server;
mod session;
mod socket;
pub mod store;
mod wire;

pub use parlor::AllowedOrigins;
pub use server::{Server, ShutDown, StartError};
