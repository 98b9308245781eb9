//! The terminal command for what browsers cannot do.

/// `parlor wire` with options and an address.
pub(crate) fn command(options: &str, url: &str, protocols: &[String]) -> String {
    let mut line = "parlor wire".to_owned();
    for protocol in protocols {
        line.push_str(" --subprotocol ");
        line.push_str(&quoted(protocol));
    }
    if !options.is_empty() {
        line.push(' ');
        line.push_str(options);
    }
    line.push(' ');
    line.push_str(&quoted(url));
    line
}

/// Quotes a word for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_line_can_be_pasted_into_a_shell() {
        assert_eq!(
            command("--frames", "ws://127.0.0.1:8080/ws", &[]),
            "parlor wire --frames ws://127.0.0.1:8080/ws"
        );
        assert_eq!(
            command("", "wss://x.example/ws?room=a&name=o'neil", &["chat.v1".into(), "a b".into()]),
            r"parlor wire --subprotocol chat.v1 --subprotocol 'a b' 'wss://x.example/ws?room=a&name=o'\''neil'"
        );
    }
}
