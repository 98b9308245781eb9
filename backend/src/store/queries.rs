//! What a store is asked: pages, rooms, access and search. Each read goes past the log, in a short transaction.

use std::sync::Arc;

use shared::{Message, RoomName, RoomSummary, Seq, Side, Username, house::Rooms};

use super::{
    Behind, KnownRoom, Newest, Page, QUERY_BYTES, Reader, RoomAccess, SearchError, Store, StoreError,
    known_rooms::Known,
    newest,
    read::{page, rooms},
    rights, search, words,
};

impl Store {
    /// The newest seq of a room; zero for a room that has none.
    pub async fn head(&self, room: &RoomName) -> Result<Seq, StoreError> {
        let room = room.clone();
        self.0.readers.read(move |db| page::head(db, &room)).await
    }

    /// Up to `limit` messages next to a place in a room's log (at most [`shared::limits::PAGE_MESSAGES`]).
    pub async fn page(&self, room: &RoomName, side: Side, limit: u16) -> Result<Page, StoreError> {
        let room = room.clone();
        self.0.readers.read(move |db| page::page(db, &room, side, limit)).await
    }

    /// The newest page of a room, of [`shared::limits::PAGE_DEFAULT`] messages. It is mostly in memory.
    pub async fn newest(&self, room: &RoomName) -> Result<Arc<Newest>, StoreError> {
        let read = async || self.page(room, Side::Before(Seq::MAX), newest::MESSAGES).await;
        self.0.newest.get(room, read).await
    }

    /// What comes after `after`, up to `upto`, oldest first: as many as fit into both bounds, and at least one if
    /// there is one. `max_bytes` counts bytes in JSON.
    pub async fn after(
        &self,
        room: &RoomName,
        after: Seq,
        upto: Seq,
        max_messages: usize,
        max_bytes: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let room = room.clone();
        let read = move |db: &_| page::after(db, &room, after, upto, max_messages, max_bytes);
        self.0.readers.read(read).await
    }

    /// The same for a reader that has everything up to `after`, and that is told if some of what comes next is deleted.
    pub async fn behind(
        &self,
        room: &RoomName,
        after: Seq,
        upto: Seq,
        max_messages: usize,
        max_bytes: usize,
    ) -> Result<Behind, StoreError> {
        let room = room.clone();
        let read = move |db: &_| page::behind(db, &room, after, upto, max_messages, max_bytes);
        self.0.readers.read(read).await
    }

    /// The rooms with the newest messages that a reader may see, newest first, at most
    /// [`shared::limits::ROOMS_LISTED`]. `username` adds what the holder of this name has read of them. Without an account they
    /// are in memory.
    pub async fn rooms(
        &self,
        reader: Reader,
        username: Option<&Username>,
    ) -> Result<Vec<RoomSummary>, StoreError> {
        let open = self.0.rooms.newest_first();
        let Some(username) = username.cloned() else { return Ok(open) };
        let marks = Arc::clone(&self.0.marks);
        let read = move |db: &_| {
            let mut listed = rooms::readable(db, open.clone(), reader)?;
            rooms::add_reader(db, &mut listed, &username, &marks)?;
            Ok(listed)
        };
        self.0.readers.read(read).await
    }

    /// All rooms but the direct ones after a name, by name, for owners, without what is said there. At most 500.
    pub async fn all_rooms(&self, after: String) -> Result<Rooms, StoreError> {
        self.0.readers.read(move |db| rooms::all(db, &after)).await
    }

    /// What is known of a room, whoever asks. `None`: it is not there.
    pub async fn known_room(&self, room: &RoomName) -> Result<Option<Arc<KnownRoom>>, StoreError> {
        let name = room.clone();
        let found = self.0.readers.read(move |db| rights::known_room(db, &name)).await?;
        Ok(found.filter(|found| !found.deleted).map(|found| Arc::new(found.room)))
    }

    /// What a room is to a reader. Open rooms that nobody was removed from are in memory.
    pub async fn access(&self, room: &RoomName, reader: Reader) -> Result<RoomAccess, StoreError> {
        let name = room.clone();
        let read = async || {
            let found = self.0.readers.read(move |db| rights::known_room(db, &name)).await?;
            Ok(match found {
                None => Known::Absent,
                Some(found) if found.deleted => Known::Deleted,
                Some(found) => Known::Room(Arc::new(found.room)),
            })
        };
        let known = match self.0.known.get(room, read).await? {
            Known::Absent => return Ok(RoomAccess::Absent),
            Known::Deleted => return Ok(RoomAccess::Hidden),
            Known::Room(known) => known,
        };
        if rights::is_everybodys(&known, reader) {
            return Ok(RoomAccess::Readable(known));
        }
        self.0.readers.read(move |db| rights::access(db, &known, reader)).await
    }

    /// The newest messages and replies that a reader may read and that have every word of the query, newest first; an edited one is found by
    /// its new text and comes with it, a retracted one is not found. A word is matched whatever its case and
    /// accents, the last one also by its beginning; what stands without white space in the query must stand so in
    /// the text, too. The answer has at most `limit` messages and 256 KiB in JSON, or one message.
    pub async fn search(
        &self,
        query: &str,
        room: Option<&RoomName>,
        reader: Reader,
        limit: u16,
    ) -> Result<Vec<Message>, SearchError> {
        if query.len() > QUERY_BYTES {
            return Err(SearchError::TooLong);
        }
        let words = words::query(query).ok_or(SearchError::NoWords)?;
        let room = room.cloned();
        let found =
            self.0.readers.search(move |db| match search::find(db, &words, room.as_ref(), reader, limit) {
                Err(error) if search::is_damage(&error) => Ok(None),
                found => found.map(Some),
            });
        found.await?.ok_or_else(|| {
            self.0.log.repair_index();
            StoreError::Failed("the search index is damaged and is made anew".into()).into()
        })
    }

    /// How far a user has read a room, if ever.
    pub async fn seen(&self, username: &Username, room: &RoomName) -> Result<Option<Seq>, StoreError> {
        let (username, room, marks) = (username.clone(), room.clone(), Arc::clone(&self.0.marks));
        self.0.readers.read(move |db| rooms::seen(db, &username, &room, &marks)).await
    }
}
