//! The offer in the settings: a link and a QR code for another device.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use shared::device_link::{DeviceLink, QrCode};
use yew::{
    Html, MouseEvent, classes, function_component, html, platform::spawn_local, use_effect_with,
    use_force_update, use_state,
};

use super::{
    request::{Failure, create},
    texts::texts,
};
use crate::{
    context::{use_app, use_client},
    i18n::fill,
    storage,
};

/// A link, and when it expires by the driver's clock.
#[derive(PartialEq)]
struct Made {
    link: DeviceLink,
    expires_at: u64,
}

#[derive(Clone, PartialEq)]
enum State {
    Offered,
    Asking,
    Made(Rc<Made>),
    Failed(Failure),
}

/// The button that makes a link, and the link. Nothing for a user whose name this browser does not prove.
#[function_component]
pub fn Offer() -> Html {
    let app = use_app();
    let (texts, words) = (texts(app.locale.language), app.locale.words());
    let me = use_client(|client| client.view().me().cloned());
    let state = use_state(|| State::Offered);
    let copied = use_state(|| false);
    let update = use_force_update();
    let left = match &*state {
        State::Made(made) => made.expires_at.saturating_sub(app.driver.now()).div_ceil(1000),
        _ => 0,
    };
    // Updates the seconds that are left.
    use_effect_with(left > 0, move |runs| {
        let ticks = runs.then(|| Interval::new(1_000, move || update.force_update()));
        move || drop(ticks)
    });
    let Some(token) = me.as_ref().and_then(storage::token) else { return Html::default() };
    let may_ask = !matches!(*state, State::Asking | State::Failed(Failure::Forbidden));
    let on_ask = {
        let (state, copied, driver) = (state.clone(), copied.clone(), app.driver.clone());
        move |_: MouseEvent| {
            if !may_ask {
                return;
            }
            let (state, token, driver) = (state.clone(), token.clone(), driver.clone());
            copied.set(false);
            state.set(State::Asking);
            spawn_local(async move {
                // The time on the way counts as time of the code.
                let asked_at = driver.now();
                state.set(match create(&token).await {
                    Ok(link) => {
                        let expires_at = asked_at + link.expires_in_ms;
                        State::Made(Rc::new(Made { link, expires_at }))
                    }
                    Err(failure) => State::Failed(failure),
                });
            });
        }
    };
    let (content, label) = match &*state {
        State::Offered | State::Asking => (html! { <p key="offer">{ texts.offer }</p> }, texts.make_link),
        State::Failed(failure) => {
            let why = match failure {
                Failure::Forbidden => texts.not_yours,
                Failure::Busy => texts.busy,
                Failure::BadToken => texts.bad_token,
                _ => words.unreachable,
            };
            let error = html! { <p key="error" class="error" role="alert" data-testid="device-link-error">{ why }</p> };
            (error, words.try_again)
        }
        State::Made(_) if left == 0 => {
            (html! { <p key="expired" class="secondary" role="status">{ texts.expired }</p> }, texts.new_code)
        }
        State::Made(made) => {
            let on_copy = {
                let (copied, link) = (copied.clone(), made.link.link.clone());
                move |_: MouseEvent| {
                    crate::browser::copy(&link);
                    copied.set(true);
                }
            };
            let content = html! {
                <div key="made" class="device-link" data-testid="device-link-made">
                    <p role="status">{ fill(texts.how, &[me.as_ref().map_or("", |me| me.as_str())]) }</p>
                    { qr_code(&made.link.qr, texts.qr_label) }
                    <div class="device-link-row">
                        <input
                            class="field" type="text" readonly=true value={made.link.link.clone()} dir="ltr"
                            aria-label={texts.link_label} data-testid="device-link-address"
                        />
                        <button type="button" class="button" onclick={on_copy}>
                            { if *copied { words.copied } else { words.copy } }
                        </button>
                    </div>
                    <p class="secondary">
                        { fill(texts.time_left, &[&format!("{}:{:02}", left / 60, left % 60)]) }
                    </p>
                </div>
            };
            (content, texts.new_code)
        }
    };
    // One button in all states, so that it keeps the focus.
    html! {
        <div class={classes!("setting", (left > 0).then_some("stacked"))}>
            { content }
            <button
                key="ask" type="button" class="button" onclick={on_ask} aria-disabled={(!may_ask).to_string()}
                data-testid="device-link"
            >
                { label }
            </button>
        </div>
    }
}

/// A QR code as a picture.
pub(crate) fn qr_code(code: &QrCode, label: &'static str) -> Html {
    html! {
        <svg
            class="qr-code" viewBox={format!("0 0 {0} {0}", code.size)} role="img" aria-label={label}
            shape-rendering="crispEdges"
        >
            <path d={code.path.clone()} />
        </svg>
    }
}
