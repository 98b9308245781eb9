//! What the user of `chat` sees and does: the room on the screen, the place in it, the drafts.

use std::collections::HashMap;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use shared::{About, AboutKind, Client as Brain, Connection, MessageId, Post, RoomName, Seq, link::Progress};

use super::{
    composer::Composer,
    lines::{Place, moved},
};
use crate::{
    Client,
    client::{new_id, wall_clock},
};

/// So many rooms that were read before are followed from the start.
const FOLLOWED: usize = 50;

pub(super) struct App {
    pub(super) client: Client,
    pub(super) room: RoomName,
    pub(super) place: Place,
    drafts: HashMap<RoomName, Composer>,
    /// Something to tell the user, until the next key.
    pub(super) notice: Option<String>,
    /// The size of the timeline when it was last drawn, in cells.
    pub(super) sight: (usize, usize),
    has_focus: bool,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    GoOn,
    Quit,
}

impl App {
    pub(super) fn new(client: Client, room: RoomName) -> Self {
        let read: Vec<_> = client.look(|brain| {
            let read = brain.view().directory().iter().filter(|summary| summary.seen.is_some());
            read.take(FOLLOWED).map(|summary| summary.room.clone()).collect()
        });
        for room in &read {
            client.join(room);
        }
        client.dispatch(|brain, _| brain.enter(&room));
        let (drafts, sight) = (HashMap::new(), (80, 20));
        Self { client, room, place: None, drafts, notice: None, sight, has_focus: true }
    }

    pub(super) fn composer(&mut self) -> &mut Composer {
        self.drafts.entry(self.room.clone()).or_default()
    }

    /// What is on the screen has been read, if its newest end is.
    pub(super) fn mark_seen(&self) {
        let head =
            self.client.look(|brain| brain.view().room(&self.room).map(|view| (view.head(), view.unread())));
        if let (None, true, Some((head, 1..))) = (self.place, self.has_focus, head) {
            self.client.dispatch(|state, now| state.seen(&self.room, head, now));
        }
    }

    /// Everything that can be entered, by name, with what is unread and whether that speaks to us.
    pub(super) fn rooms(brain: &Brain) -> Vec<(RoomName, u32, bool)> {
        let view = brain.view();
        let mut rooms: Vec<_> = view
            .rooms()
            .map(|(name, room)| (name.clone(), room.unread(), room.mentioned() > 0))
            .chain(
                view.directory()
                    .iter()
                    .filter(|summary| view.room(&summary.room).is_none())
                    .map(|summary| (summary.room.clone(), summary.unread, false)),
            )
            .collect();
        rooms.sort();
        rooms
    }

    pub(super) fn take(&mut self, event: Event) -> Next {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.key(key),
            Event::Paste(text) => self.write(&text.replace("\r\n", "\n").replace('\r', "\n")),
            Event::FocusGained => self.has_focus = true,
            Event::FocusLost => self.has_focus = false,
            _ => {}
        }
        Next::GoOn
    }

    fn key(&mut self, key: KeyEvent) -> Next {
        self.notice = None;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let page = isize::try_from(self.sight.1.max(2) - 1).unwrap_or(1);
        match key.code {
            KeyCode::Char('c' | 'q') if control => return Next::Quit,
            KeyCode::Char('n') if control => self.step(1, false),
            KeyCode::Char('p') if control => self.step(-1, false),
            KeyCode::Char('t') if control => self.settle_failed(true),
            KeyCode::Char('x') if control => self.settle_failed(false),
            KeyCode::Char('r') if control => self.retry_connection(),
            KeyCode::Char('w') if control => self.composer().delete_word(),
            KeyCode::Char('u') if control => self.composer().delete_to_line_start(),
            KeyCode::Char('a') if control => self.composer().home(),
            KeyCode::Char('e') if control => self.composer().end(),
            KeyCode::Char('j') if control => self.write("\n"),
            KeyCode::Tab => self.step(1, true),
            KeyCode::BackTab => self.step(-1, true),
            KeyCode::Enter if alt || key.modifiers.contains(KeyModifiers::SHIFT) => self.write("\n"),
            KeyCode::Enter => return self.enter(),
            KeyCode::Esc => self.leave(),
            KeyCode::PageUp => self.scroll(page),
            KeyCode::PageDown => self.scroll(-page),
            KeyCode::Up if alt => self.scroll(1),
            KeyCode::Down if alt => self.scroll(-1),
            KeyCode::Up if self.composer().is_empty() => self.edit_last(),
            KeyCode::Up => self.composer().up(),
            KeyCode::Down => self.composer().down(),
            KeyCode::Left => self.composer().left(),
            KeyCode::Right => self.composer().right(),
            KeyCode::Home => self.composer().home(),
            KeyCode::End => self.composer().end(),
            KeyCode::Backspace => self.composer().backspace(),
            KeyCode::Delete => self.composer().delete(),
            KeyCode::Char(c) if !control && !alt => self.write(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        Next::GoOn
    }

    fn write(&mut self, text: &str) {
        self.composer().insert(text);
        self.client.dispatch(|state, now| state.typing(&self.room, now));
    }

    /// Sends what is in the composer, or does what it commands.
    fn enter(&mut self) -> Next {
        let Composer { edits, .. } = *self.composer();
        let text = std::mem::take(self.composer()).text().trim_end().to_owned();
        if let Some(seq) = edits {
            // A message that is emptied is taken back.
            let kind = if text.trim().is_empty() { AboutKind::Retraction } else { AboutKind::Edit };
            self.post(text.trim().is_empty().then(String::new).unwrap_or(text), Some(About { seq, kind }));
            return Next::GoOn;
        }
        let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match word {
            "" => {}
            "/quit" => return Next::Quit,
            "/join" => match rest.trim().trim_start_matches('#').parse() {
                Ok(room) => self.go(room),
                Err(error) => self.notice = Some(format!("/join ROOM: {error}")),
            },
            "/leave" => {
                let left = self.room.clone();
                self.step(1, false);
                if self.room == left {
                    self.notice = Some("there is no other room to go to".into());
                } else {
                    self.client.leave(&left);
                }
            }
            "/help" => self.notice = Some("/join ROOM  /leave  /me waves  /quit".into()),
            _ => self.post(text, None),
        }
        Next::GoOn
    }

    fn post(&mut self, text: String, about: Option<About>) {
        let post = Post { room: self.room.clone(), id: new_id(), text, about };
        self.client.dispatch(|state, now| state.post(post, wall_clock(), now));
        self.newest();
    }

    /// Leaves what is being done: the change of a message, or the reading of older ones.
    fn leave(&mut self) {
        if self.composer().edits.is_some() {
            *self.composer() = Composer::default();
        } else {
            self.newest();
        }
    }

    fn newest(&mut self) {
        self.place = None;
        self.client.dispatch(|brain, _| brain.jump_to_latest(&self.room));
    }

    fn edit_last(&mut self) {
        let last: Option<(Seq, String)> = self.client.look(|brain| {
            let me = brain.view().me()?;
            let entries = brain.view().room(&self.room)?.timeline().entries();
            let last =
                entries.iter().rev().find(|entry| entry.message.username == *me && !entry.retracted)?;
            Some((last.message.seq, last.message.text.clone()))
        });
        if let Some((seq, text)) = last {
            self.composer().edit(seq, &text);
        }
    }

    fn scroll(&mut self, by: isize) {
        self.place = self.client.look(|brain| moved(brain, &self.room, self.place, by, self.sight));
        if by > 0 {
            self.client.dispatch(|brain, _| brain.load_older(&self.room));
        } else {
            self.client.dispatch(|brain, _| brain.load_newer(&self.room));
        }
    }

    /// Enters the next room, or the next one with something unread if there is any.
    fn step(&mut self, by: isize, unread_first: bool) {
        let mut rooms = self.client.look(Self::rooms);
        let here = rooms.iter().position(|(name, ..)| *name == self.room).unwrap_or(0);
        rooms.rotate_left(here);
        if by < 0 {
            rooms[1..].reverse();
        }
        let unread = rooms.iter().skip(1).find(|(_, unread, _)| unread_first && *unread > 0);
        if let Some((room, ..)) = unread.or(rooms.get(1)) {
            self.go(room.clone());
        }
    }

    fn go(&mut self, room: RoomName) {
        self.room = room;
        self.place = None;
        self.client.dispatch(|brain, _| brain.enter(&self.room));
    }

    fn settle_failed(&mut self, again: bool) {
        let failed: Vec<MessageId> = self.client.look(|brain| {
            let failed =
                brain.pending(&self.room).filter(|post| matches!(post.progress, Progress::Failed(_)));
            failed.map(|outgoing| outgoing.post.id.clone()).collect()
        });
        for id in failed {
            self.client.dispatch(|brain, now| {
                if again {
                    return brain.retry(&id, now);
                }
                brain.discard(&id);
                Vec::new()
            });
        }
    }

    fn retry_connection(&mut self) {
        if let Connection::Waiting { .. } = self.client.connection() {
            self.client.dispatch(|state, now| state.handle(&shared::Event::Retry, now));
        }
    }
}
