//! Names as the server takes them when somebody claims or uses one.
//!
//! [`Username::parse`] is what any username must be. [`username`] is stricter: it brings a name into NFC and refuses
//! characters that no living language writes its names with, because they mostly serve to imitate another name
//! (`ʙot` beside `bot`). Imported names do not pass here: history keeps its authors as they were written.

use shared::{NameError, Username};
use thiserror::Error;
use unicode_normalization::{
    UnicodeNormalization,
    char::{is_combining_mark, is_public_assigned},
};
use unicode_security::{GeneralSecurityProfile, general_security_profile::IdentifierType as Type};

/// Why a name is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadName {
    /// It is no username at all.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It has a character that names may not have.
    #[error(
        "the character {shown} in this username is not allowed: it is no part of today's written languages, or it \
         imitates another character; write the name with ordinary letters",
        shown = shown(*.0)
    )]
    Character(char),
}

/// A character as a sentence can show it: itself, on a circle if it needs one to stand on, and its number.
fn shown(c: char) -> String {
    let code = u32::from(c);
    if !is_public_assigned(c) {
        return format!("U+{code:04X}");
    }
    let base = if is_combining_mark(c) { "\u{25CC}" } else { "" };
    format!("{base}{c} (U+{code:04X})")
}

/// The name that somebody asks for, in NFC.
pub fn username(raw: &str) -> Result<Username, BadName> {
    // NFC makes a text longer at most threefold: 256 characters are enough to see that a name is too long.
    let bounded = raw.char_indices().nth(256).map_or(raw, |(end, _)| &raw[..end]);
    let name = Username::parse(&bounded.nfc().collect::<String>())?;
    match name.as_str().chars().find(|c| !is_allowed(*c)) {
        Some(c) => Err(BadName::Character(c)),
        None => Ok(name),
    }
}

/// Whether names may have a character, by its identifier type in UTS 39 §3.1. Scripts of limited use and those of the
/// past are allowed, and so are punctuation, symbols and emoji.
fn is_allowed(c: char) -> bool {
    if !is_public_assigned(c) {
        return false;
    }
    if !c.is_alphanumeric() && !is_combining_mark(c) {
        return true;
    }
    match c {
        // Thai, Lao and Armenian write everyday words with these; they are "not NFKC" for a technical reason.
        '\u{0E33}' | '\u{0EB3}' | '\u{0EDC}' | '\u{0EDD}' | '\u{0587}' => true,
        // Lines over, under and through any letter are "uncommon use", and make `ann` look underlined.
        '\u{0305}' | '\u{0332}' | '\u{0334}' | '\u{0336}' => false,
        c => !matches!(
            c.identifier_type(),
            // The table has no single type for characters with several restrictions, as "obsolete and technical".
            None | Some(
                Type::Technical
                    | Type::Obsolete
                    | Type::Not_NFKC
                    | Type::Not_XID
                    | Type::Not_Character
                    | Type::Deprecated
                    | Type::Default_Ignorable
            )
        ),
    }
}

/// A friendly name for somebody who has none, `quiet-otter-417`; `random` decides which.
pub fn guest_name(random: u64) -> Username {
    const MANNERS: [&str; 32] = [
        "amber", "brave", "bright", "calm", "clever", "cosy", "curious", "daring", "eager", "early", "fair",
        "gentle", "glad", "happy", "honest", "humble", "jolly", "keen", "kind", "lively", "lucky", "merry",
        "mild", "nimble", "patient", "proud", "quick", "quiet", "sunny", "swift", "warm", "wise",
    ];
    const ANIMALS: [&str; 32] = [
        "badger", "beaver", "bison", "crane", "deer", "dolphin", "eagle", "falcon", "finch", "fox", "gecko",
        "hare", "hedgehog", "heron", "ibis", "koala", "lark", "lemur", "lynx", "marten", "mole", "newt",
        "otter", "owl", "panda", "puffin", "raven", "robin", "seal", "swan", "tiger", "wren",
    ];
    let [manner, animal, low, high, ..] = random.to_le_bytes();
    let (manner, animal) = (MANNERS[usize::from(manner % 32)], ANIMALS[usize::from(animal % 32)]);
    let name = format!("{manner}-{animal}-{}", u16::from_le_bytes([low, high]) % 1000);
    Username::parse(&name).expect("these words make short plain names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_brought_into_nfc() {
        assert_eq!(username("e\u{301}va").unwrap().as_str(), "éva");
        assert!(username(&"e\u{301}".repeat(32)).is_ok());
        assert_eq!(username("ann ").unwrap().as_str(), "ann ");
        assert!(matches!(username("a\tnn"), Err(BadName::Name(_))));
        assert!(matches!(username(&"x".repeat(100_000)), Err(BadName::Name(_))));
    }

    #[test]
    fn names_that_people_have_are_allowed() {
        for name in [
            "ann",
            "Ann Lee",
            "éva",
            "王小明",
            "Ж",
            "👩",
            "|QuaD-",
            "zcat[1]",
            "น้ำฝน",
            "Սևակ",
            "ໝາ",
            "Đặng Văn",
            "יוּדָה",
            "محمّد",
            "Kaʻiulani",
            "O'Neil",
            "L·L",
            "Ünal",
            "ᏣᎳᎩ",
            "ⵣ",
            "a̍h-o͘",
            "김철수",
            "たなか々",
            "x86_64",
        ] {
            assert!(username(name).is_ok(), "{name}: {}", username(name).unwrap_err());
        }
    }

    #[test]
    fn a_character_that_imitates_another_is_refused_and_named() {
        for (name, character) in [
            ("ann\u{332}", "\u{25CC}\u{332} (U+0332)"),
            ("tom\u{640}", "\u{640} (U+0640)"),
            ("ⓐnn", "ⓐ (U+24D0)"),
            ("ɐnn", "ɐ (U+0250)"),
            ("ʙot", "ʙ (U+0299)"),
            ("Ａnn", "Ａ (U+FF21)"),
            ("𝐚nn", "𝐚 (U+1D41A)"),
            ("ann²", "² (U+00B2)"),
            ("ann\u{334}", "\u{25CC}\u{334} (U+0334)"),
            ("ann\u{378}", "U+0378"),
        ] {
            let refused = username(name).unwrap_err().to_string();
            assert!(refused.starts_with(&format!("the character {character} in ")), "{name}: {refused}");
        }
    }

    #[test]
    fn guests_get_names_that_others_could_have_too() {
        assert_eq!(guest_name(0).as_str(), "amber-badger-0");
        assert_ne!(guest_name(1), guest_name(2));
        assert_eq!(username(guest_name(7).as_str()).unwrap(), guest_name(7));
    }
}
