//! What lies above the page: dialogs, the drawer, sheets.
//!
//! A [`Layer`] is open until it is dropped. Escape and the browser's Back close the layer on top, and when a layer is
//! closed, the focus returns to where it was before. For Back, each layer has an entry in the browser's history, whose
//! state is the layer's depth; navigation replaces that entry instead of adding one (see [`crate::Route::show`]).

mod history;

use std::{cell::RefCell, rc::Rc};

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::{Callback, NodeRef, platform::spawn_local};

use crate::browser::document;

pub(crate) use history::depth;

/// The open layers. Cheap to clone.
#[derive(Clone)]
pub struct Layers(Rc<Inner>);

struct Inner {
    /// The number of each open layer with its callback, the top one last.
    open: RefCell<Vec<(u64, Callback<()>)>>,
    next: RefCell<u64>,
    on_back: RefCell<Option<EventListener>>,
}

/// An open layer. Dropping it closes the layer.
pub struct Layer {
    layers: Layers,
    number: u64,
    depth: u32,
    /// Where the focus was before.
    opener: Option<HtmlElement>,
}

impl PartialEq for Layers {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Layers {
    fn default() -> Self {
        // The page may have been reloaded while a layer was open.
        history::forget();
        let layers = Self(Rc::new(Inner {
            open: RefCell::default(),
            next: RefCell::default(),
            on_back: RefCell::default(),
        }));
        let weak = Rc::downgrade(&layers.0);
        let on_back = EventListener::new(&crate::browser::window(), "popstate", move |_| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).close_above(history::depth());
            }
        });
        layers.0.on_back.replace(Some(on_back));
        layers
    }
}

impl Layers {
    /// Opens a layer above all others. `on_close` is called when Escape or Back close it: it must drop the layer.
    pub fn open(&self, on_close: Callback<()>) -> Layer {
        let number = self.0.next.replace_with(|next| *next + 1);
        let mut open = self.0.open.borrow_mut();
        open.push((number, on_close));
        let depth = u32::try_from(open.len()).unwrap_or(u32::MAX);
        history::enter(depth);
        let opener = document().active_element().and_then(|element| element.dyn_into().ok());
        Layer { layers: self.clone(), number, depth, opener }
    }

    /// Closes the layer on top. Returns false if there is none.
    pub fn close_top(&self) -> bool {
        let top = self.0.open.borrow().last().map(|(_, on_close)| on_close.clone());
        top.map(|on_close| on_close.emit(())).is_some()
    }

    /// Closes all layers above a depth, the top one first.
    fn close_above(&self, depth: u32) {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let above: Vec<_> = self.0.open.borrow().iter().skip(depth).cloned().collect();
        for (_, on_close) in above.into_iter().rev() {
            on_close.emit(());
        }
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.layers.0.open.borrow_mut().retain(|(number, _)| *number != self.number);
        let (depth, opener) = (self.depth, self.opener.take());
        // The page is rendered without the layer first, and it may navigate.
        spawn_local(async move {
            history::leave(depth);
            return_focus(opener.as_ref());
        });
    }
}

/// Moves the focus to where it was before, unless it is somewhere already.
fn return_focus(opener: Option<&HtmlElement>) {
    let is_lost = document().active_element().is_none_or(|active| active.tag_name() == "BODY");
    if is_lost && let Some(opener) = opener.filter(|opener| opener.is_connected()) {
        let _ = opener.focus();
    }
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
