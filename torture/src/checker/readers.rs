//! What a reader saw of a room is a contiguous slice of its log, in the log's order.

use std::collections::HashMap;

use shared::{Message, RoomName};

use super::{Check, Kind, address, describe, identity};
use crate::history::{Event, History, Joined};

/// Where a reader is in a room's log.
#[derive(Default)]
struct Position {
    /// The place of the message that comes next.
    next: usize,
    /// Whether nothing has come since the room was resumed.
    resumed: bool,
}

impl<'a> Check<'a> {
    pub(super) fn reader(&mut self, history: &'a History) {
        let reader = history.author.as_str();
        let mut positions: HashMap<&'a RoomName, Position> = HashMap::new();
        for record in &history.records {
            match &record.event {
                Event::Joined(joined) => self.joined(reader, joined, &mut positions),
                Event::Saw(message) => {
                    let Some(place) = self.seen(reader, message) else { continue };
                    match positions.get_mut(&message.room) {
                        Some(position) => self.follows(reader, message, place, position),
                        None => self.fault(
                            Kind::OutOfOrder,
                            format!("{reader} saw {} in {} before it had joined", message.seq, message.room),
                        ),
                    }
                }
                _ => {}
            }
        }
    }

    fn joined(&mut self, reader: &str, joined: &'a Joined, positions: &mut HashMap<&'a RoomName, Position>) {
        let Joined { room, asked, epoch, head, resumed, page } = joined;
        let position = positions.entry(room).or_default();
        if *resumed {
            position.resumed = true;
            if asked.as_ref().is_none_or(|(asked, _)| asked != epoch) {
                let what = format!("{reader} in {room}: asked for {asked:?}, resumed in {epoch}");
                self.fault(Kind::WronglyResumed, what);
            }
            return;
        }
        let mut next = None;
        for message in page {
            let Some(place) = self.seen(reader, message) else { continue };
            if next.is_some_and(|next| place != next) {
                let what = format!("{reader} got a page of {room} with a gap before {}", message.seq);
                self.fault(Kind::Gap, what);
            }
            next = Some(place + 1);
        }
        if page.last().map_or(0, |last| last.seq.0) != head.0 {
            let what = format!("{reader} got a page of {room} that does not end with its head {head}");
            self.fault(Kind::Gap, what);
        }
        *position = Position { next: next.unwrap_or(0), resumed: false };
    }

    /// The place of a message that a reader saw, if it is in the log.
    fn seen(&mut self, reader: &str, message: &'a Message) -> Option<usize> {
        let known = self.shared.get(&address(message)).copied();
        let place = known.unwrap_or_else(|| self.places.get(&identity(message)).copied());
        let Some(place) = place else {
            let Message { room, seq, id, username, .. } = message;
            let what = format!("{reader} saw {seq} in {room}: {id} by {username}");
            self.fault(Kind::SeenNotStored, what);
            return None;
        };
        let is_new = self.shared.insert(address(message), Some(place)).is_none();
        if is_new
            && let Some(post) = self.posts.get(&identity(message))
            && (post.about != message.about || !self.is_text_of(message))
        {
            let what = format!("{reader} saw {}", describe(message, post));
            self.fault(Kind::TextDiffers, what);
        }
        Some(place)
    }

    fn follows(&mut self, reader: &str, message: &'a Message, place: usize, position: &mut Position) {
        let Message { room, seq, .. } = message;
        let (next, resumed) = (position.next, position.resumed);
        position.resumed = false;
        if place >= next {
            position.next = place + 1;
        }
        let stored = &self.log.rooms[room];
        if place > next {
            let missed = format!("{} to {}", stored[next].message.seq, stored[place - 1].message.seq);
            let kind = if resumed { Kind::SkippedByResume } else { Kind::Gap };
            self.fault(kind, format!("{reader} saw {seq} in {room}, and not {missed}"));
        } else if place + 1 == next {
            self.fault(Kind::SeenTwice, format!("{reader} saw {seq} in {room} again"));
        } else if place < next {
            let last = stored[next - 1].message.seq;
            self.fault(Kind::OutOfOrder, format!("{reader} saw {seq} in {room} behind {last}"));
        }
    }
}
