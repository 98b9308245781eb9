//! The state of `chat`: the room on the screen, the scroll position, the drafts, and what keys do.

use std::collections::{BTreeMap, HashMap};

use client::{
    About, AboutKind, Client, Connection, Entry, Message, MessageId, Progress, RoomName, RoomSummary, Seq,
    StateMachine, Username,
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use shared::view::mentions;

use super::{
    command::{self, Entered, Target},
    completion::Completion,
    panel::Panel,
    timeline::{ScrollPosition, Viewport, scrolled},
    updates::{Searcher, Update},
};
use crate::editor::{Composer, History};

/// The most rooms that are followed from the start, of those that were read before.
const FOLLOWED: usize = 50;

pub(super) struct App {
    pub(super) client: Client,
    searcher: Searcher,
    pub(super) room: RoomName,
    pub(super) scroll: ScrollPosition,
    /// The list of rooms as it was last read.
    directory: Vec<RoomSummary>,
    drafts: HashMap<RoomName, Draft>,
    history: History,
    completion: Option<Completion>,
    pub(super) panel: Option<Panel>,
    /// Something to tell the user, until the next key.
    pub(super) notice: Option<String>,
    /// The size of the timeline when it was last drawn.
    pub(super) viewport: Viewport,
    has_focus: bool,
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

    fn composer(&mut self) -> &mut Composer {
        &mut self.draft().composer
    }

    /// The texts to keep: those of new messages.
    pub(super) fn draft_texts(&self) -> BTreeMap<RoomName, String> {
        let kept =
            self.drafts.iter().filter(|(_, draft)| draft.edits.is_none() && !draft.composer.is_empty());
        kept.map(|(room, draft)| (room.clone(), draft.composer.text().to_owned())).collect()
    }

    /// Marks the room as read, if its newest messages are on the screen.
    pub(super) fn mark_seen(&self) {
        let head = self
            .client
            .read(|machine| machine.view().room(&self.room).map(|view| (view.head(), view.unread())));
        if let (None, None, true, Some((head, 1..))) = (self.scroll, &self.panel, self.has_focus, head) {
            self.client.dispatch(|machine, now| machine.seen(&self.room, head, now));
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

    /// All known rooms, by name.
    pub(super) fn rooms(&self, machine: &StateMachine) -> Vec<RoomLine> {
        let view = machine.view();
        let joined = view.rooms().map(|(name, room)| RoomLine {
            name: name.clone(),
            unread: room.unread(),
            is_mentioned: room.mentioned() > 0,
        });
        // The list that was read last comes first; the one of the welcome may know rooms that it does not.
        let listed =
            self.directory.iter().chain(view.directory()).filter(|room| view.room(&room.room).is_none());
        let listed = listed.map(|summary| RoomLine {
            name: summary.room.clone(),
            unread: summary.unread,
            is_mentioned: false,
        });
        let mut rooms: Vec<_> = joined.chain(listed).collect();
        rooms.sort_by(|a, b| a.name.cmp(&b.name));
        rooms.dedup_by(|a, b| a.name == b.name);
        rooms
    }

    /// Who can be named in this room: its members, and the authors in its timeline.
    fn names(&self) -> Vec<Username> {
        let mut names = self.client.read(|machine| {
            let Some(view) = machine.view().room(&self.room) else { return Vec::new() };
            let authors = view.timeline().entries().iter().map(|entry| entry.message.username.clone());
            view.members().names.iter().cloned().chain(authors).collect::<Vec<_>>()
        });
        names.sort();
        names.dedup();
        names
    }

    pub(super) fn handle(&mut self, event: Event) -> Next {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.key(key),
            Event::Paste(text) => {
                self.composer().insert(&text.replace("\r\n", "\n").replace('\r', "\n"));
                self.wrote();
            }
            Event::FocusGained => self.has_focus = true,
            Event::FocusLost => self.has_focus = false,
            _ => {}
        }
        Next::Continue
    }

    fn key(&mut self, key: KeyEvent) -> Next {
        self.notice = None;
        if key.code != KeyCode::Tab {
            self.completion = None;
        }
        if self.panel.is_some() && self.panel_key(key) {
            return Next::Continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let page = isize::try_from(self.viewport.height.max(2) - 1).unwrap_or(1);
        let edits = self.draft().edits.is_some();
        match key.code {
            KeyCode::Char('c' | 'q') if control => return Next::Quit,
            KeyCode::Char('n') if control => self.step_room(1, false),
            KeyCode::Char('p') if control => self.step_room(-1, false),
            KeyCode::Char('g') if control => self.viewport.shows_numbers = !self.viewport.shows_numbers,
            KeyCode::Char('t') if control => self.settle_failed(true),
            KeyCode::Char('x') if control => self.settle_failed(false),
            KeyCode::Char('r') if control => self.retry_connection(),
            KeyCode::Char('j') if control => self.insert_line_break(),
            KeyCode::Char('e') if alt => self.edit(&Target::Newest),
            KeyCode::Tab if self.composer().is_empty() => self.step_room(1, true),
            KeyCode::Tab => self.complete(),
            KeyCode::BackTab => self.step_room(-1, true),
            KeyCode::Enter if alt || key.modifiers.contains(KeyModifiers::SHIFT) => self.insert_line_break(),
            KeyCode::Enter => return self.enter(),
            KeyCode::Esc => self.escape(),
            KeyCode::PageUp => self.scroll_by(page),
            KeyCode::PageDown => self.scroll_by(-page),
            KeyCode::Up if alt => self.scroll_by(1),
            KeyCode::Down if alt => self.scroll_by(-1),
            KeyCode::Up if edits || !self.composer().is_in_first_line() => self.composer().up(),
            KeyCode::Down if edits || !self.composer().is_in_last_line() => self.composer().down(),
            KeyCode::Up => {
                let older = self.history.older(self.drafts[&self.room].composer.text());
                self.recall(older);
            }
            KeyCode::Down => {
                let newer = self.history.newer();
                self.recall(newer);
            }
            _ => {
                if self.composer().edit_key(key) {
                    self.wrote();
                }
            }
        }
        Next::Continue
    }

    /// Handles a key of the open panel. Other keys close it. Returns whether it was one.
    fn panel_key(&mut self, key: KeyEvent) -> bool {
        let Some(panel) = &mut self.panel else { return false };
        let page = isize::try_from(self.viewport.height.max(3) - 2).unwrap_or(1);
        match key.code {
            KeyCode::Up => panel.step(-1),
            KeyCode::Down => panel.step(1),
            KeyCode::PageUp => panel.step(-page),
            KeyCode::PageDown => panel.step(page),
            KeyCode::Enter if panel.selected().is_some() => {
                let found = panel.selected().map(|message| (message.room.clone(), message.seq));
                self.panel = None;
                if let Some((room, seq)) = found {
                    self.go(room);
                    self.client.dispatch(|machine, _| machine.jump(&self.room, seq));
                    self.scroll = Some((seq, 0));
                }
            }
            KeyCode::Esc => self.panel = None,
            _ => {
                self.panel = None;
                return false;
            }
        }
        true
    }

    fn insert_line_break(&mut self) {
        self.composer().insert("\n");
        self.wrote();
    }

    /// The draft was changed by the user.
    fn wrote(&mut self) {
        self.history.edited();
        if !self.composer().text().starts_with('/') {
            self.client.dispatch(|machine, now| machine.typing(&self.room, now));
        }
    }

    fn recall(&mut self, text: Option<String>) {
        if let Some(text) = text {
            *self.composer() = Composer::with_text(&text);
        }
    }

    fn complete(&mut self) {
        if self.completion.is_none() {
            let me = self.client.username();
            let names: Vec<_> = self.names().into_iter().filter(|name| Some(name) != me.as_ref()).collect();
            let rooms: Vec<_> =
                self.client.read(|machine| self.rooms(machine)).into_iter().map(|room| room.name).collect();
            let before = self.composer().before_cursor().to_owned();
            self.completion = Completion::new(&before, &names, &rooms);
        }
        match &mut self.completion {
            Some(completion) => {
                let (from, text) = (completion.from, completion.advance().to_owned());
                self.composer().replace_before_cursor(from, &text);
            }
            None => self.notice = Some("nothing here begins so".into()),
        }
    }

    /// Sends what is in the composer, or does what it commands.
    fn enter(&mut self) -> Next {
        let Draft { composer, edits } = self.draft().clone();
        let text = composer.text().trim_end();
        if let Some(seq) = edits {
            *self.draft() = Draft::default();
            // An emptied message is retracted.
            let is_empty = text.trim().is_empty();
            let kind = if is_empty { AboutKind::Retraction } else { AboutKind::Edit };
            self.post(if is_empty { "" } else { text }, Some(About { seq, kind }));
            return Next::Continue;
        }
        if text.trim().is_empty() {
            *self.draft() = Draft::default();
            return Next::Continue;
        }
        match command::parse(text, &self.names()).and_then(|entered| self.execute(entered)) {
            Ok(next) => {
                self.history.add(text);
                next
            }
            // What cannot be done stays to be corrected.
            Err(sentence) => {
                self.notice = Some(sentence);
                Next::Continue
            }
        }
    }

    fn execute(&mut self, entered: Entered) -> Result<Next, String> {
        // The draft of this room is done, whatever room is entered.
        let done = |app: &mut Self| *app.draft() = Draft::default();
        match entered {
            Entered::Post(text) => {
                done(self);
                self.post(&text, None);
            }
            Entered::Reply(target, text) => {
                let about = About { seq: self.find(&target, false)?.0, kind: AboutKind::Reply };
                done(self);
                self.post(&text, Some(about));
            }
            Entered::React(target, emoji) => {
                let about = About { seq: self.find(&target, false)?.0, kind: AboutKind::Reaction };
                done(self);
                self.post(&emoji, Some(about));
            }
            Entered::Edit(target) => {
                let (seq, text) = self.find(&target, true)?;
                *self.draft() = Draft { composer: Composer::with_text(&text), edits: Some(seq) };
            }
            Entered::Search(query) => {
                done(self);
                self.notice = Some(format!("searching for {query:?}"));
                self.searcher.search(query);
            }
            Entered::Join(room) => {
                done(self);
                self.go(room);
            }
            Entered::Leave => {
                done(self);
                let left = self.room.clone();
                self.step_room(1, false);
                if self.room == left {
                    return Err("there is no other room to go to".into());
                }
                self.client.leave(&left);
            }
            Entered::Help => {
                done(self);
                self.panel = Some(Panel::Help { top: 0 });
            }
            Entered::Quit => {
                done(self);
                return Ok(Next::Quit);
            }
        }
        Ok(Next::Continue)
    }

    fn post(&mut self, text: &str, about: Option<About>) {
        self.client.submit(&self.room, text, about);
        self.go_to_newest();
    }

    /// The message that a command is about, and its text: an own one, or by default one of somebody else.
    fn find(&self, target: &Target, own: bool) -> Result<(Seq, String), String> {
        let found = self.client.read(|machine| {
            let me = machine.view().me();
            let is_wanted = |entry: &Entry| {
                let message = &entry.message;
                let is_own = me == Some(&message.username);
                !entry.retracted
                    && match target {
                        Target::Newest => is_own == own,
                        Target::Number(seq) => message.seq == *seq && (is_own || !own),
                        Target::Author(name) => message.username == *name && (is_own || !own),
                    }
            };
            let entries = machine.view().room(&self.room)?.timeline().entries();
            let entry = entries.iter().rev().find(|entry| is_wanted(entry))?;
            Some((entry.message.seq, entry.message.text.clone()))
        });
        found.ok_or_else(|| match (target, own) {
            (Target::Number(seq), true) => format!("#{seq} is not a message of yours that is loaded here"),
            (Target::Number(seq), false) => format!("#{seq} is not loaded here (Ctrl-G shows the numbers)"),
            (Target::Author(name), _) => format!("no message of {name} is loaded here"),
            (Target::Newest, true) => "no message of yours is loaded here".into(),
            (Target::Newest, false) => "no message of somebody else is loaded here".into(),
        })
    }

    fn edit(&mut self, target: &Target) {
        match self.find(target, true) {
            Ok((seq, text)) => {
                *self.draft() = Draft { composer: Composer::with_text(&text), edits: Some(seq) };
            }
            Err(sentence) => self.notice = Some(sentence),
        }
    }

    /// Ends an edit, or returns to the newest messages.
    fn escape(&mut self) {
        if self.draft().edits.is_some() {
            *self.draft() = Draft::default();
        } else {
            self.go_to_newest();
        }
    }

    fn go_to_newest(&mut self) {
        self.scroll = None;
        self.client.dispatch(|machine, _| machine.jump_to_latest(&self.room));
    }

    fn scroll_by(&mut self, rows: isize) {
        self.scroll =
            self.client.read(|machine| scrolled(machine, &self.room, self.scroll, rows, self.viewport));
        if rows > 0 {
            self.client.dispatch(|machine, _| machine.load_older(&self.room));
        } else {
            self.client.dispatch(|machine, _| machine.load_newer(&self.room));
        }
    }

    /// Enters the next room; with `unread_first`, the next one with something unread if there is any.
    fn step_room(&mut self, by: isize, unread_first: bool) {
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

    fn go(&mut self, room: RoomName) {
        self.room = room;
        self.scroll = None;
        self.client.dispatch(|machine, _| machine.enter(&self.room));
    }

    /// Tries the refused posts of this room again, or gives them up.
    fn settle_failed(&mut self, again: bool) {
        let failed: Vec<MessageId> = self.client.read(|machine| {
            let pending = machine.pending(&self.room);
            let failed = pending.filter(|outgoing| matches!(outgoing.progress, Progress::Failed(_)));
            failed.map(|outgoing| outgoing.post.id.clone()).collect()
        });
        for id in failed {
            self.client.dispatch(|machine, now| {
                if again {
                    return machine.retry(&id, now);
                }
                machine.discard(&id);
                Vec::new()
            });
        }
    }

    fn retry_connection(&mut self) {
        if let Connection::Waiting { .. } = self.client.connection() {
            self.client.dispatch(|machine, now| machine.handle(&shared::Event::Retry, now));
        }
    }
}
