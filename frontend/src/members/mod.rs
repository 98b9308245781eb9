//! The list of members.

mod texts;

use shared::{RoomName, Username};
use yew::{Callback, Html, MouseEvent, NodeRef, Properties, function_component, html};

use crate::{
    author,
    context::{use_app, use_client},
    icon::{self, icon},
    person::can_act_on_people,
};
use texts::texts;

/// What the list needs.
#[derive(Properties, PartialEq)]
pub struct MembersProps {
    /// The room.
    pub room: RoomName,
    /// The list's element.
    pub node: NodeRef,
    /// The user opens what can be done about somebody.
    pub on_person: Callback<Username>,
    /// The list is to be closed.
    pub on_close: Callback<MouseEvent>,
}

/// The list of a room's members.
#[function_component]
pub fn Members(props: &MembersProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let words = locale.words();
    let room = props.room.clone();
    let (members, me, role) = use_client(move |client| {
        let members = client.view().room(&room).map(|room| room.members().clone());
        (members.unwrap_or_default(), client.view().me().cloned(), client.view().role())
    });
    let names = author::sorted(members.names);
    let unnamed = members.count.saturating_sub(u32::try_from(names.len()).unwrap_or(u32::MAX));
    let called = |name: &Username| {
        if me.as_ref() == Some(name) || !can_act_on_people(role) {
            return author::name(name);
        }
        let (on_person, person) = (props.on_person.clone(), name.clone());
        let onclick = move |_: MouseEvent| on_person.emit(person.clone());
        html! {
            <button type="button" class="member-name" {onclick} aria-haspopup="dialog" data-testid="member-name">
                { author::name(name) }
            </button>
        }
    };
    html! {
        <aside ref={props.node.clone()} class="side members" tabindex="-1" aria-label={texts.members} data-testid="members">
            <header class="panel-head">
                <h2>{ texts.members }<span class="count">{ members.count }</span></h2>
                <button
                    class="icon-button" type="button" aria-label={words.hide_members}
                    onclick={props.on_close.clone()}
                >
                    { icon(icon::CLOSE) }
                </button>
            </header>
            <ul class="member-list">
                { for names.iter().map(|name| html! {
                    <li key={name.as_str()} class="member" data-testid="member">
                        { author::badge(name) }
                        { called(name) }
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
