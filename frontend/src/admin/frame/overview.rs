//! The Admin page itself: who may come in, the parts, and what happened last.

use shared::house::{Access, Acts, House};
use yew::{Html, function_component, html};

use super::{link, part_title, texts::texts};
use crate::{
    Locale,
    admin::{
        acts::act_list, context::use_admin, invitations::NEW_INVITATION, known::use_rooms, loaded::use_loaded,
    },
    i18n::Text,
    navigation::Part,
};

/// The number of acts that are shown.
const LATEST: usize = 6;

/// The Admin page itself.
#[function_component]
pub(in crate::admin) fn Overview() -> Html {
    let app = use_admin();
    let (locale, me) = (&app.locale, &app.me);
    let texts = texts(locale.language);
    let house = use_loaded::<House>("/api/house".to_owned());
    let parts = Part::ALL.into_iter().filter(|part| part.is_for(me)).map(|part| {
        let content = html! {
            <>
                <span class="admin-card-title">{ part_title(part, locale) }</span>
                <span class="secondary">{ texts.hints[part as usize] }</span>
            </>
        };
        html! { <li key={part.path()}>{ link(part.path().to_owned(), "admin-card", false, content) }</li> }
    });
    html! {
        <>
            { house.view(locale, |house| html! {
                <p data-testid="access">
                    if !house.name.is_empty() {
                        <strong><bdi>{ house.name.clone() }</bdi></strong>{ ". " }
                    }
                    { access_sentence(house.access, locale) }
                </p>
            }) }
            if Part::Invitations.is_for(me) {
                { link(NEW_INVITATION.to_owned(), "button primary admin-action", false, html! { texts.invite }) }
            }
            <ul class="admin-cards">{ for parts }</ul>
            if Part::Acts.is_for(me) {
                <Latest />
            }
        </>
    }
}

/// The newest acts.
#[function_component]
fn Latest() -> Html {
    let locale = use_admin().locale;
    let texts = texts(locale.language);
    let acts = use_loaded::<Acts>("/api/acts".to_owned());
    let known = use_rooms();
    html! {
        <section class="admin-section" aria-label={texts.latest}>
            <h3>{ texts.latest }</h3>
            { acts.view(&locale, |acts| act_list(acts.acts.iter().take(LATEST), &known, &locale)) }
            { link(Part::Acts.path().to_owned(), "admin-action", false, html! { texts.all_acts }) }
        </section>
    }
}

/// Who may come in, in a sentence.
pub(in crate::admin) fn access_sentence(access: Access, locale: &Locale) -> Text {
    let texts = texts(locale.language);
    match access {
        Access::Open => texts.access_open,
        Access::Invited => texts.access_invited,
        Access::App => texts.access_app,
    }
}

/// How who may come in is changed.
pub(in crate::admin) fn access_hint(locale: &Locale) -> Text {
    texts(locale.language).access_hint
}
