//! The sessions that are there: whose they are, and what they are told beside what their rooms have.

use std::sync::Arc;

use shared::{FromServer, RoomName, Seq};

use super::{Hub, Outbound};
use crate::store::Audience;

#[derive(Debug)]
pub(super) struct Session {
    pub(super) outbound: Arc<Outbound>,
    user: User,
}

/// What the hub needs to know of who a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct User {
    /// The account. `None`: somebody without one, or not known yet.
    pub account: Option<Seq>,
    /// Whether the session hears of rooms that it does not follow, and of what its user does on other connections.
    pub takes_notices: bool,
    /// Whether the user sees only the rooms that they were added to.
    pub limited: bool,
}

impl Hub {
    /// Enters a session.
    pub fn enter(&self, outbound: &Arc<Outbound>) -> Registration {
        let session = Session { outbound: outbound.clone(), user: User::default() };
        let place = self.0.sessions.lock().insert(session);
        Registration { hub: self.clone(), place, account: None }
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.0.sessions.lock().len()
    }

    /// The sessions of an account must look at their rights again.
    pub fn recheck_account(&self, account: Seq) {
        self.each_of(account, Outbound::recheck);
    }

    /// All sessions must look at their rights again.
    pub fn recheck_all(&self) {
        for (_, session) in &*self.0.sessions.lock() {
            session.outbound.recheck();
        }
    }

    /// A room is not an account's to read any more.
    pub fn lose_room(&self, room: &RoomName, account: Seq) {
        self.each_of(account, |outbound| outbound.lose(room));
    }

    /// A room is gone for those of an audience who are not its members.
    pub fn lose_room_but(&self, room: &RoomName, audience: &Audience, members: &[Seq]) {
        for (_, session) in &*self.0.sessions.lock() {
            let is_member =
                session.user.account.is_some_and(|account| members.binary_search(&account).is_ok());
            if !is_member && session.user.is_among(audience) {
                session.outbound.lose(room);
            }
        }
    }

    /// Gives a notice to the sessions of an audience.
    pub fn tell(&self, audience: &Audience, frame: &FromServer) {
        let text = frame.encode();
        for (_, session) in &*self.0.sessions.lock() {
            if session.user.takes_notices && session.user.is_among(audience) {
                session.outbound.offer(&text);
            }
        }
    }

    /// Whether an account has a session.
    pub fn is_online(&self, account: Seq) -> bool {
        self.0.accounts.lock().contains_key(&account)
    }

    fn each_of(&self, account: Seq, act: impl Fn(&Outbound)) {
        let sessions = self.0.sessions.lock();
        for place in self.0.accounts.lock().get(&account).into_iter().flatten() {
            if let Some(session) = sessions.get(*place) {
                act(&session.outbound);
            }
        }
    }

    /// Gives a notice to an account's other sessions.
    pub fn tell_others(&self, account: Seq, but: &Outbound, text: &str) {
        let sessions = self.0.sessions.lock();
        for place in self.0.accounts.lock().get(&account).into_iter().flatten() {
            if let Some(session) = sessions.get(*place)
                && session.user.takes_notices
                && !std::ptr::eq(&raw const *session.outbound, but)
            {
                session.outbound.offer(text);
            }
        }
    }
}

/// A session that is there. Dropping it is going.
#[derive(Debug)]
pub struct Registration {
    hub: Hub,
    place: usize,
    account: Option<Seq>,
}

impl Registration {
    /// From now on the session is this user's.
    pub fn set_user(&mut self, user: User) {
        self.clear_account();
        let mut sessions = self.hub.0.sessions.lock();
        if let Some(session) = sessions.get_mut(self.place) {
            session.user = user;
        }
        self.account = user.account;
        if let Some(account) = user.account {
            self.hub.0.accounts.lock().entry(account).or_default().push(self.place);
        }
    }

    fn clear_account(&mut self) {
        let Some(account) = self.account.take() else { return };
        // The order of the locks is the same everywhere: sessions, then accounts.
        let _sessions = self.hub.0.sessions.lock();
        let mut accounts = self.hub.0.accounts.lock();
        if let Some(places) = accounts.get_mut(&account) {
            places.retain(|place| *place != self.place);
            if places.is_empty() {
                accounts.remove(&account);
            }
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.clear_account();
        self.hub.0.sessions.lock().remove(self.place);
    }
}

impl User {
    fn is_among(&self, audience: &Audience) -> bool {
        let is_named =
            |accounts: &[Seq]| self.account.is_some_and(|account| accounts.binary_search(&account).is_ok());
        match audience {
            Audience::Everybody { added, removed } => {
                (!self.limited || is_named(added)) && !is_named(removed)
            }
            Audience::Accounts(accounts) => is_named(accounts),
        }
    }
}
