//! The list of members.

use shared::RoomName;
use yew::{Callback, Html, MouseEvent, html};

use crate::{
    Driver, Locale,
    icon::{self, icon},
};

/// The list of a room's members.
pub fn member_list(
    driver: &Driver,
    locale: &Locale,
    room: &RoomName,
    on_close: Callback<MouseEvent>,
) -> Html {
    let texts = locale.texts();
    let (members, me) = driver.read(|client| {
        let members = client.view().room(room).map(|room| room.members().clone());
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
                    class="icon-button" type="button" aria-label={texts.hide_members} onclick={on_close}
                >
                    { icon(icon::CLOSE) }
                </button>
            </header>
            <ul class="member-list">
                { for names.iter().map(|name| html! {
                    <li key={name.as_str()} class="member" data-testid="member">
                        { crate::author::badge(name) }
                        { crate::author::name(name) }
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
