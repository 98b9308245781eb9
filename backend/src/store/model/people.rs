//! Accounts: roles, bars, the application's grants.

use rusqlite::{Connection, Row};
use shared::{Role, RoomKind, RoomName, Seq, Timestamp, Username, house::Bar};

use super::{
    ReadModel,
    authority::{Decided, Who, allowed, forbidden},
    rooms::{self, NewRoom},
};
use crate::{
    store::{
        authors::Recorded,
        entry::{Audience, Change},
        grants,
        rights::{Membership, end_membership, set_membership},
        rows::{Kind, number, role_code},
    },
    token::Grant,
};

impl ReadModel {
    pub(super) fn set_role(
        &mut self,
        db: &Connection,
        who: Who,
        username: &Username,
        role: Role,
        limited: Option<bool>,
    ) -> Decided<Seq> {
        if !who.is_owner() {
            return Ok(Err(forbidden("only owners give roles")));
        }
        let person = allowed!(Self::person(db, username)?);
        if person.role == Role::Bot {
            return Ok(Err(forbidden("a bot stays a bot")));
        }
        if role != Role::Owner {
            allowed!(leaves_an_owner(db, person)?);
        }
        self.give_role(db, person, role, limited.unwrap_or(person.limited))?;
        Ok(Ok(person.id))
    }

    /// Writes a role down.
    pub(super) fn give_role(
        &mut self,
        db: &Connection,
        person: Recorded,
        role: Role,
        limited: bool,
    ) -> rusqlite::Result<()> {
        if (person.role, person.limited) == (role, limited) {
            return Ok(());
        }
        if role == Role::Owner && !has_owner(db)? {
            // The link of the first start may be in a log, so it is revoked when the house gets its first owner.
            db.execute(
                "UPDATE invitations SET revoked = 1 WHERE by IS NULL AND role = 0 AND username IS NULL",
                [],
            )?;
        }
        db.prepare_cached("UPDATE authors SET role = ?2, limited = ?3 WHERE id = ?1")?.execute((
            number(person.id),
            role_code(role),
            limited,
        ))?;
        self.rights_changed(Change::Account(person.id));
        Ok(())
    }

    pub(super) fn set_barred(
        &mut self,
        db: &Connection,
        who: Who,
        username: &Username,
        barred: bool,
    ) -> Decided<Seq> {
        let refused = forbidden("owners bar others; moderators bar members, guests and bots");
        // Who may not do it does not find out who is there.
        if !who.moderates() {
            return Ok(Err(refused));
        }
        let person = allowed!(Self::person(db, username)?);
        if !who.outranks(person) {
            return Ok(Err(refused));
        }
        if barred {
            allowed!(leaves_an_owner(db, person)?);
        }
        db.prepare_cached("UPDATE authors SET barred = ?2 WHERE id = ?1")?
            .execute((number(person.id), barred))?;
        self.rights_changed(Change::Account(person.id));
        Ok(Ok(person.id))
    }

    /// An address is barred in the form that it was checked in.
    pub(super) fn bar_address(
        &mut self,
        db: &Connection,
        who: Who,
        at: Timestamp,
        address: &str,
        barred: bool,
    ) -> Decided<()> {
        if !who.moderates() {
            return Ok(Err(forbidden("only owners and moderators bar addresses")));
        }
        if barred {
            db.prepare_cached("INSERT INTO bars(address, at) VALUES(?1, ?2) ON CONFLICT DO NOTHING")?
                .execute((address, at.millis()))?;
        } else if db.prepare_cached("DELETE FROM bars WHERE address = ?1")?.execute([address])? == 0 {
            return Ok(Err(super::authority::not_found(&format!("the address {address} is not barred"))));
        }
        self.commit.changes.push(Change::Bars(bars(db)?));
        self.rights_changed(Change::Everybody);
        Ok(Ok(()))
    }

    pub(super) fn revoke_tokens(&mut self, db: &Connection, who: Who, username: &Username) -> Decided<Seq> {
        let person = match Self::person(db, username)? {
            Ok(person) if who.is(person) || (who.is_owner() && who.outranks(person)) => person,
            Err(refused) if who.is_owner() => return Ok(Err(refused)),
            _ => return Ok(Err(forbidden("owners revoke the tokens of others; everybody else their own"))),
        };
        if person.kind == Kind::Application {
            return Ok(Err(forbidden(
                "the application signs the tokens of this account, and would go on: bar the account to keep it out",
            )));
        }
        // The secret of the claim would give a new token to whoever has the lost device.
        db.prepare_cached("UPDATE authors SET generation = generation + 1, secret = NULL WHERE id = ?1")?
            .execute([number(person.id)])?;
        self.rights_changed(Change::Account(person.id));
        Ok(Ok(person.id))
    }

    /// Takes over what a token of the application says, unless a newer one said something else.
    pub(super) fn take_grant(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        person: Recorded,
        grant: &Grant,
    ) -> rusqlite::Result<()> {
        let text = grants::text(grant);
        let (granted_at, granted): (i64, Option<String>) = db
            .prepare_cached("SELECT granted_at, granted FROM authors WHERE id = ?1")?
            .query_row([number(person.id)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let issued_at = i64::try_from(grant.issued_at).unwrap_or(i64::MAX);
        if issued_at < granted_at {
            return Ok(());
        }
        db.prepare_cached("UPDATE authors SET granted_at = ?2, granted = ?3 WHERE id = ?1")?.execute((
            number(person.id),
            issued_at,
            &text,
        ))?;
        if granted.as_deref() == Some(text.as_str()) || (granted.is_none() && *grant == Grant::default()) {
            return Ok(());
        }
        // Without the claim, a role or rooms that an earlier token has granted end with this one.
        let before: Option<Grant> = granted.as_deref().and_then(grants::parse);
        let role =
            grant.role.or_else(|| before.as_ref().and_then(|before| before.role).map(|_| Role::Member));
        let limited =
            grant.rooms.is_some() || (person.limited && before.is_none_or(|before| before.rooms.is_none()));
        self.give_role(db, person, role.unwrap_or(person.role), limited)?;
        self.grant_rooms(db, position, at, person, grant.rooms.as_deref().unwrap_or_default())?;
        self.rights_changed(Change::Account(person.id));
        Ok(())
    }

    /// Makes the user a member of these rooms, and of no other that an earlier token has granted. A room that is not there is
    /// made as a closed one.
    fn grant_rooms(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        person: Recorded,
        names: &[RoomName],
    ) -> rusqlite::Result<()> {
        let mut select =
            db.prepare_cached("SELECT room FROM members WHERE author = ?1 AND state = 1 AND granted = 1")?;
        let before: Vec<i64> =
            select.query_map([number(person.id)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut now = Vec::new();
        for name in names {
            let found = rooms::find(db, name)?;
            let room = match &found {
                Some(room) if room.deleted || room.kind == RoomKind::Direct => continue,
                Some(room) => room.id,
                None => rooms::make(db, position, at, name, &NewRoom::of(RoomKind::Closed))?,
            };
            now.push(room);
            set_membership(db, room, person.id, Membership::Member)?;
            if found.is_none() {
                self.commit.changes.push(Change::RoomTaken(name.clone()));
            }
            db.prepare_cached("UPDATE members SET granted = 1 WHERE room = ?1 AND author = ?2")?
                .execute((room, number(person.id)))?;
            self.refresh_room(db, name)?;
            self.tell_room(db, name, Audience::Accounts(vec![person.id]))?;
        }
        for room in before.into_iter().filter(|room| !now.contains(room)) {
            end_membership(db, room, person.id)?;
            if let Some(name) = rooms::name(db, room)? {
                self.refresh_room(db, &name)?;
                self.commit.changes.push(Change::RoomLeft { room: name, account: person.id, knew: true });
            }
        }
        Ok(())
    }
}

/// The addresses that are kept out.
pub(in crate::store) fn bars(db: &Connection) -> rusqlite::Result<Vec<Bar>> {
    let mut select = db.prepare_cached("SELECT address, at FROM bars ORDER BY address")?;
    let bar = |row: &Row<'_>| Ok(Bar { address: row.get(0)?, at: Timestamp::from_millis(row.get(1)?) });
    select.query_map([], bar)?.collect()
}

/// Whether somebody owns the house.
pub(in crate::store) fn has_owner(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT EXISTS(SELECT 1 FROM authors WHERE role = 0 AND kind <= 1)", [], |row| row.get(0))
}

/// Refuses to take the last owner's rights away.
pub(super) fn leaves_an_owner(db: &Connection, person: Recorded) -> Decided<()> {
    if person.role != Role::Owner {
        return Ok(Ok(()));
    }
    let other: bool = db
        .prepare_cached(
            "SELECT EXISTS(SELECT 1 FROM authors WHERE role = 0 AND kind <= 1 AND barred = 0 AND id <> ?1)",
        )?
        .query_row([number(person.id)], |row| row.get(0))?;
    Ok(if other {
        Ok(())
    } else {
        Err(forbidden("this is the only owner: make somebody else an owner first"))
    })
}
