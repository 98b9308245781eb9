//! Text as a terminal may show it: a message must not move the cursor, change the window or turn a line around.

use shared::Username;

/// Colours of the 256 that can be read on dark and on light, for names.
const HUES: [u8; 12] = [167, 173, 136, 142, 107, 71, 73, 67, 68, 98, 134, 168];

/// The colour of a name, of the 256: the same everywhere.
pub(crate) fn hue(username: &Username) -> u8 {
    // FNV-1a.
    let hash = username
        .as_str()
        .bytes()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    HUES[(hash ^ (hash >> 15)) as usize % HUES.len()]
}

/// A text on one line, without anything that a terminal obeys.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' => line.push_str(" ⏎ "),
            '\r' => {}
            c => line.push(visible(c)),
        }
    }
    line
}

/// What stands for a character that must not reach the terminal, or the character itself.
pub(crate) fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{FFFD}',
        // Overrides and isolates of bidirectional text, and the marks that come with them.
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            '\u{FFFD}'
        }
        '\u{2028}' | '\u{2029}' => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left_of_a_text() {
        assert_eq!(one_line("a\x1b[31mred\u{9b}2J\x07"), "a\u{FFFD}[31mred\u{FFFD}2J\u{FFFD}");
        assert_eq!(one_line("one\r\ntwo\tthree\n"), "one ⏎ two three");
        assert_eq!(one_line("abc\u{202E}def"), "abc\u{FFFD}def");
        assert_eq!(one_line("你好 👩‍🚀"), "你好 👩‍🚀");
    }
}
