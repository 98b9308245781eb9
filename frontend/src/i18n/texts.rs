//! Texts in all languages of the interface.

/// A text that depends on a number.
#[derive(Debug, PartialEq, Eq)]
pub struct Plural {
    /// For the number one.
    pub one: &'static str,
    /// For any other number.
    pub other: &'static str,
}

impl Plural {
    /// The text for a number, which replaces `{}`.
    pub fn of(&self, count: impl Into<u64>) -> String {
        let count = count.into();
        fill(if count == 1 { self.one } else { self.other }, &[&count.to_string()])
    }
}

/// Replaces each `{}` of a text, in order.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        filled.push_str(values.get(at).copied().unwrap_or_default());
        filled.push_str(part);
    }
    filled
}

impl Plural {
    /// The texts for the number one, and for any other.
    pub const fn new(one: Text, other: Text) -> Self {
        Self { one, other }
    }

    /// One text for all numbers.
    pub const fn same(text: Text) -> Self {
        Self { one: text, other: text }
    }
}

/// A text in one language.
pub type Text = &'static str;

/// Defines the struct `Texts`, with each text in English, simplified and traditional Chinese, and the function `texts` that
/// returns those of a language.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $english:expr, $simplified:expr, $traditional:expr;)*) => {
        pub(crate) struct Texts {
            $($(#[$doc])* pub(crate) $name: $kind,)*
        }

        static TEXTS: [Texts; 3] = [
            Texts { $($name: $english,)* },
            Texts { $($name: $simplified,)* },
            Texts { $($name: $traditional,)* },
        ];

        /// The texts in a language.
        pub(crate) fn texts(language: $crate::i18n::Language) -> &'static Texts {
            &TEXTS[language as usize]
        }
    };
}

pub(crate) use texts;
