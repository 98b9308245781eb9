//! What lies above the page: dialogs, the drawer, sheets. And where the focus goes when they are closed.
//!
//! A [`Layer`] is open until it is dropped. Escape and the browser's Back close the layer on top, and when a layer is
//! closed, the focus returns to where it was before. For Back, each layer has an entry in the browser's history, whose
//! state is the layer's depth; navigation replaces that entry instead of adding one (see [`crate::Route::show`]).
//!
//! Where nothing else has a claim on the focus, it goes home: to the composer (see [`Layers::focus_home`]).

mod focus;
mod history;

use std::{cell::RefCell, rc::Rc};

use focus::Keeper;
pub use focus::ReturnFocus;
pub(crate) use focus::{focus_into, focus_on, focus_out_of, is_lost};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
pub(crate) use history::depth;
use yew::{Callback, NodeRef, platform::spawn_local};

/// The open layers. Cheap to clone.
#[derive(Clone)]
pub struct Layers(Rc<Inner>);

struct Inner {
    /// The number of each open layer with its callback, the top one last.
    open: RefCell<Vec<(u64, Callback<()>)>>,
    next: RefCell<u64>,
    on_back: RefCell<Option<EventListener>>,
    /// The field that the focus belongs to when nothing else has a claim on it.
    home: RefCell<NodeRef>,
    keeper: RefCell<Option<Keeper>>,
}

/// An open layer. Dropping it closes the layer.
pub struct Layer {
    layers: Layers,
    number: u64,
    depth: u32,
    _focus: ReturnFocus,
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
            home: RefCell::default(),
            keeper: RefCell::default(),
        }));
        let weak = Rc::downgrade(&layers.0);
        let on_back = EventListener::new(&crate::browser::window(), "popstate", move |_| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).close_above(history::depth());
            }
        });
        layers.0.on_back.replace(Some(on_back));
        layers.0.keeper.replace(Keeper::new(&layers));
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
        Layer { layers: self.clone(), number, depth, _focus: self.return_focus() }
    }

    /// Whether any layer is open.
    pub fn is_open(&self) -> bool {
        !self.0.open.borrow().is_empty()
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
        for (_, on_close) in above.iter().rev() {
            on_close.emit(());
        }
        // A layer may stay, to warn first or to show what lay behind a question: Back has used its entry up.
        let layers = self.clone();
        let numbers: Vec<u64> = above.into_iter().map(|(number, _)| number).collect();
        Timeout::new(0, move || {
            let stays = layers.0.open.borrow().iter().filter(|(number, _)| numbers.contains(number)).count();
            for more in 1..=stays {
                history::enter(u32::try_from(depth + more).unwrap_or(u32::MAX));
            }
        })
        .forget();
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.layers.0.open.borrow_mut().retain(|(number, _)| *number != self.number);
        let depth = self.depth;
        // The page is rendered without the layer first, and it may navigate.
        spawn_local(async move { history::leave(depth) });
    }
}
