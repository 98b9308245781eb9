//! What a test plays on: a server, a network in front of it, and browsers as they are asked for.

use std::path::Path;

use crate::{Network, Page, Server, seats};

/// See the module's page. Pages are to be dropped before it, as they are when they are declared after it.
pub struct Stage {
    /// The server.
    pub server: Server,
    /// What lies between it and the browsers of [`Stage::visitor`].
    pub network: Network,
    _seat: seats::Seat,
}

impl Stage {
    /// A server with an empty store.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same, with something done to its data folder before it starts.
    pub fn with(prepare: impl FnOnce(&Path)) -> Self {
        let seat = seats::take();
        let server = Server::start_with(prepare);
        let network = Network::to(server.address());
        Self { server, network, _seat: seat }
    }

    /// A browser in which the name screen is open.
    pub fn newcomer(&self) -> Page {
        Page::open(&self.network.url())
    }

    /// Somebody who has come in and is in the lobby.
    pub fn visitor(&self, name: &str) -> Page {
        Self::visitor_of(&self.network, name)
    }

    /// Somebody who came in through a network of their own.
    pub fn visitor_of(network: &Network, name: &str) -> Page {
        let page = Page::open(&network.url());
        page.enter_as(name);
        page.wait_until_live();
        page
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}
