//! The state of `chat`: the room on the screen, the scroll position, the drafts.

use std::collections::{BTreeMap, HashMap};

use client::{
    Client, Connection, LinkEvent, Message, MessageId, Progress, RoomInfo, RoomName, RoomSummary, Seq,
    StateMachine, Username,
};
use shared::view::mentions;

use super::{
    completion::Completion,
    panel::Panel,
    timeline::{ScrollPosition, Viewport, scrolled},
    updates::{Searcher, Update},
};
use crate::{
    display::room_label,
    editor::{Composer, History},
};

/// The most rooms that are followed from the start, of those that were read before.
const FOLLOWED: usize = 50;

pub(super) struct App {
    pub(super) client: Client,
    pub(super) searcher: Searcher,
    pub(super) room: RoomName,
    pub(super) scroll: ScrollPosition,
    /// The room was entered, and its first unread message is not on the screen yet.
    lands: bool,
    /// The list of rooms as it was last read.
    directory: Vec<RoomSummary>,
    drafts: HashMap<RoomName, Draft>,
    pub(super) history: History,
    pub(super) completion: Option<Completion>,
    pub(super) panel: Option<Panel>,
    /// Something to tell the user, until the next key.
    pub(super) notice: Option<String>,
    /// The size of the timeline when it was last drawn.
    pub(super) viewport: Viewport,
    pub(super) has_focus: bool,
}

/// What is being written in a room.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) composer: Composer,
    /// The own message that gets this text.
    pub(super) edits: Option<Seq>,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Continue,
    Quit,
}

/// A line of the list of rooms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RoomLine {
    pub(super) name: RoomName,
    /// What is shown instead of the name.
    pub(super) label: String,
    pub(super) unread: u32,
    pub(super) is_mentioned: bool,
}

impl App {
    pub(super) fn new(
        client: Client,
        searcher: Searcher,
        room: RoomName,
        drafts: &BTreeMap<RoomName, String>,
    ) -> Self {
        let read: Vec<_> = client.read(|machine| {
            let read = machine.view().directory().iter().filter(|summary| summary.seen.is_some());
            read.take(FOLLOWED).map(|summary| summary.room.clone()).collect()
        });
        for room in &read {
            client.join(room);
        }
        client.dispatch(|machine, _| machine.enter(&room));
        let draft = |(room, text): (&RoomName, &String)| {
            (room.clone(), Draft { composer: Composer::with_text(text), edits: None })
        };
        Self {
            client,
            searcher,
            room,
            scroll: None,
            lands: true,
            directory: Vec::new(),
            drafts: drafts.iter().map(draft).collect(),
            history: History::default(),
            completion: None,
            panel: None,
            notice: None,
            viewport: Viewport { width: 80, height: 20, shows_numbers: false },
            has_focus: true,
        }
    }

    /// What is being written in the room on the screen.
    pub(super) fn draft(&mut self) -> &mut Draft {
        self.drafts.entry(self.room.clone()).or_default()
    }

    pub(super) fn composer(&mut self) -> &mut Composer {
        &mut self.draft().composer
    }

    /// The texts to keep: those of new messages.
    pub(super) fn draft_texts(&self) -> BTreeMap<RoomName, String> {
        let kept =
            self.drafts.iter().filter(|(_, draft)| draft.edits.is_none() && !draft.composer.is_empty());
        kept.map(|(room, draft)| (room.clone(), draft.composer.text().to_owned())).collect()
    }

    /// Scrolls to the first unread message of a room that was entered, when it is loaded.
    pub(super) fn land(&mut self) {
        let rows = isize::try_from(self.viewport.height / 2).unwrap_or_default();
        let landed = self.client.read(|machine| {
            let view = machine.view().room(&self.room)?;
            if !self.lands || !view.is_joined() || view.is_landing() {
                return None;
            }
            let first = view.first_unread().filter(|_| view.unread() > 0);
            let at_first = first.map(|seq| (seq, 0));
            Some(first.and_then(|_| scrolled(machine, &self.room, at_first, -rows, self.viewport)))
        });
        if let Some(scroll) = landed {
            (self.lands, self.scroll) = (false, scroll);
        }
    }

    /// Marks as read what is on the screen: everything, if its newest messages are.
    pub(super) fn mark_seen(&self) {
        if self.lands || self.panel.is_some() || !self.has_focus {
            return;
        }
        let seen = self.client.read(|machine| {
            let view = machine.view().room(&self.room).filter(|view| view.unread() > 0)?;
            let seen = match self.scroll {
                None => (!view.timeline().has_newer()).then_some(view.head()),
                Some((seq, hidden)) => (hidden == 0 && view.continues_from_seen()).then_some(seq),
            };
            seen.filter(|seen| Some(*seen) > view.seen())
        });
        if let Some(seen) = seen {
            self.client.dispatch(|machine, now| machine.seen(&self.room, seen, now));
        }
    }

    /// Whether a message mentions this user.
    pub(super) fn is_mentioned_in(&self, message: &Message) -> bool {
        let me = self.client.username();
        me.is_some_and(|me| message.is_entry() && message.username != me && mentions(&message.text, &me))
    }

    pub(super) fn update(&mut self, update: Update) {
        match update {
            Update::Rooms(rooms) => self.directory = rooms,
            Update::Found { query, messages } => {
                self.notice = None;
                self.panel = Some(Panel::Found { query, messages, selected: 0 });
            }
            Update::Failed(sentence) => self.notice = Some(sentence),
        }
    }

    /// This user is no longer in a room.
    pub(super) fn left(&mut self, room: &RoomName) {
        self.directory.retain(|summary| summary.room != *room);
        if *room == self.room {
            (self.lands, self.scroll) = (true, None);
        } else {
            self.notice = Some(format!("you are no longer in {room}"));
        }
    }

    /// All known rooms, by name.
    pub(super) fn rooms(&self, machine: &StateMachine) -> Vec<RoomLine> {
        let view = machine.view();
        let label = |name: &RoomName, info: &RoomInfo| room_label(name, info, view.me());
        // A room that has ended stays while it is on the screen.
        let is_there = |name: &RoomName, ended: bool| !ended || *name == self.room;
        let followed = view
            .rooms()
            .filter(|(name, room)| is_there(name, room.left_because().is_some() || room.info().archived));
        let joined = followed.map(|(name, room)| RoomLine {
            name: name.clone(),
            label: label(name, room.info()),
            unread: room.unread(),
            is_mentioned: room.unread_mentions() > 0,
        });
        // The list that was read last comes first; the one of the welcome may know rooms that it does not.
        let listed =
            self.directory.iter().chain(view.directory()).filter(|room| view.room(&room.room).is_none());
        let listed = listed.map(|summary| RoomLine {
            name: summary.room.clone(),
            label: label(&summary.room, &summary.info),
            unread: summary.unread,
            is_mentioned: false,
        });
        let mut rooms: Vec<_> = joined.chain(listed).collect();
        rooms.sort_by(|a, b| a.name.cmp(&b.name));
        rooms.dedup_by(|a, b| a.name == b.name);
        rooms
    }

    /// Who can be named in this room: its members, and the authors in its timeline.
    pub(super) fn names(&self) -> Vec<Username> {
        let mut names = self.client.read(|machine| {
            let Some(view) = machine.view().room(&self.room) else { return Vec::new() };
            let authors = view.timeline().entries().iter().map(|entry| entry.message.username.clone());
            view.members().names.iter().cloned().chain(authors).collect::<Vec<_>>()
        });
        names.sort();
        names.dedup();
        names
    }

    /// Ends an edit, or returns to the newest messages.
    pub(super) fn escape(&mut self) {
        if self.draft().edits.is_some() {
            *self.draft() = Draft::default();
        } else {
            self.go_to_newest();
        }
    }

    pub(super) fn go_to_newest(&mut self) {
        self.show_at(None);
        self.client.dispatch(|machine, _| machine.jump_to_latest(&self.room));
    }

    /// Scrolls to a position that the user wants to see.
    pub(super) fn show_at(&mut self, position: ScrollPosition) {
        (self.lands, self.scroll) = (false, position);
    }

    pub(super) fn scroll_by(&mut self, rows: isize) {
        let scroll =
            self.client.read(|machine| scrolled(machine, &self.room, self.scroll, rows, self.viewport));
        self.show_at(scroll);
        if rows > 0 {
            self.client.dispatch(|machine, _| machine.load_older(&self.room));
        } else {
            self.client.dispatch(|machine, _| machine.load_newer(&self.room));
        }
    }

    /// Enters the next room; with `unread_first`, the next one with something unread if there is any.
    pub(super) fn step_room(&mut self, by: isize, unread_first: bool) {
        let mut rooms = self.client.read(|machine| self.rooms(machine));
        let here = rooms.iter().position(|room| room.name == self.room).unwrap_or(0);
        rooms.rotate_left(here);
        if by < 0 {
            rooms[1..].reverse();
        }
        let unread = rooms.iter().skip(1).find(|room| unread_first && room.unread > 0);
        if let Some(room) = unread.or(rooms.get(1)) {
            self.go(room.name.clone());
        }
    }

    pub(super) fn go(&mut self, room: RoomName) {
        self.room = room;
        (self.lands, self.scroll) = (true, None);
        self.client.dispatch(|machine, _| machine.enter(&self.room));
    }

    /// Tries the refused posts of this room again, or gives them up.
    pub(super) fn settle_failed(&mut self, again: bool) {
        let failed: Vec<MessageId> = self.client.read(|machine| {
            let pending = machine.pending(&self.room);
            let failed = pending.filter(|outgoing| matches!(outgoing.progress, Progress::Failed(_)));
            failed.map(|outgoing| outgoing.post.id.clone()).collect()
        });
        for id in failed {
            if again {
                self.client.retry(&id);
            } else {
                self.client.dispatch(|machine, _| {
                    machine.discard(&id);
                    Vec::new()
                });
            }
        }
    }

    pub(super) fn retry_connection(&mut self) {
        if let Connection::Waiting { .. } = self.client.connection() {
            self.client.dispatch(|machine, now| machine.handle(&LinkEvent::Retry, now));
        }
    }
}
