//! The rooms: which there are, and a dialog that makes one.

mod make;
mod texts;

use shared::{Role, RoomKind, RoomSummary, Username, house::Rooms};
use web_sys::HtmlInputElement;
use yew::{Html, InputEvent, MouseEvent, TargetCast, function_component, html, use_callback, use_state_eq};

use super::{
    context::use_admin,
    frame::link,
    loaded::{Loaded, use_all_pages, use_pages},
    words::{self, kind_name},
};
use crate::{Locale, Route, browser::lower_case, i18n::fill};
use make::MakeRoom;
use texts::{Texts, texts};

/// The part of the Admin page with the rooms.
#[function_component]
pub(super) fn RoomsPart() -> Html {
    let app = use_admin();
    let texts = texts(app.locale.language);
    // Owners see closed and archived rooms, too.
    let path = if app.me.role == Role::Owner { "/api/rooms?all=true" } else { "/api/rooms" };
    let loaded = use_pages::<Rooms>(path.to_owned(), |page| {
        let last = page.rooms.last().filter(|_| page.more)?;
        Some(format!("&after={}", last.room))
    });
    let sought = use_state_eq(String::new);
    let is_making = use_state_eq(|| false);
    use_all_pages(&loaded, !sought.is_empty());
    let oninput = {
        let sought = sought.clone();
        move |event: InputEvent| {
            sought.set(lower_case(event.target_unchecked_into::<HtmlInputElement>().value().trim()));
        }
    };
    let on_make = {
        let is_making = is_making.clone();
        move |_: MouseEvent| is_making.set(true)
    };
    let on_close = use_callback(is_making.clone(), |(), is_making| is_making.set(false));
    html! {
        <>
            if app.me.makes_rooms {
                <button class="button primary admin-start" type="button" onclick={on_make} data-testid="make-room">
                    { texts.make }
                </button>
            }
            <label class="stack admin-field">
                <span class="label">{ texts.search }</span>
                <input
                    class="field" type="search" autocomplete="off" autocapitalize="none" spellcheck="false" {oninput}
                    data-testid="rooms-search"
                />
            </label>
            { loaded.view(&app.locale, |_| list(&loaded, &sought, &app.locale, texts)) }
            { loaded.more_button(&app.locale) }
            if *is_making {
                <MakeRoom {on_close} />
            }
        </>
    }
}

fn list(loaded: &Loaded<Rooms>, sought: &str, locale: &Locale, texts: &Texts) -> Html {
    let is_found = |summary: &&RoomSummary| {
        let topic = summary.info.topic.as_ref().map_or("", |topic| topic.as_str());
        summary.room.as_str().contains(sought.trim_start_matches('#')) || lower_case(topic).contains(sought)
    };
    let found: Vec<_> = loaded.pages.iter().flat_map(|page| &page.rooms).filter(is_found).collect();
    let words = words::texts(locale.language);
    let summary = if found.is_empty() && !loaded.has_more {
        texts.none.to_owned()
    } else {
        words.listed.of(found.len() as u64)
    };
    html! {
        <>
            <p class="secondary" role="status">{ summary }</p>
            <ul class="admin-list" data-testid="rooms">{ for found.into_iter().map(|room| row(room, locale, texts)) }</ul>
        </>
    }
}

fn row(summary: &RoomSummary, locale: &Locale, texts: &Texts) -> Html {
    let (room, info) = (&summary.room, &summary.info);
    let words = words::texts(locale.language);
    // A direct room's name is for programs: it is known by its people.
    let title = match info.kind {
        RoomKind::Direct => info.people.iter().map(Username::as_str).collect::<Vec<_>>().join(", "),
        _ => format!("#{room}"),
    };
    let settings = html! {
        <>
            <span aria-hidden="true">{ texts.settings }</span>
            <span class="visually-hidden">{ fill(texts.settings_of, &[&title]) }</span>
        </>
    };
    html! {
        <li key={room.as_str()} class="admin-row" data-testid="room-row">
            <span class="admin-row-main">
                { link(Route::path(room, None), "admin-row-title", false, html! { <bdi>{ title.clone() }</bdi> }) }
                <bdi class="secondary">{ info.topic.as_ref().map_or(texts.no_topic, |topic| topic.as_str()).to_owned() }</bdi>
                <span class="tags">
                    if info.kind != RoomKind::Open {
                        <span class="tag">{ kind_name(info.kind, locale) }</span>
                    }
                    if info.archived {
                        <span class="tag">{ words.archived }</span>
                    }
                    if info.slow_seconds > 0 {
                        <span class="tag wait">{ words.slow.of(info.slow_seconds) }</span>
                    }
                </span>
            </span>
            { link(Route::settings(room), "button", false, settings) }
        </li>
    }
}
