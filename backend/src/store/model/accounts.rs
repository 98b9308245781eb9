//! Names: claims, the application's users, and whether an author may post.

use rusqlite::Connection;
use shared::{Authorship, Refusal, RefusalCode, Seq, Username};

use super::ReadModel;
use crate::store::{
    authors::{self, Recorded},
    entry::{Author, Outcome, SecretHash},
    rows::Kind,
};

/// What a name is to an author who wants to post.
pub(super) enum Usable {
    /// The author is recorded and may post.
    Recorded(Recorded),
    /// The author is new, and the name is free for it.
    Free,
    /// The author may not post.
    Refused(RefusalCode, String),
}

impl ReadModel {
    pub(super) fn claim(
        &mut self,
        db: &Connection,
        position: Seq,
        username: &Username,
        secret: Option<SecretHash>,
    ) -> rusqlite::Result<Outcome> {
        if let Some(owner) = authors::owner(db, username)? {
            let again = secret.is_some() && owner.kind == Kind::Claimed;
            if again && authors::secret(db, owner.id)? == secret {
                return Ok(Outcome::Account(owner.id));
            }
            return Ok(name_taken(format!(
                "the name {username} belongs to somebody; send its token, or choose another name"
            )));
        }
        if let Some(reason) = authors::taken_by_lookalike(db, username)? {
            return Ok(name_taken(reason));
        }
        self.authors.retain(|author, _| author.is_proven());
        authors::add(db, position, username, Kind::Claimed, secret)?;
        Ok(Outcome::Account(position))
    }

    pub(super) fn recognize(
        &mut self,
        db: &Connection,
        position: Seq,
        username: &Username,
    ) -> rusqlite::Result<Outcome> {
        let author = Author::Application(username.clone());
        Ok(match self.author(db, &author)? {
            Usable::Recorded(recorded) => Outcome::Account(recorded.id),
            Usable::Free => Outcome::Account(self.add_author(db, position, author)?.id),
            Usable::Refused(code, reason) => Outcome::Refused(Refusal::new(code, reason)),
        })
    }

    /// Whether an author may post now.
    pub(super) fn author(&mut self, db: &Connection, author: &Author) -> rusqlite::Result<Usable> {
        if let Some(recorded) = self.authors.get(author) {
            return Ok(Usable::Recorded(*recorded));
        }
        let usable = match author {
            Author::Account { username, account } => match authors::find(db, username, Kind::Claimed)? {
                Some(found) if found.id == *account => Usable::Recorded(found),
                _ => Usable::Refused(
                    RefusalCode::BadToken,
                    format!(
                        "the token for {username} is not valid any more: the name belongs to somebody else"
                    ),
                ),
            },
            Author::Application(username) => match authors::find(db, username, Kind::Application)? {
                Some(found) => Usable::Recorded(found),
                None => authors::refuses_application(db, username)?
                    .map_or(Usable::Free, |reason| Usable::Refused(RefusalCode::NameTaken, reason)),
            },
            Author::Unproven(username) => match authors::refuses_unproven(db, username)? {
                Some(reason) => Usable::Refused(RefusalCode::NameTaken, reason),
                None => authors::find(db, username, Kind::Unproven)?.map_or(Usable::Free, Usable::Recorded),
            },
        };
        if let Usable::Recorded(recorded) = usable {
            self.authors.insert(author.clone(), recorded);
        }
        Ok(usable)
    }

    /// Records an author whose name is free for it.
    pub(super) fn add_author(
        &mut self,
        db: &Connection,
        position: Seq,
        author: Author,
    ) -> rusqlite::Result<Recorded> {
        let username = author.username();
        let kind = match author {
            Author::Account { .. } => Kind::Claimed,
            Author::Application(_) => {
                for (claimed, account) in authors::claimed_lookalikes(db, username)? {
                    authors::supersede(db, account)?;
                    // What it has posted in this transaction is not published yet.
                    for message in &mut self.commit.messages {
                        if message.username == claimed && message.authorship.is_proven() {
                            message.authorship = Authorship::Unproven;
                        }
                    }
                    self.commit.superseded.push((claimed, account));
                }
                // What others could use until now, they may not any more.
                self.authors.retain(|other, _| matches!(other, Author::Application(_)));
                Kind::Application
            }
            Author::Unproven(_) => Kind::Unproven,
        };
        let recorded = authors::add(db, position, username, kind, None)?;
        self.authors.insert(author, recorded);
        Ok(recorded)
    }
}

fn name_taken(reason: String) -> Outcome {
    Outcome::Refused(Refusal::new(RefusalCode::NameTaken, reason))
}
