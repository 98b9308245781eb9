//! The user's name, and the form that changes it in place.

use std::rc::Rc;

use shared::{Refusal, RefusalCode, Username};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::{
    Callback, Html, KeyboardEvent, MouseEvent, SubmitEvent, function_component, html, use_effect_with,
    use_mut_ref, use_node_ref, use_state,
};

use super::texts::{Texts, texts};
use crate::{
    context::{use_app, use_client},
    driver::{Claim, ClaimOutcome},
    i18n::fill,
};

/// What the form shows.
#[derive(Clone, PartialEq)]
enum State {
    /// The name, and the button that opens the form.
    Closed,
    /// The form, with what was wrong with the last try.
    Open(Option<Rc<str>>),
    /// A name is being claimed. The user goes on under the old one.
    Claiming,
}

/// The user's name. Another one is claimed beside the connection, so the old one stays valid until the new one is proven.
#[function_component]
pub(super) fn Rename() -> Html {
    let app = use_app();
    let (texts, words) = (texts(app.locale.language), app.locale.words());
    // Where a name alone lets nobody in, no other one can be claimed.
    let (me, is_open) =
        use_client(|client| (client.link().username().cloned(), client.view().access().is_open()));
    let state = use_state(|| State::Closed);
    let claim = use_mut_ref(|| None::<Claim>);
    let (field, button) = (use_node_ref(), use_node_ref());
    let was_open = use_mut_ref(|| false);
    use_effect_with(*state == State::Closed, {
        let (field, button, me) = (field.clone(), button.clone(), me.clone());
        move |is_closed| {
            if let Some(field) = field.cast::<HtmlInputElement>().filter(|_| !is_closed) {
                field.set_value(me.as_ref().map_or("", Username::as_str));
                let _ = field.focus();
                field.select();
            } else if let Some(button) = button.cast::<HtmlElement>().filter(|_| *was_open.borrow()) {
                let _ = button.focus();
            }
            was_open.replace(!is_closed);
        }
    });
    let close = {
        let (state, claim) = (state.clone(), claim.clone());
        Callback::from(move |()| {
            claim.replace(None);
            state.set(State::Closed);
        })
    };
    let Some(me) = me else { return Html::default() };
    if *state == State::Closed {
        let onclick = move |_: MouseEvent| state.set(State::Open(None));
        return html! {
            <div class="setting">
                <bdi>{ fill(texts.signed_in, &[me.as_str()]) }</bdi>
                if is_open {
                    <button ref={button} class="button" type="button" {onclick} data-testid="rename">
                        { texts.change_name }
                    </button>
                }
            </div>
        };
    }
    let is_claiming = *state == State::Claiming;
    let onsubmit = {
        let (state, close, field, driver) = (state.clone(), close.clone(), field.clone(), app.driver.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if is_claiming {
                return;
            }
            let text = field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            let Ok(name) = Username::parse(text.trim()) else {
                state.set(State::Open(Some(words.name_rules.into())));
                return;
            };
            if name == me {
                close.emit(());
                return;
            }
            state.set(State::Claiming);
            let (state, close) = (state.clone(), close.clone());
            let on_outcome = Callback::from(move |outcome| match outcome {
                ClaimOutcome::Proven(_) => close.emit(()),
                ClaimOutcome::Refused(refusal) => {
                    state.set(State::Open(Some(explain(texts, &refusal).into())));
                }
                ClaimOutcome::Unreachable => state.set(State::Open(Some(texts.unreachable.into()))),
            });
            claim.replace(Some(driver.rename(&name, None, on_outcome)));
        }
    };
    let on_cancel = {
        let close = close.clone();
        move |_: MouseEvent| close.emit(())
    };
    // Escape closes the form, and the next one closes the settings.
    let onkeydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            event.stop_propagation();
            close.emit(());
        }
    };
    let error = match &*state {
        State::Open(error) => error.clone(),
        _ => None,
    };
    html! {
        <form class="rename" {onsubmit} {onkeydown}>
            <label for="new-name">{ texts.new_name }</label>
            <input
                id="new-name" ref={field} class="field" type="text" dir="auto" autocomplete="nickname"
                spellcheck="false" maxlength="64" readonly={is_claiming}
                aria-invalid={error.is_some().to_string()} aria-describedby="new-name-error"
                data-testid="new-name"
            />
            <p id="new-name-error" class="error" role="alert" data-testid="new-name-error">
                { error.as_deref().unwrap_or_default() }
            </p>
            <div class="rename-choices">
                <button class="button primary" type="submit" aria-disabled={is_claiming.to_string()} data-testid="rename-save">
                    { if is_claiming { texts.claiming } else { texts.save_name } }
                </button>
                <button class="button" type="button" onclick={on_cancel} data-testid="rename-cancel">
                    { words.cancel }
                </button>
            </div>
        </form>
    }
}

fn explain(texts: &Texts, refusal: &Refusal) -> String {
    match refusal.code {
        RefusalCode::NameTaken => texts.name_taken.to_owned(),
        _ => fill(texts.name_refused, &[&refusal.reason]),
    }
}
