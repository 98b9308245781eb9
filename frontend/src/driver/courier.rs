//! Delivers the posts that the user has written under an earlier name, under that name.

use shared::{
    Connection, Refusal, RefusalCode, Username,
    link::{Link, Outgoing, Progress},
};

use super::{Driver, second::SecondConnection};

/// Why a post of an earlier name failed: nothing proves that name here any more, and the post was never sent.
const NOT_PROVEN: RefusalCode = RefusalCode::BadToken;
/// The same for a post that was sent on a connection that was lost: it may be stored or not.
const OUTCOME_UNKNOWN: RefusalCode = RefusalCode::Unavailable;

/// The connections that deliver posts of earlier names, one for each name.
#[derive(Default)]
pub(super) struct Couriers(Vec<SecondConnection>);

impl Couriers {
    /// Hands over the posts that wait for an earlier name. Connections that have nothing to deliver are closed.
    pub(super) fn deliver(&mut self, driver: &Driver) {
        let (is_live, waiting) = driver.read(|client| {
            let foreign: Vec<Outgoing> = client.foreign_posts().cloned().collect();
            (client.connection() == Connection::Live, foreign)
        });
        let of = |author: &Username| {
            let is_theirs = |outgoing: &&Outgoing| outgoing.author.as_ref() == Some(author);
            waiting.iter().filter(is_theirs).cloned().collect::<Vec<_>>()
        };
        self.0.retain(|courier| is_live && !of(courier.username()).is_empty());
        if !is_live {
            return;
        }
        let mut authors: Vec<&Username> = Vec::new();
        for author in waiting.iter().filter_map(|outgoing| outgoing.author.as_ref()) {
            if !authors.contains(&author) {
                authors.push(author);
            }
        }
        for author in authors {
            match self.0.iter().find(|courier| courier.username() == author) {
                Some(courier) => courier.add(of(author)),
                None => self.0.push(open(driver, author, of(author))),
            }
        }
    }
}

fn open(driver: &Driver, author: &Username, posts: Vec<Outgoing>) -> SecondConnection {
    let weak = driver.downgrade();
    SecondConnection::open(driver.url(), author, None, posts, move |link| {
        if let Some(driver) = Driver::upgrade(&weak) {
            settle(&driver, link);
        }
    })
}

/// Passes on how far the posts have got.
fn settle(driver: &Driver, link: &Link) {
    let posts = link.outbox().posts();
    let refused = match link.connection() {
        Connection::Refused(refusal) => Some(refusal),
        // The token that this browser has under this name proves another one: the link does not send the posts.
        Connection::Live if posts.iter().any(|outgoing| outgoing.author.as_ref() != link.username()) => {
            Some(Refusal::new(NOT_PROVEN, ""))
        }
        _ => None,
    };
    driver.dispatch(|client, _| {
        for outgoing in posts {
            let progress = match &refused {
                Some(refusal) => Progress::Failed(undelivered(outgoing, refusal)),
                None => outgoing.progress.clone(),
            };
            client.settle(&outgoing.post.id, &progress);
        }
        Vec::new()
    });
}

fn undelivered(outgoing: &Outgoing, refusal: &Refusal) -> Refusal {
    let code = if outgoing.progress == Progress::Unknown { OUTCOME_UNKNOWN } else { NOT_PROVEN };
    Refusal {
        id: Some(outgoing.post.id.clone()),
        room: Some(outgoing.post.room.clone()),
        ..Refusal::new(code, refusal.reason.clone())
    }
}

/// What the user must know of a failed post of an earlier name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undelivered {
    /// Nothing proves the name any more, and the post was never sent.
    NotProven,
    /// Nothing proves the name any more, and the post may be stored.
    Unknown,
}

impl Undelivered {
    /// Why a post of another name than `me` was not delivered. `None`: for the reason of its refusal.
    pub fn of(outgoing: &Outgoing, me: &Username) -> Option<Self> {
        let Progress::Failed(refusal) = &outgoing.progress else { return None };
        if !outgoing.is_foreign(Some(me)) {
            return None;
        }
        match refusal.code {
            NOT_PROVEN => Some(Self::NotProven),
            OUTCOME_UNKNOWN => Some(Self::Unknown),
            _ => None,
        }
    }
}
