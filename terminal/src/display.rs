//! Text that is safe to print in a terminal: a message must not move the cursor, change the window or reverse a line.

use client::{Authorship, RoomInfo, RoomKind, RoomName, Username};
use unicode_segmentation::UnicodeSegmentation;

/// Those of the 256 colours that are readable on dark and on light backgrounds, for names.
const HUES: [u8; 12] = [167, 173, 136, 142, 107, 71, 73, 67, 68, 98, 134, 168];

/// The colour of a name: the same in every room and run.
pub(crate) fn hue(username: &Username) -> u8 {
    // FNV-1a.
    let hash = username
        .as_str()
        .bytes()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    HUES[(hash ^ (hash >> 15)) as usize % HUES.len()]
}

/// What follows a name that no token proved: `?` if it was only stated, `*` if the message was imported.
pub(crate) fn authorship_mark(authorship: Authorship) -> &'static str {
    match authorship {
        Authorship::Proven | Authorship::Deleted => "",
        Authorship::Unproven => "?",
        Authorship::Imported => "*",
    }
}

/// What a room is called: a direct room by its other people, a closed one with a lock.
pub(crate) fn room_label(room: &RoomName, info: &RoomInfo, me: Option<&Username>) -> String {
    match info.kind {
        RoomKind::Open => room.to_string(),
        RoomKind::Closed => format!("🔒{room}"),
        RoomKind::Direct => {
            let others = info.people.iter().filter(|name| Some(*name) != me);
            let names: Vec<&str> = others.map(Username::as_str).collect();
            if names.is_empty() { room.to_string() } else { format!("@{}", one_line(&names.join(", "))) }
        }
    }
}

/// A text on one line, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' => line.push_str(" ⏎ "),
            '\r' => {}
            c => line.push(printable(c)),
        }
    }
    line
}

/// The character, or a replacement for one that a terminal would obey.
pub(crate) fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{FFFD}',
        // Overrides, isolates and marks of bidirectional text.
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            '\u{FFFD}'
        }
        '\u{2028}' | '\u{2029}' => ' ',
        c => c,
    }
}

/// Splits sequences of emoji into their parts. Terminals disagree about the width of a sequence, and a wrong width draws over
/// the wrong cells; the parts have the same width everywhere. Control characters are replaced, too.
pub(crate) fn stable_width(text: &str) -> String {
    let mut stable = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        let is_emoji = grapheme
            .contains(|c| matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}' | '\u{20E3}'));
        let joins = |(at, c): &(usize, char)| match c {
            '\u{200D}' | '\u{FE0F}' => true,
            '\u{1F3FB}'..='\u{1F3FF}' => *at > 0,
            _ => false,
        };
        let kept = grapheme.char_indices().filter(|part| !is_emoji || !joins(part));
        stable.extend(kept.map(|(_, c)| printable(c)));
    }
    stable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_nothing_that_a_terminal_obeys() {
        assert_eq!(one_line("a\x1b[31mred\u{9b}2J\x07"), "a\u{FFFD}[31mred\u{FFFD}2J\u{FFFD}");
        assert_eq!(one_line("one\r\ntwo\tthree\n"), "one ⏎ two three");
        assert_eq!(one_line("abc\u{202E}def"), "abc\u{FFFD}def");
        assert_eq!(one_line("你好 👩‍🚀"), "你好 👩‍🚀");
    }

    #[test]
    fn a_room_is_called_by_its_name_and_a_direct_one_by_its_other_people() {
        let [ann, bob, cy] = ["ann", "bob", "王小明"].map(|name| Username::parse(name).unwrap());
        let room: RoomName = "direct.k3".parse().unwrap();
        let label = |kind, people: &[&Username]| {
            let people = people.iter().map(|name| (*name).clone()).collect();
            room_label(&room, &RoomInfo { kind, people, ..RoomInfo::default() }, Some(&ann))
        };
        assert_eq!(label(RoomKind::Open, &[]), "direct.k3");
        assert_eq!(label(RoomKind::Closed, &[]), "🔒direct.k3");
        assert_eq!(label(RoomKind::Direct, &[&ann, &bob, &cy]), "@bob, 王小明");
        assert_eq!(label(RoomKind::Direct, &[&ann]), "direct.k3");
    }

    #[test]
    fn sequences_of_emoji_are_shown_as_their_parts() {
        assert_eq!(stable_width("👩‍🚀 👍🏽 ❤️ 1️⃣ 🇩🇪 e\u{301} क्‍ष"), "👩🚀 👍 ❤ 1\u{20E3} 🇩🇪 e\u{301} क्‍ष");
    }
}
