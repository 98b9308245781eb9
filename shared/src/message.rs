//! The messages of a room's log, and the posts that clients send.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    characters::{is_blank, is_emoji},
    json::{FieldError, FromJson, Json, Object},
    limits,
    names::{MessageId, RoomName, Seq, Username},
    time::Timestamp,
};

/// One message of a room's log. Everything that happens in a room is a message; some are about an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The room.
    pub room: RoomName,
    /// Its number in the room's log.
    pub seq: Seq,
    /// The id that the poster chose.
    pub id: MessageId,
    /// Who posted it.
    pub username: Username,
    /// Its text. Empty in a retraction, and in a message that was retracted.
    pub text: String,
    /// When the server received it, by the server's clock. The order is given by `seq`, not by this.
    pub sent_at: Timestamp,
    /// The earlier message that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// How the author's name is known.
    #[serde(default, skip_serializing_if = "Authorship::is_proven")]
    pub authorship: Authorship,
}

/// Takes a message out of its JSON.
pub(crate) fn read(from: &mut Object<'_>) -> Result<Message, FieldError> {
    Ok(Message {
        room: from.required("room")?,
        seq: from.required("seq")?,
        id: from.required("id")?,
        username: from.required("username")?,
        text: from.required("text")?,
        sent_at: from.required("sent_at")?,
        about: from.optional("about")?,
        authorship: from.optional("authorship")?.unwrap_or_default(),
    })
}

impl FromJson for Message {
    fn from_json(json: Json<'_>) -> Option<Self> {
        read(&mut json.object()?).ok()
    }
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
    /// The author's account was deleted. The name is [`Username::deleted`].
    Deleted,
}

impl Authorship {
    /// Whether a token proved the name.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub fn is_proven(&self) -> bool {
        *self == Self::Proven
    }
}

impl FromJson for Authorship {
    fn from_json(json: Json<'_>) -> Option<Self> {
        match &*json.text()? {
            "proven" => Some(Self::Proven),
            "unproven" => Some(Self::Unproven),
            "imported" => Some(Self::Imported),
            "deleted" => Some(Self::Deleted),
            _ => None,
        }
    }
}

impl Message {
    /// The account of this name was deleted, and `blanked` says whether its texts were, too.
    pub fn account_deleted(&mut self, username: &Username, blanked: bool) {
        if self.username == *username && self.authorship.is_proven() {
            self.username = Username::deleted();
            self.authorship = Authorship::Deleted;
            if blanked {
                self.text.clear();
            }
        }
    }

    /// Whether it is an entry of a timeline: a message or a reply, not an edit, retraction or reaction.
    pub fn is_entry(&self) -> bool {
        self.about.is_none_or(|about| about.kind == AboutKind::Reply)
    }
}

/// Which earlier message of the room a message is about, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The earlier message.
    pub seq: Seq,
    /// How it relates to the earlier message.
    #[serde(rename = "as")]
    pub kind: AboutKind,
}

/// How a message relates to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AboutKind {
    /// A reply, itself an entry of the timeline.
    Reply,
    /// Its author replaces the text.
    Edit,
    /// Its author deletes it: the text is blanked everywhere. A reaction is removed in the same way.
    Retraction,
    /// A reaction with the emoji in the text.
    Reaction,
}

impl AboutKind {
    /// The name in the protocol and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Edit => "edit",
            Self::Retraction => "retraction",
            Self::Reaction => "reaction",
        }
    }
}

impl FromJson for AboutKind {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let word = json.text()?;
        [Self::Reply, Self::Edit, Self::Retraction, Self::Reaction]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

impl FromJson for About {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self { seq: from.required("seq").ok()?, kind: from.required("as").ok()? })
    }
}

/// A message that a client wants to add to a room's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The room.
    pub room: RoomName,
    /// The client's id of the post: a second post with the same id is not stored.
    pub id: MessageId,
    /// Its text.
    pub text: String,
    /// The earlier message that it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

impl FromJson for Post {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let mut from = json.object()?;
        Some(Self {
            room: from.required("room").ok()?,
            id: from.required("id").ok()?,
            text: from.required("text").ok()?,
            about: from.optional("about").ok()?,
        })
    }
}

/// Why a post is invalid, whoever posts it.
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
            Self::Empty => f.write_str("a message needs a text that is visible"),
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
    /// Checks everything that can be checked without the log: that the text fits the kind of message.
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
