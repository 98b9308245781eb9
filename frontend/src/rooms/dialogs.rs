//! The dialogs above the page.

use shared::{RoomKind, RoomName};
use yew::{Context, Html, html};

use super::{Open, RoomsPage, leave::LeaveClosed};
use crate::{settings::Settings, shortcuts::key_help, switcher::Switcher};

impl RoomsPage {
    /// Whether a room has only its members, so that leaving it ends a membership.
    pub(super) fn is_closed(&self, room: &RoomName) -> bool {
        self.app.driver.read(|client| {
            client.view().room(room).is_some_and(|known| known.info().kind == RoomKind::Closed)
        })
    }

    /// The open dialog, if any.
    pub(super) fn dialog(&self, ctx: &Context<Self>) -> Html {
        let (props, on) = (ctx.props(), &self.callbacks);
        let on_close = &on.on_dialog_close;
        match self.open {
            None => Html::default(),
            Some(Open::Keys) => key_help(&self.app.locale, on_close.clone()),
            Some(Open::Switcher) => html! {
                <Switcher {on_close} on_go={&on.on_switch} />
            },
            Some(Open::Leave) => html! {
                <LeaveClosed room={props.room.clone()} on_left={&on.on_left} {on_close} />
            },
            Some(Open::Settings) => html! {
                <Settings room={props.room.clone()} on_language={&props.on_language} {on_close} />
            },
        }
    }
}
