//! An async client for Parlor servers.
//!
//! A [`Client`] is a cheap handle on a task that owns a WebSocket. It reconnects, resumes every joined room and resends
//! what was not acknowledged:
//!
//! - [`Client::post`] returns once the message is on the server's disk. A retry is stored once.
//! - [`Events`] yields each message of a joined room once and in order, over any number of connections.
//! - [`Client::read`] gives access to the timelines, members, unread counts and the outbox that the client keeps.
//!
//! [`Api`] calls the server's HTTP API: lists, search, pages, and a room's events for a reader that is not a member. With
//! [`Api::act`] it changes who may do what: rooms, invitations, roles, bots. The types are in [`house`].
//!
//! Everything must be used inside a tokio runtime.
//!
//! ```no_run
//! use client::{Client, Event, Options, RoomName};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let options = Options { username: Some("ann".parse()?), ..Options::default() };
//!     let (client, mut events) = Client::connect(&"ws://127.0.0.1:8080".parse()?, options).await?;
//!     let lobby: RoomName = "lobby".parse()?;
//!     client.join(&lobby);
//!     let posted = client.post(&lobby, "Hello, everyone").await?;
//!     println!("stored as number {}", posted.seq);
//!     while let Some(event) = events.next().await {
//!         if let Event::Message(message) = event {
//!             println!("{}: {}", message.username, message.text);
//!         }
//!     }
//!     client.close().await;
//!     Ok(())
//! }
//! ```
//!
//! `examples/echo_bot.rs` is a whole program: `cargo run -p parlor-client --example echo_bot`.
//!
//! # Names, secrets and tokens
//!
//! The first client that asks for a free name gets it, with a [`Token`] that proves it from then on: store
//! [`Client::token`] and pass it as [`Options::token`] the next time. The server's answer to the first claim can be lost
//! with the connection. So make a [`ClaimSecret`] with [`new_claim_secret`], store it *before* connecting, and pass
//! it as [`Options::secret`]: the same name and secret get the same answer again.
//!
//! A house that does not let everybody in refuses with [`RefusalCode::InvitationNeeded`]: pass an invitation's secret as
//! [`Options::invitation`] the first time. [`invitation_secret`] reads it from the link.

mod address;
mod api;
mod api_error;
mod client;
mod driver;
mod event;
mod event_stream;
mod id;
mod socket;
mod state;
mod tls;
mod transport;

pub use address::{Address, AddressError};
pub use api::{Api, Export, LogPage};
pub use api_error::ApiError;
pub use client::{Client, ConnectError, Options, PageError, Posting};
pub use event::{Event, Events, Page, PostAnswer, PostFailure, Posted};
pub use event_stream::{RoomEvent, RoomEvents};
pub use id::{new_claim_secret, new_message_id};
pub use shared::{
    About, AboutKind, Act, Action, Authorship, ClaimSecret, Client as StateMachine, CloseCode, Connection,
    Credentials, Entry, Epoch, Event as LinkEvent, InvitationSecret, Limits, Members, Message, MessageId,
    NameError, Refusal, RefusalCode, Role, RoomInfo, RoomKind, RoomName, RoomSummary, RoomView, Seq, Side,
    Timestamp, Token, Topic, Username, View,
    close::Advice,
    house::{self, LeftReason, invitation_secret},
    limits,
    link::{Outbox, Outgoing, Progress},
    view::{Quote, Reaction, Timeline},
};
pub use transport::{ConnectionFailure, Stream, Tls, Trust, open_stream, open_tcp};
