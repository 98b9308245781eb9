//! The chosen language with everything that depends on it.

use super::{Dates, Language, Words};

/// The interface's language, with its texts and dates. Cheap to clone and to compare.
#[derive(Clone, PartialEq)]
pub struct Locale {
    /// The language.
    pub language: Language,
    /// The formats of dates.
    pub dates: Dates,
}

impl Locale {
    /// The interface in a language.
    pub fn new(language: Language) -> Self {
        Self { language, dates: Dates::new(language) }
    }

    /// The words that several components use.
    pub(crate) fn words(&self) -> &'static Words {
        self.language.words()
    }
}
