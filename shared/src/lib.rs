//! What both sides of Parlor share: the protocol, and the client's state machine.
//!
//! The protocol is [`FromClient`] and [`FromServer`], one enum a direction, with the [`Message`] that every room's
//! log is made of. The state machine is [`Client`]: a [`Link`] (connect, greet, heartbeat, back off, resume, resend) and
//! a [`View`] (what a client knows, folded from frames). Nothing here does I/O, reads a clock or makes random numbers:
//! they are arguments, so that the browser, the terminal and a property test run the same code.

mod characters;
pub mod client;
pub mod close;
pub mod device_link;
pub mod frames;
pub mod house;
pub mod json;
pub mod limits;
pub mod link;
pub mod markup;
pub mod message;
pub mod names;
mod sorted_map;
pub mod time;
pub mod view;

pub use characters::fold_case;
pub use client::Client;
pub use close::CloseCode;
pub use frames::{DecodeError, FromClient, FromServer, Members, Refusal, RefusalCode, RoomSummary, Side};
pub use house::{Act, Keep, Role, RoomInfo, RoomKind};
pub use limits::Limits;
pub use link::{Action, Connection, Credentials, Event, Link};
pub use markup::Markup;
pub use message::{About, AboutKind, Authorship, Message, Post, PostError};
pub use names::{
    ClaimSecret, DeviceCode, Epoch, InvitationSecret, MessageId, NameError, RoomName, Seq, Token, Topic,
    Username,
};
pub use time::Timestamp;
pub use view::{Entry, RoomView, View};
