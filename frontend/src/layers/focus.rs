//! Where the focus goes when the element that has it is closed or removed.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, FocusOptions, HtmlElement, MutationObserver, MutationObserverInit};
use yew::{NodeRef, platform::spawn_local};

use super::{Inner, Layers};
use crate::browser::{document, is_touch};

/// Returns the focus to where it was, when it is dropped and nothing else has the focus.
pub struct ReturnFocus {
    layers: Layers,
    opener: Option<HtmlElement>,
}

impl Layers {
    /// Remembers where the focus is.
    pub fn return_focus(&self) -> ReturnFocus {
        let opener = document().active_element().and_then(|element| element.dyn_into().ok());
        ReturnFocus { layers: self.clone(), opener }
    }

    /// Sets the text field that the focus belongs to when nothing else has a claim on it.
    pub fn set_home(&self, home: NodeRef) {
        self.0.home.replace(home);
    }

    /// Moves the focus home. On touch devices it stays where it is: a text field that gets the focus by itself would open
    /// the on-screen keyboard.
    pub fn focus_home(&self) {
        if !is_touch() {
            self.focus_home_to_write();
        }
    }

    /// Moves the focus home on every device, because the user wants to write.
    pub fn focus_home_to_write(&self) {
        if let Some(home) = self.home() {
            let _ = home.focus();
        }
    }

    fn home(&self) -> Option<HtmlElement> {
        self.0.home.borrow().cast()
    }
}

impl Drop for ReturnFocus {
    fn drop(&mut self) {
        let (layers, opener) = (self.layers.clone(), self.opener.take());
        // The page is rendered first without what is closed.
        spawn_local(async move {
            if !is_lost() {
                return;
            }
            if let Some(opener) = opener {
                let _ = opener.focus();
            }
            if is_lost() {
                layers.focus_home();
            }
        });
    }
}

/// Whether nothing has the focus.
pub(crate) fn is_lost() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

/// Takes the focus out of an element that stays in the page when its layer is closed.
pub(crate) fn focus_out_of(node: &NodeRef) {
    let Some(element) = node.cast::<HtmlElement>() else { return };
    let active = document().active_element().filter(|active| element.contains(Some(active)));
    if let Some(active) = active.and_then(|active| active.dyn_into::<HtmlElement>().ok()) {
        let _ = active.blur();
    }
}

/// Moves the focus into an element, unless it is there.
pub(crate) fn focus_into(node: &NodeRef) {
    let Some(element) = node.cast::<HtmlElement>() else { return };
    let has_focus = document().active_element().is_some_and(|active| element.contains(Some(&active)));
    if has_focus {
        return;
    }
    let first = element.query_selector("[autofocus]").ok().flatten();
    let first = first.and_then(|first| first.dyn_into::<HtmlElement>().ok());
    let _ = first.unwrap_or(element).focus();
}

/// Moves the focus to an element without scrolling.
pub(crate) fn focus_on(element: &Element) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus_with_options(&options);
    }
}

/// Moves the focus home when the element that has it is removed from the page, whatever the reason.
pub(super) struct Keeper {
    observer: MutationObserver,
    _on_removal: Closure<dyn FnMut()>,
    _on_focus: EventListener,
}

impl Keeper {
    pub(super) fn new(layers: &Layers) -> Option<Self> {
        let weak = Rc::downgrade(&layers.0);
        let focused: Rc<RefCell<Option<Element>>> = Rc::default();
        let on_focus = EventListener::new(&document(), "focusin", {
            let (weak, focused) = (Weak::clone(&weak), Rc::clone(&focused));
            move |event| {
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                focused.replace(target.filter(|target| is_on_page_of(&weak, target)));
            }
        });
        let on_removal = Closure::<dyn FnMut()>::new(move || {
            let is_gone = focused.borrow().as_ref().is_some_and(|focused| !focused.is_connected());
            if is_gone && is_lost() {
                focused.take();
                let weak = Weak::clone(&weak);
                // Whoever removed the element may move the focus at once.
                let later = Timeout::new(0, move || {
                    if let Some(inner) = weak.upgrade().filter(|_| is_lost()) {
                        Layers(inner).focus_home();
                    }
                });
                later.forget();
            }
        });
        let observer = MutationObserver::new(on_removal.as_ref().unchecked_ref()).ok()?;
        let wanted = MutationObserverInit::new();
        wanted.set_child_list(true);
        wanted.set_subtree(true);
        observer.observe_with_options(document().body()?.as_ref(), &wanted).ok()?;
        Some(Self { observer, _on_removal: on_removal, _on_focus: on_focus })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Whether an element is on the page whose home this is.
fn is_on_page_of(layers: &Weak<Inner>, element: &Element) -> bool {
    let home = layers.upgrade().and_then(|inner| Layers(inner).home());
    let page = home.and_then(|home| home.closest(".app").ok().flatten());
    page.is_some_and(|page| page.contains(Some(element)))
}
