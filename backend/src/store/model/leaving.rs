//! Deleting: accounts and rooms, at once for readers, and from the rows when there is time.

use rusqlite::{Connection, OptionalExtension};
use shared::{
    Role, Seq, Username,
    house::{DeletedMessages, DeletedNames},
};

use super::{
    ReadModel,
    authority::{Decided, Who, allowed, forbidden},
    people::leaves_an_owner,
};
use crate::store::{
    authors::Recorded,
    entry::{Audience, Change},
    rows::{Kind, next_message, number, seq},
};

/// So many messages are deleted at a time; posts get their turn between.
const PURGED_AT_ONCE: u32 = 1000;
/// … and so many positions are looked at for the messages of an author.
const SCANNED: u64 = 50_000;

/// Whether there are messages whose texts are still in the rows and should not be.
pub(super) fn has_purges(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row(
        "SELECT EXISTS(SELECT 1 FROM rooms WHERE deleted = 1) OR EXISTS(SELECT 1 FROM authors WHERE blanked = 1)",
        [],
        |row| row.get(0),
    )
}

impl ReadModel {
    pub(super) fn delete_account(&mut self, db: &Connection, who: Who, username: &Username) -> Decided<Seq> {
        let may = |person: Recorded| {
            who.is(person) || matches!(who, Who::Operator) || (who.is_owner() && person.role == Role::Bot)
        };
        let person = match Self::person(db, username)? {
            Ok(person) if may(person) => person,
            Err(refused) if who.is_owner() => return Ok(Err(refused)),
            // Who may not do it does not find out who is there.
            _ => {
                let reason = "everybody deletes their own account; owners delete bots, and bar others";
                return Ok(Err(forbidden(reason)));
            }
        };
        allowed!(leaves_an_owner(db, person)?);
        let audience = Self::who_knows(db, person)?;
        let blanked = self.settings.deleted_messages == DeletedMessages::Blanked;
        let id = number(person.id);
        match self.settings.deleted_names {
            DeletedNames::Reserved => {
                // An earlier account of the application may have had the name.
                db.prepare_cached("UPDATE authors SET kind = 6, name = id, folded = '', shown = '' WHERE name = ?1 AND kind = 5")?
                    .execute([username.as_str()])?;
                db.prepare_cached("UPDATE authors SET kind = ?2 WHERE id = ?1")?
                    .execute((id, Kind::DeletedReserved as i64))?;
            }
            DeletedNames::Free => {
                db.prepare_cached(
                    "UPDATE authors SET kind = ?2, name = id, folded = '', shown = '' WHERE id = ?1",
                )?
                .execute((id, Kind::Deleted as i64))?;
            }
        }
        db.prepare_cached(
            "UPDATE authors SET secret = NULL, role = 3, generation = generation + 1, granted = NULL, blanked = ?2
             WHERE id = ?1",
        )?
        .execute((id, blanked))?;
        for table in ["members", "slow", "seen", "webhooks"] {
            db.execute(&format!("DELETE FROM {table} WHERE author = ?1"), [id])?;
        }
        db.prepare_cached("UPDATE invitations SET revoked = 1 WHERE by = ?1")?.execute([id])?;
        self.has_purges |= blanked;
        // What it has posted in this transaction is not published yet.
        for message in &mut self.commit.messages {
            if message.username == *username && message.authorship.is_proven() {
                message.authorship = shared::Authorship::Deleted;
                message.username = Username::deleted();
                if blanked {
                    message.text.clear();
                }
            }
        }
        self.commit.changes.push(Change::AccountDeleted {
            username: username.clone(),
            number: person.id,
            blanked,
            audience,
        });
        self.commit.changes.push(Change::Webhooks);
        self.rights_changed(Change::Account(person.id));
        Ok(Ok(person.id))
    }

    /// Who may have read messages of somebody: the members of the rooms that they are in, were removed from or have read, and of
    /// open rooms, if they saw those.
    fn who_knows(db: &Connection, person: Recorded) -> rusqlite::Result<Audience> {
        let id = number(person.id);
        let in_open_rooms: bool = db
            .prepare_cached(
                "SELECT EXISTS(SELECT 1 FROM members m JOIN rooms r ON r.id = m.room
                 WHERE m.author = ?1 AND m.state = 1 AND r.kind = 0 AND r.deleted = 0)",
            )?
            .query_row([id], |row| row.get(0))?;
        let in_open_rooms = in_open_rooms || !person.limited;
        let mut select = db.prepare_cached(
            "SELECT DISTINCT m.author FROM members m JOIN rooms r ON r.id = m.room
             WHERE m.state = 1 AND r.deleted = 0 AND ((?2 AND r.kind = 0)
                 OR r.id IN (SELECT room FROM members WHERE author = ?1 UNION SELECT room FROM seen WHERE author = ?1))
             ORDER BY m.author",
        )?;
        let added =
            select.query_map((id, in_open_rooms), |row| seq(row, 0))?.collect::<rusqlite::Result<_>>()?;
        Ok(if in_open_rooms {
            Audience::Everybody { added, removed: Vec::new() }
        } else {
            Audience::Accounts(added)
        })
    }

    /// Whether [`ReadModel::purge`] has something to do.
    pub(in crate::store) fn has_purges(&self) -> bool {
        self.has_purges
    }

    /// Deletes some texts of deleted rooms and accounts from the rows and the index, within the caller's transaction.
    pub(in crate::store) fn purge(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if self.purge_room(db)? || self.purge_author(db)? {
            self.blanked = true;
        } else {
            self.has_purges = false;
        }
        Ok(())
    }

    fn purge_room(&mut self, db: &Connection) -> rusqlite::Result<bool> {
        let room: Option<i64> = db
            .query_row("SELECT id FROM rooms WHERE deleted = 1 LIMIT 1", [], |row| row.get(0))
            .optional()?;
        let Some(room) = room else { return Ok(false) };
        let messages = self.unindex(db, "room = ?1", room)?;
        for message in &messages {
            db.prepare_cached("DELETE FROM messages WHERE seq = ?1")?.execute([number(*message)])?;
        }
        if messages.is_empty() {
            for table in ["members", "slow", "seen"] {
                db.execute(&format!("DELETE FROM {table} WHERE room = ?1"), [room])?;
            }
            // The row stays: its name is not used again.
            db.execute("UPDATE rooms SET deleted = 2, head = 0, newest = 0 WHERE id = ?1", [room])?;
        }
        Ok(true)
    }

    fn purge_author(&mut self, db: &Connection) -> rusqlite::Result<bool> {
        let author: Option<i64> = db
            .query_row("SELECT id FROM authors WHERE blanked = 1 LIMIT 1", [], |row| row.get(0))
            .optional()?;
        let Some(author) = author else { return Ok(false) };
        // There is no index by author: the log is gone through once, part by part.
        let after = self.purged.filter(|(of, _)| *of == author).map_or(Seq::ZERO, |(_, after)| after);
        let upto = next_message(db, after)?.map_or(self.position, |next| Seq(next.0 + SCANNED));
        let part = format!("author = ?1 AND text <> '' AND seq > {after} AND seq <= {upto}");
        let messages = self.unindex(db, &part, author)?;
        for message in &messages {
            db.prepare_cached("UPDATE messages SET text = '' WHERE seq = ?1")?.execute([number(*message)])?;
        }
        if messages.is_empty() {
            self.purged = Some((author, upto));
        }
        if upto >= self.position && messages.is_empty() {
            self.purged = None;
            db.execute("UPDATE authors SET blanked = 2 WHERE id = ?1", [author])?;
        }
        Ok(true)
    }

    /// Finds some messages, and takes them out of the search index. The index must be told the text that it has, so a message
    /// comes before its edits.
    fn unindex(&mut self, db: &Connection, condition: &str, of: i64) -> rusqlite::Result<Vec<Seq>> {
        let mut select = db.prepare(&format!(
            "SELECT seq, room, coalesce(kind, 0) = 0 FROM messages WHERE {condition} ORDER BY seq LIMIT ?2"
        ))?;
        let found: Vec<(Seq, i64, bool)> = select
            .query_map((of, PURGED_AT_ONCE), |row| Ok((seq(row, 0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (seq, room, is_entry) in &found {
            if *is_entry {
                self.index.replace(db, *room, *seq, "")?;
            }
        }
        Ok(found.into_iter().map(|(seq, _, _)| seq).collect())
    }
}
