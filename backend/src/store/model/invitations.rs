//! Invitations: who offers what, and who accepts.

use rusqlite::{Connection, OptionalExtension};
use shared::{
    Act, Refusal, RefusalCode, Role, RoomKind, RoomName, Seq, Timestamp, Username, house::NewInvitation,
};

use super::{
    ReadModel,
    accounts::{Claimable, name_taken},
    authority::{Decided, Who, allowed, barred, forbidden, not_found},
    read_settings, rooms,
};
use crate::store::{
    authors::{self, Recorded},
    entry::{Audience, Change, Invitee, Outcome, SecretHash},
    grants,
    rights::{Membership, membership, set_membership},
    rows::{self, Kind, number, optional_seq, role_code},
};

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// An invitation's row.
pub(in crate::store) struct Stored {
    pub(in crate::store) id: i64,
    pub(in crate::store) by: Option<Seq>,
    pub(in crate::store) username: Option<Username>,
    pub(in crate::store) role: Role,
    pub(in crate::store) rooms: Vec<RoomName>,
    pub(in crate::store) expires_at: Timestamp,
    pub(in crate::store) uses: u32,
    pub(in crate::store) used: u32,
    pub(in crate::store) revoked: bool,
}

/// The columns that [`stored`] reads.
macro_rules! invitation_columns {
    () => {
        "SELECT id, by, username, role, rooms, expires_at, uses, used, revoked FROM invitations"
    };
}
pub(in crate::store) use invitation_columns;

pub(in crate::store) fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    let username: Option<String> = row.get(2)?;
    let rooms: String = row.get(4)?;
    Ok(Stored {
        id: row.get(0)?,
        by: optional_seq(row, 1)?,
        username: username.and_then(|username| Username::parse(&username).ok()),
        role: rows::role(row, 3)?,
        rooms: serde_json::from_str(&rooms).unwrap_or_default(),
        expires_at: Timestamp::from_millis(row.get(5)?),
        uses: row.get(6)?,
        used: row.get(7)?,
        revoked: row.get(8)?,
    })
}

/// The invitation with this secret.
pub(in crate::store) fn find(db: &Connection, secret: SecretHash) -> rusqlite::Result<Option<Stored>> {
    db.prepare_cached(concat!(invitation_columns!(), " WHERE secret = ?1"))?
        .query_row([secret.0], stored)
        .optional()
}

/// Whether an invitation can be used at this time: who invites must still be there, and may still invite so.
pub(in crate::store) fn is_valid(
    db: &Connection,
    invitation: &Stored,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    if invitation.revoked || invitation.used >= invitation.uses || at >= invitation.expires_at {
        return Ok(false);
    }
    Ok(match inviter(db, invitation)? {
        Some(who) => read_settings(db)?.lets_invite(who.role(), who.is_limited(), invitation.role),
        None => false,
    })
}

/// Who invites, if they are there and not barred.
fn inviter(db: &Connection, invitation: &Stored) -> rusqlite::Result<Option<Who>> {
    let Some(by) = invitation.by else { return Ok(Some(Who::Operator)) };
    let by = authors::get(db, by)?;
    Ok(by.filter(|by| by.kind.is_account() && !by.barred).map(Who::Account))
}

/// The rooms that an invitation leads to now: those that are there, and that who invites still knows.
pub(in crate::store) fn rooms_of(db: &Connection, invitation: &Stored) -> rusqlite::Result<Vec<RoomName>> {
    let Some(who) = inviter(db, invitation)? else { return Ok(Vec::new()) };
    let mut known = Vec::new();
    for name in &invitation.rooms {
        if ReadModel::known(db, who, name)?.is_ok() {
            known.push(name.clone());
        }
    }
    Ok(known)
}

fn bad_invitation() -> Outcome {
    Outcome::Refused(Refusal::bad_invitation())
}

impl ReadModel {
    pub(super) fn invite(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        who: Who,
        new: &NewInvitation,
        secret: SecretHash,
    ) -> Decided<Seq> {
        let NewInvitation { username, role, rooms, days, uses } = new;
        if !self.settings.lets_invite(who.role(), who.is_limited(), *role) {
            return Ok(Err(forbidden(
                "owners invite in every role, moderators as member or guest; members may invite if the settings say so",
            )));
        }
        if find(db, secret)?.is_some() {
            return Ok(Err(forbidden("another invitation has this secret")));
        }
        for name in rooms {
            let room = allowed!(Self::known(db, who, name)?);
            if room.kind == RoomKind::Direct {
                return Ok(Err(forbidden("nobody is invited into a direct room")));
            }
        }
        if let Some(username) = username
            && let Claimable::Refused(reason) = Self::claimable(db, at, username, None, None)?
        {
            // Somebody who has lost all tokens is let back in under their own name.
            let lost = authors::owner(db, username)?
                .filter(|owner| owner.kind == Kind::Claimed && owner.role != Role::Bot);
            let may = lost.is_some_and(|lost| {
                matches!(who, Who::Operator) || (who.is_owner() && lost.role != Role::Owner)
            });
            if !may {
                return Ok(Err((RefusalCode::NameTaken, reason)));
            }
        }
        let (folded, shown) = username.as_ref().map(|username| authors::skeletons(username.as_str())).unzip();
        db.prepare_cached(
            "INSERT INTO invitations(id, secret, by, username, role, rooms, expires_at, uses, folded, shown)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute((
            number(position),
            secret.0,
            who.account().map(number),
            username.as_ref().map(Username::as_str),
            role_code(*role),
            serde_json::to_string(rooms).unwrap_or_default(),
            at.millis().saturating_add(i64::from(*days) * DAY_MS),
            uses,
            folded,
            shown,
        ))?;
        Ok(Ok(position))
    }

    pub(super) fn revoke_invitation(db: &Connection, who: Who, invitation: Seq) -> Decided<Seq> {
        let by: Option<Option<i64>> = db
            .prepare_cached("SELECT by FROM invitations WHERE id = ?1")?
            .query_row([number(invitation)], |row| row.get(0))
            .optional()?;
        let own = by.is_some_and(|by| by.is_some() && by == who.account().map(number));
        if by.is_none() || !(own || who.moderates()) {
            let of_yours = if who.moderates() { "" } else { " of yours" };
            return Ok(Err(not_found(&format!("there is no invitation {invitation}{of_yours}"))));
        }
        db.prepare_cached("UPDATE invitations SET revoked = 1 WHERE id = ?1")?
            .execute([number(invitation)])?;
        Ok(Ok(invitation))
    }

    /// Gives somebody what an invitation offers.
    pub(super) fn accept(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        secret: SecretHash,
        by: Invitee,
    ) -> rusqlite::Result<Outcome> {
        // A claim that is repeated was done already, whatever has become of the invitation.
        if let Some(account) = repeated(db, &by)? {
            return Ok(Outcome::Account(account));
        }
        let Some(invitation) = find(db, secret)? else { return Ok(bad_invitation()) };
        let valid = is_valid(db, &invitation, at)?;
        let (person, role) = match by {
            Invitee::New { .. } if !valid => return Ok(bad_invitation()),
            Invitee::New { username, secret } => {
                if let Some(name) = invitation.username.as_ref().filter(|name| **name != username) {
                    return Ok(name_taken(format!("this invitation is for {name}; come under that name")));
                }
                let person = match Self::claimable(db, at, &username, secret, Some(invitation.id))? {
                    Claimable::Again(account) => return Ok(Outcome::Account(account)),
                    Claimable::Free => self.add_account(db, position, &username, secret)?,
                    Claimable::Refused(reason) => match authors::owner(db, &username)? {
                        Some(owner) if lets_back(db, &invitation, owner)? => {
                            if owner.barred {
                                return Ok(refused_as_barred());
                            }
                            authors::let_back(db, owner.id, secret)?;
                            owner
                        }
                        _ => return Ok(name_taken(reason)),
                    },
                };
                let role = if person.id == position { invitation.role } else { person.role };
                (person, role)
            }
            Invitee::Account(number) => {
                let Some(person) = authors::get(db, number)?.filter(|person| person.kind.is_account()) else {
                    return Ok(bad_invitation());
                };
                if person.barred {
                    return Ok(refused_as_barred());
                }
                if person.role == Role::Bot {
                    return Ok(Outcome::Refused(Refusal::new(
                        RefusalCode::Forbidden,
                        "a bot is not invited",
                    )));
                }
                let role = risen(db, person, &invitation)?;
                if Self::has_all(db, person, role, &invitation)? {
                    return Ok(Outcome::Account(person.id));
                }
                let name = authors::shown_name(db, person.id)?;
                if !valid || invitation.username.as_ref().is_some_and(|kept| *kept != name) {
                    return Ok(bad_invitation());
                }
                (person, role)
            }
        };
        let limited = if person.id == position {
            // A guest who was invited with rooms sees no others.
            role == Role::Guest && !invitation.rooms.is_empty()
        } else {
            // An owner's invitation to a higher role, or without rooms, ends that; but never what the application says.
            let is_granted = grants::newest(db, person.id)?
                .is_some_and(|(_, grant)| grant.is_some_and(|grant| grant.rooms.is_some()));
            let lifts = invitation.uses == 1 && is_owners(db, &invitation)? && !is_granted;
            person.limited && (!lifts || (role == person.role && !invitation.rooms.is_empty()))
        };
        self.give_role(db, person, role, limited)?;
        db.prepare_cached("UPDATE invitations SET used = used + 1 WHERE id = ?1")?
            .execute([invitation.id])?;
        for name in Self::rooms_for(db, &invitation, person)? {
            self.add_to_room(db, &name, person.id)?;
        }
        self.rights_changed(Change::Account(person.id));
        let username = authors::shown_name(db, person.id)?;
        let number = Seq(invitation.id.cast_unsigned());
        let act = Act::AcceptInvitation { number, username: username.clone(), role };
        Self::record(db, position, at, Some(&username), &act)?;
        Ok(Outcome::Account(person.id))
    }

    /// The rooms that an invitation leads somebody to. Who was removed from a room is let back in by who manages it, and by no
    /// invitation.
    fn rooms_for(db: &Connection, invitation: &Stored, person: Recorded) -> rusqlite::Result<Vec<RoomName>> {
        let mut rooms = Vec::new();
        for name in rooms_of(db, invitation)? {
            let Some(room) = rooms::find(db, &name)? else { continue };
            if membership(db, room.id, person.id)? != Some(Membership::Removed) {
                rooms.push(name);
            }
        }
        Ok(rooms)
    }

    fn has_all(db: &Connection, person: Recorded, role: Role, invitation: &Stored) -> rusqlite::Result<bool> {
        if person.role != role {
            return Ok(false);
        }
        for name in Self::rooms_for(db, invitation, person)? {
            if let Some(room) = rooms::find(db, &name)?
                && !Self::is_readable(db, &room, Some(person))?
            {
                return Ok(false);
            }
        }
        let lifts = invitation.uses == 1 && invitation.rooms.is_empty() && is_owners(db, invitation)?;
        Ok(!person.limited || !lifts)
    }

    /// Makes an account a member of a room, if the room is there, and tells its sessions.
    pub(super) fn add_to_room(
        &mut self,
        db: &Connection,
        name: &RoomName,
        account: Seq,
    ) -> rusqlite::Result<()> {
        let Some(room) = rooms::find(db, name)?.filter(|room| !room.deleted) else { return Ok(()) };
        set_membership(db, room.id, account, Membership::Member)?;
        self.refresh_room(db, name)?;
        self.tell_room(db, name, Audience::Accounts(vec![account]))
    }
}

/// The account that the same claim has made before.
pub(in crate::store) fn repeated(db: &Connection, by: &Invitee) -> rusqlite::Result<Option<Seq>> {
    let Invitee::New { username, secret: Some(secret) } = by else { return Ok(None) };
    let owner = authors::owner(db, username)?.filter(|owner| owner.kind == Kind::Claimed);
    let Some(owner) = owner else { return Ok(None) };
    Ok((authors::secret(db, owner.id)? == Some(*secret)).then_some(owner.id))
}

fn refused_as_barred() -> Outcome {
    let (code, reason) = barred();
    Outcome::Refused(Refusal::new(code, reason))
}

/// Whether who invites is an owner now, or the operator.
fn is_owners(db: &Connection, invitation: &Stored) -> rusqlite::Result<bool> {
    Ok(inviter(db, invitation)?.is_some_and(Who::is_owner))
}

/// Whether an invitation lets the owner of a name back in who has lost all tokens. Owners do not let each other back in.
fn lets_back(db: &Connection, invitation: &Stored, owner: Recorded) -> rusqlite::Result<bool> {
    let is_possible = invitation.username.is_some() && owner.kind == Kind::Claimed && owner.role != Role::Bot;
    let may = invitation.by.is_none() || (owner.role != Role::Owner && is_owners(db, invitation)?);
    Ok(is_possible && may)
}

/// The role that somebody with an account has with an invitation: the one that may do more, if an owner invites. An invitation for
/// several people gives nobody a role back that was taken from them.
fn risen(db: &Connection, person: Recorded, invitation: &Stored) -> rusqlite::Result<Role> {
    let is_higher = role_code(invitation.role) < role_code(person.role);
    let rises = invitation.uses == 1 && is_higher && is_owners(db, invitation)?;
    Ok(if rises { invitation.role } else { person.role })
}
