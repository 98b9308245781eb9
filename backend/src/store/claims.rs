//! How somebody gets an account: by a claim, by an invitation, or by a token of the operator's application.

use shared::{ClaimSecret, InvitationSecret, Refusal, RefusalCode, Seq, Username};

use super::{
    Account, ClaimError, Entry, Invitee, Outcome, SecretHash, Store, StoreError, authors,
    failed_while_writing, model::invitations,
};
use crate::{clock, token::Grant};

impl Store {
    /// Gives a free name to whoever will hold its token, and tells the account's number. With the same secret the same
    /// claim succeeds again. The claim is on disk when this returns.
    pub async fn claim(&self, username: &Username, secret: Option<&ClaimSecret>) -> Result<Seq, ClaimError> {
        let (at, username, secret) = (clock::now(), username.clone(), secret.map(SecretHash::of_claim));
        account(self.0.log.ask(Entry::Claim { at, username, secret }).await)
    }

    /// Gives somebody what an invitation offers, and tells the account's number. It is on disk when this returns.
    pub async fn accept(&self, invitation: &InvitationSecret, by: Invitee) -> Result<Seq, ClaimError> {
        let invitation = SecretHash::of_invitation(invitation);
        // What cannot be used is refused here, so that guesses do not load the log's thread.
        let (at, asked) = (clock::now(), by.clone());
        let may_count = self.0.readers.read(move |db| {
            let found = invitations::find(db, invitation)?;
            Ok(match (&asked, found) {
                (Invitee::New { .. }, Some(found)) if invitations::is_valid(db, &found, at)? => true,
                (Invitee::New { .. }, _) => invitations::repeated(db, &asked)?.is_some(),
                (Invitee::Account(_), found) => found.is_some(),
            })
        });
        if !may_count.await? {
            return Err(ClaimError::Refused(Refusal::bad_invitation()));
        }
        account(self.0.log.ask(Entry::Accept { at: clock::now(), invitation, by }).await)
    }

    /// Records a user of the operator's application with what the token says, unless that is recorded, and tells the account's
    /// number. A claim of the same name ends.
    pub async fn recognize(&self, username: &Username, grant: &Grant) -> Result<Seq, ClaimError> {
        let (name, said) = (username.clone(), grant.clone());
        let find = move |db: &_| authors::find_recognized(db, &name, &said);
        let known = self.0.readers.read(find).await?;
        if let Some(known) = known.filter(|known| known.is_recorded) {
            return Ok(known.number);
        }
        let (at, username, grant) = (clock::now(), username.clone(), grant.clone());
        let recorded = account(self.0.log.ask(Entry::Recognize { at, username, grant }).await);
        match (recorded, known) {
            // While nothing can be written, a newer token that says the same is as good as the recorded one.
            (Err(ClaimError::Store(_)), Some(known)) if known.is_same => Ok(known.number),
            (recorded, _) => recorded,
        }
    }

    /// What is known of an account. `None`: it is not there any more, or does not own its name.
    pub async fn account(&self, number: Seq) -> Result<Option<Account>, StoreError> {
        self.0.readers.read(move |db| authors::account(db, number)).await
    }

    /// Whether somebody without a token may use this name now. Nothing is recorded before the first post.
    pub async fn check_unproven(&self, username: &Username) -> Result<(), ClaimError> {
        let username = username.clone();
        let refused = self.0.readers.read(move |db| authors::refuses_unproven(db, &username)).await?;
        refused
            .map_or(Ok(()), |reason| Err(ClaimError::Refused(Refusal::new(RefusalCode::NameTaken, reason))))
    }
}

fn account(outcome: Outcome) -> Result<Seq, ClaimError> {
    match outcome {
        Outcome::Account(number) => Ok(number),
        Outcome::Refused(refusal) if refusal.code == RefusalCode::Unavailable => {
            Err(StoreError::Failed(refusal.reason).into())
        }
        Outcome::Refused(refusal) => Err(ClaimError::Refused(refusal)),
        _ => Err(failed_while_writing().into()),
    }
}
