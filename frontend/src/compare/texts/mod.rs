//! What the page says, in each language.

mod en;
mod zh_hans;
mod zh_hant;

use crate::i18n::Language;

/// The texts in a language.
pub(crate) const fn of(language: Language) -> &'static Texts {
    match language {
        Language::English => &en::TEXTS,
        Language::Simplified => &zh_hans::TEXTS,
        Language::Traditional => &zh_hant::TEXTS,
    }
}

/// Everything that the page says.
pub(crate) struct Texts {
    /// The transports.
    pub(crate) transports: [&'static str; 4],
    /// How each works.
    pub(crate) means: [&'static str; 4],
    /// Their names in the table.
    pub(crate) short: [&'static str; 4],
    /// What the page shows.
    pub(crate) about: &'static str,
    /// A choice.
    pub(crate) every: &'static str,
    /// A choice.
    pub(crate) poll_every: &'static str,
    /// A choice.
    pub(crate) duration: &'static str,
    /// A choice.
    pub(crate) remember: &'static str,
    /// Begins.
    pub(crate) start: &'static str,
    /// Ends.
    pub(crate) stop: &'static str,
    /// Before the first run.
    pub(crate) before: &'static str,
    /// While the clocks are compared.
    pub(crate) comparing_clocks: &'static str,
    /// While it runs.
    pub(crate) running: &'static str,
    /// After it.
    pub(crate) done: &'static str,
    /// Where nothing is heard.
    pub(crate) failed: &'static str,
    /// What a lane shows.
    pub(crate) lane: &'static str,
    /// About the plot.
    pub(crate) plot: &'static str,
    /// The table's name.
    pub(crate) table: &'static str,
    /// A row.
    pub(crate) requests: &'static str,
    /// A row.
    pub(crate) bytes: &'static str,
    /// A row.
    pub(crate) events: &'static str,
    /// A row.
    pub(crate) per_event: &'static str,
    /// A row.
    pub(crate) median: &'static str,
    /// A row.
    pub(crate) p99: &'static str,
    /// A row.
    pub(crate) missed: &'static str,
    /// A row.
    pub(crate) doubled: &'static str,
    /// A row.
    pub(crate) failures: &'static str,
    /// How the clocks differ.
    pub(crate) clocks: &'static str,
    /// How bytes are counted.
    pub(crate) bytes_note: &'static str,
}
