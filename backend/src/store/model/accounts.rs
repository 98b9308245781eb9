//! Names: claims, the application's users, and whether an author may post.

use rusqlite::Connection;
use shared::{Authorship, Refusal, RefusalCode, Seq, Timestamp, Username};

use super::{ReadModel, authority::barred};
use crate::{
    store::{
        authors::{self, Recorded},
        entry::{Author, Change, Outcome, SecretHash},
        rows::Kind,
    },
    token::Grant,
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
        at: Timestamp,
        username: &Username,
        secret: Option<SecretHash>,
    ) -> rusqlite::Result<Outcome> {
        Ok(match Self::claimable(db, at, username, secret, None)? {
            Claimable::Again(account) => Outcome::Account(account),
            Claimable::Refused(reason) => name_taken(reason),
            Claimable::Free => Outcome::Account(self.add_account(db, position, username, secret)?.id),
        })
    }

    /// Whether somebody may claim a name. An invitation that is `accepted` does not keep its own name from who accepts it.
    pub(super) fn claimable(
        db: &Connection,
        at: Timestamp,
        username: &Username,
        secret: Option<SecretHash>,
        accepted: Option<i64>,
    ) -> rusqlite::Result<Claimable> {
        if let Some(owner) = authors::owner(db, username)? {
            let again = secret.is_some() && owner.kind == Kind::Claimed;
            if again && authors::secret(db, owner.id)? == secret {
                return Ok(Claimable::Again(owner.id));
            }
            return Ok(Claimable::Refused(format!(
                "the name {username} belongs to somebody; send its token, or choose another name"
            )));
        }
        if let Some(reason) = authors::taken_by_lookalike(db, username)? {
            return Ok(Claimable::Refused(reason));
        }
        if authors::is_kept(db, at, username, accepted)? {
            return Ok(Claimable::Refused(format!(
                "the name {username} is kept for somebody who was invited; choose another name, or whoever invites revokes that \
                 invitation first"
            )));
        }
        Ok(Claimable::Free)
    }

    /// Records an account whose name is free.
    pub(super) fn add_account(
        &mut self,
        db: &Connection,
        position: Seq,
        username: &Username,
        secret: Option<SecretHash>,
    ) -> rusqlite::Result<Recorded> {
        self.authors.retain(|author, _| author.is_proven());
        authors::add(db, position, username, Kind::Claimed, secret)
    }

    pub(super) fn recognize(
        &mut self,
        db: &Connection,
        position: Seq,
        at: Timestamp,
        username: &Username,
        grant: &Grant,
    ) -> rusqlite::Result<Outcome> {
        let known = match authors::find(db, username, Kind::Application)? {
            Some(known) => known,
            None => match authors::refuses_application(db, username)? {
                Some(reason) => return Ok(name_taken(reason)),
                None if authors::is_kept(db, at, username, None)? => {
                    return Ok(name_taken(format!(
                        "the name {username} is kept for somebody who was invited"
                    )));
                }
                None => self.add_application_user(db, position, username)?,
            },
        };
        self.take_grant(db, position, at, known, grant)?;
        Ok(Outcome::Account(known.id))
    }

    /// Records a user of the application. Accounts of that name, and of names that look like it, lose theirs.
    fn add_application_user(
        &mut self,
        db: &Connection,
        position: Seq,
        username: &Username,
    ) -> rusqlite::Result<Recorded> {
        for (claimed, account) in authors::claimed_lookalikes(db, username)? {
            authors::supersede(db, account)?;
            // What it has posted in this transaction is not published yet.
            for message in &mut self.commit.messages {
                if message.username == claimed && message.authorship.is_proven() {
                    message.authorship = Authorship::Unproven;
                }
            }
            self.commit.changes.push(Change::Superseded(claimed, account));
        }
        // What others could use until now, they may not any more.
        self.authors.clear();
        authors::add(db, position, username, Kind::Application, None)
    }

    /// Whether an author may post now.
    pub(super) fn author(&mut self, db: &Connection, author: &Author) -> rusqlite::Result<Usable> {
        if let Some(recorded) = self.authors.get(author) {
            return Ok(Usable::Recorded(*recorded));
        }
        let usable = match author {
            Author::Account { username, number } => {
                let found = authors::owner(db, username)?.filter(|found| found.id == *number);
                match found {
                    Some(account) if account.barred => {
                        let (code, reason) = barred();
                        Usable::Refused(code, reason)
                    }
                    Some(account) => Usable::Recorded(account),
                    None => Usable::Refused(
                        RefusalCode::BadToken,
                        format!(
                            "the token for {username} is not valid any more: the name is not this account's"
                        ),
                    ),
                }
            }
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

    /// Records somebody who states a free name without proof.
    pub(super) fn add_unproven(
        &mut self,
        db: &Connection,
        position: Seq,
        author: Author,
    ) -> rusqlite::Result<Recorded> {
        let recorded = authors::add(db, position, author.username(), Kind::Unproven, None)?;
        self.authors.insert(author, recorded);
        Ok(recorded)
    }
}

/// What a name is to somebody who claims it.
pub(super) enum Claimable {
    /// They have claimed it before, with the same secret.
    Again(Seq),
    /// It is free.
    Free,
    /// It is not, or not for them.
    Refused(String),
}

pub(super) fn name_taken(reason: String) -> Outcome {
    Outcome::Refused(Refusal::new(RefusalCode::NameTaken, reason))
}
