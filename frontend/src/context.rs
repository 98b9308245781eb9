//! What every component needs: the client, and the interface's language.

use std::{cell::RefCell, rc::Rc};

use shared::{Client, RoomName};
use yew::{Callback, NodeRef, hook, use_context, use_effect_with, use_force_update, use_mut_ref};

use crate::{
    Driver, Locale,
    layers::{Layers, focus_into},
    room_label::RoomLabel,
};

/// What every component needs. The app provides it with yew's `ContextProvider`. Cheap to clone and to compare.
#[derive(Clone, PartialEq)]
pub struct AppContext {
    /// The client.
    pub driver: Driver,
    /// The interface's language.
    pub locale: Locale,
    /// What lies above the page.
    pub layers: Layers,
}

impl AppContext {
    /// What a room is called now. It may change: see [`use_label`] for a component that shows nothing else that does.
    pub(crate) fn room_label(&self, room: &RoomName) -> RoomLabel {
        self.driver.read(|client| RoomLabel::of(client.view(), room, self.locale.language))
    }
}

/// What a room is called. The component is rendered again when it is called otherwise.
#[hook]
pub fn use_label(room: &RoomName) -> RoomLabel {
    let (room, language) = (room.clone(), use_app().locale.language);
    use_client(move |client| RoomLabel::of(client.view(), &room, language))
}

/// The context of a function component.
#[hook]
pub fn use_app() -> AppContext {
    use_context::<AppContext>().expect("the app provides its context to all components")
}

/// Opens a layer while the component is mounted, and moves the focus into `node`: to the element with `autofocus`, else to
/// `node` itself, which needs a `tabindex`.
#[hook]
pub fn use_layer(node: NodeRef, on_close: Callback<()>) {
    let layers = use_app().layers;
    use_layer_in(layers, node, on_close);
}

/// [`use_layer`] for a page without an [`AppContext`].
#[hook]
pub(crate) fn use_layer_in(layers: Layers, node: NodeRef, on_close: Callback<()>) {
    use_effect_with((), move |()| {
        let layer = layers.open(on_close);
        focus_into(&node);
        move || drop(layer)
    });
}

/// Whether what a component has read from the client is different now.
type IsOutdated = Box<dyn Fn(&Client) -> bool>;

/// Reads from the client. The component is rendered again when what it has read changes, and not for other changes.
#[hook]
pub fn use_client<T: PartialEq + Clone + 'static>(read: impl Fn(&Client) -> T + 'static) -> T {
    let driver = use_app().driver;
    let value = driver.read(&read);
    let rendered = value.clone();
    use_outdated(driver, Box::new(move |client| read(client) != rendered));
    value
}

/// Renders the component again when its data is outdated. Not generic, so that the code exists once.
#[hook]
fn use_outdated(driver: Driver, is_outdated: IsOutdated) {
    let update = use_force_update();
    let latest: Rc<RefCell<Option<IsOutdated>>> = use_mut_ref(|| None);
    latest.replace(Some(is_outdated));
    use_effect_with(driver, move |driver| {
        let driver = driver.clone();
        let subscription = driver.clone().subscribe(move |()| {
            let outdated = latest.borrow().as_ref().is_some_and(|is_outdated| driver.read(is_outdated));
            if outdated {
                update.force_update();
            }
        });
        move || drop(subscription)
    });
}
