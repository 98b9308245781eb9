//! Parlor's native client: an async SDK, and the terminal commands built on it.
//!
//! A [`Client`] is a cheap handle on a task that owns the socket. The task feeds [`shared::Client`], the same state
//! machine that the browser app runs, so the handle connects, resumes and resends by itself: a post is acknowledged
//! when it is on the server's disk, and [`Events`] bring each message of a joined room once and in order, over
//! however many connections. It must be used inside a tokio runtime.
//!
//! ```no_run
//! use client::{Client, Event, Options};
//! use shared::RoomName;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let options = Options { username: Some("ann".parse()?), token: None };
//! let (client, mut events) = Client::connect(&"ws://127.0.0.1:8080".parse()?, options).await?;
//! let lobby: RoomName = "lobby".parse()?;
//! client.join(&lobby);
//! let stored = client.post(&lobby, "Hello, everyone").await?;
//! while let Some(event) = events.next().await {
//!     if let Event::Message(message) = event {
//!         println!("{}: {}", message.username, message.text);
//!         if message.seq == stored.seq {
//!             break;
//!         }
//!     }
//! }
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! The token that proves the name from now on is [`Client::token`]: keep it, and give it to the next
//! [`Client::connect`].

mod address;
mod client;
mod core;
mod driver;
mod event;
mod socket;
pub mod terminal;
mod transport;

pub use address::{Address, AddressError};
pub use client::{Client, ConnectError, Options, PageError, Posting};
pub use event::{Event, Events, Page, PostFailure, Posted};
