//! What the user enters: a text, or a command that begins with a slash.

use client::{RoomName, Seq, Username};

/// The commands, each with its arguments and its meaning.
pub(super) const COMMANDS: [(&str, &str, &str); 9] = [
    ("/reply", "[#NUMBER | @NAME] TEXT", "answer a message: by default the newest one of somebody else"),
    ("/react", "[#NUMBER | @NAME] EMOJI", "react to a message with an emoji"),
    ("/edit", "[#NUMBER]", "change your last message, or the one with this number (Alt-E)"),
    ("/search", "WORDS", "search all rooms"),
    ("/join", "ROOM", "enter a room; it is made if it is new"),
    ("/leave", "", "leave this room"),
    ("/me", "TEXT", "post what you do: /me waves"),
    ("/help", "", "show this page"),
    ("/quit", "", "quit (Ctrl-Q)"),
];

/// What was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entered {
    Post(String),
    Reply(Target, String),
    React(Target, String),
    Edit(Target),
    Search(String),
    Join(RoomName),
    Leave,
    Help,
    Quit,
}

/// The message that a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Newest,
    Number(Seq),
    Author(Username),
}

/// Reads what was entered. `names` are those that a command can name. The error tells the user what to enter.
pub(super) fn parse(text: &str, names: &[Username]) -> Result<Entered, String> {
    if let Some(escaped) = text.strip_prefix("//") {
        return Ok(Entered::Post(format!("/{escaped}")));
    }
    if !text.starts_with('/') {
        return Ok(Entered::Post(text.to_owned()));
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    let (target, after_target) = target(rest, names);
    let usage = || {
        let arguments =
            COMMANDS.iter().find(|(name, ..)| *name == word).map_or("", |(_, arguments, _)| arguments);
        format!("{word} {arguments}")
    };
    match word {
        "/reply" if !after_target.is_empty() => Ok(Entered::Reply(target, after_target.to_owned())),
        "/react" if !after_target.is_empty() => Ok(Entered::React(target, after_target.to_owned())),
        "/edit" if after_target.is_empty() => Ok(Entered::Edit(target)),
        "/search" if !rest.is_empty() => Ok(Entered::Search(rest.to_owned())),
        "/join" => match rest.trim_start_matches('#').parse() {
            Ok(room) => Ok(Entered::Join(room)),
            Err(error) => Err(format!("{}: {error}", usage())),
        },
        "/me" if !rest.is_empty() => Ok(Entered::Post(text.to_owned())),
        "/leave" => Ok(Entered::Leave),
        "/help" => Ok(Entered::Help),
        "/quit" => Ok(Entered::Quit),
        _ if COMMANDS.iter().any(|(name, ..)| *name == word) => Err(format!("write it as {}", usage())),
        _ => Err(format!(
            "there is no command {word}: /help shows all, and /{word} posts a text that begins so"
        )),
    }
}

/// Reads `#NUMBER` or `@NAME` at the beginning, and returns what follows it.
fn target<'a>(text: &'a str, names: &[Username]) -> (Target, &'a str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if let Some(seq) = word.strip_prefix('#').and_then(|number| number.parse().ok()) {
        return (Target::Number(Seq(seq)), rest.trim_start());
    }
    // A name may have spaces: the longest one that fits is meant.
    let author = text.strip_prefix('@').and_then(|text| {
        let fits = |name: &&Username| {
            let rest = text.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        };
        names.iter().filter(fits).max_by_key(|name| name.as_str().len())
    });
    match author {
        Some(name) => (Target::Author(name.clone()), text[1 + name.as_str().len()..].trim_start()),
        None => (Target::Newest, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Entered, String> {
        parse(text, &["ann".parse().unwrap(), "ann lee".parse().unwrap()])
    }

    #[test]
    fn texts_are_posted_and_two_slashes_are_one() {
        assert_eq!(read("hello /x"), Ok(Entered::Post("hello /x".into())));
        assert_eq!(read("//nick neo"), Ok(Entered::Post("/nick neo".into())));
        assert_eq!(read("/me waves"), Ok(Entered::Post("/me waves".into())));
    }

    #[test]
    fn an_unknown_command_is_refused_with_a_hint() {
        let refused = read("/nick neo").unwrap_err();
        assert!(
            refused.contains("/nick") && refused.contains("//nick") && refused.contains("/help"),
            "{refused}"
        );
        for incomplete in ["/reply", "/reply #7", "/react @ann", "/search ", "/me", "/join", "/join NO"] {
            assert!(read(incomplete).is_err(), "{incomplete}");
        }
    }

    #[test]
    fn a_command_is_about_the_newest_message_a_number_or_a_name() {
        assert_eq!(read("/reply yes"), Ok(Entered::Reply(Target::Newest, "yes".into())));
        assert_eq!(read("/reply #17 yes"), Ok(Entered::Reply(Target::Number(Seq(17)), "yes".into())));
        let lee = Target::Author("ann lee".parse().unwrap());
        assert_eq!(read("/react @ann lee 👍"), Ok(Entered::React(lee, "👍".into())));
        let ann = Target::Author("ann".parse().unwrap());
        assert_eq!(read("/react @ann 👍"), Ok(Entered::React(ann, "👍".into())));
        assert_eq!(read("/reply @bob yes"), Ok(Entered::Reply(Target::Newest, "@bob yes".into())));
        assert_eq!(read("/edit #3"), Ok(Entered::Edit(Target::Number(Seq(3)))));
    }
}
