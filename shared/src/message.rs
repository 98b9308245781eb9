//! What a room's log is made of, and what a client asks to be added to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    characters::{is_blank, is_emoji},
    limits,
    names::{MessageId, RoomName, Seq, Username},
    time::Timestamp,
};

/// One entry of a room's log. Everything that happens in a room is a message; some are about an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The room whose log it is in.
    pub room: RoomName,
    /// Its number there.
    pub seq: Seq,
    /// The poster's own name for it.
    pub id: MessageId,
    /// Who posted it.
    pub username: Username,
    /// What it says. Empty in a retraction, and in what was retracted.
    pub text: String,
    /// When the server took it, by the server's clock. Order is by `seq`, never by this.
    pub sent_at: Timestamp,
    /// What it says of an earlier message, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// How the author's name is known.
    #[serde(default, skip_serializing_if = "Authorship::is_proven")]
    pub authorship: Authorship,
}

/// How the name of a message's author is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorship {
    /// A token proved the name. This is the default, and is not written on the wire.
    #[default]
    Proven,
    /// The name was only stated: anybody could have used it. Nobody can edit or retract the message.
    Unproven,
    /// The message comes from an import. The name belongs to no account of this server.
    Imported,
}

impl Authorship {
    /// Whether a token proved the name.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub fn is_proven(&self) -> bool {
        *self == Self::Proven
    }
}

impl Message {
    /// Whether it stands for itself in a timeline: a message or a reply, not an edit, retraction or reaction.
    pub fn is_entry(&self) -> bool {
        self.about.is_none_or(|about| about.kind == AboutKind::Reply)
    }
}

/// What a message says of an earlier one in its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The earlier message.
    pub seq: Seq,
    /// What is said of it.
    #[serde(rename = "as")]
    pub kind: AboutKind,
}

/// The ways in which a message can be about an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AboutKind {
    /// An answer to it, itself an entry of the timeline.
    Reply,
    /// Its author gives it a new text.
    Edit,
    /// Its author takes it back: its text is blanked everywhere. A reaction is taken back likewise.
    Retraction,
    /// Somebody reacts with the emoji that is the text.
    Reaction,
}

impl AboutKind {
    /// The word that the protocol and the store use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Edit => "edit",
            Self::Retraction => "retraction",
            Self::Reaction => "reaction",
        }
    }
}

/// A message that a client wants in a room's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The room.
    pub room: RoomName,
    /// The client's own name for the post: posting it again with the same id stores it once.
    pub id: MessageId,
    /// What it says.
    pub text: String,
    /// What it says of an earlier message, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// Why a post cannot be taken, whoever posts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostError {
    /// The text is empty, or has only white space and invisible characters.
    Empty,
    /// The text is longer than [`limits::TEXT_BYTES`].
    TooLong {
        /// Its size in bytes.
        bytes: usize,
    },
    /// A retraction has no text of its own.
    RetractionWithText,
    /// The text of a reaction is not one emoji, or is longer than [`limits::REACTION_BYTES`].
    NotAReaction,
}

impl fmt::Display for PostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a message needs a text that can be seen"),
            Self::TooLong { bytes } => {
                write!(f, "a text has at most {} bytes, this one has {bytes}", limits::TEXT_BYTES)
            }
            Self::RetractionWithText => f.write_str("a retraction has no text"),
            Self::NotAReaction => {
                write!(f, "a reaction is one emoji of at most {} bytes", limits::REACTION_BYTES)
            }
        }
    }
}

impl std::error::Error for PostError {}

impl Post {
    /// What can be checked without the log: that the text fits the kind of message.
    pub fn check(&self) -> Result<(), PostError> {
        let text = self.text.as_str();
        match self.about.map(|about| about.kind) {
            Some(AboutKind::Retraction) if text.is_empty() => Ok(()),
            Some(AboutKind::Retraction) => Err(PostError::RetractionWithText),
            Some(AboutKind::Reaction) => {
                let fits = text.len() <= limits::REACTION_BYTES && is_emoji(text);
                if fits { Ok(()) } else { Err(PostError::NotAReaction) }
            }
            _ if is_blank(text) => Err(PostError::Empty),
            _ if text.len() > limits::TEXT_BYTES => Err(PostError::TooLong { bytes: text.len() }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: Option<AboutKind>) -> Result<(), PostError> {
        let about = kind.map(|kind| About { seq: Seq(1), kind });
        let (room, id) = ("lobby".parse().unwrap(), "k3".parse().unwrap());
        Post { room, id, text: text.to_owned(), about }.check()
    }

    #[test]
    fn a_text_that_shows_nothing_is_refused() {
        for kind in [None, Some(AboutKind::Reply), Some(AboutKind::Edit)] {
            for text in ["", " \n", "\u{200B}", "\u{200B} \u{2060}\u{FEFF}", "\u{3164}", "\u{0}"] {
                assert_eq!(check(text, kind), Err(PostError::Empty), "{text:?}");
            }
            assert_eq!(check("\u{200B}hi", kind), Ok(()));
            let long = "x".repeat(limits::TEXT_BYTES + 1);
            assert_eq!(check(&long, kind), Err(PostError::TooLong { bytes: long.len() }));
            assert_eq!(check(&long[1..], kind), Ok(()));
        }
    }

    #[test]
    fn a_reaction_is_one_emoji() {
        for text in ["👍", "1️⃣", "🇹🇼", "👩🏽‍🚀", "©️"] {
            assert_eq!(check(text, Some(AboutKind::Reaction)), Ok(()), "{text}");
        }
        let family = "👩🏽‍🚀".to_owned() + &"‍👩🏽‍🚀".repeat(5);
        for text in ["", "<b>", "ok", "+1", "👍👍", "👍 ", family.as_str()] {
            assert_eq!(check(text, Some(AboutKind::Reaction)), Err(PostError::NotAReaction), "{text:?}");
        }
    }

    #[test]
    fn a_retraction_has_no_text() {
        assert_eq!(check("", Some(AboutKind::Retraction)), Ok(()));
        assert_eq!(check(" ", Some(AboutKind::Retraction)), Err(PostError::RetractionWithText));
    }
}
