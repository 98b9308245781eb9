//! What every component of the module needs.

use std::rc::Rc;

use shared::{RoomName, house::Me};
use yew::{AttrValue, Callback, hook, use_context};

use crate::{Locale, layers::Layers, navigation::Part, room_label::RoomLabel};

/// What every component of the module needs. [`super::Gate`] provides it. Cheap to clone.
#[derive(Clone, PartialEq)]
pub(super) struct AdminContext {
    /// The language.
    pub(super) locale: Locale,
    /// What lies above the page.
    pub(super) layers: Layers,
    /// Who the user is, and what they may do.
    pub(super) me: Rc<Me>,
    /// Asks the server again who the user is.
    pub(super) reload: Callback<()>,
    /// Tells the frame what a room is called whose settings are shown.
    pub(super) set_label: Callback<(RoomName, RoomLabel)>,
    /// Shows a sentence at the top of a part that is gone to next.
    pub(super) notify: Callback<Notice>,
}

/// What was done on a page that is gone.
#[derive(Clone, PartialEq)]
pub(super) struct Notice {
    /// The part that shows it.
    pub(super) part: Part,
    /// The sentence.
    pub(super) text: AttrValue,
}

/// The context of a component.
#[hook]
pub(super) fn use_admin() -> AdminContext {
    use_context::<AdminContext>().expect("the gate provides its context to all components")
}
