//! The environment of a test: a server, a network in front of it, and browsers.

use std::path::Path;

use crate::{Device, Network, Page, Server, permits};

/// A server behind a network, for browsers. Declare pages after it, so that they are dropped before it.
pub struct TestEnvironment {
    /// The server.
    pub server: Server,
    /// The network between the server and the browsers of [`TestEnvironment::signed_in`].
    pub network: Network,
    device: Device,
    _permit: permits::BrowserPermit,
}

impl TestEnvironment {
    /// A server with an empty store.
    pub fn new() -> Self {
        Self::on(Device::Desktop)
    }

    /// The same, whose pages are opened on a device.
    pub fn on(device: Device) -> Self {
        Self::on_with(device, |_| {})
    }

    /// A server whose data folder is prepared before it starts.
    pub fn with(prepare: impl FnOnce(&Path)) -> Self {
        Self::on_with(Device::Desktop, prepare)
    }

    /// The same, whose pages are opened on a device.
    pub fn on_with(device: Device, prepare: impl FnOnce(&Path)) -> Self {
        let permit = permits::acquire();
        let server = Server::start_with(prepare);
        let network = Network::to(server.address());
        Self { server, network, device, _permit: permit }
    }

    /// A server that only people with an invitation may use, with an empty store, and pages on a device.
    pub fn invited(device: Device) -> Self {
        let permit = permits::acquire();
        let server = Server::start_invited();
        let network = Network::to(server.address());
        Self { server, network, device, _permit: permit }
    }

    /// A browser with an invitation's page. The link is opened over the network of this environment.
    pub fn with_invitation(&self, link: &str) -> Page {
        let (_, fragment) = link.split_once('#').expect("an invitation's link has a fragment");
        Page::open_at(self.device, &self.network.url(), &format!("/#{fragment}"))
    }

    /// A browser with the sign-in screen.
    pub fn signed_out(&self) -> Page {
        Page::open_on(self.device, &self.network.url())
    }

    /// A browser whose user has signed in and is in the lobby.
    pub fn signed_in(&self, name: &str) -> Page {
        sign_in(self.signed_out(), name)
    }

    /// The same through another network, and always on a desktop.
    pub fn signed_in_over(network: &Network, name: &str) -> Page {
        sign_in(Page::open(&network.url()), name)
    }
}

impl Default for TestEnvironment {
    fn default() -> Self {
        Self::new()
    }
}

fn sign_in(page: Page, name: &str) -> Page {
    page.sign_in_as(name);
    page.wait_until_live();
    page
}
