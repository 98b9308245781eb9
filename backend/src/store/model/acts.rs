//! Acts: each is decided by the rows, done, and recorded.

use rusqlite::Connection;
use shared::{Act, Refusal, RefusalCode, RoomName, Seq, Timestamp, Topic, Username, house::HouseSettings};

use super::{
    ReadModel,
    authority::{Decided, Who, allowed, forbidden},
};
use crate::store::{
    authors,
    entry::{Actor, Change, Drawn, Outcome},
    rows::number,
};

/// What an act has made.
pub(super) struct Done {
    pub(super) number: Seq,
    pub(super) room: Option<RoomName>,
    /// What the record says. `None`: it is not recorded.
    pub(super) record: Option<Act>,
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
        // Read the name first: this act may delete the account.
        let by = Self::name_of(db, who)?;
        let done = match self.decide(db, position, at, who, act, drawn)? {
            Ok(done) => done,
            Err(refusal) => return Ok(refused(refusal)),
        };
        if let Some(act) = &done.record {
            Self::record(db, position, at, by.as_ref(), act)?;
        }
        let account = match done.record {
            Some(Act::AddBot { .. } | Act::RevokeTokens { .. }) => authors::account(db, done.number)?,
            _ => None,
        };
        Ok(Outcome::Done { number: done.number, room: done.room, account })
    }

    /// The name of who acts. `None`: the operator.
    pub(super) fn name_of(db: &Connection, who: Who) -> rusqlite::Result<Option<Username>> {
        who.account().map(|account| authors::shown_name(db, account)).transpose()
    }

    /// Writes an act into the record. Who did it is named as they were called then.
    pub(super) fn record(
        db: &Connection,
        position: Seq,
        at: Timestamp,
        by: Option<&Username>,
        act: &Act,
    ) -> rusqlite::Result<()> {
        let act = serde_json::to_string(act).expect("an act has string keys and no failing parts");
        db.prepare_cached("INSERT INTO acts(id, at, by, act) VALUES(?1, ?2, ?3, ?4)")?.execute((
            number(position),
            at.millis(),
            by.map(Username::as_str),
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
            Act::SetKeep { room, keep } => {
                allowed!(self.set_keep(db, who, room, *keep)?);
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
            Act::AcceptInvitation { .. } => {
                return Ok(Err((RefusalCode::BadFrame, "an invitation is accepted in a hello".into())));
            }
            Act::Retract { .. } => {
                return Ok(Err((RefusalCode::BadFrame, "a message is retracted by a post about it".into())));
            }
        };
        Ok(Ok(Done::new(number, act)))
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

/// The refusal of an act without what its proposer should have drawn.
pub(super) fn not_drawn() -> (RefusalCode, String) {
    (RefusalCode::BadFrame, "this act needs something random, which its proposer did not draw".into())
}
