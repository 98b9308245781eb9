//! A connection beside the main one: it claims a name, or delivers the posts of an earlier one.

use std::{cell::RefCell, rc::Rc};

use shared::{
    Action, Connection, Credentials, Event, InvitationSecret, RefusalCode, Username,
    link::{Link, Outgoing},
};

use super::transport::Transport;
use crate::{
    browser::{clock::Clock, random_number},
    storage,
};

/// A [`Link`] without rooms, on a socket of its own. Dropping it closes the socket.
pub(super) struct SecondConnection(Rc<Inner>);

struct Inner {
    username: Username,
    invitation: Option<InvitationSecret>,
    link: RefCell<Link>,
    clock: Clock,
    transport: Transport,
    on_change: Box<dyn Fn(&Link)>,
}

impl SecondConnection {
    /// Connects as this user, by the token or the secret that this browser has, and by an invitation if there is one.
    /// `on_change` is called after every event, never before this function returns.
    pub(super) fn open(
        url: &str,
        username: &Username,
        invitation: Option<InvitationSecret>,
        posts: Vec<Outgoing>,
        on_change: impl Fn(&Link) + 'static,
    ) -> Self {
        let second = Self(Rc::new_cyclic(|weak: &std::rc::Weak<Inner>| {
            let weak = weak.clone();
            let transport = Transport::new(url.to_owned(), move |event| {
                if let Some(inner) = weak.upgrade() {
                    inner.feed(event);
                }
            });
            Inner {
                username: username.clone(),
                invitation,
                link: RefCell::new(Link::new(random_number())),
                clock: Clock::new(),
                transport,
                on_change: Box::new(on_change),
            }
        }));
        let inner = &second.0;
        let actions = {
            let mut link = inner.link.borrow_mut();
            link.outbox_mut().restore(posts);
            let credentials = storage::credentials(username);
            let invitation = inner.invitation.clone();
            link.identify(Credentials { invitation, ..credentials }, inner.clock.now())
        };
        inner.carry_out(actions);
        second
    }

    /// The user whose name the connection has or claims.
    pub(super) fn username(&self) -> &Username {
        &self.0.username
    }

    /// Delivers more posts. Those that it has already stay as they are.
    pub(super) fn add(&self, posts: Vec<Outgoing>) {
        let actions = {
            let mut link = self.0.link.borrow_mut();
            link.outbox_mut().restore(posts);
            link.flush(self.0.clock.now())
        };
        self.0.carry_out(actions);
    }
}

impl Inner {
    fn feed(&self, event: &Event<'_>) {
        let now = self.clock.now();
        let mut actions = self.link.borrow_mut().feed(event, now);
        let again = credentials_after(&self.username, &self.link.borrow());
        if let Some(credentials) = again {
            let invitation = self.invitation.clone();
            let credentials = Credentials { invitation, ..credentials };
            actions.extend(self.link.borrow_mut().identify(credentials, now));
        }
        self.carry_out(actions);
        // A clone, because the callback may drop this connection, or add posts.
        let link = self.link.borrow().clone();
        (self.on_change)(&link);
    }

    fn carry_out(&self, actions: Vec<Action>) {
        let wakes_at = self.link.borrow().wakes_at();
        self.transport.carry_out(actions, wakes_at, self.clock.now());
    }
}

/// What to try after the server has refused the token of a name, for example because its data was deleted.
pub(super) fn credentials_after(username: &Username, link: &Link) -> Option<Credentials> {
    match link.connection() {
        Connection::Refused(refusal) if refusal.code == RefusalCode::BadToken => {
            storage::without_token(username, link.credentials())
        }
        _ => None,
    }
}
