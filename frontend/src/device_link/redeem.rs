//! The page that a device link opens: it asks before the browser takes another name.

use shared::{DeviceCode, Username, device_link::RedeemedDeviceCode};
use web_sys::HtmlElement;
use yew::{
    Callback, Html, MouseEvent, Properties, function_component, html, platform::spawn_local, use_effect_with,
    use_node_ref, use_state,
};

use super::{
    forget_code,
    request::{Failure, redeem},
    texts::{Texts, texts},
};
use crate::{context::use_app, i18n::fill, storage};

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct RedeemProps {
    /// The code of the link.
    pub code: DeviceCode,
    /// The user goes on, under the one or the other name.
    pub on_done: Callback<()>,
}

#[derive(Clone, PartialEq)]
enum State {
    Asked,
    Redeeming,
    /// The code is redeemed for another name than the one in use.
    Other(Username),
    Failed(Failure),
}

/// Asks whether the browser should go on under the name of a device link. Somebody else may have sent the link.
#[function_component]
pub fn Redeem(props: &RedeemProps) -> Html {
    let app = use_app();
    let (texts, words) = (texts(app.locale.language), app.locale.words());
    let state = use_state(|| State::Asked);
    let mine = storage::name();
    let on_accept = {
        let (state, driver) = (state.clone(), app.driver.clone());
        let (code, on_done, mine) = (props.code.clone(), props.on_done.clone(), mine.clone());
        move |_: MouseEvent| match &*state {
            State::Asked | State::Failed(_) => {
                let (state, driver) = (state.clone(), driver.clone());
                let (code, on_done, mine) = (code.clone(), on_done.clone(), mine.clone());
                state.set(State::Redeeming);
                spawn_local(async move {
                    match redeem(&code).await {
                        Ok(RedeemedDeviceCode { username, token }) => {
                            // The code is used up: the token is kept, whatever the user chooses.
                            forget_code();
                            storage::set_token(&username, &token);
                            if mine.is_none_or(|mine| mine == username) {
                                driver.sign_in(&username);
                                on_done.emit(());
                            } else {
                                state.set(State::Other(username));
                            }
                        }
                        Err(failure) => {
                            if failure == Failure::BadCode {
                                forget_code();
                            }
                            state.set(State::Failed(failure));
                        }
                    }
                });
            }
            State::Redeeming => {}
            State::Other(username) => {
                driver.sign_in(username);
                on_done.emit(());
            }
        }
    };
    let on_leave = {
        let on_done = props.on_done.clone();
        move |_: MouseEvent| on_done.emit(())
    };
    let is_over = *state == State::Failed(Failure::BadCode);
    let leave = use_node_ref();
    use_effect_with(is_over, {
        let leave = leave.clone();
        move |is_over| {
            // The other button, which had the focus, is gone.
            if let Some(leave) = leave.cast::<HtmlElement>().filter(|_| *is_over) {
                let _ = leave.focus();
            }
        }
    });
    let said = match &*state {
        State::Asked | State::Redeeming => html! { <p>{ question(texts, mine.as_ref()) }</p> },
        State::Other(username) => {
            let mine = mine.as_ref().map_or("", Username::as_str);
            html! { <p role="status">{ fill(texts.two_names, &[username.as_str(), mine]) }</p> }
        }
        State::Failed(failure) => {
            let why = match failure {
                Failure::BadCode => texts.bad_code,
                Failure::Busy => texts.busy,
                _ => words.unreachable,
            };
            html! { <p class="error" role="alert" data-testid="device-error">{ why }</p> }
        }
    };
    let (label, hook) = match &*state {
        State::Asked | State::Redeeming => (texts.go_on.to_owned(), "device-redeem"),
        State::Other(username) => (fill(texts.go_on_as, &[username.as_str()]), "device-switch"),
        State::Failed(_) => (words.try_again.to_owned(), "device-redeem"),
    };
    let leave_label = match &mine {
        Some(mine) => fill(texts.stay, &[mine.as_str()]),
        None => texts.choose_name.to_owned(),
    };
    html! {
        <main class="sign-in">
            <div class="sign-in-card" data-testid="device-page">
                <p class="brand">{ words.app }</p>
                <h1>{ texts.title }</h1>
                { said }
                // One button for each choice in all states, so that they keep the focus.
                <div class="device-link-choices">
                    if !is_over {
                        <button
                            key="accept" type="button" class="button primary" onclick={on_accept}
                            aria-disabled={(*state == State::Redeeming).to_string()} data-testid={hook}
                        >
                            { label }
                        </button>
                    }
                    <button
                        key="leave" ref={leave} type="button" class="button" onclick={on_leave}
                        data-testid="device-stay"
                    >
                        { leave_label }
                    </button>
                </div>
            </div>
        </main>
    }
}

fn question(texts: &Texts, mine: Option<&Username>) -> String {
    match mine {
        Some(mine) => fill(texts.ask_replace, &[mine.as_str(), mine.as_str()]),
        None => texts.ask.to_owned(),
    }
}
