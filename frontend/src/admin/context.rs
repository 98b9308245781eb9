//! What every component of the module needs.

use std::rc::Rc;

use shared::house::Me;
use yew::{Callback, hook, use_context};

use crate::{Locale, layers::Layers};

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
}

/// The context of a component.
#[hook]
pub(super) fn use_admin() -> AdminContext {
    use_context::<AdminContext>().expect("the gate provides its context to all components")
}
