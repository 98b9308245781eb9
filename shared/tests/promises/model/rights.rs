//! Rooms that end for a user, and begin again.

use shared::{FromClient, FromServer, Refusal, RefusalCode, RoomName, Username, house::LeftReason};

use super::{Server, server::SessionId};

impl Server {
    /// Somebody is removed from a room that has a log.
    pub fn remove(&mut self, username: &Username, room: &RoomName) {
        if self.logs.contains_key(room) && self.removed.insert((username.clone(), room.clone())) {
            for session in self.sessions.values_mut().filter(|s| s.username.as_ref() == Some(username)) {
                session.cursors.remove(room);
                session.say(&FromServer::Left { room: room.clone(), reason: LeftReason::Removed });
            }
        }
    }

    /// Everybody who was removed comes back.
    pub fn readmit(&mut self) {
        for (username, room) in std::mem::take(&mut self.removed) {
            let frame = FromServer::Room(self.summary(&username, &room));
            for session in self.sessions.values_mut().filter(|s| s.username.as_ref() == Some(&username)) {
                session.say(&frame);
            }
        }
    }

    /// Why a request for a room is refused, if its user was removed from it.
    pub(super) fn refusal(&self, id: SessionId, frame: &FromClient) -> Option<Refusal> {
        let (FromClient::Join { room, .. } | FromClient::Page { room, .. } | FromClient::Seen { room, .. }) =
            frame
        else {
            return None;
        };
        let username = self.sessions.get(&id)?.username.clone()?;
        let is_removed = self.removed.contains(&(username, room.clone()));
        let refusal = || Refusal { room: Some(room.clone()), ..Refusal::new(RefusalCode::NoRoom, "none") };
        is_removed.then(refusal)
    }
}
