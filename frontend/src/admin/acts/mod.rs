//! The acts: who did what, and when.

mod sentence;
mod texts;

use shared::house::{Acts, RecordedAct};
use yew::{Html, function_component, html};

use super::{
    context::use_admin,
    export::ExportButton,
    known::{KnownRooms, use_rooms},
    loaded::use_pages,
};
use crate::Locale;
use sentence::sentence;
use texts::texts;

/// The part of the Admin page with the acts.
#[function_component]
pub(super) fn ActsPart() -> Html {
    let locale = use_admin().locale;
    let texts = texts(locale.language);
    let loaded = use_pages::<Acts>("/api/acts".to_owned(), |page| {
        let last = page.acts.last().filter(|_| page.more)?;
        Some(format!("?before={}", last.number))
    });
    let known = use_rooms();
    html! {
        <>
            <p class="secondary">{ texts.about }</p>
            <ExportButton
                path="/api/acts/export" file="parlor-acts.jsonl" label={texts.export} busy={texts.exporting}
            />
            { loaded.view(&locale, |first| {
                if first.acts.is_empty() {
                    return html! { <p class="admin-empty">{ texts.none }</p> };
                }
                act_list(loaded.pages.iter().flat_map(|page| &page.acts), &known, &locale)
            }) }
            { loaded.more_button(&locale) }
        </>
    }
}

/// A list of acts.
pub(super) fn act_list<'a>(
    acts: impl Iterator<Item = &'a RecordedAct>,
    known: &KnownRooms,
    locale: &Locale,
) -> Html {
    let row = |recorded: &RecordedAct| {
        let at = recorded.at;
        html! {
            <li key={recorded.number.0} class="admin-row act">
                <span class="act-text">{ sentence(recorded, known, locale) }</span>
                <time class="secondary" datetime={at.to_string()} title={locale.dates.full(at)}>
                    { locale.dates.short(at) }
                </time>
            </li>
        }
    };
    html! { <ul class="admin-list" data-testid="acts">{ for acts.map(row) }</ul> }
}
