//! The forms of messages: how lines become messages, and how binary messages are printed.

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};

use super::frame::Opcode;

/// How lines are read and binary messages printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Binary,
    Hex,
    Base64,
}

impl Form {
    /// The message that a line stands for. The error says what a line should be.
    pub(super) fn read(self, line: &[u8]) -> Result<(Opcode, Vec<u8>), &'static str> {
        let binary = |payload| (Opcode::BINARY, payload);
        match self {
            Self::Text if str::from_utf8(line).is_err() => {
                Err("it is not UTF-8, as a text message must be; send it with --binary")
            }
            Self::Text => Ok((Opcode::TEXT, line.to_vec())),
            Self::Binary => Ok(binary(line.to_vec())),
            Self::Hex => {
                let digits: Vec<u8> =
                    line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                HEXLOWER_PERMISSIVE
                    .decode(&digits)
                    .map(binary)
                    .map_err(|_| "it is not hexadecimal: pairs of 0-9 and a-f, with or without spaces")
            }
            Self::Base64 => BASE64.decode(line.trim_ascii()).map(binary).map_err(|_| "it is not base64"),
        }
    }
}

/// Bytes in hexadecimal, with spaces between them.
pub(super) fn spaced_hex(bytes: &[u8]) -> String {
    let bytes: Vec<_> = bytes.iter().map(|byte| HEXLOWER.encode(&[*byte])).collect();
    bytes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_the_form_that_was_asked_for() {
        assert_eq!(Form::Text.read("你好".as_bytes()), Ok((Opcode::TEXT, "你好".into())));
        assert_eq!(Form::Hex.read(b"de ad BEEF"), Ok((Opcode::BINARY, vec![0xDE, 0xAD, 0xBE, 0xEF])));
        assert_eq!(Form::Base64.read(b"SGk= "), Ok((Opcode::BINARY, b"Hi".to_vec())));
        for (form, line) in
            [(Form::Text, &b"\xFF"[..]), (Form::Hex, b"abc"), (Form::Hex, b"zz"), (Form::Base64, b"!")]
        {
            assert!(form.read(line).is_err());
        }
    }
}
