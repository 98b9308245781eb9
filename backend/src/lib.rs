//! Parlor's server, as a library: [`Server::open`], [`Server::serve`], and a [`ShutDown`] to end it.
//!
//! A session or the HTTP API receives a message and checks who posts it, the [`store`] commits it to disk together with
//! whatever else has queued up, and the hub delivers it to everyone who follows its room. See ARCHITECTURE.md.

mod address_file;
mod announcement;
pub mod app;
mod clock;
mod close_reason;
pub mod commands;
pub mod config;
mod device_links;
mod house;
mod http;
mod hub;
pub mod import;
pub mod journeys;
mod lab;
mod metrics;
pub mod names;
pub mod proxies;
mod qr_code;
mod reach;
mod retention;
mod server;
mod session;
pub mod sites;
mod socket;
mod state;
pub mod store;
pub mod token;
pub mod upkeep;
mod web;
pub mod webhooks;
mod wire;

pub use announcement::Announcement;
pub use clock::now;
pub use server::{ServeError, Server, ShutDown, StartError};
