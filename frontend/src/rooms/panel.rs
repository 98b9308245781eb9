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
