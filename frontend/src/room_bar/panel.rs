//! The panels beside the timeline.

/// The panel beside the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    /// Nothing.
    None,
    /// The members.
    Members,
    /// The search.
    Search,
}

impl Panel {
    /// The class of the page while the panel is open.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::None => "no-panel",
            Self::Members => "with-members",
            Self::Search => "with-search",
        }
    }
}
