//! Bytes as hexadecimal, base64 and a hex dump.

use std::fmt::Write;

/// Why a text cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BytesError {
    /// An unexpected character, with its position, counted from 1.
    Strange(char, usize),
    /// The last digit is missing.
    Unfinished,
}

/// Decodes hexadecimal digits: `48 65 6c`, `48:65:6C`, `0x48, 0x65`, `48656c`.
pub(crate) fn parse_hex(text: &str) -> Result<Vec<u8>, BytesError> {
    let mut bytes = Vec::new();
    let mut high = None;
    let mut chars = text.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        let begins = c == '0' && high.is_none();
        if begins && chars.next_if(|(_, x)| matches!(x, 'x' | 'X')).is_some() {
            continue;
        }
        match (c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()), high) {
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(first)) => {
                bytes.push(first << 4 | digit);
                high = None;
            }
            (None, None) if c.is_whitespace() || matches!(c, ':' | ',' | '-') => {}
            // A line break may separate the two digits of a byte.
            (None, Some(_)) if c.is_whitespace() => {}
            _ => return Err(BytesError::Strange(c, at + 1)),
        }
    }
    if high.is_some() { Err(BytesError::Unfinished) } else { Ok(bytes) }
}

/// Decodes base64 in the standard or the URL-safe alphabet, with or without padding.
pub(crate) fn parse_base64(text: &str) -> Result<Vec<u8>, BytesError> {
    let mut bytes = Vec::new();
    let (mut bits, mut count, mut ended) = (0_u32, 0, false);
    for (at, c) in text.chars().enumerate() {
        if c.is_whitespace() {
            continue;
        }
        let value = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            'a'..='z' => u32::from(c) - u32::from('a') + 26,
            '0'..='9' => u32::from(c) - u32::from('0') + 52,
            '+' | '-' => 62,
            '/' | '_' => 63,
            '=' if count > 1 => {
                ended = true;
                continue;
            }
            _ => return Err(BytesError::Strange(c, at + 1)),
        };
        if ended {
            return Err(BytesError::Strange(c, at + 1));
        }
        (bits, count) = (bits << 6 | value, count + 1);
        if count == 4 {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        1 => Err(BytesError::Unfinished),
        2 => Ok([bytes, (bits << 12).to_be_bytes()[1..2].to_vec()].concat()),
        3 => Ok([bytes, (bits << 6).to_be_bytes()[1..3].to_vec()].concat()),
        _ => Ok(bytes),
    }
}

/// Encodes bytes as base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 63;
            text.push(if digit > chunk.len() { '=' } else { char::from(ALPHABET[value as usize]) });
        }
    }
    text
}

/// Encodes bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A hex dump: sixteen bytes a line, with their offset and their ASCII characters.
pub(crate) fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (row, chunk) in bytes.chunks(16).enumerate() {
        let _ = write!(text, "{:08x} ", row * 16);
        for at in 0..16 {
            text.push_str(if at % 8 == 0 { " " } else { "" });
            let _ = match chunk.get(at) {
                Some(byte) => write!(text, "{byte:02x} "),
                None => write!(text, "   "),
            };
        }
        let ascii: String =
            chunk.iter().map(|byte| if (32..127).contains(byte) { char::from(*byte) } else { '.' }).collect();
        let _ = writeln!(text, " |{ascii}|");
    }
    text
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn hexadecimal_is_decoded_in_all_usual_notations() {
        for text in [
            "48656c6c6f",
            "48 65 6C 6c 6F",
            "0x48, 0x65, 0x6c, 0x6c, 0x6f",
            "48:65:6c:6c:6f\n",
            "4 8656c6c6f",
        ] {
            assert_eq!(parse_hex(text).as_deref(), Ok(&b"Hello"[..]), "{text}");
        }
        assert_eq!(parse_hex("00 0x00"), Ok(vec![0, 0]));
        assert_eq!(parse_hex(""), Ok(vec![]));
        assert_eq!(parse_hex("48 6"), Err(BytesError::Unfinished));
        assert_eq!(parse_hex("48 zz"), Err(BytesError::Strange('z', 4)));
    }

    #[test]
    fn base64_is_decoded_in_both_alphabets_and_encoded_in_the_standard_one() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(167)).collect();
            let text = base64(&bytes);
            assert_eq!(text.len() % 4, 0);
            assert_eq!(parse_base64(&text), Ok(bytes.clone()));
            assert_eq!(parse_base64(text.trim_end_matches('=')), Ok(bytes));
        }
        assert_eq!(base64(b"Hello"), "SGVsbG8=");
        assert_eq!(parse_base64("-_-_"), parse_base64("+/+/"));
        assert_eq!(parse_base64("SGVsb!8="), Err(BytesError::Strange('!', 6)));
        assert_eq!(parse_base64("SGVsbG8=x"), Err(BytesError::Strange('x', 9)));
        assert_eq!(parse_base64("SGVsb"), Err(BytesError::Unfinished));
    }

    #[test]
    fn a_dump_shows_places_digits_and_ascii() {
        assert_eq!(
            dump(b"Hello, \xe4\xbd\xa0 world!\n"),
            "00000000  48 65 6c 6c 6f 2c 20 e4  bd a0 20 77 6f 72 6c 64  |Hello, ... world|\n\
             00000010  21 0a                                             |!.|\n"
        );
    }
}
