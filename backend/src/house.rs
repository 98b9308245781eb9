//! The house as every request needs it: who may come in, which addresses are barred, and the settings that owners change.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::RwLock;
use shared::{
    Keep, Refusal, RefusalCode,
    house::{Access, HouseSettings, INVITATION_FRAGMENT},
};
use tokio::sync::Notify;
use tracing::{info, warn};

use crate::{
    hub::Hub,
    store::{Change, Commit},
};

/// See the module documentation. A cheap handle.
#[derive(Clone)]
pub struct House(Arc<Parts>);

struct Parts {
    access: Access,
    /// Whether a setting says so.
    is_stated: bool,
    /// Whether `url` is stated, and not guessed from this machine's addresses.
    has_url: bool,
    /// The address of the app for people, with a slash at its end.
    url: String,
    keep: Keep,
    bars: RwLock<HashSet<String>>,
    settings: RwLock<HouseSettings>,
    webhooks_changed: Notify,
    keep_changed: Notify,
    warned_of_proxy: AtomicBool,
}

impl House {
    /// A house with this access, whose app people find at `url`. `is_stated`: a setting says who may come in, not the address.
    /// `has_url`: a setting says where the app is. `keep`: how long messages are kept, where a room does not say.
    pub fn new(access: Access, is_stated: bool, url: String, has_url: bool, keep: Keep) -> Self {
        Self(Arc::new(Parts {
            access,
            is_stated,
            has_url,
            url,
            keep,
            bars: RwLock::default(),
            settings: RwLock::default(),
            webhooks_changed: Notify::new(),
            keep_changed: Notify::new(),
            warned_of_proxy: AtomicBool::new(false),
        }))
    }

    /// Who may come in.
    pub fn access(&self) -> Access {
        self.0.access
    }

    /// Whether whoever comes may come in.
    pub fn is_open(&self) -> bool {
        self.0.access == Access::Open
    }

    /// How long messages are kept in rooms without a setting of their own.
    pub fn keep(&self) -> Keep {
        self.0.keep
    }

    /// The refusal of somebody who needs an invitation or a token and has none.
    pub fn needs_invitation(&self) -> Refusal {
        let reason = match self.0.access {
            Access::App => "this house takes users of its application only: sign in there",
            _ => "this house is for people who were invited: open an invitation's link, or send a token",
        };
        Refusal::new(RefusalCode::InvitationNeeded, reason)
    }

    /// The refusal of a barred address.
    pub fn barred_address() -> Refusal {
        Refusal::new(RefusalCode::Barred, "this address is barred from this house")
    }

    /// The address of the app for people, with a slash at its end, if a setting tells it. A guess would tell strangers an address
    /// of this machine.
    pub fn stated_url(&self) -> Option<&str> {
        self.0.has_url.then_some(&self.0.url)
    }

    /// The link that carries an invitation's secret.
    pub fn invitation_link(&self, secret: &str) -> String {
        format!("{}{INVITATION_FRAGMENT}{secret}", self.0.url)
    }

    /// The settings that owners change.
    pub fn settings(&self) -> HouseSettings {
        self.0.settings.read().clone()
    }

    /// Whether an address is barred.
    pub fn bars(&self, address: IpAddr) -> bool {
        let bars = self.0.bars.read();
        !bars.is_empty() && bars.contains(&barred_form(address))
    }

    /// Resolves when webhooks, or the rights of bots, may have changed since the last call. One task awaits it.
    pub async fn webhooks_changed(&self) {
        self.0.webhooks_changed.notified().await;
    }

    /// Resolves when it may have changed how long rooms keep their messages. One task awaits it.
    pub async fn keep_changed(&self) {
        self.0.keep_changed.notified().await;
    }

    /// Decides about a request that an unknown proxy passes on to an open house. A house that is open because only this machine
    /// reaches it takes none.
    pub fn take_proxied(&self) -> Result<(), Refusal> {
        let is_first = !self.0.warned_of_proxy.swap(true, Ordering::Relaxed);
        if self.0.is_stated {
            if is_first {
                warn!(
                    "a proxy passes requests on to this server, and whoever reaches the proxy may come in (--access open): \
                     name the proxy with --proxy, so that addresses can be barred"
                );
            }
            return Ok(());
        }
        if is_first {
            warn!(
                "requests that a proxy passes on are refused: this house is open to this machine only; name the proxy with --proxy"
            );
        }
        let reason = "this house is open to its own machine only, and a proxy passes this request on: start the server with \
                      --proxy ADDRESS, which names the proxy, and, if the house is meant to be open, with --access open";
        Err(Refusal::new(RefusalCode::Forbidden, reason))
    }

    /// Takes over what a commit has changed, and tells the sessions that are concerned.
    pub fn take_commit(&self, commit: Commit, hub: &Hub) {
        for change in &commit.changes {
            self.take_change(change, hub);
        }
        hub.publish(commit.messages);
    }

    fn take_change(&self, change: &Change, hub: &Hub) {
        use shared::FromServer;
        match change {
            Change::Unknown(_) => hub.forget_messages(),
            Change::Superseded(username, account) => {
                info!(
                    "the account {username} has ended: a user of the application has its name, or one that looks like it"
                );
                hub.forget_messages();
                hub.recheck_account(*account);
            }
            Change::AccountDeleted { username, number, blanked, audience } => {
                hub.forget_messages();
                let (username, blanked) = (username.clone(), *blanked);
                hub.tell(audience, &FromServer::AccountDeleted { username, blanked });
                hub.recheck_account(*number);
            }
            Change::Account(account) => {
                hub.recheck_account(*account);
                // It may be a bot whose webhooks begin again.
                self.0.webhooks_changed.notify_one();
            }
            Change::Everybody => {
                hub.recheck_all();
                self.0.webhooks_changed.notify_one();
            }
            Change::Room { summary, audience, .. } => hub.tell(audience, &FromServer::Room(summary.clone())),
            Change::RoomGone { room, audience, members } => {
                hub.lose_room_but(room, audience, members);
                // The others are measured without it.
                self.0.keep_changed.notify_one();
            }
            Change::RoomTaken(room) => hub.recheck_followers(room),
            Change::RoomLeft { room, account, knew: true } => hub.lose_room(room, *account),
            Change::RoomLeft { .. } => {}
            Change::Bars(bars) => *self.0.bars.write() = bars.iter().map(|bar| bar.address.clone()).collect(),
            Change::Settings(settings) => self.0.settings.write().clone_from(settings),
            Change::Webhooks => self.0.webhooks_changed.notify_one(),
            Change::Expired { room, floor } => hub.expire(room, *floor),
            Change::Keep => self.0.keep_changed.notify_one(),
        }
    }
}

/// What is barred with an address: itself, or the /64 network of an IPv6 address, which is what one customer gets
/// (RFC 6177 §2).
pub fn barred_form(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_is_barred_with_its_network() {
        for (address, barred) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(barred_form(address.parse().unwrap()), barred);
        }
    }
}
