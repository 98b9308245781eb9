//! What a component shows of the server: loaded, loading, or why not.

use std::rc::Rc;

use gloo_events::EventListener;
use serde::de::DeserializeOwned;
use yew::{
    Callback, Html, MouseEvent, hook, html, platform::spawn_local, use_callback, use_effect_with,
    use_force_update, use_mut_ref,
};

use super::{
    api::{self, Failure},
    link::link,
    words::texts,
};
use crate::{Locale, browser::window, on_demand::CONNECTED};

/// The pages of a list that are loaded; one page of what is not a list. Cheap to clone.
#[derive(Clone)]
pub(super) struct Loaded<T> {
    /// What is loaded. It stays while it is loaded again.
    pub(super) pages: Rc<[Rc<T>]>,
    /// Why the last request has failed.
    pub(super) failure: Option<Failure>,
    /// Whether there is a page after the last one.
    pub(super) has_more: bool,
    /// Whether a request is on its way.
    pub(super) is_loading: bool,
    /// Loads again as many pages as were loaded.
    pub(super) reload: Callback<()>,
    /// Loads the next page.
    pub(super) more: Callback<()>,
}

struct State<T> {
    pages: Vec<Rc<T>>,
    failure: Option<Failure>,
    is_loading: bool,
    /// The number of pages that were asked for.
    wanted: usize,
    /// The number of the newest request. Answers to others are dropped.
    newest: u32,
}

/// Loads what is at a path. A component has one path in its life: give it a key.
#[hook]
pub(super) fn use_loaded<T: DeserializeOwned + 'static>(path: String) -> Loaded<T> {
    use_pages(path, |_| None)
}

/// Loads the first page of a list, and others on demand. `next` is what the path of the page that follows one has more.
#[hook]
pub(super) fn use_pages<T: DeserializeOwned + 'static>(
    path: String,
    next: fn(&T) -> Option<String>,
) -> Loaded<T> {
    use_pages_if(Some(path), next)
}

/// [`use_pages`] if there is a path. Otherwise nothing is ever loaded.
#[hook]
pub(super) fn use_pages_if<T: DeserializeOwned + 'static>(
    path: Option<String>,
    next: fn(&T) -> Option<String>,
) -> Loaded<T> {
    let is_loading = path.is_some();
    let state = use_mut_ref(|| State { pages: Vec::new(), failure: None, is_loading, wanted: 1, newest: 0 });
    let update = use_force_update();
    // `true`: the next page. `false`: again what is loaded, which stays until all of it has come.
    let load = use_callback((), {
        let state = Rc::clone(&state);
        move |more: bool, ()| {
            let Some(path) = path.clone() else { return };
            let (number, wanted, mut pages) = {
                let mut state = state.borrow_mut();
                let has_more = state.pages.last().is_some_and(|last| next(last).is_some());
                if more && (state.is_loading || !has_more) {
                    return;
                }
                let pages = if more { state.pages.clone() } else { Vec::new() };
                if more {
                    state.wanted = pages.len() + 1;
                }
                state.newest += 1;
                state.is_loading = true;
                (state.newest, state.wanted, pages)
            };
            update.force_update();
            let (state, update) = (Rc::clone(&state), update.clone());
            spawn_local(async move {
                let outcome = loop {
                    let query = pages.last().map_or(Some(String::new()), |last| next(last));
                    let Some(query) = query.filter(|_| pages.len() < wanted) else { break Ok(()) };
                    let answer = api::get::<T>(&format!("{path}{query}")).await;
                    if state.borrow().newest != number {
                        return;
                    }
                    match answer {
                        Ok(page) => pages.push(Rc::new(page)),
                        Err(failure) => break Err(failure),
                    }
                };
                let mut state = state.borrow_mut();
                state.is_loading = false;
                state.failure = outcome.err();
                if state.failure.is_none() {
                    (state.wanted, state.pages) = (pages.len(), pages);
                }
                drop(state);
                update.force_update();
            });
        }
    });
    use_effect_with((), {
        let (load, state) = (load.clone(), Rc::clone(&state));
        move |()| {
            load.emit(false);
            // Everything may be different after a restart or a restore.
            let connected = EventListener::new(&window(), CONNECTED, move |_| load.emit(false));
            move || {
                drop(connected);
                // An answer that comes later is dropped.
                state.borrow_mut().newest += 1;
            }
        }
    });
    let (reload, more) = (
        use_callback(load.clone(), |(), load| load.emit(false)),
        use_callback(load, |(), load| load.emit(true)),
    );
    let state = state.borrow();
    Loaded {
        pages: state.pages.iter().cloned().collect(),
        failure: state.failure.clone(),
        has_more: state.pages.last().is_some_and(|last| next(last).is_some()),
        is_loading: state.is_loading,
        reload,
        more,
    }
}

/// Loads all pages of a list while something is sought: it is sought among all, not among those that happen to be loaded.
#[hook]
pub(super) fn use_all_pages<T>(loaded: &Loaded<T>, is_sought: bool) {
    let is_partial = is_sought && loaded.has_more && !loaded.is_loading && loaded.failure.is_none();
    use_effect_with((is_partial, loaded.pages.len()), {
        let more = loaded.more.clone();
        move |(is_partial, _)| {
            if *is_partial {
                more.emit(());
            }
        }
    });
}

impl<T> Loaded<T> {
    /// What is loaded, if it is not a list of several pages.
    pub(super) fn value(&self) -> Option<&Rc<T>> {
        self.pages.first()
    }

    /// What is loaded; before that, and where it has failed, how it stands.
    pub(super) fn view(&self, locale: &Locale, content: impl FnOnce(&Rc<T>) -> Html) -> Html {
        let texts = texts(locale.language);
        let content = self.value().map(content);
        let is_waiting = self.is_loading && content.is_none();
        html! {
            <>
                if is_waiting && self.failure.is_none() {
                    <p key="loading" class="secondary" role="status" data-testid="loading">{ texts.loading }</p>
                }
                if let Some(failure) = &self.failure {
                    { failed(failure, &self.reload, self.is_loading, locale) }
                }
                { content.unwrap_or_default() }
            </>
        }
    }

    /// The button that loads the next page, if there is one.
    pub(super) fn more_button(&self, locale: &Locale) -> Html {
        let texts = texts(locale.language);
        let (more, is_loading) = (self.more.clone(), self.is_loading);
        let onclick = move |_: MouseEvent| {
            if !is_loading {
                more.emit(());
            }
        };
        html! {
            if self.has_more {
                <button
                    key="more" class="button admin-more" type="button" {onclick}
                    aria-disabled={is_loading.to_string()} data-testid="more"
                >
                    { if is_loading { texts.loading } else { texts.more } }
                </button>
            }
        }
    }
}

/// Why something could not be loaded, and the button that tries again.
pub(super) fn failed(failure: &Failure, reload: &Callback<()>, is_loading: bool, locale: &Locale) -> Html {
    let reload = reload.clone();
    let onclick = move |_: MouseEvent| reload.emit(());
    if *failure == Failure::SignedOut {
        // Trying again cannot help.
        return html! {
            <div key="signed-out" class="admin-failed">
                <p role="alert" data-testid="failed">{ texts(locale.language).not_signed_in }</p>
                { link("/".to_owned(), "button primary", false, html! { texts(locale.language).sign_in }) }
            </div>
        };
    }
    html! {
        <div key="failed" class="admin-failed">
            <p class="error" role="alert" data-testid="failed">{ failure.sentence(locale) }</p>
            <button
                class="button" type="button" {onclick} aria-disabled={is_loading.to_string()} data-testid="retry"
            >
                { texts(locale.language).retry }
            </button>
        </div>
    }
}
