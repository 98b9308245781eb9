//! A small world in which clients talk to a server over a bad network, for tests.
//!
//! [`Server`] keeps the promises of the real one in the simplest way; [`fold`] says what a log looks like to a reader;
//! [`World`] holds both ends and the network between them, and does one [`Step`] at a time.

mod checks;
pub mod fold;
mod server;
mod step;
mod users;
mod world;

pub use server::Server;
pub use step::{Step, steps, steps_back};
pub use world::World;

use shared::{RoomName, Username};

/// The rooms of the world.
pub const ROOMS: [&str; 2] = ["lobby", "quiet"];
/// Whose devices there are: two of them are one user's.
pub const OWNERS: [&str; 3] = ["ann", "ann", "bob"];

pub fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

pub fn user(name: &str) -> Username {
    name.parse().unwrap()
}
