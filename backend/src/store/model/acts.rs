//! Acts: each is decided by the rows, done, and recorded.

use rusqlite::{Connection, OptionalExtension};
use shared::{
    Act, Refusal, RefusalCode, Role, RoomKind, RoomName, Seq, Timestamp, Topic, Username,
    house::{HouseSettings, WebhookTrigger},
};

use super::{
    ReadModel,
    accounts::Claimable,
    authority::{Decided, Who, allowed, forbidden, not_found},
    rooms::{self, NewRoom},
};
use crate::store::{
    entry::{Actor, Change, Drawn, Outcome, WebhookCalls},
    rights::{Membership, end_membership, membership, set_membership},
    rows::{number, room_kind_code},
};

/// What an act has made.
struct Done {
    number: Seq,
    room: Option<RoomName>,
    /// What the record says. `None`: it is not recorded.
    record: Option<Act>,
}

impl Done {
    fn new(number: Seq, act: Act) -> Self {
        Self { number, room: None, record: Some(act) }
    }
}

impl ReadModel {
    pub(super) fn act(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        by: Actor,
        act: Act,
        drawn: Drawn,
    ) -> rusqlite::Result<Outcome> {
        let refused = |(code, reason): (RefusalCode, String)| Outcome::Refused(Refusal::new(code, reason));
        let who = match Self::who(db, by)? {
            Ok(who) => who,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let done = match self.decide(db, position, at, who, act, drawn)? {
            Ok(done) => done,
            Err(refusal) => return Ok(refused(refusal)),
        };
        if let Some(act) = &done.record {
            Self::record(db, position, at, who, act)?;
        }
        Ok(Outcome::Done { number: done.number, room: done.room })
    }

    /// Writes an act into the record.
    pub(super) fn record(
        db: &Connection,
        position: Seq,
        at: Timestamp,
        who: Who,
        act: &Act,
    ) -> rusqlite::Result<()> {
        let act = serde_json::to_string(act).expect("an act has string keys and no failing parts");
        db.prepare_cached("INSERT INTO acts(id, at, by, act) VALUES(?1, ?2, ?3, ?4)")?.execute((
            number(position),
            at.millis(),
            who.account().map(number),
            act,
        ))?;
        Ok(())
    }

    fn decide(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        who: Who,
        act: Act,
        drawn: Drawn,
    ) -> Decided<Done> {
        let number = match &act {
            Act::MakeRoom { room, kind, topic } => {
                return self.new_room(db, position, at, who, room, *kind, topic.as_ref(), drawn);
            }
            Act::OpenDirect { people } => return self.open_direct(db, position, at, who, people, drawn),
            Act::RemoveMember { room, username } => {
                return self.remove_member(db, position, who, room, username);
            }
            Act::SetTopic { room, topic } => {
                let topic = topic.as_ref().map(Topic::as_str);
                allowed!(self.change_room(db, who, room, "topic = ?2", topic)?);
                position
            }
            Act::SlowDown { room, seconds } => {
                allowed!(self.change_room(db, who, room, "slow_seconds = ?2", seconds)?);
                position
            }
            Act::Archive { room, archived } => {
                allowed!(self.change_room(db, who, room, "archived = ?2", archived)?);
                position
            }
            Act::SetKind { room, kind } => {
                allowed!(self.set_kind(db, who, room, *kind)?);
                position
            }
            Act::DeleteRoom { room } => {
                allowed!(self.delete_room(db, who, room)?);
                position
            }
            Act::AddMember { room, username } => {
                allowed!(self.add_member(db, who, room, username)?);
                position
            }
            Act::SetRole { username, role, limited } => {
                allowed!(self.set_role(db, who, username, *role, *limited)?)
            }
            Act::Bar { username } => allowed!(self.set_barred(db, who, username, true)?),
            Act::Unbar { username } => allowed!(self.set_barred(db, who, username, false)?),
            Act::BarAddress { address } => {
                allowed!(self.bar_address(db, who, at, address, true)?);
                position
            }
            Act::UnbarAddress { address } => {
                allowed!(self.bar_address(db, who, at, address, false)?);
                position
            }
            Act::RevokeTokens { username } => allowed!(self.revoke_tokens(db, who, username)?),
            Act::Invite(new) => {
                let Drawn::Invitation(secret) = drawn else { return Ok(Err(not_drawn())) };
                allowed!(self.invite(db, position, at, who, new, secret)?)
            }
            Act::RevokeInvitation { number } => allowed!(Self::revoke_invitation(db, who, *number)?),
            Act::AddBot { username, rooms } => {
                allowed!(self.add_bot(db, position, at, who, username, rooms)?)
            }
            Act::AddWebhook { username, room, when, url } => {
                let Drawn::WebhookSecret(secret) = drawn else { return Ok(Err(not_drawn())) };
                allowed!(self.add_webhook(
                    db,
                    position,
                    who,
                    (username, room, *when, url.as_str()),
                    secret
                )?)
            }
            Act::RemoveWebhook { number } => allowed!(self.remove_webhook(db, who, *number)?),
            Act::SwitchWebhook { number, on } => allowed!(self.switch_webhook(db, who, *number, *on)?),
            Act::ChangeSettings { settings } => {
                allowed!(self.change_settings(db, who, settings)?);
                position
            }
            Act::DeleteAccount { username } => allowed!(self.delete_account(db, who, username)?),
            Act::Retract { .. } => {
                return Ok(Err((RefusalCode::BadFrame, "a message is retracted by a post about it".into())));
            }
        };
        Ok(Ok(Done::new(number, act)))
    }

    #[expect(clippy::too_many_arguments, reason = "they are the entry's, and the act's three")]
    fn new_room(
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
        let may = who.keeps_order() || (who.is_member() && self.settings.members_make_rooms);
        if !may {
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
            // For an open room's name this tells that somebody had it: the names of closed rooms cannot be guessed.
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
    fn open_direct(
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
        if me.role == Role::Bot || me.limited {
            return Ok(Err(forbidden("bots, and guests who see only some rooms, open no direct rooms")));
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
    fn change_room(
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

    fn set_kind(&mut self, db: &Connection, who: Who, name: &RoomName, kind: RoomKind) -> Decided<()> {
        let room = allowed!(Self::managed(db, who, name)?);
        if room.kind == kind {
            return Ok(Ok(()));
        }
        let audience = Self::audience(db, room.id, room.kind)?;
        db.prepare_cached("UPDATE rooms SET kind = ?2 WHERE id = ?1")?
            .execute((room.id, room_kind_code(kind)))?;
        if kind == RoomKind::Closed {
            // Who has talked there stays.
            db.prepare_cached(
                "INSERT INTO members(room, author, state)
                 SELECT DISTINCT ?1, m.author, 1 FROM messages m JOIN authors a ON a.id = m.author
                 WHERE m.room = ?1 AND a.kind <= 1 ON CONFLICT DO NOTHING",
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

    fn delete_room(&mut self, db: &Connection, who: Who, name: &RoomName) -> Decided<()> {
        let room = allowed!(Self::managed(db, who, name)?);
        let audience = Self::audience(db, room.id, room.kind)?;
        db.prepare_cached("UPDATE rooms SET deleted = 1, topic = NULL WHERE id = ?1")?.execute([room.id])?;
        db.prepare_cached("DELETE FROM webhooks WHERE room = ?1")?.execute([room.id])?;
        self.has_purges = true;
        self.room_gone(db, name, audience)?;
        self.commit.changes.push(Change::Webhooks);
        Ok(Ok(()))
    }

    fn add_member(&mut self, db: &Connection, who: Who, name: &RoomName, username: &Username) -> Decided<()> {
        let room = allowed!(Self::known(db, who, name)?);
        if room.kind == RoomKind::Direct {
            return Ok(Err(forbidden("a direct room has the people that it was opened with")));
        }
        let person = allowed!(Self::person(db, username)?);
        let removed = membership(db, room.id, person.id)? == Some(Membership::Removed);
        let manages = Self::managed(db, who, name)?.is_ok();
        if !manages && (removed || who.is_limited() || !who.is_member() || room.kind == RoomKind::Open) {
            return Ok(Err(forbidden(
                "members of a closed room add people to it; only who manages a room lets back in who was removed",
            )));
        }
        self.add_to_room(db, name, person.id)?;
        self.rights_changed(Change::Account(person.id));
        Ok(Ok(()))
    }

    fn remove_member(
        &mut self,
        db: &Connection,
        position: Seq,
        who: Who,
        name: &RoomName,
        username: &Username,
    ) -> Decided<Done> {
        let room = allowed!(Self::known(db, who, name)?);
        let person = allowed!(Self::person(db, username)?);
        if room.kind == RoomKind::Direct {
            return Ok(Err(forbidden("nobody leaves a direct room; write no more there")));
        }
        let knew = Self::is_readable(db, &room, Some(person))?;
        let leaves = who.is(person);
        if leaves {
            end_membership(db, room.id, person.id)?;
        } else {
            allowed!(Self::managed(db, who, name)?);
            let above = who.outranks(person) || (!who.keeps_order() && !person.role.keeps_order());
            if !above {
                return Ok(Err(forbidden("moderators and owners are removed by owners only")));
            }
            set_membership(db, room.id, person.id, Membership::Removed)?;
        }
        self.take_over(db, name)?;
        self.commit.changes.push(Change::RoomLeft { room: name.clone(), account: person.id, knew });
        self.rights_changed(Change::Account(person.id));
        let record = Act::RemoveMember { room: name.clone(), username: username.clone() };
        Ok(Ok(Done { number: position, room: None, record: (!leaves).then_some(record) }))
    }

    fn add_bot(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        who: Who,
        username: &Username,
        names: &[RoomName],
    ) -> Decided<Seq> {
        if !who.is_owner() {
            return Ok(Err(forbidden("only owners make bots")));
        }
        for name in names {
            let room = allowed!(Self::known(db, who, name)?);
            if room.kind == RoomKind::Direct {
                return Ok(Err(forbidden("no bot is in a direct room")));
            }
        }
        if let Claimable::Refused(reason) = Self::claimable(db, at, username, None, None)? {
            return Ok(Err((RefusalCode::NameTaken, reason)));
        }
        let bot = self.add_account(db, position, username, None)?;
        self.give_role(db, bot, Role::Bot, true)?;
        for name in names {
            self.add_to_room(db, name, bot.id)?;
        }
        Ok(Ok(bot.id))
    }

    fn add_webhook(
        &mut self,
        db: &Connection,
        position: Seq,
        who: Who,
        (username, room, when, url): (&Username, &RoomName, WebhookTrigger, &str),
        secret: [u8; 24],
    ) -> Decided<Seq> {
        if !who.is_owner() {
            return Ok(Err(forbidden("only owners make webhooks")));
        }
        let found = allowed!(Self::known(db, who, room)?);
        let bot = allowed!(Self::person(db, username)?);
        if bot.role != Role::Bot || !Self::is_readable(db, &found, Some(bot))? {
            return Ok(Err(forbidden(&format!("{username} is no bot of the room {room}"))));
        }
        db.prepare_cached(
            "INSERT INTO webhooks(id, author, room, every_message, url, secret, position)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?1)",
        )?
        .execute((
            number(position),
            number(bot.id),
            found.id,
            when == WebhookTrigger::Message,
            url,
            secret,
        ))?;
        self.commit.changes.push(Change::Webhooks);
        Ok(Ok(position))
    }

    fn remove_webhook(&mut self, db: &Connection, who: Who, webhook: Seq) -> Decided<Seq> {
        if !who.is_owner() {
            return Ok(Err(forbidden("only owners end webhooks")));
        }
        if db.prepare_cached("DELETE FROM webhooks WHERE id = ?1")?.execute([number(webhook)])? == 0 {
            return Ok(Err(not_found(&format!("there is no webhook {webhook}"))));
        }
        self.commit.changes.push(Change::Webhooks);
        Ok(Ok(webhook))
    }

    /// A webhook that is switched on again goes on from now: what came meanwhile was not promised to it.
    fn switch_webhook(&mut self, db: &Connection, who: Who, webhook: Seq, on: bool) -> Decided<Seq> {
        if !who.is_owner() {
            return Ok(Err(forbidden("only owners switch webhooks")));
        }
        let head = number(self.position);
        let switched = db
            .prepare_cached(
                "UPDATE webhooks SET is_on = ?2, failing_since = NULL, error = NULL,
                 position = CASE WHEN ?2 AND NOT is_on THEN ?3 ELSE position END WHERE id = ?1",
            )?
            .execute((number(webhook), on, head))?;
        if switched == 0 {
            return Ok(Err(not_found(&format!("there is no webhook {webhook}"))));
        }
        self.commit.changes.push(Change::Webhooks);
        Ok(Ok(webhook))
    }

    /// Notes how far webhooks are.
    pub(super) fn called(&mut self, db: &Connection, calls: Vec<WebhookCalls>) -> rusqlite::Result<Outcome> {
        let mut update = db.prepare_cached(
            "UPDATE webhooks SET position = max(position, ?2), failing_since = ?3, error = ?4,
             is_on = is_on AND NOT ?5 WHERE id = ?1",
        )?;
        for WebhookCalls { number: webhook, position, failing, gives_up } in calls {
            let (error, since) = failing.map(|(error, since)| (error, since.millis())).unzip();
            update.execute((number(webhook), number(position), since, error, gives_up))?;
            if gives_up {
                self.commit.changes.push(Change::Webhooks);
            }
        }
        Ok(Outcome::Noted)
    }

    fn change_settings(&mut self, db: &Connection, who: Who, settings: &HouseSettings) -> Decided<()> {
        if !who.is_owner() {
            return Ok(Err(forbidden("only owners change the settings")));
        }
        let text = serde_json::to_string(settings).expect("settings have string keys and no failing parts");
        db.execute("UPDATE store SET settings = ?1", [text])?;
        self.settings = settings.clone();
        self.commit.changes.push(Change::Settings(settings.clone()));
        Ok(Ok(()))
    }
}

fn suffixed(name: &str, suffix: &str) -> RoomName {
    let end = name.len().min(63 - suffix.len());
    RoomName::parse(&format!("{}.{suffix}", &name[..end])).expect("a name, a dot and letters are a name")
}

fn not_drawn() -> (RefusalCode, String) {
    (RefusalCode::BadFrame, "this act needs something random, which its proposer did not draw".into())
}
