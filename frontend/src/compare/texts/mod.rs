//! The texts of the page in each language.

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

/// All texts of the page.
pub(crate) struct Texts {
    pub(crate) transports: [&'static str; 4],
    /// How each transport works.
    pub(crate) means: [&'static str; 4],
    /// Their names in the table.
    pub(crate) short: [&'static str; 4],
    pub(crate) about: &'static str,
    pub(crate) every: &'static str,
    pub(crate) poll_every: &'static str,
    pub(crate) duration: &'static str,
    pub(crate) remember: &'static str,
    pub(crate) start: &'static str,
    pub(crate) stop: &'static str,
    /// Before the first run.
    pub(crate) before: &'static str,
    pub(crate) comparing_clocks: &'static str,
    pub(crate) running: &'static str,
    pub(crate) done: &'static str,
    /// The server did not answer.
    pub(crate) failed: &'static str,
    /// The description of a plot.
    pub(crate) plot_label: &'static str,
    /// The explanation of the plot.
    pub(crate) plot: &'static str,
    /// The caption of the table.
    pub(crate) table: &'static str,
    pub(crate) requests: &'static str,
    pub(crate) bytes: &'static str,
    pub(crate) events: &'static str,
    pub(crate) per_event: &'static str,
    pub(crate) median: &'static str,
    pub(crate) p99: &'static str,
    pub(crate) missed: &'static str,
    pub(crate) duplicated: &'static str,
    pub(crate) failures: &'static str,
    /// The difference of the clocks.
    pub(crate) clocks: &'static str,
    /// How bytes are counted.
    pub(crate) bytes_note: &'static str,
}
