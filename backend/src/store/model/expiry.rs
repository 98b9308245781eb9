//! Messages that are not to be kept longer, and how long a room keeps its messages.

use rusqlite::Connection;
use shared::{Keep, RoomName, Seq};

use super::{
    ReadModel,
    authority::{Decided, Who, allowed, forbidden},
};
use crate::store::{
    entry::{Change, Outcome},
    rows::{self, number, seq},
};

impl ReadModel {
    /// Deletes the messages of a room up to one. What is about them and comes later keeps its number, so that a reader who resumes
    /// there misses nothing, and loses its text: an edit carries the message's, and a reaction means nothing without it.
    pub(super) fn expire(
        &mut self,
        db: &Connection,
        name: &RoomName,
        upto: Seq,
        own: Option<Keep>,
    ) -> rusqlite::Result<Outcome> {
        let Some(room) = self.room(db, name)?.filter(|room| !room.deleted) else {
            return Ok(Outcome::Expired(0));
        };
        let now = db
            .prepare_cached("SELECT keep FROM rooms WHERE id = ?1")?
            .query_row([room.id], |row| rows::keep(row, 0))?;
        if now != own {
            return Ok(Outcome::Expired(0));
        }
        let mut select = db.prepare_cached(
            "SELECT seq, coalesce(kind, 0) = 0 FROM messages WHERE room = ?1 AND seq <= ?2 ORDER BY seq",
        )?;
        let found: Vec<(Seq, bool)> = select
            .query_map((room.id, number(upto)), |row| Ok((seq(row, 0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let Some((floor, _)) = found.last().copied() else { return Ok(Outcome::Expired(0)) };
        let entries = || found.iter().filter(|(_, is_entry)| *is_entry).map(|(seq, _)| *seq);
        self.index.remove_all(db, room.id, entries())?;
        let mut blank_edits = db.prepare_cached(
            "UPDATE messages SET text = '' WHERE about = ?1 AND kind = 1 AND seq > ?2 AND text <> ''",
        )?;
        let mut blank_reactions = db.prepare_cached(
            "UPDATE messages SET text = '' WHERE about = ?1 AND kind = 3 AND text <> '' AND seq > ?2",
        )?;
        for entry in entries() {
            blank_edits.execute((number(entry), number(floor)))?;
            blank_reactions.execute((number(entry), number(floor)))?;
        }
        db.prepare_cached("DELETE FROM messages WHERE room = ?1 AND seq <= ?2")?
            .execute((room.id, number(floor)))?;
        // The newest message of this transaction may be one of them.
        self.write_touched(db)?;
        db.prepare_cached(
            "UPDATE rooms SET floor = ?2, newest = CASE WHEN newest <= ?2 THEN 0 ELSE newest END WHERE id = ?1",
        )?
        .execute((room.id, number(floor)))?;
        self.commit.changes.push(Change::Expired { room: name.clone(), floor });
        Ok(Outcome::Expired(found.len() as u64))
    }

    /// Sets how long a room keeps its messages. This deletes messages, so moderators may not do it.
    pub(super) fn set_keep(
        &mut self,
        db: &Connection,
        who: Who,
        name: &RoomName,
        keep: Option<Keep>,
    ) -> Decided<()> {
        let room = allowed!(Self::managed(db, who, name)?);
        let made = who.account().is_some() && who.account() == room.made_by;
        if !who.is_owner() && !made {
            let reason = "only owners and who has made the room say how long its messages are kept";
            return Ok(Err(forbidden(reason)));
        }
        let keep = keep.map(|keep| keep.to_string());
        allowed!(self.change_room(db, who, name, "keep = ?2", keep)?);
        self.commit.changes.push(Change::Keep);
        Ok(Ok(()))
    }
}
