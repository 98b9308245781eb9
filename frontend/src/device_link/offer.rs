//! The offer on the page about the account: a link and a QR code for another device.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use shared::{
    Username,
    device_link::{DeviceLink, QrCode},
};
use yew::{
    Html, MouseEvent, Properties, classes, function_component, html, platform::spawn_local, use_effect_with,
    use_force_update, use_state,
};

use super::{
    offer_texts::texts,
    request::{Failure, create},
};
use crate::{Locale, browser::clock::wall_clock, i18n::fill, storage};

/// What the offer needs.
#[derive(Properties, PartialEq)]
pub struct OfferProps {
    /// The language.
    pub locale: Locale,
    /// The user.
    pub me: Username,
}

/// A link, and when it expires by this device's clock, in milliseconds.
#[derive(PartialEq)]
struct Made {
    link: DeviceLink,
    expires_at: i64,
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
pub fn Offer(props: &OfferProps) -> Html {
    let (texts, words) = (texts(props.locale.language), props.locale.words());
    let state = use_state(|| State::Offered);
    let copied = use_state(|| false);
    let update = use_force_update();
    let left = match &*state {
        State::Made(made) => (made.expires_at - wall_clock().millis() + 999).max(0) / 1000,
        _ => 0,
    };
    // Updates the seconds that are left.
    use_effect_with(left > 0, move |runs| {
        let ticks = runs.then(|| Interval::new(1_000, move || update.force_update()));
        move || drop(ticks)
    });
    if storage::token(&props.me).is_none() {
        return Html::default();
    }
    let may_ask = !matches!(*state, State::Asking | State::Failed(Failure::Forbidden));
    let on_ask = {
        let (state, copied, me) = (state.clone(), copied.clone(), props.me.clone());
        move |_: MouseEvent| {
            if !may_ask {
                return;
            }
            let state = state.clone();
            // Signing out all other devices has given this browser another token since the last render.
            let Some(token) = storage::token(&me) else { return state.set(State::Failed(Failure::BadToken)) };
            copied.set(false);
            state.set(State::Asking);
            spawn_local(async move {
                // The time on the way counts as time of the code.
                let asked_at = wall_clock().millis();
                state.set(match create(&token).await {
                    Ok(link) => {
                        let expires_at = asked_at.saturating_add_unsigned(link.expires_in_ms);
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
                    <p role="status">{ fill(texts.how, &[props.me.as_str()]) }</p>
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
