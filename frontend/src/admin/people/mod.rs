//! The people: who they are, what they may do, who is kept out.

mod person;
mod texts;

use shared::{
    Role, Username,
    house::{People, Person},
};
use web_sys::HtmlInputElement;
use yew::{
    Callback, Html, InputEvent, MouseEvent, TargetCast, function_component, html, use_callback, use_state,
    use_state_eq,
};

use super::{
    context::{AdminContext, use_admin},
    known::next_people,
    loaded::{Loaded, use_all_pages, use_pages},
    words::{self, role_name},
};
use crate::{
    author::{badge, name},
    browser::lower_case,
    i18n::fill,
};
use person::PersonDialog;
use texts::{Texts, texts};

/// The part of the Admin page with the people.
#[function_component]
pub(super) fn PeoplePart() -> Html {
    let app = use_admin();
    let texts = texts(app.locale.language);
    let loaded = use_pages::<People>("/api/people".to_owned(), next_people);
    let sought = use_state_eq(String::new);
    let chosen = use_state(|| None::<Username>);
    let oninput = {
        let sought = sought.clone();
        move |event: InputEvent| {
            sought.set(lower_case(event.target_unchecked_into::<HtmlInputElement>().value().trim()));
        }
    };
    use_all_pages(&loaded, !sought.is_empty());
    let on_choose = {
        let chosen = chosen.clone();
        Callback::from(move |person| chosen.set(Some(person)))
    };
    let on_close = use_callback(chosen.clone(), |(), chosen| chosen.set(None));
    let everybody = || loaded.pages.iter().flat_map(|page| &page.people);
    let person =
        chosen.as_ref().and_then(|chosen| everybody().find(|person| person.username == *chosen)).cloned();
    html! {
        <>
            <label class="stack admin-field">
                <span class="label">{ texts.search }</span>
                <input
                    class="field" type="search" autocomplete="off" autocapitalize="none" spellcheck="false" {oninput}
                    data-testid="people-search"
                />
            </label>
            { loaded.view(&app.locale, |_| list(&loaded, &sought, &on_choose, &app, texts)) }
            { loaded.more_button(&app.locale) }
            if let Some(person) = person {
                <PersonDialog {person} on_changed={loaded.reload.clone()} {on_close} />
            }
        </>
    }
}

fn list(
    loaded: &Loaded<People>,
    sought: &str,
    on_choose: &Callback<Username>,
    app: &AdminContext,
    texts: &Texts,
) -> Html {
    let everybody = || loaded.pages.iter().flat_map(|page| &page.people);
    let lower = |person: &&Person| lower_case(person.username.as_str());
    let mut found: Vec<&Person> = everybody().filter(|person| lower(person).contains(sought)).collect();
    // The server sorts by bytes: all capital letters come first.
    found.sort_by_cached_key(lower);
    let online = everybody().filter(|person| person.online).count() as u64;
    let summary = if found.is_empty() && !loaded.has_more {
        texts.none.to_owned()
    } else {
        let words = words::texts(app.locale.language);
        format!("{} · {}", words.listed.of(found.len() as u64), texts.online.of(online))
    };
    html! {
        <>
            <p class="secondary" role="status" data-testid="people-count">{ summary }</p>
            <ul class="admin-list" data-testid="people">
                { for found.into_iter().map(|person| row(person, on_choose, app, texts)) }
            </ul>
        </>
    }
}

fn row(person: &Person, on_choose: &Callback<Username>, app: &AdminContext, texts: &Texts) -> Html {
    let words = words::texts(app.locale.language);
    let onclick = {
        let (on_choose, username) = (on_choose.clone(), person.username.clone());
        move |_: MouseEvent| on_choose.emit(username.clone())
    };
    html! {
        <li key={person.username.as_str()} class="admin-row" data-testid="person">
            <span class="admin-row-main person">
                { badge(&person.username) }
                <span class="person-text">
                    { name(&person.username) }
                    <span class="tags">
                        <span class="tag">{ role_name(person.role, &app.locale) }</span>
                        if person.username == app.me.username {
                            <span class="tag">{ texts.you }</span>
                        }
                        if person.online {
                            <span class="tag good">{ texts.here }</span>
                        }
                        if person.barred {
                            <span class="tag bad">{ texts.barred }</span>
                        }
                        if person.limited {
                            <span class="tag">{ texts.limited }</span>
                        }
                        if person.application {
                            <span class="tag">{ texts.application }</span>
                        }
                    </span>
                </span>
            </span>
            if may_change(person, app) {
                <button
                    class="button" type="button" {onclick}
                    aria-label={fill(words.manage_one, &[person.username.as_str()])} data-testid="manage"
                >
                    { words.manage }
                </button>
            }
        </li>
    }
}

/// Whether the user may do anything to a person here.
fn may_change(person: &Person, app: &AdminContext) -> bool {
    app.me.role == Role::Owner || (app.me.role.outranks(person.role) && person.username != app.me.username)
}
