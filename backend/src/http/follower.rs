//! A request that follows a room: a long poll or an event stream. It ends when its right to read ends, as a session does.

use std::{net::IpAddr, sync::Arc};

use shared::{Refusal, RefusalCode, RoomName};
use tokio::time::Instant;

use super::caller::Caller;
use crate::{
    house::House,
    hub::{Outbound, Registration, Room, Subscription, User},
    proxies::Client,
    session::Identity,
    state::AppState,
    store::Reader,
};

/// See the module documentation. Dropping it is leaving.
pub(super) struct Follower {
    outbound: Arc<Outbound>,
    subscription: Subscription,
    who: Option<Identity>,
    reader: Reader,
    address: IpAddr,
    expires_at: Option<Instant>,
    _registration: Registration,
}

impl Follower {
    /// Follows a room that the caller may read.
    pub(super) async fn enter(
        state: &AppState,
        room: &RoomName,
        caller: &Caller,
        Client(address): Client,
    ) -> Result<Self, Refusal> {
        let outbound = Arc::new(Outbound::default());
        let mut registration = state.hub.enter(&outbound);
        let who = caller.identity().cloned();
        let reader = who.as_ref().map(Identity::reader).unwrap_or_default();
        // From here on a change of rights is heard of; what was checked before may be older.
        registration.set_user(User {
            account: reader.account,
            takes_notices: false,
            limited: reader.limited,
        });
        let subscription = state.follow(room, &outbound, None).await?;
        let expires_at = who.as_ref().and_then(Identity::ends_at);
        outbound.recheck();
        let mut follower =
            Self { outbound, subscription, who, reader, address, expires_at, _registration: registration };
        follower.check(state).await?;
        Ok(follower)
    }

    /// The room.
    pub(super) fn room(&self) -> &Arc<Room> {
        self.subscription.room()
    }

    /// Who reads, if they are known.
    pub(super) fn username(&self) -> Option<&str> {
        self.who.as_ref().map(|who| who.username().as_str())
    }

    /// Where the reader is.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }

    /// When the right to read ends by itself.
    pub(super) fn expires_at(&self) -> Option<Instant> {
        self.expires_at
    }

    /// Resolves when the room has something new, or rights have changed.
    pub(super) async fn notified(&self) {
        self.outbound.notified().await;
    }

    /// Whether the caller may still read the room, if that may have changed.
    pub(super) async fn check(&mut self, state: &AppState) -> Result<(), Refusal> {
        self.check_time()?;
        if !self.outbound.take_recheck() {
            return Ok(());
        }
        self.outbound.take_lost();
        let is_owner = self.who.as_ref().is_some_and(Identity::is_owner);
        if state.house.bars(self.address) && !is_owner {
            return Err(House::barred_address());
        }
        if let Some(who) = &mut self.who {
            who.refresh(state).await?;
            self.reader = who.reader();
        }
        state.readable(self.room().name(), self.reader).await?;
        Ok(())
    }

    /// Whether the token has not expired.
    pub(super) fn check_time(&self) -> Result<(), Refusal> {
        if self.expires_at.is_some_and(|at| Instant::now() >= at) {
            return Err(Refusal::new(RefusalCode::BadToken, "the token has expired"));
        }
        Ok(())
    }
}
