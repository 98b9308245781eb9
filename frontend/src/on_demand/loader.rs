//! The rooms' side of a module on demand: loads it, and stands in for it until it is there.

use std::{cell::Cell, rc::Rc};

use js_sys::{Function, Promise, Reflect, futures::JsFuture};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use yew::{Callback, Html, MouseEvent, html, platform::spawn_local};

use super::{FOCUS, Module, texts::texts};
use crate::{
    Locale,
    navigation::{self, Page, page_head},
};

#[wasm_bindgen]
extern "C" {
    /// JavaScript's `import()`.
    fn import(url: &str) -> Promise;
}

/// A module as the rooms' module knows it. Cheap to clone.
#[derive(Clone)]
pub struct ModuleOnDemand(Rc<Inner>);

struct Inner {
    module: Module,
    state: Cell<State>,
    attempts: Cell<u32>,
    changed: Callback<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Loading,
    /// It runs, and shows itself while the address is one of its pages.
    Running,
    Failed,
}

impl ModuleOnDemand {
    /// The module, not loaded yet. `changed` is called when its state has changed.
    pub fn new(module: Module, changed: Callback<()>) -> Self {
        let (state, attempts) = (Cell::new(State::Absent), Cell::new(0));
        Self(Rc::new(Inner { module, state, attempts, changed }))
    }

    /// Loads the module, unless it is running or on its way.
    pub fn load(&self) {
        if matches!(self.0.state.get(), State::Loading | State::Running) {
            return;
        }
        if navigation::is_on_link()
            && let Some(root) = self.0.module.root()
        {
            let _ = root.set_attribute(FOCUS, "");
        }
        self.set(State::Loading);
        let attempts = self.0.attempts.get();
        self.0.attempts.set(attempts + 1);
        // Browsers remember that an import failed, by its URL.
        let script = self.0.module.script();
        let url = if attempts == 0 { script.to_owned() } else { format!("{script}?attempt={attempts}") };
        let module = self.clone();
        spawn_local(async move {
            let started = start(&url).await;
            module.set(if started.is_ok() { State::Running } else { State::Failed });
        });
    }

    /// What stands in for a page of the module: the module's state. The module itself renders into its own element.
    pub fn view(&self, page: Page, locale: &Locale) -> Html {
        let texts = texts(locale.language);
        let content = match self.0.state.get() {
            State::Running => return html! { <div hidden=true></div> },
            State::Absent | State::Loading => {
                html! { <p class="secondary" role="status">{ texts.loading }</p> }
            }
            State::Failed => {
                let module = self.clone();
                html! {
                    <>
                        <p class="error" role="alert" data-testid="tools-failed">{ texts.failed }</p>
                        <button
                            class="button" type="button" onclick={move |_: MouseEvent| module.load()}
                            data-testid="tools-retry"
                        >
                            { texts.retry }
                        </button>
                    </>
                }
            }
        };
        html! {
            <div>
                { page_head(locale, page) }
                <main class="tool-wait">{ content }</main>
            </div>
        }
    }

    fn set(&self, state: State) {
        self.0.state.set(state);
        self.0.changed.emit(());
    }
}

/// Imports the script and calls its default export, which loads the module and runs it.
async fn start(url: &str) -> Result<(), JsValue> {
    let script = JsFuture::from(import(url)).await?;
    let initialize: Function = Reflect::get(&script, &"default".into())?.dyn_into()?;
    let running: Promise = initialize.call0(&JsValue::UNDEFINED)?.dyn_into()?;
    JsFuture::from(running).await?;
    Ok(())
}
