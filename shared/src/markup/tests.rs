use proptest::prelude::*;

use super::{
    Block::{Code as CodeBlock, Paragraph, Quote},
    Inline::{Break, Code, Emphasis, Link, Mention, Strong, Text},
    *,
};

fn names() -> Vec<Username> {
    ["ann", "Ann Lee", "王小明", "bo-b"].map(|name| name.parse().unwrap()).to_vec()
}

/// The parts of a text of one line.
fn line(text: &str) -> Vec<Inline<'_>> {
    match parse(text, &names()).blocks.pop() {
        Some(Paragraph(inlines)) => inlines,
        other => panic!("not a paragraph: {other:?}"),
    }
}

fn mention<'a>(text: &'a str, name: &str) -> Inline<'a> {
    Mention { text, username: name.parse().unwrap() }
}

#[test]
fn plain_text_is_unchanged() {
    let plain = [
        "hello",
        "",
        "2 * 3 * 4",
        "2*3*4",
        "2**8 and 2**9",
        "snake_case_name",
        "__init__",
        "* a list",
        "¯\\_(ツ)_/¯",
        "\\*not this\\*",
        "a ` b",
        ">:(",
        "ftp://a.b javascript:alert(1) data:text/html,x http:// https://. mailto:x mailto:@a",
        "xhttp://a.b",
        "mail@ann.example @nobody @annie @ann-marie",
        "** a ** and _ b _",
        "****",
        "<img src=x onerror=alert(1)>",
    ];
    for text in plain {
        assert_eq!(line(text), if text.is_empty() { vec![] } else { vec![Text(text)] }, "{text}");
    }
}

#[test]
fn strong_text_and_emphasis_are_parsed() {
    assert_eq!(
        line("**a** *b* _c_"),
        [Strong(vec![Text("a")]), Text(" "), Emphasis(vec![Text("b")]), Text(" "), Emphasis(vec![Text("c")]),]
    );
    assert_eq!(line("***a***"), [Strong(vec![Emphasis(vec![Text("a")])])]);
    assert_eq!(line("***a* b**"), [Strong(vec![Emphasis(vec![Text("a")]), Text(" b")])]);
    assert_eq!(line("***a** b*"), [Strong(vec![Text("*a")]), Text(" b*")]);
    assert_eq!(line("这是**重点**内容"), [Text("这是"), Strong(vec![Text("重点")]), Text("内容")]);
    assert_eq!(line("(_x_)"), [Text("("), Emphasis(vec![Text("x")]), Text(")")]);
}

#[test]
fn unclosed_marks_are_text() {
    assert_eq!(line("*a **b** c"), [Text("*a "), Strong(vec![Text("b")]), Text(" c")]);
    assert_eq!(line("**a _b** c_"), [Strong(vec![Text("a _b")]), Text(" c_")]);
    assert_eq!(line("*a\n*b"), [Text("*a"), Break, Text("*b")]);
}

#[test]
fn code_is_shown_as_it_is() {
    assert_eq!(line("`a*b*` *`c`*"), [Code("a*b*"), Text(" "), Emphasis(vec![Code("c")])]);
    assert_eq!(line("`` a`b `` ```c```"), [Code("a`b"), Text(" "), Code("c")]);
    assert_eq!(line("`@ann` https://a.b/`c`"), [Code("@ann"), Text(" "), Link("https://a.b/"), Code("c")]);
}

#[test]
fn only_three_schemes_become_links() {
    assert_eq!(line("see https://a.b/c?d=e#f."), [Text("see "), Link("https://a.b/c?d=e#f"), Text(".")]);
    assert_eq!(line("HTTP://A.b"), [Link("HTTP://A.b")]);
    assert_eq!(line("mailto:a+b@c.d, x"), [Link("mailto:a+b@c.d"), Text(", x")]);
    assert_eq!(line("http://[::1]:8080/"), [Link("http://[::1]:8080/")]);
}

#[test]
fn a_link_ends_before_punctuation_and_unbalanced_brackets() {
    assert_eq!(line("(https://a.b/c_(d))!"), [Text("("), Link("https://a.b/c_(d)"), Text(")!")]);
    assert_eq!(line("**https://a.b/x_y_z**"), [Strong(vec![Link("https://a.b/x_y_z")])]);
    assert_eq!(line("看https://a.b/c。好"), [Text("看"), Link("https://a.b/c"), Text("。好")]);
    assert_eq!(line("（https://a.b/维基）"), [Text("（"), Link("https://a.b/维基"), Text("）")]);
    assert_eq!(line("<https://a.b>"), [Text("<"), Link("https://a.b"), Text(">")]);
    assert_eq!(line("https://a.b\u{202e}c"), [Link("https://a.b"), Text("\u{202e}c")]);
}

#[test]
fn known_names_are_mentioned() {
    assert_eq!(line("@Ann: hi"), [mention("@Ann", "ann"), Text(": hi")]);
    assert_eq!(line("@ann lee!"), [mention("@ann lee", "Ann Lee"), Text("!")]);
    assert_eq!(line("你好@王小明你"), [Text("你好"), mention("@王小明", "王小明"), Text("你")]);
    assert_eq!(line("**@bo-b**"), [Strong(vec![mention("@bo-b", "bo-b")])]);
}

#[test]
fn an_action_starts_with_me() {
    let markup = parse("/me waves *slowly*", &[]);
    assert!(markup.action);
    assert_eq!(markup.plain(), "waves slowly");
    for text in ["/me", "/me ", "/mean it", "x /me y", "/ME waves"] {
        assert_eq!(parse(text, &[]), Markup { action: false, blocks: vec![Paragraph(vec![Text(text)])] });
    }
}

#[test]
fn quotes_and_fences_are_blocks() {
    let text = "> one\n>\n> *two*\nthree\n\nfour\n```rust\nfn *x*() {}\n\n```\n> five";
    assert_eq!(
        parse(text, &[]).blocks,
        [
            Quote(vec![Text("one"), Break, Break, Emphasis(vec![Text("two")])]),
            Paragraph(vec![Text("three"), Break, Break, Text("four")]),
            CodeBlock { language: Some("rust"), text: "fn *x*() {}\n" },
            Quote(vec![Text("five")]),
        ]
    );
}

#[test]
fn a_fence_is_closed_at_a_lines_end_or_is_text() {
    assert_eq!(
        parse("```\na\nb```\nc", &[]).blocks,
        [CodeBlock { language: None, text: "a\nb" }, Paragraph(vec![Text("c")]),]
    );
    assert_eq!(parse("```\n```", &[]).blocks, [CodeBlock { language: None, text: "" }]);
    assert_eq!(line("```\na"), [Text("```"), Break, Text("a")]);
    assert_eq!(line("```what is this"), [Text("```what is this")]);
}

#[test]
fn blank_lines_at_both_ends_are_not_shown() {
    let cases = [
        ("\n \r\n\n  a\n\nb\n \n\n", "  a\n\nb"),
        ("a ", "a "),
        (" \n\n", ""),
        ("/me \n\nwaves\n", "waves"),
        ("\n```\n\na\n\n```\n", "\na\n"),
        ("\n> a\n", "a"),
    ];
    for (text, shown) in cases {
        assert_eq!(parse(text, &[]).plain(), shown, "{text:?}");
    }
}

/// The depth of nesting and all links.
fn survey<'a>(inlines: &[Inline<'a>], links: &mut Vec<&'a str>) -> usize {
    let depth = |inline: &Inline<'a>| match inline {
        Strong(inner) | Emphasis(inner) => {
            assert!(!inner.is_empty(), "something empty is emphasized");
            1 + survey(inner, links)
        }
        Link(link) => {
            links.push(link);
            1
        }
        _ => 1,
    };
    inlines.iter().map(depth).max().unwrap_or(0)
}

/// Properties of the tree of any text.
fn check(text: &str) {
    let markup = parse(text, &names());
    let mut links = Vec::new();
    for block in &markup.blocks {
        if let Paragraph(inlines) | Quote(inlines) = block {
            assert!(survey(inlines, &mut links) <= 4);
        }
    }
    for link in links {
        let scheme = link.split_once(':').unwrap().0.to_ascii_lowercase();
        assert!(["http", "https", "mailto"].contains(&scheme.as_str()), "{link}");
        assert!(!link.chars().any(|c| c.is_whitespace() || c.is_control()), "{link}");
    }
    // The displayed text is the text in its order; only marks are left out.
    let plain = markup.plain();
    let mut shown = plain.chars().peekable();
    let mut left_out = String::new();
    let typed = if markup.action { &text[4..] } else { text };
    for c in typed.chars() {
        if shown.next_if_eq(&c).is_none() {
            left_out.push(c);
        }
    }
    assert_eq!(shown.next(), None, "{text:?} is shown as {plain:?}");
    let has_language = markup.blocks.iter().any(|block| matches!(block, CodeBlock { language: Some(_), .. }));
    if !has_language {
        let may_go = |c: char| "*_`>".contains(c) || c.is_whitespace();
        assert!(left_out.chars().all(may_go), "{text:?} lost {left_out:?}");
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "*",
        "**",
        "***",
        "_",
        "`",
        "``",
        "```",
        "\n",
        " ",
        "> ",
        ">",
        "@",
        "@ann",
        "a",
        "字",
        "\\",
        "(",
        ")",
        "http://",
        "https://a.b",
        "mailto:",
        "a@b",
        ".",
        "。",
        "/me ",
        "\u{202e}",
        "é",
        "\r",
        "\t",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_text_is_displayed_completely(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn every_mix_of_marks_is_displayed_completely(text in hostile()) {
        check(&text);
    }

    #[test]
    fn a_text_without_marks_is_shown_as_it_is(text in "[a-z0-9 .,;:!?()字。\n-]{0,80}") {
        prop_assert_eq!(parse(&text, &[]).plain(), without_blank_ends(&text));
    }
}

/// With quadratic time these would take minutes; with linear time they take milliseconds.
#[test]
fn hostile_texts_of_sixty_kilobytes_are_parsed_in_linear_time() {
    let pieces = [
        "*",
        "* ",
        "*a ",
        "**a ",
        "_a ",
        "*a _b ",
        "*a* ",
        "`",
        "` ``",
        "`a``b",
        "```\n",
        "```\na",
        "> ",
        ">\n",
        "@",
        "@ann ",
        "mailto:",
        "mailto:a",
        "http://",
        "https://a.b ",
        "https://a)",
        "(",
        "\n",
        "\\",
        "***a",
        "*a **b _c* ",
        "_a *b_ **c*",
        "字",
        "/me ",
    ];
    let names: Vec<Username> = (0..2_000).map(|n| format!("@@name{n}").parse().unwrap()).collect();
    let began = std::time::Instant::now();
    for piece in pieces {
        let text = piece.repeat(60_000 / piece.len());
        assert!(!parse(&text, &names).blocks.is_empty());
        let closed = format!("https://a.b{text}{}", ")".repeat(10_000));
        assert!(!parse(&closed, &names).blocks.is_empty());
    }
    assert!(began.elapsed().as_secs() < 20, "this took {:?}", began.elapsed());
}
