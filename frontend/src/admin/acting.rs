//! A component that proposes acts: what is on its way, and why the last one was refused.

use std::rc::Rc;

use shared::{Act, house::ActDone};
use web_sys::HtmlElement;
use yew::{
    Callback, Html, NodeRef, hook, html, platform::spawn_local, use_callback, use_effect_with, use_mut_ref,
    use_state_eq,
};

use super::{api, context::use_admin, words::as_sentence};

/// What a component knows of its acts.
pub(super) struct Acting {
    /// Whether one is on its way. Meanwhile no other one is proposed.
    pub(super) is_busy: bool,
    /// How often an act was refused, here or by the server.
    pub(super) refusals: u32,
    /// Proposes an act.
    pub(super) act: Callback<Act>,
    /// Refuses what is in a field, before the server is asked. The field gets the focus.
    pub(super) refuse: Callback<(NodeRef, Rc<str>)>,
    /// What was refused is right now.
    pub(super) accept: Callback<()>,
    /// Shows why an act cannot be proposed, which is the fault of no field.
    pub(super) fail: Callback<Rc<str>>,
    refused: Option<Refused>,
}

/// Why an act was not done.
#[derive(Clone, PartialEq)]
struct Refused {
    /// The field that is the reason, if it is known.
    at: Option<NodeRef>,
    why: Rc<str>,
}

/// Proposes acts, one at a time. `on_done` is told of those that were done.
#[hook]
pub(super) fn use_act(on_done: Callback<(Act, ActDone)>) -> Acting {
    use_act_of(on_done, None)
}

/// [`use_act`] for a form whose acts are about what is in one field: what the server refuses is shown there.
#[hook]
pub(super) fn use_act_in(field: &NodeRef, on_done: Callback<(Act, ActDone)>) -> Acting {
    use_act_of(on_done, Some(field.clone()))
}

#[hook]
fn use_act_of(on_done: Callback<(Act, ActDone)>, field: Option<NodeRef>) -> Acting {
    let locale = use_admin().locale;
    let is_busy = use_state_eq(|| false);
    let refused = use_state_eq(|| None::<Refused>);
    let refusals = use_state_eq(|| 0_u32);
    // The state of an earlier render would count from there.
    let counted = use_mut_ref(|| 0_u32);
    let is_running = use_mut_ref(|| false);
    let refuse = use_callback((), {
        let (refused, refusals) = (refused.clone(), refusals.clone());
        move |(at, why): (Option<NodeRef>, Rc<str>), ()| {
            let count = *counted.borrow() + 1;
            counted.replace(count);
            refusals.set(count);
            refused.set(Some(Refused { at, why }));
        }
    });
    let act = {
        let (is_busy, refused, refuse) = (is_busy.clone(), refused.clone(), refuse.clone());
        Callback::from(move |act: Act| {
            if is_running.replace(true) {
                return;
            }
            is_busy.set(true);
            let (is_busy, refused, is_running) = (is_busy.clone(), refused.clone(), Rc::clone(&is_running));
            let (on_done, refuse, field) = (on_done.clone(), refuse.clone(), field.clone());
            let locale = locale.clone();
            spawn_local(async move {
                let done = match act.check() {
                    Ok(()) => api::act(&act).await,
                    Err(bad) => Err(api::Failure::Refused(as_sentence(&bad.to_string()).into())),
                };
                is_running.replace(false);
                is_busy.set(false);
                match done {
                    Ok(done) => {
                        refused.set(None);
                        on_done.emit((act, done));
                    }
                    Err(failure) => refuse.emit((field, failure.sentence(&locale))),
                }
            });
        })
    };
    // The field that has to be changed gets the focus, after its error is there to be read.
    use_effect_with((*refusals, refused.as_ref().and_then(|refused| refused.at.clone())), |(_, at)| {
        if let Some(field) = at.as_ref().and_then(NodeRef::cast::<HtmlElement>) {
            let _ = field.focus();
        }
    });
    Acting {
        is_busy: *is_busy,
        refusals: *refusals,
        act,
        refuse: refuse.reform(|(field, why)| (Some(field), why)),
        accept: Callback::from({
            let refused = refused.clone();
            move |()| refused.set(None)
        }),
        fail: refuse.reform(|why| (None, why)),
        refused: (*refused).clone(),
    }
}

impl Acting {
    /// Whether the last act was not done.
    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Why the last act was not done, if no field is known to be the reason. The element is always there, so that screen readers
    /// read what comes into it.
    pub(super) fn error_line(&self) -> Html {
        let why = self.refused.as_ref().filter(|refused| refused.at.is_none()).map(|refused| &*refused.why);
        html! { <p class="error" role="alert" data-testid="act-error">{ why.unwrap_or_default() }</p> }
    }

    /// Why the last act was not done, if this field is the reason.
    pub(super) fn error_at(&self, field: &NodeRef) -> Option<Rc<str>> {
        let refused = self.refused.as_ref().filter(|refused| refused.at.as_ref() == Some(field))?;
        Some(Rc::clone(&refused.why))
    }
}
