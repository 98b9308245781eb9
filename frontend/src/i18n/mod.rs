//! The interface's languages: all texts, and the formats of dates.

mod dates;
mod locale;
mod texts;
mod words;

pub use dates::Dates;
pub(crate) use dates::local_day;
pub use locale::Locale;
pub(crate) use texts::texts;
pub use texts::{Plural, Text, fill};
pub(crate) use words::Texts as Words;

use crate::storage;

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese in simplified characters.
    Simplified,
    /// Chinese in traditional characters.
    Traditional,
}

impl Language {
    /// All languages, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::English, Self::Simplified, Self::Traditional];

    /// The user's choice, or else the first of the browser's languages that is supported.
    pub fn preferred() -> Self {
        let chosen = storage::language().and_then(|tag| Self::of_tag(&tag));
        let languages = crate::browser::window().navigator().languages();
        let offered = || languages.iter().find_map(|tag| Self::of_tag(&tag.as_string()?));
        chosen.or_else(offered).unwrap_or(Self::English)
    }

    /// The language of a BCP 47 tag.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split(['-', '_']);
        match parts.next()? {
            "en" => Some(Self::English),
            "zh" => {
                let traditional = parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo"));
                let simplified = tag.contains("hans");
                Some(if traditional && !simplified { Self::Traditional } else { Self::Simplified })
            }
            _ => None,
        }
    }

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Simplified => "zh-Hans",
            Self::Traditional => "zh-Hant",
        }
    }

    /// Its own name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Simplified => "简体中文",
            Self::Traditional => "繁體中文",
        }
    }

    /// The words that several components use.
    pub(crate) fn words(self) -> &'static Words {
        words::texts(self)
    }

    /// Sets the page's language.
    pub fn apply(self) {
        if let Some(root) = crate::browser::root() {
            let _ = root.set_attribute("lang", self.tag());
        }
    }
}
