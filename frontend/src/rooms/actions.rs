//! What the user does with messages and by shortcuts.

use shared::{About, AboutKind, Client, RoomName, Seq};
use yew::Context;

use super::{Focus, Open, PageProps, RoomsPage};
use crate::{
    composer::Mode,
    message::{MessageAction, Subject},
    room_bar::Panel,
    shortcuts::Key,
};

impl RoomsPage {
    pub(super) fn act(&mut self, props: &PageProps, act: MessageAction) {
        match act {
            MessageAction::Reply(entry) => {
                (self.mode, self.focus) = (Mode::Reply(entry), Focus::Write);
            }
            MessageAction::Edit(entry) => {
                (self.mode, self.focus) = (Mode::Edit(entry), Focus::Write);
            }
            MessageAction::Delete(entry) if self.is_current(props, &entry) => {
                let about = About { seq: entry.message.seq, kind: AboutKind::Retraction };
                self.app.driver.post(&props.room, "", Some(about));
            }
            MessageAction::React(entry, emoji) if self.is_current(props, &entry) => {
                let me = self.app.driver.read(|client| client.view().me().cloned());
                let (text, about) = match entry.reaction_of(me.as_ref(), &emoji) {
                    Some(seq) => ("", About { seq, kind: AboutKind::Retraction }),
                    None => (emoji.as_str(), About { seq: entry.message.seq, kind: AboutKind::Reaction }),
                };
                self.app.driver.post(&props.room, text, Some(about));
            }
            // In a new epoch this seq may mean another message: do nothing.
            MessageAction::Delete(_) | MessageAction::React(..) => {}
            MessageAction::Menu(seq) => self.open_menu(props, seq),
            MessageAction::Person(username) => self.person = Some(username),
            MessageAction::Enter(room) => props.on_go.emit((room, None)),
            MessageAction::Open(seq) => props.on_go.emit((props.room.clone(), Some(seq))),
        }
    }

    pub(super) fn open_menu(&mut self, props: &PageProps, seq: Seq) {
        let generation = |client: &Client| Some(client.view().room(&props.room)?.generation());
        self.menu = self.app.driver.read(generation).map(|generation| (seq, generation));
    }

    fn is_current(&self, props: &PageProps, subject: &Subject) -> bool {
        self.app.driver.read(|client| subject.is_current(client, &props.room))
    }

    pub(super) fn key(&mut self, ctx: &Context<Self>, key: Key) {
        let props = ctx.props();
        match key {
            Key::Switcher => self.open = Some(Open::Switcher),
            Key::Help => self.open = Some(Open::Keys),
            Key::Search => self.open_panel(ctx, Panel::Search),
            Key::Escape => {
                if !self.app.layers.close_top() && self.searching.take().is_none() {
                    self.focus = Focus::Home;
                }
            }
            // The listener handles it.
            Key::Text => {}
            Key::Room(step) => {
                let rooms: Vec<RoomName> = self
                    .app
                    .driver
                    .read(|client| client.view().rooms().map(|(room, _)| room.clone()).collect());
                let at = rooms.iter().position(|room| *room == props.room).unwrap_or(0);
                let next = (at + rooms.len()).saturating_add_signed(step) % rooms.len().max(1);
                self.focus = Focus::Home;
                if let Some(room) = rooms.get(next) {
                    props.on_go.emit((room.clone(), None));
                }
            }
        }
    }
}
