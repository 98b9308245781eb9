//! The invitations: a dialog that makes one, and the list of those that there are.

mod invite;
mod texts;

use shared::{
    Act, Seq,
    house::{Invitation, InvitationState, Invitations},
};
use wasm_bindgen::JsValue;
use yew::{Callback, Html, MouseEvent, function_component, html, use_callback, use_state, use_state_eq};

use super::{
    confirm::Confirm,
    context::use_admin,
    fields::{check, focus},
    known::{KnownRooms, room_html, use_rooms},
    loaded::use_pages,
    words::{self, isolated, role_name},
};
use crate::{Locale, browser::window, i18n::fill, navigation::Part};
use invite::InviteDialog;
use texts::{Texts, texts};

/// The address that opens the dialog at once. `&room=NAME` writes a room into it.
pub(super) const NEW_INVITATION: &str = "/admin/invitations?new";

/// The page with the invitations: all of them for those who keep order, one's own for others.
#[function_component]
pub(super) fn InvitationsPart() -> Html {
    let app = use_admin();
    let texts = texts(app.locale.language);
    let loaded = use_pages::<Invitations>("/api/invitations".to_owned(), |page| {
        let last = page.invitations.last().filter(|_| page.more)?;
        Some(format!("?before={}", last.number))
    });
    let known = use_rooms();
    // The rooms in the field of the dialog, if it is open.
    let new = use_state_eq(take_new);
    let revoked = use_state(|| None::<Seq>);
    let show_ended = use_state_eq(|| false);
    let on_new = {
        let new = new.clone();
        move |_: MouseEvent| new.set(Some(String::new()))
    };
    let on_close_new = use_callback(new.clone(), |(), new| new.set(None));
    let on_close = use_callback(revoked.clone(), |(), revoked| revoked.set(None));
    let on_revoked = use_callback(loaded.reload.clone(), |_, reload| {
        // The row that had the focus may be gone.
        focus(".admin-title");
        reload.emit(());
    });
    let on_revoke = use_callback(revoked.clone(), |number: Seq, revoked| revoked.set(Some(number)));
    html! {
        <>
            <p class="secondary">{ texts.about }</p>
            <button class="button primary admin-start" type="button" onclick={on_new} data-testid="invite">
                { texts.invite }
            </button>
            { check(texts.show_ended, &show_ended, "show-ended") }
            { loaded.view(&app.locale, |_| {
                let is_shown = |one: &&Invitation| *show_ended || one.state == InvitationState::Valid;
                let all = loaded.pages.iter().flat_map(|page| &page.invitations);
                let shown: Vec<_> = all.filter(is_shown).collect();
                if shown.is_empty() && !loaded.has_more {
                    return html! { <p class="admin-empty">{ texts.none }</p> };
                }
                html! {
                    <ul class="admin-list" data-testid="invitations">
                        { for shown.into_iter().map(|one| row(one, &on_revoke, &known, &app.locale, texts)) }
                    </ul>
                }
            }) }
            { loaded.more_button(&app.locale) }
            if let Some(rooms) = (*new).clone() {
                <InviteDialog {rooms} on_made={loaded.reload.clone()} on_close={on_close_new} />
            }
            if let Some(number) = *revoked {
                <Confirm
                    title={fill(texts.revoke_title, &[&number.to_string()])} text={texts.revoke_text}
                    action={texts.revoke} act={Act::RevokeInvitation { number }} on_done={on_revoked} {on_close}
                />
            }
        </>
    }
}

fn row(
    invitation: &Invitation,
    on_revoke: &Callback<Seq>,
    known: &KnownRooms,
    locale: &Locale,
    texts: &Texts,
) -> Html {
    let Invitation { number, by, username, role, rooms, expires_at, uses, used, state } = invitation;
    let words = words::texts(locale.language);
    let title = match username {
        Some(username) => fill(texts.for_name, &[&isolated(username.as_str())]),
        None => texts.for_anybody.to_owned(),
    };
    let by = by.as_ref().map_or_else(|| words.operator.to_owned(), |by| isolated(by.as_str()));
    let onclick = {
        let (on_revoke, number) = (on_revoke.clone(), *number);
        move |_: MouseEvent| on_revoke.emit(number)
    };
    let number = number.to_string();
    let facts = [
        fill(texts.used, &[&used.to_string(), &uses.to_string()]),
        fill(texts.until, &[&locale.dates.short(*expires_at)]),
        fill(texts.by, &[&number, &by]),
    ];
    let is_valid = *state == InvitationState::Valid;
    html! {
        <li key={number.clone()} class="admin-row" data-testid="invitation">
            <span class="admin-row-main">
                <span class="admin-row-title">{ title }</span>
                <span class="secondary">{ facts.join(" · ") }</span>
                <span class="tags">
                    <span class={if is_valid { "tag good" } else { "tag" }}>{ texts.states[*state as usize] }</span>
                    <span class="tag">{ role_name(*role, locale) }</span>
                    { for rooms.iter().map(|room| html! {
                        <span key={room.as_str()} class="tag">{ room_html(&known.label(room), locale) }</span>
                    }) }
                </span>
            </span>
            if is_valid {
                <button
                    class="button" type="button" {onclick} aria-label={fill(texts.revoke_one, &[&number])}
                    data-testid="revoke"
                >
                    { texts.revoke }
                </button>
            }
        </li>
    }
}

/// The rooms of [`NEW_INVITATION`], if that is the address. It is replaced, so that a reload opens no dialog.
fn take_new() -> Option<String> {
    let window = window();
    let query = window.location().search().unwrap_or_default();
    let mut pairs = query.trim_start_matches('?').split('&');
    if !pairs.any(|pair| pair == "new") {
        return None;
    }
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(Part::Invitations.path()));
    }
    Some(pairs.find_map(|pair| pair.strip_prefix("room=")).unwrap_or_default().to_owned())
}
