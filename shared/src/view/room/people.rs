//! Who is in a room, and who is typing.

use super::RoomView;
use crate::{limits, names::Username};

impl RoomView {
    pub(in crate::view) fn presence(
        &mut self,
        count: u32,
        arrived: Vec<Username>,
        departed: &[Username],
        names: Option<Vec<Username>>,
    ) {
        self.members.count = count;
        if let Some(names) = names {
            self.members.names = names;
        }
        self.members.names.retain(|name| !departed.contains(name));
        for username in arrived {
            if !self.members.names.contains(&username) && self.members.names.len() < limits::MEMBERS_NAMED {
                self.members.names.push(username);
            }
        }
        self.typing.retain(|(username, _)| !departed.contains(username));
    }

    pub(in crate::view) fn typing_received(&mut self, username: Username, now: u64) {
        self.typing.retain(|(other, _)| *other != username);
        self.typing.push((username, now + limits::TYPING_MS));
    }

    pub(in crate::view) fn expire_typing(&mut self, now: u64) -> bool {
        let before = self.typing.len();
        self.typing.retain(|(_, until)| *until > now);
        before != self.typing.len()
    }

    pub(crate) fn typing_ends_at(&self) -> Option<u64> {
        self.typing.iter().map(|(_, until)| *until).min()
    }
}
