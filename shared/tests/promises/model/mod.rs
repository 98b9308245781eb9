//! A simulated world in which clients talk to a server over a bad network.
//!
//! [`Server`] keeps the promises of the real one in the simplest way; [`fold`] computes what a reader sees of a log;
//! [`World`] holds both ends and the network between them, and performs one [`Step`] at a time.

mod checks;
pub mod fold;
mod rights;
mod server;
mod step;
mod users;
mod world;

pub use server::Server;
pub use step::{Step, steps, steps_back, steps_expiring};
pub use world::World;

use shared::{RoomName, Username};

/// The rooms of the world.
pub const ROOMS: [&str; 2] = ["lobby", "quiet"];
/// The owner of each device: the first two belong to the same user.
pub const OWNERS: [&str; 3] = ["ann", "ann", "bob"];

pub fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

pub fn user(name: &str) -> Username {
    name.parse().unwrap()
}
