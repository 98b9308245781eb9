//! What is known of a room beside its messages, and the end of the right to read it.

use super::RoomView;
use crate::{
    frames::RefusalCode,
    house::{LeftReason, RoomInfo},
    names::{Seq, Username},
};

impl RoomView {
    /// What is known of the room beside its messages.
    pub fn info(&self) -> &RoomInfo {
        &self.info
    }

    pub(in crate::view) fn set_info(&mut self, info: RoomInfo) {
        let floor = self.info.floor;
        self.info = info;
        self.expired(floor);
    }

    /// All messages up to this one are deleted. Those that are loaded stay until the room is loaded anew.
    pub(in crate::view) fn expired(&mut self, floor: Seq) {
        self.info.floor = self.info.floor.max(floor);
    }

    /// Why this user is no longer in the room, if so. Nothing more comes from it, before
    /// [`Client::retry_join`](crate::Client::retry_join).
    pub fn left_because(&self) -> Option<LeftReason> {
        self.left
    }

    /// Whether the room is not this user's to read, as far as is known.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        self.left.is_some()
            || self.refusal.as_ref().is_some_and(|refusal| refusal.code == RefusalCode::NoRoom)
    }

    /// Forgets everything: it is not this user's to read any more.
    pub(in crate::view) fn left(&mut self, reason: LeftReason) {
        self.landed();
        self.timeline.clear();
        let timeline = std::mem::take(&mut self.timeline);
        *self = Self { left: Some(reason), screen: self.screen, timeline, ..Self::default() };
    }

    /// An account was deleted, see [`crate::FromServer::AccountDeleted`].
    pub(in crate::view) fn account_deleted(&mut self, username: &Username, blanked: bool) {
        self.typing.retain(|(other, _)| other != username);
        self.info.people.retain(|other| other != username);
        self.timeline.account_deleted(username, blanked);
    }
}
