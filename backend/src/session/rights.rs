//! What a session may read: looked at when it follows a room, and again when rights have changed.

use shared::{FromServer, RoomName, Seq, house::LeftReason};

use super::{Identity, Joined, Session};
use crate::{
    close_reason::CloseReason,
    store::{Reader, RoomAccess, StoreError},
};

impl Session {
    /// Who reads.
    pub(super) fn reader(&self) -> Reader {
        self.who.as_ref().map(Identity::reader).unwrap_or_default()
    }

    /// Looks at the rights again, which may have changed: the session ends, or leaves rooms.
    pub(super) async fn recheck(&mut self) -> Result<(), CloseReason> {
        let is_owner = self.who.as_ref().is_some_and(Identity::is_owner);
        if self.state.house.bars(self.address) && !is_owner {
            return Err(CloseReason::Barred);
        }
        if let Some(who) = &self.who {
            who.check(&self.state).await?;
        }
        let mut rooms = self.outbound.take_lost();
        rooms.extend(self.rooms.iter().map(|joined| joined.subscription.room().name().clone()));
        rooms.sort_unstable();
        rooms.dedup();
        for room in rooms {
            match self.state.store.access(&room, self.reader()).await? {
                RoomAccess::Readable(_) => continue,
                RoomAccess::Absent if self.state.house.is_open() => continue,
                RoomAccess::Absent | RoomAccess::Hidden => {}
            }
            if self.plain.as_ref() == Some(&room) {
                return Err(CloseReason::RoomLeft);
            }
            self.leave(&room);
            // Nobody hears of a room before they have said who they are.
            if self.plain.is_none() && self.who.is_some() {
                self.send(&FromServer::Left { room, reason: LeftReason::Removed });
            }
        }
        Ok(())
    }

    /// Follows a room from after `after`, or from its head.
    pub(super) async fn follow(
        &mut self,
        room: &RoomName,
        after: Option<Seq>,
        wants_presence: bool,
    ) -> Result<usize, StoreError> {
        let username = self.who.as_ref().map(Identity::username);
        let subscription = self.state.follow(room, &self.outbound, username).await?;
        self.rooms.retain(|joined| joined.subscription.room().name() != room);
        let cursor = subscription.room().cursor(after, wants_presence);
        self.rooms.push(Joined { subscription, cursor });
        Ok(self.rooms.len() - 1)
    }
}
