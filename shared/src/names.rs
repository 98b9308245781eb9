//! Newtypes for names, ids and seqs. Each is validated once, when it is parsed.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::characters::{is_blank, is_invisible};

/// Why a text is not a valid name. The message says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError(pub(crate) &'static str);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NameError {}

/// A newtype over shared text. `$check` validates it, also when it is deserialized.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text, if it is a valid name of this kind.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                $check(text).map(|()| Self(text.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl crate::json::FromJson for $name {
            fn from_json(json: crate::json::Json<'_>) -> Option<Self> {
                Self::parse(&json.text()?).ok()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(de::Error::custom)
            }
        }
    };
}

/// `Display` and `Debug` for a name that is not secret.
macro_rules! display {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

name! {
    /// A room's name: 1 to 64 of `a-z 0-9 . _ -`, and not only dots, which mean something else in a path.
    RoomName, check_room
}
name! {
    /// A user's name: 1 to 32 characters of any script, without controls, bidirectional overrides, zero-width
    /// characters, or white space other than spaces. The server stores names in Unicode's NFC, and
    /// takes no two that look alike (UTS 39 skeletons).
    Username, check_username
}
name! {
    /// A client's own id of a post, which makes retries idempotent: 1 to 64 printable ASCII characters without
    /// spaces. A second post with the same room, username and id is the same post.
    MessageId, check_id
}
name! {
    /// The identity of a store's numbering. It changes when seqs could be reused, for example if the store is wiped.
    Epoch, check_epoch
}
name! {
    /// A signed proof of a username. It is a secret: `Debug` does not show it, and there is no `Display`.
    Token, check_token
}
name! {
    /// A client's proof that a claim of a username is its own: 16 to 128 printable ASCII characters without spaces, made
    /// of at least 128 random bits. It is a secret: `Debug` does not show it, and there is no `Display`.
    ClaimSecret, check_claim_secret
}
name! {
    /// A code that a second device redeems for a token, once: 1 to 64 printable ASCII characters without spaces. It is a
    /// secret: `Debug` does not show it, and there is no `Display`.
    DeviceCode, check_device_code
}
name! {
    /// What a room is about: 1 to 200 characters on one line, without controls and characters that reorder text.
    Topic, check_topic
}
name! {
    /// The secret of an invitation: 16 to 64 printable ASCII characters without spaces. `Debug` does not show it, and there is
    /// no `Display`.
    InvitationSecret, check_invitation_secret
}
display!(RoomName);
display!(Username);
display!(MessageId);
display!(Epoch);
display!(Topic);

impl fmt::Debug for InvitationSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationSecret(…)")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Debug for ClaimSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimSecret(…)")
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceCode(…)")
    }
}

impl Username {
    /// The name under which the messages of deleted accounts are shown. Nobody can have it.
    pub fn deleted() -> Self {
        Self("deleted".into())
    }
}

fn check(ok: bool, otherwise: &'static str) -> Result<(), NameError> {
    if ok { Ok(()) } else { Err(NameError(otherwise)) }
}

fn check_room(text: &str) -> Result<(), NameError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
    check(
        (1..=64).contains(&text.len()) && text.bytes().all(allowed) && text.bytes().any(|b| b != b'.'),
        "a room's name is 1 to 64 of a-z 0-9 . _ -, and not only dots",
    )
}

fn check_username(text: &str) -> Result<(), NameError> {
    let count = text.chars().count();
    check((1..=32).contains(&count), "a username has 1 to 32 characters")?;
    check(!text.chars().any(is_hidden), "a username has no control, bidirectional or zero-width characters")?;
    check(
        !text.trim().is_empty() && text.chars().all(|c| c == ' ' || !c.is_whitespace()),
        "the only white space in a username is spaces, next to other characters",
    )
}

/// Characters that are invisible but change how a name looks, and private-use characters, which look different on
/// each device.
fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{2028}' | '\u{2029}')
}

fn check_id(text: &str) -> Result<(), NameError> {
    check(
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
        "an id is 1 to 64 printable ASCII characters without spaces",
    )
}

fn check_epoch(text: &str) -> Result<(), NameError> {
    check(
        (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()),
        "an epoch is 1 to 32 of a-z A-Z 0-9",
    )
}

fn check_token(text: &str) -> Result<(), NameError> {
    check(
        (1..=8192).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
        "a token is 1 to 8192 printable ASCII characters without spaces",
    )
}

fn check_claim_secret(text: &str) -> Result<(), NameError> {
    check(
        (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
        "a secret is 16 to 128 printable ASCII characters without spaces",
    )
}

fn check_topic(text: &str) -> Result<(), NameError> {
    check((1..=200).contains(&text.chars().count()), "a topic has 1 to 200 characters")?;
    check(
        !is_blank(text)
            && !text
                .chars()
                .any(|c| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')),
        "a topic is one visible line, without control and bidirectional characters",
    )
}

fn check_invitation_secret(text: &str) -> Result<(), NameError> {
    check(
        (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
        "an invitation's secret is 16 to 64 printable ASCII characters without spaces",
    )
}

fn check_device_code(text: &str) -> Result<(), NameError> {
    check(
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
        "a device code is 1 to 64 printable ASCII characters without spaces",
    )
}

/// A message's number in its room. Seqs start at 1 and rise strictly within an [`Epoch`]; there may be gaps. They are
/// below 2^53, so that JavaScript can represent them. `Seq::ZERO` is before every message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct Seq(pub u64);

impl TryFrom<u64> for Seq {
    type Error = NameError;
    fn try_from(number: u64) -> Result<Self, NameError> {
        check(number <= Self::MAX.0, "a seq is a whole number below 2^53").map(|()| Self(number))
    }
}

impl crate::json::FromJson for Seq {
    fn from_json(json: crate::json::Json<'_>) -> Option<Self> {
        u64::from_json(json)?.try_into().ok()
    }
}

impl Seq {
    /// A position before all messages.
    pub const ZERO: Self = Self(0);
    /// A position after all messages: 2^53 − 1.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The next number.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The previous number. `ZERO` returns itself.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_lower_case_ascii() {
        for good in ["lobby", "a", "team.a_b-9", ".well-known", "..a", &"x".repeat(64)] {
            assert!(RoomName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "Lobby", "a b", "röm", "a/b", ".", "..", "...", &"x".repeat(65)] {
            assert!(RoomName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn usernames_can_use_any_script_but_no_invisible_characters() {
        for good in ["ann", "王小明", "|QuaD-", "Ann Lee", "zcat[1] ", "Ж", "👩", &"字".repeat(32)] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        let bad = [
            "",
            " ",
            "a\tb",
            "a\nb",
            "a\u{200b}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "\u{feff}a",
            "a\u{0}",
            "a\u{a0}b",
            "\u{3164}",
            &"字".repeat(33),
        ];
        for bad in bad {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_in_json_is_checked_like_any_other() {
        assert!(serde_json::from_str::<RoomName>("\"lobby\"").is_ok());
        let error = serde_json::from_str::<RoomName>("\"Lobby\"").unwrap_err();
        assert!(error.to_string().contains("1 to 64"), "{error}");
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Token::parse("secret").unwrap()), "Token(…)");
        assert_eq!(format!("{:?}", ClaimSecret::parse(&"s".repeat(16)).unwrap()), "ClaimSecret(…)");
        assert_eq!(format!("{:?}", DeviceCode::parse("secret").unwrap()), "DeviceCode(…)");
        let secret = InvitationSecret::parse(&"s".repeat(16)).unwrap();
        assert_eq!(format!("{secret:?}"), "InvitationSecret(…)");
    }

    #[test]
    fn a_topic_is_one_visible_line() {
        for good in ["Releases", "发布 · 每周五", "👩‍🚀", &"字".repeat(200)] {
            assert!(Topic::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "\u{200b}", "a\nb", "a\u{2028}b", "a\u{202e}b", "a\u{2066}b", &"字".repeat(201)]
        {
            assert!(Topic::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_invitations_secret_is_long_ascii() {
        for good in ["0123456789abcdef", &"x".repeat(64)] {
            assert!(InvitationSecret::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdefé", &"x".repeat(65)] {
            assert!(InvitationSecret::parse(bad).is_err(), "{bad}");
        }
    }
}
