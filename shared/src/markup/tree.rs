//! The tree of a parsed text.

use crate::names::Username;

/// A parsed text. It borrows from the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markup<'a> {
    /// The text starts with `/me `: it describes what its author does.
    pub action: bool,
    /// The blocks, each of whole lines.
    pub blocks: Vec<Block<'a>>,
}

/// One or more whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block<'a> {
    /// Plain lines.
    Paragraph(Vec<Inline<'a>>),
    /// Quoted lines.
    Quote(Vec<Inline<'a>>),
    /// Lines of code, displayed verbatim.
    Code {
        /// The language, if given.
        language: Option<&'a str>,
        /// The lines.
        text: &'a str,
    },
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline<'a> {
    /// Plain text.
    Text(&'a str),
    /// A line break between two lines of a block.
    Break,
    /// Code, displayed verbatim.
    Code(&'a str),
    /// Strong emphasis.
    Strong(Vec<Inline<'a>>),
    /// Emphasis.
    Emphasis(Vec<Inline<'a>>),
    /// A link whose text is its URL. Its scheme is http, https or mailto, in any case.
    Link(&'a str),
    /// A mention of a user.
    Mention {
        /// The text as written, with the `@`.
        text: &'a str,
        /// The user.
        username: Username,
    },
}

impl Markup<'_> {
    /// The displayed text without marks, for example for a notification.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        for (at, block) in self.blocks.iter().enumerate() {
            if at > 0 {
                plain.push('\n');
            }
            match block {
                Block::Paragraph(inlines) | Block::Quote(inlines) => add_plain(inlines, &mut plain),
                Block::Code { text, .. } => plain.push_str(text),
            }
        }
        plain
    }

    /// Whether the text mentions a user.
    pub fn mentions(&self, name: &Username) -> bool {
        self.blocks.iter().any(|block| match block {
            Block::Paragraph(inlines) | Block::Quote(inlines) => mentioned(inlines, name),
            Block::Code { .. } => false,
        })
    }
}

fn add_plain(inlines: &[Inline<'_>], plain: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) | Inline::Link(text) | Inline::Mention { text, .. } => {
                plain.push_str(text);
            }
            Inline::Break => plain.push('\n'),
            Inline::Strong(inner) | Inline::Emphasis(inner) => add_plain(inner, plain),
        }
    }
}

fn mentioned(inlines: &[Inline<'_>], name: &Username) -> bool {
    inlines.iter().any(|inline| match inline {
        Inline::Mention { username, .. } => username == name,
        Inline::Strong(inner) | Inline::Emphasis(inner) => mentioned(inner, name),
        _ => false,
    })
}
