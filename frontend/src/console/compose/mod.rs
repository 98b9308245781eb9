//! The message to send: text, JSON or bytes, with templates.

pub(crate) mod bytes;
pub(crate) mod json;
pub(crate) mod template;

use bytes::BytesError;
use template::Values;

use super::log::Body;

/// The format of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Hex,
    Base64,
}

impl Format {
    pub(crate) const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Hex, Self::Base64];

    /// The name in the markup.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }
}

/// A message that is not sent yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Draft {
    pub(crate) format: Format,
    pub(crate) text: String,
}

/// Why a draft cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DraftError {
    /// It is not JSON, with the parser's message.
    Json(String),
    /// It cannot be decoded.
    Bytes(BytesError),
}

impl Draft {
    /// Fills in the templates and decodes the result.
    pub(crate) fn body(&self, values: &mut Values<'_>) -> Result<Body, DraftError> {
        let text = template::fill(&self.text, values);
        match self.format {
            Format::Text => Ok(Body::Text(text.into())),
            Format::Json => {
                json::check(&text).map_err(DraftError::Json)?;
                Ok(Body::Text(text.into()))
            }
            Format::Hex => bytes::parse_hex(&text).map(binary).map_err(DraftError::Bytes),
            Format::Base64 => bytes::parse_base64(&text).map(binary).map_err(DraftError::Bytes),
        }
    }
}

fn binary(bytes: Vec<u8>) -> Body {
    Body::Binary(bytes.into())
}
