//! The modules that the browser loads on demand, as they and the rooms' module know each other.
//!
//! They share no memory. All read the address, and change it with an event that all hear ([`crate::Route::go`]); another event says that
//! the connection is there again; the language is
//! in the browser's storage, the theme on the `<html>` element, and the title belongs to the rooms' module. Each has an element
//! of the page for itself.

mod loader;
mod texts;

pub use loader::ModuleOnDemand;
use web_sys::{CssStyleSheet, Element};

use crate::browser::document;

/// The event that tells the other modules that the rooms' module is connected again.
pub(crate) const CONNECTED: &str = "parlor:connected";
/// The attribute of a module's element that asks for the focus: the user comes from a link, which is gone.
const FOCUS: &str = "data-focus";

/// A module that is loaded when the first of its pages is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// The Console, the comparison and Pulse.
    Tools,
    /// The pages of people, rooms and rights.
    Admin,
}

impl Module {
    /// The id of its element.
    const fn id(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Admin => "admin",
        }
    }

    /// Its script. trunk names it after the binary.
    const fn script(self) -> &'static str {
        match self {
            Self::Tools => "/parlor-tools.js",
            Self::Admin => "/parlor-admin.js",
        }
    }

    /// Its element.
    pub(crate) fn root(self) -> Option<Element> {
        document().get_element_by_id(self.id())
    }

    /// Whether the module is started by a link that had the focus. It is asked once.
    pub(crate) fn take_focus(self) -> bool {
        let Some(root) = self.root() else { return false };
        let asked = root.has_attribute(FOCUS);
        let _ = root.remove_attribute(FOCUS);
        asked
    }
}

/// Adds a module's styles to the document. They apply while they are not disabled. The page's policy allows constructed style
/// sheets, not inline ones.
pub(crate) fn adopt_styles(styles: &[&str]) -> Option<CssStyleSheet> {
    let sheet = CssStyleSheet::new().ok()?;
    sheet.replace_sync(&styles.concat()).ok()?;
    document().adopted_style_sheets().push(&sheet);
    Some(sheet)
}
