//! Who may do which act.

use rusqlite::Connection;
use shared::{Refusal, RefusalCode, Role, RoomKind, RoomName, Seq, Username};

use super::{ReadModel, Room, rooms};
use crate::store::{
    authors::{self, Recorded},
    entry::Actor,
};

/// Why an act is not done.
pub(super) type Refused = (RefusalCode, String);

/// An answer of the rows, or why the act is not done.
pub(super) type Decided<T> = rusqlite::Result<Result<T, Refused>>;

/// Ends a function that returns [`Decided`] early, if there is a refusal.
macro_rules! allowed {
    ($decided:expr) => {
        match $decided {
            Ok(value) => value,
            Err(refused) => return Ok(Err(refused)),
        }
    };
}
pub(super) use allowed;

/// Who acts, as the rows have it now.
#[derive(Clone, Copy)]
pub(super) enum Who {
    Operator,
    Account(Recorded),
}

impl Who {
    pub(super) fn account(self) -> Option<Seq> {
        match self {
            Self::Operator => None,
            Self::Account(account) => Some(account.id),
        }
    }

    /// Whether this account acts upon itself.
    pub(super) fn is(self, other: Recorded) -> bool {
        self.account() == Some(other.id)
    }

    pub(super) fn role(self) -> Role {
        match self {
            Self::Operator => Role::Owner,
            Self::Account(account) => account.role,
        }
    }

    pub(super) fn is_owner(self) -> bool {
        self.role() == Role::Owner
    }

    pub(super) fn moderates(self) -> bool {
        self.role().moderates()
    }

    /// Whether they stand above somebody. Nobody stands above themselves.
    pub(super) fn outranks(self, other: Recorded) -> bool {
        !self.is(other) && self.role().outranks(other.role)
    }

    /// Whether they see only the rooms that they were added to.
    pub(super) fn is_limited(self) -> bool {
        matches!(self, Self::Account(account) if account.limited)
    }

    /// Whether they are a member or more, who does what members do.
    pub(super) fn is_member(self) -> bool {
        matches!(self.role(), Role::Owner | Role::Moderator | Role::Member)
    }
}

pub(super) fn forbidden(reason: &str) -> Refused {
    (RefusalCode::Forbidden, reason.to_owned())
}

pub(super) fn not_found(what: &str) -> Refused {
    (RefusalCode::NotFound, what.to_owned())
}

/// The refusal that says the same whether a room is not there or not theirs to know.
pub(super) fn no_room(room: &RoomName) -> Refused {
    let Refusal { code, reason, .. } = Refusal::no_room(room);
    (code, reason)
}

impl ReadModel {
    /// Who acts, if they may act at all.
    pub(super) fn who(db: &Connection, by: Actor) -> Decided<Who> {
        let Actor::Account(number) = by else { return Ok(Ok(Who::Operator)) };
        Ok(match authors::get(db, number)?.filter(|account| account.kind.is_account()) {
            None => {
                Err((RefusalCode::BadToken, "the account of this token is not there any more".to_owned()))
            }
            Some(account) if account.barred => Err(barred()),
            Some(account) => Ok(Who::Account(account)),
        })
    }

    /// The account that owns a name.
    pub(super) fn person(db: &Connection, username: &Username) -> Decided<Recorded> {
        let found = authors::owner(db, username)?;
        Ok(found.ok_or_else(|| not_found(&format!("there is no account {username}"))))
    }

    /// A room that somebody knows of. Owners know of closed rooms, too.
    pub(super) fn known(db: &Connection, who: Who, name: &RoomName) -> Decided<Room> {
        let Some(room) = rooms::find(db, name)?.filter(|room| !room.deleted) else {
            return Ok(Err(no_room(name)));
        };
        let account = match who {
            Who::Operator => None,
            Who::Account(account) => Some(account),
        };
        let owned = who.is_owner() && room.kind != RoomKind::Direct;
        let knows = owned || Self::is_readable(db, &room, account)?;
        Ok(if knows { Ok(room) } else { Err(no_room(name)) })
    }

    /// A room that somebody may change: owners, moderators who can read it, and who has made it.
    pub(super) fn managed(db: &Connection, who: Who, name: &RoomName) -> Decided<Room> {
        let room = allowed!(Self::known(db, who, name)?);
        if room.kind == RoomKind::Direct {
            return Ok(Err(forbidden("a direct room stays as it is")));
        }
        let made = who.account().is_some() && who.account() == room.made_by && who.is_member();
        Ok(if who.moderates() || made {
            Ok(room)
        } else {
            Err(forbidden("only owners, moderators and who has made the room may do this"))
        })
    }
}

pub(super) fn barred() -> Refused {
    (RefusalCode::Barred, "this account is barred from this house".to_owned())
}
