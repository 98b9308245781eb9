//! Bots, and the webhooks that call them.

use rusqlite::Connection;
use shared::{RefusalCode, Role, RoomKind, RoomName, Seq, Timestamp, Username, house::WebhookTrigger};

use super::{
    ReadModel,
    accounts::Claimable,
    authority::{Decided, Who, allowed, forbidden, not_found},
};
use crate::store::{
    entry::{Change, Outcome, WebhookCalls},
    rows::number,
};

impl ReadModel {
    pub(super) fn add_bot(
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

    pub(super) fn add_webhook(
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

    pub(super) fn remove_webhook(&mut self, db: &Connection, who: Who, webhook: Seq) -> Decided<Seq> {
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
    pub(super) fn switch_webhook(
        &mut self,
        db: &Connection,
        who: Who,
        webhook: Seq,
        on: bool,
    ) -> Decided<Seq> {
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
}
