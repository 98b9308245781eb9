//! What counts as a word, in a text and in a query alike.
//!
//! Words are runs of letters and digits, without case and accents. Scripts that are written without spaces have no
//! such runs: there each character is a word, and a query for several of them is a phrase. SQLite sees words with
//! spaces between them and need not know any of this, so its tables of Unicode do not matter.

use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, decompose_compatible},
};

/// The words of a text, in order, with single spaces between them.
pub(super) fn words(text: &str) -> String {
    let mut words = Words(String::with_capacity(text.len()), false);
    if text.is_ascii() {
        text.bytes().for_each(|byte| words.push(char::from(byte.to_ascii_lowercase())));
    } else {
        // Composed first, so that a kana keeps its voicing mark and Hangul its syllables.
        for c in text.nfkc() {
            if stands_alone(c) {
                words.alone(c);
            } else {
                let lower = |lower| decompose_compatible(lower, |part| words.push(part));
                c.to_lowercase().for_each(lower);
            }
        }
    }
    words.0
}

/// What a query asks of the index: every part of it, each a phrase, and of the last word only the beginning. None
/// if there is no word in it.
pub(super) fn query(text: &str) -> Option<String> {
    let mut phrases: Vec<String> = Vec::new();
    for phrase in text.split_whitespace().map(words).filter(|words| !words.is_empty()) {
        // A word that is asked for twice would cost twice. The last word stays the last one.
        phrases.retain(|earlier| *earlier != phrase);
        phrases.push(phrase);
    }
    let last = phrases.last()?.rsplit(' ').next()?;
    // A single letter begins too much to be of use, and an ideograph is a word already.
    let begins = if last.chars().nth(1).is_some() { "*" } else { "" };
    // Words are letters and digits: nothing in them can end the quotation.
    Some(format!("\"{}\"{begins}", phrases.join("\" AND \"")))
}

/// The words so far, and whether the last one is still open.
struct Words(String, bool);

impl Words {
    fn push(&mut self, c: char) {
        if c.is_alphanumeric() {
            if !self.1 && !self.0.is_empty() {
                self.0.push(' ');
            }
            self.0.push(c);
            self.1 = true;
        } else if canonical_combining_class(c) == 0 {
            self.1 = false;
        }
    }

    fn alone(&mut self, c: char) {
        self.1 = false;
        self.push(c);
        self.1 = false;
    }
}

/// Letters of scripts that put no spaces between words: Thai, Lao, Myanmar, Khmer, Hangul, kana, Bopomofo and Han,
/// planes 2 and 3 included whatever this compiler's Unicode knows of them.
fn stands_alone(c: char) -> bool {
    let in_range = matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303B}'
        | '\u{3041}'..='\u{318F}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{1AFF0}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFD}');
    in_range && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{query, words};

    #[test]
    fn words_have_neither_case_nor_accents_nor_punctuation() {
        for (text, expected) in [
            ("Don't PANIC, ok?", "don t panic ok"),
            ("Müller's Café — ÉTÉ", "muller s cafe ete"),
            ("ＦＵＬＬ ﬁne", "full fine"),
            ("Ἀθῆναι", "αθηναι"),
            ("İstanbul", "istanbul"),
            ("http://a.b/c?d=1", "http a b c d 1"),
            (" \u{feff}\t x\0y ", "x y"),
            ("🎉 …", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn scripts_without_spaces_are_split_by_character() {
        for (text, expected) in [
            ("你好，world世界", "你 好 world 世 界"),
            ("𠮷野家", "𠮷 野 家"),
            ("ﾊﾟﾝ ガ", "パ ン ガ"),
            ("か\u{3099}", "が"),
            ("한국어", "한 국 어"),
            ("ไทย", "ไ ท ย"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_query_is_a_phrase_for_each_part_and_begins_the_last_word() {
        assert_eq!(query("Foo bar").unwrap(), r#""foo" AND "bar"*"#);
        assert_eq!(query("don't x").unwrap(), r#""don t" AND "x""#);
        assert_eq!(query("你好").unwrap(), r#""你 好""#);
        assert_eq!(query("NEAR(\"a* -b").unwrap(), r#""near a" AND "b""#);
        assert_eq!(query(" \"*…' "), None);
    }

    proptest! {
        #[test]
        fn words_of_any_text_are_plain_and_stay_what_they_are(text in any::<String>()) {
            let once = words(&text);
            prop_assert!(once.chars().all(|c| c == ' ' || c.is_alphanumeric()));
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
            prop_assert_eq!(words(&once), once);
        }
    }
}
