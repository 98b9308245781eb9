//! Who is in the room.

use shared::RoomName;
use yew::{Callback, Html, MouseEvent, Properties, function_component, html};

use crate::{
    Driver, Ui,
    icon::{self, icon},
    ui,
};

/// What the list needs.
#[derive(Properties, PartialEq)]
pub struct MembersProps {
    /// Where the members are known.
    pub driver: Driver,
    /// The language.
    pub ui: Ui,
    /// Changes with what is known.
    pub version: u64,
    /// The room.
    pub room: RoomName,
    /// The list is to be closed.
    pub on_close: Callback<MouseEvent>,
}

/// See the module's page.
#[function_component]
pub fn MemberList(props: &MembersProps) -> Html {
    let texts = props.ui.texts();
    let (members, me) = props.driver.look(|client| {
        let members = client.view().room(&props.room).map(|room| room.members().clone());
        (members.unwrap_or_default(), client.view().me().cloned())
    });
    let mut names = members.names;
    names.sort_by_cached_key(|name| name.as_str().to_lowercase());
    let unnamed = members.count.saturating_sub(u32::try_from(names.len()).unwrap_or(u32::MAX));
    html! {
        <aside class="side members" aria-label={texts.members} data-testid="members">
            <header class="panel-head">
                <h2>{ texts.members }<span class="count">{ members.count }</span></h2>
                <button
                    class="icon-button" type="button" aria-label={texts.hide_members} onclick={props.on_close.clone()}
                >
                    { icon(icon::CLOSE) }
                </button>
            </header>
            <ul class="member-list">
                { for names.iter().map(|name| html! {
                    <li key={name.as_str()} class="member" data-testid="member">
                        { ui::badge(name) }
                        { ui::name(name) }
                        if me.as_ref() == Some(name) {
                            <span class="secondary">{ texts.you }</span>
                        }
                    </li>
                }) }
            </ul>
            if unnamed > 0 {
                <p class="secondary more">{ texts.and_more.of(unnamed) }</p>
            }
        </aside>
    }
}
