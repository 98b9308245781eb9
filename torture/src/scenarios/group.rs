//! Clients that read the same rooms, and clients that post there.

use std::net::SocketAddr;

use shared::RoomName;

use crate::{
    client::{self, Client, Reconnect, World, room},
    run::{PATIENCE, Run},
};

/// How many rooms and clients there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) rooms: usize,
    pub(super) readers: usize,
    pub(super) posters: usize,
}

/// See the module documentation. Every reader is in every room; posters are in none.
pub(super) struct Group {
    pub(super) rooms: Vec<RoomName>,
    /// The readers, then the posters.
    pub(super) clients: Vec<Client>,
    readers: usize,
    world: World,
}

impl Group {
    /// Starts the clients of a server.
    pub(super) fn start(run: &Run, world: &World, server: SocketAddr, size: Size) -> Self {
        let rooms: Vec<RoomName> = (0..size.rooms).map(|n| room(&format!("room-{n}"))).collect();
        let start = |n: usize| {
            let is_reader = n < size.readers;
            let name = if is_reader { format!("reader {n}") } else { format!("poster {n}") };
            let rooms = if is_reader { rooms.clone() } else { Vec::new() };
            run.client(world, name, server, rooms, Reconnect::Quickly)
        };
        let clients = (0..size.readers + size.posters).map(start).collect();
        Self { rooms, clients, readers: size.readers, world: world.clone() }
    }

    /// Those who post.
    pub(super) fn posters(&self) -> &[Client] {
        &self.clients[self.readers..]
    }

    /// Waits until every post is answered and every reader has everything. Returns how many clients are not there in time.
    pub(super) async fn settle(&self) -> usize {
        let rooms_of = |n: usize| if n < self.readers { self.rooms.clone() } else { Vec::new() };
        client::settle(&self.world, &self.clients, rooms_of, PATIENCE).await
    }
}
