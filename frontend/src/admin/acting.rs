//! A component that proposes acts: what is on its way, and why the last one was refused.

use std::rc::Rc;

use shared::{Act, house::ActDone};
use yew::{Callback, Html, hook, html, platform::spawn_local, use_callback, use_mut_ref, use_state_eq};

use super::{api, context::use_admin};

/// What a component knows of its acts.
pub(super) struct Acting {
    /// Whether one is on its way. Meanwhile no other one is proposed.
    pub(super) is_busy: bool,
    /// Why the last one was not done.
    pub(super) error: Option<Rc<str>>,
    /// Proposes an act.
    pub(super) act: Callback<Act>,
    /// Sets what is wrong before the server is asked.
    pub(super) refuse: Callback<Option<Rc<str>>>,
}

/// Proposes acts, one at a time. `on_done` is told of those that were done.
#[hook]
pub(super) fn use_act(on_done: Callback<(Act, ActDone)>) -> Acting {
    let locale = use_admin().locale;
    let is_busy = use_state_eq(|| false);
    let error = use_state_eq(|| None::<Rc<str>>);
    let is_running = use_mut_ref(|| false);
    let act = {
        let (is_busy, error) = (is_busy.clone(), error.clone());
        Callback::from(move |act: Act| {
            if is_running.replace(true) {
                return;
            }
            is_busy.set(true);
            let (is_busy, error, is_running) = (is_busy.clone(), error.clone(), Rc::clone(&is_running));
            let (on_done, locale) = (on_done.clone(), locale.clone());
            spawn_local(async move {
                let done = match act.check() {
                    Ok(()) => api::act(&act).await,
                    Err(bad) => Err(api::Failure::Refused(bad.to_string().into())),
                };
                is_running.replace(false);
                is_busy.set(false);
                match done {
                    Ok(done) => {
                        error.set(None);
                        on_done.emit((act, done));
                    }
                    Err(failure) => error.set(Some(failure.sentence(&locale))),
                }
            });
        })
    };
    let refuse = use_callback(error.clone(), |refused, error| error.set(refused));
    Acting { is_busy: *is_busy, error: (*error).clone(), act, refuse }
}

impl Acting {
    /// Why the last act was not done. The element is always there, so that screen readers read what comes into it.
    pub(super) fn error_line(&self) -> Html {
        html! {
            <p class="error" role="alert" data-testid="act-error">{ self.error.as_deref().unwrap_or_default() }</p>
        }
    }
}
