//! Acts upon rooms: making, changing and deleting them, and who is in them.

use rusqlite::{Connection, OptionalExtension};
use shared::{Act, RefusalCode, RoomKind, RoomName, Seq, Timestamp, Topic, Username};

use super::{
    ReadModel,
    acts::{Done, not_drawn},
    authority::{Decided, Who, allowed, forbidden},
    rooms::{self, NewRoom},
};
use crate::store::{
    entry::{Change, Drawn},
    rights::{Membership, end_membership, membership, set_membership},
    rows::room_kind_code,
};

impl ReadModel {
    #[expect(clippy::too_many_arguments, reason = "they are the entry's, and the act's three")]
    pub(super) fn new_room(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        who: Who,
        asked: &RoomName,
        kind: RoomKind,
        topic: Option<&Topic>,
        drawn: Drawn,
    ) -> Decided<Done> {
        if !self.settings.lets_make_rooms(who.role()) {
            return Ok(Err(forbidden("only owners and moderators make rooms; the settings may let members")));
        }
        if who.is_limited() {
            return Ok(Err(forbidden("who sees only some rooms makes none")));
        }
        let name = match (kind, drawn) {
            (RoomKind::Open, _) => asked.clone(),
            (_, Drawn::RoomSuffix(suffix)) => suffixed(asked.as_str(), &suffix),
            _ => return Ok(Err(not_drawn())),
        };
        if rooms::find(db, &name)?.is_some() {
            // This tells that somebody has the name. Those of closed rooms cannot be guessed, but for rooms that were open before and
            // those that an application has named.
            let reason = format!("the name {name} is taken; choose another one");
            return Ok(Err((RefusalCode::NameTaken, reason)));
        }
        let new = NewRoom { kind, topic, made_by: who.account(), people: None };
        let room = rooms::make(db, position, at, &name, &new)?;
        if let (RoomKind::Closed, Some(account)) = (kind, who.account()) {
            set_membership(db, room, account, Membership::Member)?;
        }
        self.room_changed(db, &name)?;
        let record = Act::MakeRoom { room: name.clone(), kind, topic: topic.cloned() };
        Ok(Ok(Done { number: position, room: Some(name), record: Some(record) }))
    }

    /// Finds or makes the room of some people. What they do there is not recorded.
    pub(super) fn open_direct(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        who: Who,
        people: &[Username],
        drawn: Drawn,
    ) -> Decided<Done> {
        let Who::Account(me) = who else {
            return Ok(Err(forbidden("a direct room is opened by one of its people")));
        };
        if !who.is_member() || me.limited {
            return Ok(Err(forbidden("guests, bots, and who sees only some rooms, open no direct rooms")));
        }
        let mut accounts = vec![me.id];
        for username in people {
            let person = allowed!(Self::person(db, username)?);
            if person.limited || person.barred {
                return Ok(Err(forbidden(&format!("{username} cannot be in a direct room"))));
            }
            accounts.push(person.id);
        }
        accounts.sort_unstable();
        accounts.dedup();
        if accounts.len() < 2 {
            return Ok(Err(forbidden("a direct room has two to eight people")));
        }
        let key = accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let known = db
            .prepare_cached("SELECT id FROM rooms WHERE people = ?1 AND deleted = 0")?
            .query_row([&key], |row| row.get(0))
            .optional()?;
        if let Some(name) = known.map(|id| rooms::name(db, id)).transpose()?.flatten() {
            return Ok(Ok(Done { number: position, room: Some(name), record: None }));
        }
        let Drawn::RoomSuffix(suffix) = drawn else { return Ok(Err(not_drawn())) };
        let name = suffixed("direct", &suffix);
        if rooms::find(db, &name)?.is_some() {
            return Ok(Err((RefusalCode::NameTaken, "this name is another room's; draw a new one".into())));
        }
        let new = NewRoom { people: Some(&key), ..NewRoom::of(RoomKind::Direct) };
        let room = rooms::make(db, position, at, &name, &new)?;
        for account in &accounts {
            set_membership(db, room, *account, Membership::Member)?;
        }
        self.room_changed(db, &name)?;
        Ok(Ok(Done { number: position, room: Some(name), record: None }))
    }

    /// Changes a column of a room that somebody manages.
    pub(super) fn change_room(
        &mut self,
        db: &Connection,
        who: Who,
        name: &RoomName,
        change: &str,
        value: impl rusqlite::ToSql,
    ) -> Decided<()> {
        let room = allowed!(Self::managed(db, who, name)?);
        db.prepare_cached(&format!("UPDATE rooms SET {change} WHERE id = ?1"))?.execute((room.id, value))?;
        self.room_changed(db, name)?;
        Ok(Ok(()))
    }

    pub(super) fn set_kind(
        &mut self,
        db: &Connection,
        who: Who,
        name: &RoomName,
        kind: RoomKind,
    ) -> Decided<()> {
        let room = allowed!(Self::managed(db, who, name)?);
        if room.kind == kind {
            return Ok(Ok(()));
        }
        let audience = Self::audience(db, room.id, room.kind)?;
        db.prepare_cached("UPDATE rooms SET kind = ?2 WHERE id = ?1")?
            .execute((room.id, room_kind_code(kind)))?;
        if kind == RoomKind::Closed {
            // Who has talked there stays, if the room was theirs to read.
            db.prepare_cached(
                "INSERT INTO members(room, author, state)
                 SELECT DISTINCT ?1, m.author, 1 FROM messages m JOIN authors a ON a.id = m.author
                 WHERE m.room = ?1 AND a.kind <= 1 AND NOT a.limited AND NOT a.barred ON CONFLICT DO NOTHING",
            )?
            .execute([room.id])?;
            if let Who::Account(account) = who {
                set_membership(db, room.id, account.id, Membership::Member)?;
            }
            self.room_gone(db, name, audience)?;
        }
        self.room_changed(db, name)?;
        Ok(Ok(()))
    }

    pub(super) fn delete_room(&mut self, db: &Connection, who: Who, name: &RoomName) -> Decided<()> {
        let room = allowed!(Self::managed(db, who, name)?);
        let audience = Self::audience(db, room.id, room.kind)?;
        db.prepare_cached("UPDATE rooms SET deleted = 1, topic = NULL WHERE id = ?1")?.execute([room.id])?;
        db.prepare_cached("DELETE FROM webhooks WHERE room = ?1")?.execute([room.id])?;
        self.has_purges = true;
        self.room_gone(db, name, audience)?;
        self.commit.changes.push(Change::Webhooks);
        Ok(Ok(()))
    }

    pub(super) fn add_member(
        &mut self,
        db: &Connection,
        who: Who,
        name: &RoomName,
        username: &Username,
    ) -> Decided<()> {
        let room = allowed!(Self::known(db, who, name)?);
        if room.kind == RoomKind::Direct {
            return Ok(Err(forbidden("a direct room has the people that it was opened with")));
        }
        let refused = forbidden(
            "members of a closed room add people to it; only who manages a room lets back in who was removed",
        );
        // Limited accounts could otherwise undo their limits by adding each other.
        if who.is_limited() && !who.is_owner() {
            return Ok(Err(forbidden("an account that sees only some rooms adds nobody to them")));
        }
        let manages = Self::managed(db, who, name)?.is_ok();
        let adds = who.is_member() && room.kind == RoomKind::Closed;
        if !manages && !adds {
            return Ok(Err(refused));
        }
        let person = allowed!(Self::person(db, username)?);
        if !manages && membership(db, room.id, person.id)? == Some(Membership::Removed) {
            return Ok(Err(refused));
        }
        self.add_to_room(db, name, person.id)?;
        self.rights_changed(Change::Account(person.id));
        Ok(Ok(()))
    }

    pub(super) fn remove_member(
        &mut self,
        db: &Connection,
        position: Seq,
        who: Who,
        name: &RoomName,
        username: &Username,
    ) -> Decided<Done> {
        let room = allowed!(Self::known(db, who, name)?);
        if room.kind == RoomKind::Direct {
            return Ok(Err(forbidden("nobody leaves a direct room; write no more there")));
        }
        let person = match Self::person(db, username)? {
            Ok(person) if who.is(person) => person,
            found => {
                allowed!(Self::managed(db, who, name)?);
                allowed!(found)
            }
        };
        let knew = Self::is_readable(db, &room, Some(person))?;
        let leaves = who.is(person);
        if leaves {
            end_membership(db, room.id, person.id)?;
        } else {
            let above = who.outranks(person) || (!who.moderates() && !person.role.moderates());
            if !above {
                return Ok(Err(forbidden("moderators and owners are removed by owners only")));
            }
            set_membership(db, room.id, person.id, Membership::Removed)?;
        }
        self.refresh_room(db, name)?;
        self.commit.changes.push(Change::RoomLeft { room: name.clone(), account: person.id, knew });
        self.rights_changed(Change::Account(person.id));
        let record = Act::RemoveMember { room: name.clone(), username: username.clone() };
        Ok(Ok(Done { number: position, room: None, record: (!leaves).then_some(record) }))
    }
}

fn suffixed(name: &str, suffix: &str) -> RoomName {
    let end = name.len().min(63 - suffix.len());
    RoomName::parse(&format!("{}.{suffix}", &name[..end])).expect("a name, a dot and letters are a name")
}
