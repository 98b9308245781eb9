//! The rooms: which there are, and a dialog that makes one.

mod make;
mod texts;

use shared::{RoomKind, RoomSummary, house::Rooms};
use web_sys::HtmlInputElement;
use yew::{Html, InputEvent, MouseEvent, TargetCast, function_component, html, use_callback, use_state_eq};

use super::{
    context::{AdminContext, use_admin},
    known::{next_rooms, room_html, rooms_path},
    link::link,
    loaded::{Loaded, use_all_pages, use_pages},
    words::{self, kind_name},
};
use crate::{Route, browser::lower_case, i18n::fill, room_label::RoomLabel};
use make::MakeRoom;
use texts::{Texts, texts};

/// The part of the Admin page with the rooms.
#[function_component]
pub(super) fn RoomsPart() -> Html {
    let app = use_admin();
    let texts = texts(app.locale.language);
    let loaded = use_pages::<Rooms>(rooms_path(&app.me).to_owned(), next_rooms);
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
            { loaded.view(&app.locale, |_| list(&loaded, &sought, &app, texts)) }
            { loaded.more_button(&app.locale) }
            if *is_making {
                <MakeRoom {on_close} />
            }
        </>
    }
}

fn list(loaded: &Loaded<Rooms>, sought: &str, app: &AdminContext, texts: &Texts) -> Html {
    let is_found = |summary: &&RoomSummary| {
        let topic = summary.info.topic.as_ref().map_or("", |topic| topic.as_str());
        summary.room.as_str().contains(sought.trim_start_matches('#')) || lower_case(topic).contains(sought)
    };
    let found: Vec<_> = loaded.pages.iter().flat_map(|page| &page.rooms).filter(is_found).collect();
    let words = words::texts(app.locale.language);
    let summary = if found.is_empty() && !loaded.has_more {
        texts.none.to_owned()
    } else {
        words.listed.of(found.len() as u64)
    };
    html! {
        <>
            <p class="secondary" role="status">{ summary }</p>
            <ul class="admin-list" data-testid="rooms">{ for found.into_iter().map(|room| row(room, app, texts)) }</ul>
        </>
    }
}

fn row(summary: &RoomSummary, app: &AdminContext, texts: &Texts) -> Html {
    let locale = &app.locale;
    let (room, info) = (&summary.room, &summary.info);
    let words = words::texts(locale.language);
    let label = RoomLabel::new(room, Some(info), Some(&app.me.username), locale.language);
    let settings = html! {
        <>
            <span aria-hidden="true">{ texts.settings }</span>
            <span class="visually-hidden">{ fill(texts.settings_of, &[&label.full()]) }</span>
        </>
    };
    html! {
        <li key={room.as_str()} class="admin-row" data-testid="room-row">
            <span class="admin-row-main">
                { link(Route::path(room, None), "admin-row-title", false, room_html(&label, locale)) }
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
