//! What is known of a room beside its messages, and the end of the right to read it.

use super::{Gap, GapCause, RoomView};
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

    pub(in crate::view) fn set_info(&mut self, info: RoomInfo, me: Option<&Username>) {
        let known = std::mem::replace(&mut self.info, info);
        let floor = std::mem::replace(&mut self.info.floor, known.floor);
        self.expired(floor, me);
    }

    /// All messages up to this one are deleted: they are not shown any more, and not unread.
    pub(in crate::view) fn expired(&mut self, floor: Seq, me: Option<&Username>) {
        if floor <= self.info.floor {
            return;
        }
        self.info.floor = floor;
        if self.joined {
            self.head = self.head.max(floor);
            self.unread.expired(floor, &self.timeline, me);
            if self.timeline.expire(floor) {
                self.gap = Some(Gap { before: floor.next(), cause: GapCause::Expired });
            }
            self.unread.recount(&self.timeline, me);
        }
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
        let (screen, generation) = (self.screen, self.generation);
        *self = Self { left: Some(reason), screen, generation, timeline, ..Self::default() };
    }

    /// An account was deleted, see [`crate::FromServer::AccountDeleted`].
    pub(in crate::view) fn account_deleted(&mut self, username: &Username, blanked: bool) {
        self.typing.retain(|(other, _)| other != username);
        self.info.people.retain(|other| other != username);
        self.timeline.account_deleted(username, blanked);
    }
}
