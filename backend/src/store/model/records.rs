//! Records of an export, which go into an empty house as they are.

use rusqlite::{Connection, ErrorCode, OptionalExtension, Params};
use shared::{AboutKind, Message, Refusal, RefusalCode, RoomName, Seq, Username};

use super::{ReadModel, people::bars, read_settings, rooms};
use crate::store::{
    authors::{self, skeletons},
    entry::{Change, Outcome},
    record::{Invitation, Person, PersonKind, Record, Room, Webhook},
    rows::{number, role_code, room_kind_code},
};

/// What became of a record, or why it cannot be taken.
type Taken = rusqlite::Result<Result<(), String>>;

impl ReadModel {
    /// Takes a record over, with its number. The first one asks for numbers up to a position: the log goes on behind it. Where
    /// another log gives the positions, it must begin there.
    pub(super) fn record_as_it_is(&mut self, db: &Connection, record: Record) -> rusqlite::Result<Outcome> {
        if let Err(reason) = record.number().map_or(Ok(()), |number| self.within(number)) {
            return Ok(Outcome::Refused(Refusal::new(RefusalCode::BadFrame, reason)));
        }
        let taken = match record {
            Record::Export { position, .. } => self.begin_records(db, position),
            Record::Settings { settings } => {
                let text = serde_json::to_string(&settings).unwrap_or_default();
                insert(db, "UPDATE store SET settings = ?1", [text], "the settings")
            }
            Record::Person(person) => self.person_as_it_is(db, &person),
            Record::Room(room) => self.room_as_it_is(db, &room),
            Record::Member { room, person, removed, granted } => {
                let state = if removed { 2 } else { 1 };
                Self::in_room(db, &room, &[person], |room| {
                    let sql = "INSERT INTO members(room, author, state, granted) VALUES(?1, ?2, ?3, ?4)";
                    insert(db, sql, (room, number(person), state, granted), "this membership")?.map_or_else(
                        |reason| Ok(Err(reason)),
                        |()| {
                            db.execute(
                                "UPDATE rooms SET has_removed = 1 WHERE id = ?1 AND ?2 = 2",
                                (room, state),
                            )?;
                            Ok(Ok(()))
                        },
                    )
                })
            }
            Record::Slowed { room, person, at } => Self::in_room(db, &room, &[], |room| {
                let sql = "INSERT INTO slow(room, author, at) VALUES(?1, ?2, ?3)";
                insert(db, sql, (room, number(person), at.millis()), "this time")
            }),
            Record::Message { room, seq, person, id, text, sent_at, about } => {
                let username = Username::deleted();
                let authorship = shared::Authorship::default();
                let message = Message { room, seq, id, username, text, sent_at, about, authorship };
                self.message_as_it_is(db, person, message)
            }
            Record::Head { room, head, newest } => {
                self.write_touched(db)?;
                let taken = Self::in_room(db, &room, &[], |room| {
                    let sql = "UPDATE rooms SET head = max(head, ?2), newest = max(newest, ?3) WHERE id = ?1";
                    insert(db, sql, (room, number(head), number(newest)), "this room")
                })?;
                self.rooms.remove(&room);
                Ok(taken)
            }
            Record::Seen { room, person, seq } => Self::in_room(db, &room, &[person], |room| {
                let sql = "INSERT INTO seen(author, room, seq) VALUES(?1, ?2, ?3)";
                insert(db, sql, (number(person), room, number(seq)), "this mark")
            }),
            Record::Invitation(invitation) => invitation_as_it_is(db, &invitation),
            Record::Bar { address, at } => insert(
                db,
                "INSERT INTO bars(address, at) VALUES(?1, ?2)",
                (address, at.millis()),
                "this address",
            ),
            Record::Webhook(webhook) => Self::webhook_as_it_is(db, &webhook),
            Record::Act { number: of, at, by, act } => {
                let sql = "INSERT INTO acts(id, at, by, act) VALUES(?1, ?2, ?3, ?4)";
                let act = serde_json::to_string(&act).unwrap_or_default();
                let by = by.as_ref().map(Username::as_str);
                insert(db, sql, (number(of), at.millis(), by, act), "this act")
            }
            Record::End { .. } => self.end_records(db),
        }?;
        Ok(match taken {
            Ok(()) => Outcome::Noted,
            Err(reason) => Outcome::Refused(Refusal::new(RefusalCode::BadFrame, reason)),
        })
    }

    fn begin_records(&mut self, db: &Connection, position: Seq) -> Taken {
        let has_any: bool = db.query_row(
            "SELECT EXISTS(SELECT 1 FROM authors) OR EXISTS(SELECT 1 FROM rooms) OR EXISTS(SELECT 1 FROM acts)",
            [],
            |row| row.get(0),
        )?;
        if has_any {
            return Ok(
                Err("an export goes into an empty house, and here are people or rooms already".into()),
            );
        }
        self.position = self.position.max(position);
        Ok(Ok(()))
    }

    fn person_as_it_is(&mut self, db: &Connection, person: &Person) -> Taken {
        let id = number(person.number);
        let (name, folded, shown) = match (&person.username, person.kind) {
            // The row of an account whose name is free has its number for a name.
            (_, PersonKind::Deleted) => (id.to_string(), String::new(), String::new()),
            (Some(username), _) => {
                let (folded, shown) = skeletons(username.as_str());
                (username.as_str().to_owned(), folded, shown)
            }
            (None, _) => return Ok(Err("this person has no username".into())),
        };
        self.authors.clear();
        let granted =
            person.granted.as_ref().map(|granted| serde_json::to_string(granted).unwrap_or_default());
        insert(
            db,
            "INSERT INTO authors(id, name, kind, secret, folded, shown, role, limited, barred, generation, granted_at, granted,
             blanked) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            rusqlite::params![
                id,
                name,
                person.kind.code(id),
                person.secret.map(|secret| secret.0),
                folded,
                shown,
                role_code(person.role),
                person.limited,
                person.barred,
                person.generation,
                person.granted_at,
                granted,
                // Their texts are not in the export.
                if person.blanked { 2 } else { 0 },
            ],
            "this person's number or name",
        )
    }

    fn room_as_it_is(&mut self, db: &Connection, room: &Room) -> Taken {
        if let Some(by) = room.made_by
            && authors::get(db, by)?.is_none()
        {
            return Ok(Err(format!("there is no person {by} before this line")));
        }
        let sql = "INSERT INTO rooms(id, name, newest_at, kind, topic, archived, slow_seconds, made_by, people, deleted, keep,
             floor) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let values = rusqlite::params![
            number(room.number),
            room.room.as_str(),
            room.newest_at.millis(),
            room_kind_code(room.kind),
            room.topic.as_ref().map(shared::Topic::as_str),
            room.archived,
            room.slow_seconds,
            room.made_by.map(number),
            room.people,
            // Its messages are not in the export.
            if room.deleted { 2 } else { 0 },
            room.keep.map(|keep| keep.to_string()),
            number(room.floor),
        ];
        if let Err(reason) = insert(db, sql, values, "this room's number or name")? {
            return Ok(Err(reason));
        }
        self.rooms.remove(&room.room);
        Ok(Ok(()))
    }

    fn message_as_it_is(&mut self, db: &Connection, person: Seq, message: Message) -> Taken {
        let seq = message.seq;
        let Some(room) = self.room(db, &message.room)? else {
            return Ok(Err(format!("there is no room {} before this line", message.room)));
        };
        let Some(author) = authors::get(db, person)? else {
            return Ok(Err(format!("there is no person {person} before this line")));
        };
        if seq <= room.head {
            return Ok(Err(format!(
                "message {seq} comes behind {} in its room, and is before it",
                room.head
            )));
        }
        let has_number: Option<i64> = db
            .prepare_cached("SELECT 1 FROM messages WHERE seq = ?1")?
            .query_row([number(seq)], |row| row.get(0))
            .optional()?;
        if has_number.is_some() {
            return Ok(Err(format!("there is a message {seq} already")));
        }
        if let Some(about) = message.about {
            let column = match about.kind {
                AboutKind::Edit => Some("edit"),
                AboutKind::Retraction => Some("retraction"),
                AboutKind::Reply | AboutKind::Reaction => None,
            };
            if let Some(column) = column {
                db.prepare_cached(&format!(
                    "UPDATE messages SET {column} = ?2 WHERE seq = ?1 AND room = ?3"
                ))?
                .execute((number(about.seq), number(seq), room.id))?;
            }
        }
        let id = message.id.clone();
        Ok(match self.insert(db, room, author, message)? {
            super::messages::Inserted::Yes => Ok(()),
            super::messages::Inserted::No(_) => Err(format!("this person has posted the id {id} before")),
        })
    }

    fn webhook_as_it_is(db: &Connection, webhook: &Webhook) -> Taken {
        Self::in_room(db, &webhook.room, &[webhook.person], |room| {
            let sql = "INSERT INTO webhooks(id, author, room, every_message, url, secret, position, failing_since, error, is_on)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
            let values = (
                number(webhook.number),
                number(webhook.person),
                room,
                webhook.every_message,
                &webhook.url,
                webhook.secret.0,
                number(webhook.position),
                webhook.failing_since.map(shared::Timestamp::millis),
                &webhook.error,
                webhook.on,
            );
            insert(db, sql, values, "this webhook's number")
        })
    }

    /// Everything has changed.
    fn end_records(&mut self, db: &Connection) -> Taken {
        self.write_touched(db)?;
        self.rooms.clear();
        self.authors.clear();
        self.settings = read_settings(db)?;
        let (bars, settings) = (bars(db)?, self.settings.clone());
        self.commit.changes.extend([
            Change::Bars(bars),
            Change::Settings(settings),
            Change::Everybody,
            Change::Webhooks,
        ]);
        Ok(Ok(()))
    }

    /// Does something in a room, for people who are there.
    fn in_room(db: &Connection, name: &RoomName, people: &[Seq], work: impl FnOnce(i64) -> Taken) -> Taken {
        for person in people {
            if authors::get(db, *person)?.is_none() {
                return Ok(Err(format!("there is no person {person} before this line")));
            }
        }
        match rooms::find(db, name)? {
            Some(room) => work(room.id),
            None => Ok(Err(format!("there is no room {name} before this line"))),
        }
    }

    /// A number beyond the position would be given again.
    fn within(&self, number: Seq) -> Result<(), String> {
        if number > self.position || number == Seq::ZERO {
            return Err(format!("the number {number} is not within the position that the first line says"));
        }
        Ok(())
    }
}

fn invitation_as_it_is(db: &Connection, invitation: &Invitation) -> Taken {
    let (folded, shown) = invitation.username.as_ref().map(|username| skeletons(username.as_str())).unzip();
    let sql = "INSERT INTO invitations(id, secret, by, username, folded, shown, role, rooms, expires_at, uses, used, revoked)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let values = (
        number(invitation.number),
        invitation.secret.0,
        invitation.by.map(number),
        invitation.username.as_ref().map(Username::as_str),
        folded,
        shown,
        role_code(invitation.role),
        serde_json::to_string(&invitation.rooms).unwrap_or_default(),
        invitation.expires_at.millis(),
        invitation.uses,
        invitation.used,
        invitation.revoked,
    );
    insert(db, sql, values, "this invitation's number or secret")
}

/// Runs a statement that the rows may refuse.
fn insert(db: &Connection, sql: &str, values: impl Params, what: &str) -> Taken {
    match db.prepare_cached(sql)?.execute(values) {
        Ok(_) => Ok(Ok(())),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Ok(Err(format!("{what} is there already, or cannot be ({error})")))
        }
        Err(error) => Err(error),
    }
}
