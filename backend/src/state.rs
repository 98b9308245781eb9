//! What every session and every request has at hand.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use data_encoding::BASE64URL_NOPAD;
use shared::{Epoch, InvitationSecret, MessageId, Refusal, RoomInfo, RoomName, Seq, Username};

use crate::{
    clock,
    config::Settings,
    device_links::DeviceLinks,
    house::House,
    hub::{Cursor, Hub, Outbound, Ring, Room, Subscription},
    journeys::Journeys,
    metrics::Metrics,
    names,
    proxies::Proxies,
    reach::Reach,
    sites::Sites,
    store::{Behind, Reader, RoomAccess, Store, StoreError},
    token::Key,
};

/// A reader behind the ring is served from the log with so many messages at a time …
const BEHIND_MESSAGES: usize = 256;
/// … or so many bytes of text.
const BEHIND_BYTES: usize = 1 << 16;

/// After a drain no client comes back before this time, in milliseconds: the next server has to start. Each client that has to
/// be told adds a millisecond, up to …
const RETURN_FIRST_MS: u64 = 500;
/// … this time.
const RETURN_LATEST_FIRST_MS: u64 = 5_000;
/// The time over which a few clients are spread, in milliseconds …
const RETURN_SPREAD_MS: u64 = 2_000;
/// … and what each client adds, in milliseconds. With thousands, less than a tenth of them comes back in one second, those included
/// that came while no server was there and try again.
const RETURN_EACH_MS: u64 = 15;
/// Clients are spread over at most this time, in milliseconds, so that all are back within a minute.
const RETURN_LONGEST_SPREAD_MS: u64 = 40_000;

/// The parts of a running server: a cheap handle.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// See [`AppState`].
pub struct Parts {
    /// The rooms and sessions in memory.
    pub hub: Hub,
    /// The log.
    pub store: Store,
    /// What tokens are signed with.
    pub key: Key,
    /// What operators see, in numbers.
    pub metrics: Metrics,
    /// What operators see of single posts.
    pub journeys: Journeys,
    /// Which hosts are the server's, and which sites' pages may connect.
    pub sites: Sites,
    /// Who may come in, and the settings that change.
    pub house: House,
    /// Whose word about a client's address is believed.
    pub proxies: Proxies,
    /// Which addresses webhooks may reach.
    pub webhooks_reach: Reach,
    /// The codes that second devices can redeem.
    pub device_links: DeviceLinks,
    counter: AtomicU64,
    run: u64,
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl AppState {
    /// Puts the parts together.
    pub fn new(
        hub: Hub,
        store: Store,
        key: Key,
        house: House,
        metrics: Metrics,
        journeys: Journeys,
        settings: &Settings,
    ) -> Self {
        Self(Arc::new(Parts {
            hub,
            store,
            key,
            metrics,
            journeys,
            sites: settings.sites.clone(),
            house,
            proxies: settings.proxies.clone(),
            webhooks_reach: settings.webhooks_reach,
            device_links: DeviceLinks::default(),
            counter: AtomicU64::new(0),
            run: random(),
        }))
    }

    /// What is known of a room that a reader may read. Others get the same refusal whether it exists or not. In an open house
    /// a room that is not there is empty, and is made by the first post.
    pub async fn readable(&self, room: &RoomName, reader: Reader) -> Result<RoomInfo, Refusal> {
        match self.store.access(room, reader).await? {
            RoomAccess::Readable(known) => Ok(known.info.clone()),
            RoomAccess::Absent if self.house.is_open() && !reader.limited => Ok(RoomInfo::default()),
            RoomAccess::Absent | RoomAccess::Hidden => Err(Refusal::no_room(room)),
        }
    }

    /// Follows a room.
    pub async fn follow(
        &self,
        room: &RoomName,
        outbound: &Arc<Outbound>,
        username: Option<&Username>,
    ) -> Result<Subscription, StoreError> {
        let head = async || Ok(self.store.newest(room).await?.page.head);
        self.hub.follow(room, outbound, username, head).await
    }

    /// Whether a reader that has everything up to `after` can be resumed in a room with this floor and this head. What is deleted
    /// after this was asked is found by [`AppState::read_behind`].
    pub fn resumes(&self, epoch: Option<&Epoch>, after: Seq, floor: Seq, head: Seq) -> bool {
        (floor..=head).contains(&after) && epoch.is_none_or(|epoch| epoch == self.store.epoch())
    }

    /// Reads from the log what a room's ring does not have any more: what comes next for this reader. The cursor stays where
    /// it is if some of that is deleted.
    pub async fn read_behind(&self, room: &Room, cursor: &mut Cursor) -> Result<Behind, StoreError> {
        self.metrics.ring_misses.inc();
        let head = room.with_ring(Ring::head);
        let behind =
            self.store.behind(room.name(), cursor.seq(), head, BEHIND_MESSAGES, BEHIND_BYTES).await?;
        if let Behind::Messages(messages) = &behind {
            cursor.has_read(messages.last().map_or(head, |last| last.seq));
        }
        Ok(behind)
    }

    /// An id for a post that has none.
    pub fn message_id() -> MessageId {
        // The store keeps ids in order: those that rise with time cost it a third less than those that jump about.
        let micros = clock::since_1970().as_micros();
        let id = format!("{micros:x}-{:08x}", random() & 0xFFFF_FFFF);
        MessageId::parse(&id).expect("letters, digits and a hyphen")
    }

    /// A name for somebody who states none.
    pub fn guest_name() -> Username {
        names::guest_name(random())
    }

    /// Random bytes, for a secret.
    pub fn random_bytes<const N: usize>() -> [u8; N] {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).expect("the system has a source of randomness");
        bytes
    }

    /// A secret for an invitation: 128 random bits.
    pub fn invitation_secret() -> InvitationSecret {
        let secret = BASE64URL_NOPAD.encode(&Self::random_bytes::<16>());
        InvitationSecret::parse(&secret).expect("Base64 is printable ASCII")
    }

    /// The number of a new session.
    pub fn next_session(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    /// The name of the session with this number, for the log and for its client.
    pub fn session_name(&self, number: u64) -> String {
        format!("{:08x}-{number}", self.run & 0xFFFF_FFFF)
    }

    /// When a client should come back after a drain, in milliseconds: spread over the longer, the more there were.
    pub fn drain_delay(&self) -> u64 {
        return_delay(self.hub.drained_count() as u64, random())
    }
}

fn return_delay(clients: u64, random: u64) -> u64 {
    let first = (RETURN_FIRST_MS + clients).min(RETURN_LATEST_FIRST_MS);
    let spread = RETURN_SPREAD_MS + RETURN_EACH_MS * clients;
    first + random % spread.min(RETURN_LONGEST_SPREAD_MS)
}

fn random() -> u64 {
    getrandom::u64().expect("the system has a source of randomness")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_come_back_over_a_time_that_grows_with_their_number_and_within_a_minute() {
        for (clients, shortest, longest) in
            [(0, 500, 2_500), (1, 501, 2_516), (2_000, 2_500, 34_500), (100_000, 5_000, 45_000)]
        {
            let delays = |random| return_delay(clients, random);
            assert_eq!(delays(0), shortest);
            let latest = (0..200_000).map(delays).max();
            assert_eq!(latest, Some(longest - 1), "{clients} clients");
        }
    }
}
