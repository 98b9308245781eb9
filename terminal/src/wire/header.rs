//! Headers of the handshake, as the command line gives them.

/// Headers that `wire` writes itself.
const OWN_HEADERS: [&str; 5] =
    ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"];

/// Parses a header of `--header`.
pub(super) fn header(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((name, _)) if OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) => {
            Err(format!("{name} belongs to the handshake itself, and is written by wire"))
        }
        Some((name, value)) if is_token(name) && !value.contains(char::is_control) => {
            Ok(format!("{name}: {}", value.trim()))
        }
        _ => Err("a header is a name, a colon and a value, as 'Authorization: Bearer …'".into()),
    }
}

/// Parses a value that stands alone in a header's line.
pub(super) fn value(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(char::is_control) {
        return Err("it goes into a header, and must be one line that is not empty".into());
    }
    Ok(text.to_owned())
}

/// Parses the name of a subprotocol.
pub(super) fn token(text: &str) -> Result<String, String> {
    if is_token(text) {
        Ok(text.to_owned())
    } else {
        Err("a subprotocol is letters, digits and !#$%&'*+-.^_`|~".into())
    }
}

/// A token of RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_contain_another_one() {
        assert_eq!(header("X-A:b"), Ok("X-A: b".into()));
        for bad in ["", "x", ": y", "a b: c", "a: b\r\nc: d", "host: x", "Sec-WebSocket-Key: x"] {
            assert!(header(bad).is_err(), "{bad:?}");
        }
    }
}
