//! `{{n}}`, `{{now}}` and `{{random}}`, which are filled in at each send.

/// The names of the templates.
pub(crate) const NAMES: [&str; 3] = ["{{n}}", "{{now}}", "{{random}}"];

/// The values of a send.
pub(crate) struct Values<'a> {
    /// The number of the send.
    pub(crate) n: u64,
    /// The time.
    pub(crate) now: &'a str,
    /// A random number, different at each use.
    pub(crate) random: &'a mut dyn FnMut() -> u32,
}

/// Fills in the templates of a text. Unknown names are unchanged.
pub(crate) fn fill(text: &str, values: &mut Values<'_>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let (before, here) = rest.split_at(at);
        filled.push_str(before);
        let name = NAMES.into_iter().find(|name| here.starts_with(name));
        match name {
            Some("{{n}}") => filled.push_str(&values.n.to_string()),
            Some("{{now}}") => filled.push_str(values.now),
            Some(_) => filled.push_str(&(values.random)().to_string()),
            None => filled.push('{'),
        }
        rest = &here[name.map_or(1, str::len)..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn templates_are_filled_in_everywhere_and_other_text_is_unchanged() {
        let mut random = 40;
        let mut fill = |text: &str| {
            let mut next = || {
                random += 1;
                random
            };
            fill(text, &mut Values { n: 7, now: "2026-11-21T09:30:00.000Z", random: &mut next })
        };
        assert_eq!(fill(r#"{"n":{{n}},"at":"{{now}}"}"#), r#"{"n":7,"at":"2026-11-21T09:30:00.000Z"}"#);
        assert_eq!(fill("{{random}} {{random}}"), "41 42");
        assert_eq!(fill("{{{n}}} {{N}} {{ n }} {{"), "{7} {{N}} {{ n }} {{");
        assert_eq!(fill("你好 {{n}}"), "你好 7");
    }
}
