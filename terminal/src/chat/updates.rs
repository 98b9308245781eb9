//! What `chat` asks the HTTP API for: the list of rooms, now and then, and searches.

use std::time::Duration;

use client::{Address, Api, Client, Connection, Message, RoomSummary, limits};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often the list of rooms is read: rooms that others make appear within this time.
const READ_ROOMS: Duration = Duration::from_secs(10);

/// An answer of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Update {
    Rooms(Vec<RoomSummary>),
    Found {
        query: String,
        messages: Vec<Message>,
    },
    /// A search failed: a sentence for the user.
    Failed(String),
}

/// The answers as they come. Dropping it ends the reading of the list of rooms.
pub(super) struct Updates {
    receiver: mpsc::Receiver<Update>,
    searcher: Searcher,
    rooms: JoinHandle<()>,
}

/// Starts searches.
#[derive(Debug, Clone)]
pub(super) struct Searcher {
    client: Client,
    address: Address,
    answers: mpsc::Sender<Update>,
}

impl Updates {
    pub(super) fn start(client: &Client, address: &Address) -> Self {
        let (answers, receiver) = mpsc::channel(8);
        let searcher = Searcher { client: client.clone(), address: address.clone(), answers };
        let rooms = tokio::spawn(searcher.clone().read_rooms());
        Self { receiver, searcher, rooms }
    }

    pub(super) fn searcher(&self) -> Searcher {
        self.searcher.clone()
    }

    /// The next answer. Cancelling it loses nothing.
    pub(super) async fn next(&mut self) -> Option<Update> {
        self.receiver.recv().await
    }
}

impl Drop for Updates {
    fn drop(&mut self) {
        self.rooms.abort();
    }
}

impl Searcher {
    /// Searches all rooms. The answer comes as an update.
    pub(super) fn search(&self, query: String) {
        let searcher = self.clone();
        tokio::spawn(async move {
            let found = searcher.api().search(&query, None, limits::PAGE_DEFAULT).await;
            let update = match found {
                Ok(messages) => Update::Found { query, messages },
                Err(error) => Update::Failed(format!("the search failed: {error}")),
            };
            // The screen may be closed already.
            let _ = searcher.answers.send(update).await;
        });
    }

    fn api(&self) -> Api {
        Api::new(&self.address, self.client.token())
    }

    /// A list that cannot be read is read again the next time.
    async fn read_rooms(self) {
        let mut times = interval(READ_ROOMS);
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            times.tick().await;
            if self.client.connection() == Connection::Live
                && let Ok(rooms) = self.api().rooms().await
                && self.answers.send(Update::Rooms(rooms)).await.is_err()
            {
                return;
            }
        }
    }
}
