//! The environment of a test: a server, a network in front of it, and browsers.

use std::path::Path;

use crate::{Network, Page, Server, permits};

/// A server behind a network, for browsers. Declare pages after it, so that they are dropped before it.
pub struct TestEnvironment {
    /// The server.
    pub server: Server,
    /// The network between the server and the browsers of [`TestEnvironment::signed_in`].
    pub network: Network,
    _permit: permits::BrowserPermit,
}

impl TestEnvironment {
    /// A server with an empty store.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A server whose data folder is prepared before it starts.
    pub fn with(prepare: impl FnOnce(&Path)) -> Self {
        let permit = permits::acquire();
        let server = Server::start_with(prepare);
        let network = Network::to(server.address());
        Self { server, network, _permit: permit }
    }

    /// A browser with the sign-in screen.
    pub fn signed_out(&self) -> Page {
        Page::open(&self.network.url())
    }

    /// A browser whose user has signed in and is in the lobby.
    pub fn signed_in(&self, name: &str) -> Page {
        Self::signed_in_over(&self.network, name)
    }

    /// The same through another network.
    pub fn signed_in_over(network: &Network, name: &str) -> Page {
        let page = Page::open(&network.url());
        page.sign_in_as(name);
        page.wait_until_live();
        page
    }
}

impl Default for TestEnvironment {
    fn default() -> Self {
        Self::new()
    }
}
