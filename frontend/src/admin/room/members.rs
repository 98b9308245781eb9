//! The members of a room: added, removed, and let back in.

use std::rc::Rc;

use shared::{Act, RoomKind, RoomName, Username, house::RoomMembers};
use yew::{
    Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html, use_callback,
    use_node_ref, use_state, use_state_eq,
};

use super::texts::texts;
use crate::{
    admin::{
        acting::{use_act, use_act_in},
        confirm::Confirm,
        context::use_admin,
        fields::{self, empty, focus, labelled_with, text_of},
        known::{KnownPeople, use_people},
        words::{self, isolated},
    },
    author::{badge, name, sorted},
    i18n::fill,
    room_label::RoomLabel,
};

/// What the members need.
#[derive(Properties, PartialEq)]
pub(super) struct MembersProps {
    /// The room.
    pub(super) room: RoomName,
    /// What it is called.
    pub(super) label: RoomLabel,
    /// Its members, and whether the user manages it.
    pub(super) members: RoomMembers,
    /// The button that loads more of them, if there are more.
    pub(super) more: Html,
    /// Something has changed.
    pub(super) on_changed: Callback<()>,
}

/// The members of a room.
#[function_component]
pub(super) fn Members(props: &MembersProps) -> Html {
    let app = use_admin();
    let (texts, words) = (texts(app.locale.language), words::texts(app.locale.language));
    let MembersProps { room, label, members, more, on_changed } = props;
    let kind = members.info.kind;
    let field = use_node_ref();
    let asked = use_state(|| None::<Username>);
    let on_act = use_callback((on_changed.clone(), field.clone()), |(act, _), (on_changed, field)| {
        if matches!(act, Act::AddMember { .. }) {
            empty(field);
        }
        on_changed.emit(());
    });
    let acting = use_act_in(&field, on_act.clone());
    let letting_back = use_act(on_act);
    let known = use_people();
    let on_removed = use_callback(on_changed.clone(), |_, on_changed| {
        // The row that had the focus is gone.
        focus(".admin-title");
        on_changed.emit(());
    });
    let on_close = use_callback(asked.clone(), |(), asked| asked.set(None));
    let onsubmit = {
        let (act, refuse, field) = (acting.act.clone(), acting.refuse.clone(), field.clone());
        let (room, locale) = (room.clone(), app.locale.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            match fields::username(&text_of(&field), &locale) {
                Ok(username) => act.emit(Act::AddMember { room: room.clone(), username }),
                Err(why) => refuse.emit((field.clone(), why.into())),
            }
        }
    };
    // A member of a closed room may add others without managing it.
    let may_add = kind != RoomKind::Direct && (members.manages || kind == RoomKind::Closed);
    let row = |username: Username, action: Html| {
        html! {
            <li key={username.as_str()} class="admin-row" data-testid="member">
                <span class="admin-row-main person">{ badge(&username) }{ name(&username) }</span>
                { action }
            </li>
        }
    };
    let member = |username: Username| {
        let may_remove = members.manages && kind != RoomKind::Direct && username != app.me.username;
        let onclick = {
            let (asked, username) = (asked.clone(), username.clone());
            move |_: MouseEvent| asked.set(Some(username.clone()))
        };
        let label = fill(texts.remove_one, &[username.as_str()]);
        row(
            username,
            html! {
                if may_remove {
                    <button class="button" type="button" {onclick} aria-label={label} data-testid="remove-member">
                        { words.remove }
                    </button>
                }
            },
        )
    };
    let removed = |username: Username| {
        let onclick = {
            let (act, room, username) = (letting_back.act.clone(), room.clone(), username.clone());
            move |_: MouseEvent| {
                focus(".admin-title");
                act.emit(Act::AddMember { room: room.clone(), username: username.clone() });
            }
        };
        let label = format!("{}: {username}", texts.let_back);
        row(
            username,
            html! {
                if members.manages {
                    <button class="button" type="button" {onclick} aria-label={label} data-testid="let-back">
                        { texts.let_back }
                    </button>
                }
            },
        )
    };
    let on_asked = use_callback(asked.clone(), |username, asked| asked.set(Some(username)));
    let title = match kind {
        RoomKind::Open => texts.added,
        RoomKind::Closed => texts.members,
        RoomKind::Direct => texts.people,
    };
    let count = format!(" {}{}", members.members.len(), if members.more { "+" } else { "" });
    html! {
        <section class="admin-section" aria-label={title}>
            <h3>{ title }<span class="count">{ count }</span></h3>
            if kind == RoomKind::Open {
                <p class="secondary">{ texts.open_members }</p>
            }
            if may_add {
                <form class="admin-inline" {onsubmit}>
                    { labelled_with(words.name, "", acting.error_at(&field), html! {
                        <input
                            ref={field.clone()} class="field wide" type="text" dir="auto" autocomplete="off" spellcheck="false"
                            maxlength="64" list="known-people" data-testid="member-name"
                        />
                    }) }
                    <button class="button" type="submit" aria-disabled={acting.is_busy.to_string()} data-testid="add-member">
                        { texts.add_member }
                    </button>
                </form>
                { known.offered("known-people") }
            }
            if members.members.is_empty() && kind == RoomKind::Open {
                <p class="admin-empty">{ texts.no_members }</p>
            }
            <ul class="admin-list" data-testid="members">{ for sorted(members.members.clone()).into_iter().map(member) }</ul>
            if !members.removed.is_empty() {
                <h4>{ texts.removed }</h4>
                <ul class="admin-list" data-testid="removed">{ for sorted(members.removed.clone()).into_iter().map(removed) }</ul>
            }
            { letting_back.error_line() }
            { more.clone() }
            // Who is in an open room has no row.
            if may_add && kind == RoomKind::Open {
                <RemoveSomebody known={Rc::new(known)} on_asked={on_asked} />
            }
            if let Some(username) = (*asked).clone() {
                <Confirm
                    title={fill(texts.remove_title, &[username.as_str(), &label.full()])} text={texts.remove_text}
                    action={words.remove} act={Act::RemoveMember { room: room.clone(), username }}
                    on_done={on_removed} {on_close}
                />
            }
        </section>
    }
}

/// What the form for removing somebody needs.
#[derive(Properties, PartialEq)]
struct RemoveSomebodyProps {
    known: Rc<KnownPeople>,
    /// The user is to be asked about somebody.
    on_asked: Callback<Username>,
}

/// Removes somebody from an open room who has no row in the list. It is closed, because it is seldom wanted.
#[function_component]
fn RemoveSomebody(props: &RemoveSomebodyProps) -> Html {
    let locale = use_admin().locale;
    let (texts, words) = (texts(locale.language), words::texts(locale.language));
    let RemoveSomebodyProps { known, on_asked } = props;
    let field = use_node_ref();
    let error = use_state_eq(|| None::<Rc<str>>);
    let onsubmit = {
        let (known, on_asked, field) = (Rc::clone(known), on_asked.clone(), field.clone());
        let (error, locale) = (error.clone(), locale.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let named = fields::username(&text_of(&field), &locale).and_then(|username| {
                let is_nobody = known.lack(&username);
                if is_nobody {
                    Err(fill(words.nobody, &[&isolated(username.as_str())]))
                } else {
                    Ok(username)
                }
            });
            error.set(named.as_ref().err().map(|why| why.as_str().into()));
            match named {
                Ok(username) => on_asked.emit(username),
                Err(_) => focus("[data-testid=remove-name]"),
            }
        }
    };
    html! {
        <details class="admin-apart">
            <summary data-testid="remove-somebody">{ texts.remove_somebody }</summary>
            <p class="secondary">{ texts.remove_hint }</p>
            <form class="admin-inline" {onsubmit}>
                { labelled_with(words.name, "", (*error).clone(), html! {
                    <input
                        ref={field} class="field wide" type="text" dir="auto" autocomplete="off" spellcheck="false"
                        maxlength="64" list="known-people" data-testid="remove-name"
                    />
                }) }
                <button class="button danger" type="submit" data-testid="remove-named">{ words.remove }</button>
            </form>
        </details>
    }
}
