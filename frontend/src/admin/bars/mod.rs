//! The addresses that are kept out.

mod texts;

use std::rc::Rc;

use shared::{
    Act,
    house::{Bar, Bars, barred_address},
};
use yew::{
    Callback, Html, MouseEvent, SubmitEvent, function_component, html, use_callback, use_node_ref, use_state,
};

use super::{
    acting::{use_act, use_act_in},
    confirm::Confirm,
    context::use_admin,
    fields::{empty, focus, labelled_with, text_of},
    loaded::use_loaded,
};
use crate::i18n::fill;
use texts::texts;

/// The part of the Admin page with the barred addresses.
#[function_component]
pub(super) fn BarsPart() -> Html {
    let locale = use_admin().locale;
    let texts = texts(locale.language);
    let loaded = use_loaded::<Bars>("/api/bars".to_owned());
    let asked = use_state(|| None::<Rc<str>>);
    let field = use_node_ref();
    let on_act = use_callback(loaded.reload.clone(), |_, reload| {
        // The row with the button is gone.
        focus(".admin-title");
        reload.emit(());
    });
    let acting = use_act(on_act.clone());
    let checked = use_act_in(&field, on_act);
    let onsubmit = {
        let (asked, field) = (asked.clone(), field.clone());
        let (accept, refuse) = (checked.accept.clone(), checked.refuse.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let address = text_of(&field);
            // What is no address is not asked about.
            match barred_address(&address) {
                Some(_) => {
                    accept.emit(());
                    asked.set(Some(address.trim().into()));
                }
                None => refuse.emit((field.clone(), texts.bad_address.into())),
            }
        }
    };
    let on_barred = use_callback((loaded.reload.clone(), field.clone()), |_, (reload, field)| {
        empty(field);
        reload.emit(());
    });
    let on_close = use_callback(asked.clone(), |(), asked| asked.set(None));
    let row = |Bar { address, at }: &Bar| {
        let unbar = {
            let (act, address) = (acting.act.clone(), address.clone());
            Callback::from(move |_: MouseEvent| act.emit(Act::UnbarAddress { address: address.clone() }))
        };
        html! {
            <li key={address.clone()} class="admin-row" data-testid="bar-row">
                <span class="admin-row-main">
                    <bdi class="admin-row-title" dir="ltr">{ address.clone() }</bdi>
                    <span class="secondary">{ fill(texts.since, &[&locale.dates.short(*at)]) }</span>
                </span>
                <button class="button" type="button" onclick={unbar} aria-label={format!("{}: {address}", texts.unbar)} data-testid="unbar-address">
                    { texts.unbar }
                </button>
            </li>
        }
    };
    html! {
        <>
            <p class="secondary">{ texts.about }</p>
            <form class="admin-inline" {onsubmit}>
                { labelled_with(texts.address, "", checked.error_at(&field), html! {
                    <input
                        ref={field.clone()} class="field wide" type="text" autocomplete="off" autocapitalize="none"
                        spellcheck="false" maxlength="64" aria-describedby="address-example" data-testid="address"
                    />
                }) }
                <button class="button" type="submit" data-testid="bar-address">{ texts.bar }</button>
            </form>
            // Within the field it would stand between the field and the button.
            <p class="hint" id="address-example">{ texts.example }</p>
            { acting.error_line() }
            { loaded.view(&locale, |bars| if bars.addresses.is_empty() {
                html! { <p class="admin-empty">{ texts.none }</p> }
            } else {
                html! { <ul class="admin-list">{ for bars.addresses.iter().map(row) }</ul> }
            }) }
            if let Some(address) = (*asked).clone() {
                <Confirm
                    title={fill(texts.bar_title, &[&address])} text={texts.bar_text} action={texts.bar}
                    act={Act::BarAddress { address: address.to_string() }} on_done={on_barred} {on_close}
                />
            }
        </>
    }
}
