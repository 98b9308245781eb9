//! Checks and formats JSON. Formatting changes white space only: numbers, escapes, the order of keys and duplicate keys
//! stay as they are.

use serde::de::IgnoredAny;

use super::template;

/// Why a text is not JSON, with line and column.
pub(crate) fn check(text: &str) -> Result<(), String> {
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| error.to_string())
}

/// Formats a text that [`check`] accepts. Templates may be in place of values.
pub(crate) fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '"' => {
                taken = string(rest);
                out.push_str(&rest[..taken]);
            }
            '{' if let Some(name) = template::NAMES.into_iter().find(|name| rest.starts_with(name)) => {
                taken = name.len();
                out.push_str(name);
            }
            '{' | '[' => {
                let inner = rest[1..].trim_start();
                if inner.starts_with(['}', ']']) {
                    taken = rest.len() - inner.len() + 1;
                    out.push_str(if c == '{' { "{}" } else { "[]" });
                } else {
                    out.push(c);
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
        rest = &rest[taken..];
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The length of the string at the start, with its quotes.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn formatting_changes_white_space_only() {
        let text = r#"{"b":[1,2.50,{"x":{}, "y":[ ]}],"b":"a \"q\" {,}","big":12345678901234567890123}"#;
        let pretty = pretty(text);
        assert_eq!(
            pretty,
            "{\n  \"b\": [\n    1,\n    2.50,\n    {\n      \"x\": {},\n      \"y\": []\n    }\n  ],\n  \"b\": \
             \"a \\\"q\\\" {,}\",\n  \"big\": 12345678901234567890123\n}"
        );
        assert_eq!(super::pretty(&pretty), pretty);
    }

    #[test]
    fn errors_in_json_have_a_position() {
        assert_eq!(check(r#"{"a": [1, true, null]}"#), Ok(()));
        let why = check("{\n  \"a\": 1,\n}").unwrap_err();
        assert!(why.contains("line 3 column 1"), "{why}");
        assert!(check("").is_err());
    }

    #[test]
    fn a_template_can_be_formatted() {
        assert_eq!(pretty(r#"{"n":{{n}},"at":"{{now}}"}"#), "{\n  \"n\": {{n}},\n  \"at\": \"{{now}}\"\n}");
    }
}
