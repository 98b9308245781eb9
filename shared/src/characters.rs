//! Which characters are invisible, and what an emoji is. Ranges of Unicode instead of tables: browsers download this.

/// Whether a character takes no ink and no room of its own: Unicode's `Default_Ignorable_Code_Point`, and fillers.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a reader sees nothing of a text.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// A letter in lower case: of the Latin, Greek, Cyrillic and Armenian scripts, as far as their cases are regular in Unicode.
/// Other letters stay as they are.
pub fn fold_case(c: char) -> char {
    let is_even = u32::from(c).is_multiple_of(2);
    let distance = match c {
        'A'..='Z'
        | '\u{C0}'..='\u{D6}'
        | '\u{D8}'..='\u{DE}'
        | '\u{391}'..='\u{3A1}'
        | '\u{3A3}'..='\u{3AB}'
        | '\u{410}'..='\u{42F}' => 32,
        '\u{400}'..='\u{40F}' => 80,
        '\u{531}'..='\u{556}' => 48,
        '\u{139}'..='\u{148}' | '\u{179}'..='\u{17E}' => u32::from(!is_even),
        '\u{100}'..='\u{12F}'
        | '\u{132}'..='\u{137}'
        | '\u{14A}'..='\u{177}'
        | '\u{460}'..='\u{481}'
        | '\u{48A}'..='\u{4BF}'
        | '\u{4D0}'..='\u{52F}'
        | '\u{1E00}'..='\u{1E95}'
        | '\u{1EA0}'..='\u{1EFF}' => u32::from(is_even),
        _ => return c,
    };
    char::from_u32(u32::from(c) + distance).unwrap_or(c)
}

const JOINER: char = '\u{200D}';
const KEYCAP: char = '\u{20E3}';

/// Whether a text is exactly one emoji (UTS 51): a pictograph with its modifiers, a flag or a keycap, or several of
/// them joined by zero-width joiners. Unassigned pictographs count, so that emoji of later versions do.
pub(crate) fn is_emoji(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    loop {
        let complete = match chars.next() {
            Some('0'..='9' | '#' | '*') => {
                chars.next_if_eq(&'\u{FE0F}');
                chars.next() == Some(KEYCAP)
            }
            Some(c) if is_regional_indicator(c) => chars.next().is_some_and(is_regional_indicator),
            Some(c) if is_pictograph(c) => {
                while chars.next_if(|c| is_modifier(*c)).is_some() {}
                true
            }
            _ => false,
        };
        match chars.next() {
            None => return complete,
            Some(JOINER) if complete => {}
            Some(_) => return false,
        }
    }
}

/// Two of these are a flag.
fn is_regional_indicator(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Variation selectors, skin tones, and the tags in the flags of regions.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{FE0E}' | '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}

/// The blocks with characters of the property `Extended_Pictographic`, and some symbols between those.
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2194}'..='\u{21AA}' | '\u{231A}'..='\u{23FF}' | 'Ⓜ'
        | '\u{25AA}'..='\u{25FE}' | '\u{2600}'..='\u{27BF}' | '⤴' | '⤵' | '\u{2B05}'..='\u{2B55}' | '〰' | '〽'
        | '㊗' | '㊙' | '\u{1F004}' | '\u{1F0CF}' | '\u{1F170}'..='\u{1F19A}' | '\u{1F201}'..='\u{1F251}'
        | '\u{1F300}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_letters_are_folded_as_unicode_says() {
        let lower = |c: char| {
            let mut lower = c.to_lowercase();
            lower.next().filter(|_| lower.next().is_none())
        };
        for c in '\0'..=char::MAX {
            assert!(fold_case(c) == c || Some(fold_case(c)) == lower(c), "{c:?}");
        }
        // U+0130 becomes two characters, and the lower case of U+0178 is among the Latin-1 letters.
        let known = ['\u{130}', '\u{178}'];
        let regular = ('\0'..='\u{17F}').chain('\u{391}'..='\u{3CE}').chain('\u{400}'..='\u{4BF}');
        for c in regular.chain('\u{4D0}'..='\u{587}').chain('\u{1E00}'..='\u{1E95}') {
            assert!(known.contains(&c) || Some(fold_case(c)) == lower(c), "{c:?}");
        }
    }

    #[test]
    fn one_emoji_of_any_kind_is_an_emoji() {
        for emoji in [
            "👍",
            "🎉",
            "❤️",
            "❤",
            "☺︎",
            "©️",
            "™",
            "ℹ️",
            "🀄",
            "🃏",
            "🅰️",
            "🈁",
            "㊙️",
            "〰️",
            "⭐",
            "⏏️",
            "🫠",
            "🇹🇼",
            "1️⃣",
            "#️⃣",
            "*⃣",
            "👍🏽",
            "👩‍🚀",
            "👩🏽‍❤️‍💋‍👨🏿",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        ] {
            assert!(is_emoji(emoji), "{emoji}");
        }
    }

    #[test]
    fn words_marks_and_several_emoji_are_no_emoji() {
        for text in [
            "",
            " ",
            "a",
            "1",
            "12",
            "#",
            "+1",
            ":)",
            "<b>",
            "<",
            "ok👍",
            "👍ok",
            "👍👍",
            "👍 ",
            "é",
            "好",
            "ß",
            "🇹",
            "🇹🇼🇹",
            "‍👍",
            "👍‍",
            "👍‍a",
            "\u{FE0F}",
            "\u{200D}",
            "\u{20E3}",
            "1\u{FE0F}",
            "\u{1F110}",
            "→",
            "½",
        ] {
            assert!(!is_emoji(text), "{text:?}");
        }
    }

    #[test]
    fn a_text_is_blank_if_nothing_of_it_is_seen() {
        for blank in
            ["", " \n\t", "\u{200B}", "\u{2060}\u{FEFF} \u{3164}", "\u{E0041}\u{FE0F}", "\u{2800}", "\u{0}"]
        {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", "\u{200B}.", "👩\u{200D}🚀", "\u{E000}", "क\u{094D}\u{200D}"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }
}
