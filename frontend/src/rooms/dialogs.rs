//! The dialogs above the page.

use yew::{Context, Html, html};

use super::{Open, RoomsPage};
use crate::{settings::Settings, shortcuts::key_help, switcher::Switcher};

impl RoomsPage {
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
            Some(Open::Settings) => html! {
                <Settings room={props.room.clone()} on_language={&props.on_language} {on_close} />
            },
        }
    }
}
