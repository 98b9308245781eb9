//! What a store does and knows about the house: acts, people, invitations, bots.

use std::sync::Arc;

use shared::{
    Act, InvitationSecret, Message, Seq,
    house::{Acts, Bar, Bot, InvitationOffer, Invitations, People, RecordedAct, RoomMembers},
};

use super::{
    ActiveWebhook, Actor, Drawn, Entry, KnownRoom, Outcome, Ownership, Reader, SecretHash, Store, StoreError,
    WebhookCalls, model, read::house,
};
use crate::clock;

/// What somebody may do with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomRights {
    /// Whether they change it, and see who was removed from it.
    pub manages: bool,
    /// Whether they say how long its messages are kept.
    pub sets_keep: bool,
}

impl Store {
    /// Does an act, if its author may. The outcome is [`Outcome::Done`] or a refusal; what was done is on disk.
    pub async fn act(&self, by: Actor, act: Act, drawn: Drawn) -> Outcome {
        self.0.log.ask(Entry::Act { at: clock::now(), by, act: Box::new(act), drawn }).await
    }

    /// Notes how the calls of webhooks went.
    pub async fn note_calls(&self, calls: Vec<WebhookCalls>) -> Outcome {
        self.0.log.ask(Entry::Called(calls)).await
    }

    /// Answers a question about the house.
    async fn about_house<T: Send + 'static>(
        &self,
        question: impl Fn(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.readers.read(question).await
    }

    /// Asks what may take long. One at a time, so that other reads find a free reader.
    pub(super) async fn read_long<T: Send + 'static>(
        &self,
        question: impl Fn(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn =
            Arc::clone(&self.0.long_reads).acquire_owned().await.expect("the semaphore is never closed");
        self.about_house(move |db| {
            let _turn = &turn;
            question(db)
        })
        .await
    }

    /// The accounts after a name, by name, and which of them have these numbers.
    pub async fn people(&self, after: String) -> Result<(People, Vec<Option<Seq>>), StoreError> {
        self.about_house(move |db| {
            let people = house::people(db, &after)?;
            let names: Vec<_> = people.people.iter().map(|person| person.username.clone()).collect();
            Ok((people, house::numbers(db, &names)?))
        })
        .await
    }

    /// Who was added to a room that somebody may read, after a name, by name. `rights`: what somebody may do with the room, if
    /// this account has made it. Who manages it is told of who was removed, too.
    pub async fn members(
        &self,
        room: Arc<KnownRoom>,
        rights: impl Fn(Option<Seq>) -> RoomRights + Send + 'static,
        after: String,
    ) -> Result<RoomMembers, StoreError> {
        self.about_house(move |db| {
            let RoomRights { manages, sets_keep } = rights(house::made_by(db, &room)?);
            Ok(RoomMembers { sets_keep, ..house::members(db, &room, manages, &after)? })
        })
        .await
    }

    /// The account that has made a room, if one has.
    pub async fn made_by(&self, room: Arc<KnownRoom>) -> Result<Option<Seq>, StoreError> {
        self.about_house(move |db| house::made_by(db, &room)).await
    }

    /// The invitations before a number, newest first, at most 500: all, or those of one account. `reader`: who sees no names of
    /// rooms that they may not read.
    pub async fn invitations(
        &self,
        of: Option<Seq>,
        reader: Option<Reader>,
        before: Seq,
    ) -> Result<Invitations, StoreError> {
        let now = clock::now();
        // Each of them may lead to many rooms.
        self.read_long(move |db| house::invitations(db, of, reader, before, now)).await
    }

    /// What an invitation offers, if it can be used.
    pub async fn offer(&self, invitation: &InvitationSecret) -> Result<Option<InvitationOffer>, StoreError> {
        let (secret, now) = (SecretHash::of_invitation(invitation), clock::now());
        self.about_house(move |db| house::offer(db, secret, now)).await
    }

    /// Who owns the house.
    pub async fn ownership(&self) -> Result<Ownership, StoreError> {
        self.about_house(house::ownership).await
    }

    /// The addresses that are kept out.
    pub async fn bars(&self) -> Result<Vec<Bar>, StoreError> {
        self.about_house(model::bars).await
    }

    /// The bots, by name.
    pub async fn bots(&self) -> Result<Vec<Bot>, StoreError> {
        self.about_house(house::bots).await
    }

    /// The webhooks that are on.
    pub async fn active_webhooks(&self) -> Result<Vec<ActiveWebhook>, StoreError> {
        self.about_house(house::active_webhooks).await
    }

    /// The acts before a number, newest first, at most 200.
    pub async fn acts(&self, before: Seq) -> Result<Acts, StoreError> {
        self.about_house(move |db| house::acts(db, before)).await
    }

    /// Some acts after a number, oldest first, and where to go on. `None`: there are no more.
    pub async fn acts_after(&self, after: Seq) -> Result<(Vec<RecordedAct>, Option<Seq>), StoreError> {
        self.about_house(move |db| house::acts_after(db, after)).await
    }

    /// Some messages and reactions of an account after a seq, and where to go on. `None`: there are no more.
    pub async fn messages_of(
        &self,
        account: Seq,
        after: Seq,
    ) -> Result<(Vec<Message>, Option<Seq>), StoreError> {
        // An export scans the log.
        self.read_long(move |db| house::messages_of(db, account, after)).await
    }
}
