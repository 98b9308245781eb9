//! A message's text as elements. Every character becomes part of a text node or of a link's URL.

use shared::{
    Username,
    markup::{self, Block, Inline},
};
use yew::{Html, classes, html};

use super::texts::Texts;

/// The context for rendering texts.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) texts: &'static Texts,
    pub(crate) me: Option<&'a Username>,
    pub(crate) names: &'a [Username],
    /// Whether links and code can be reached with Tab: those of one message can.
    pub(crate) is_tab_stop: bool,
}

impl Reader<'_> {
    /// Renders a text with code, links, quotes and mentions. The author is placed before an action (`/me waves`), and
    /// `tail` after the text.
    pub(crate) fn read(&self, text: &str, author: Html, tail: &Html) -> Html {
        let markup = markup::parse(text, self.names);
        let last = markup.blocks.len().saturating_sub(1);
        let nothing = Html::default();
        let blocks = markup.blocks.iter().enumerate();
        let blocks =
            blocks.map(|(index, block)| self.block(block, if index == last { tail } else { &nothing }));
        if markup.action {
            html! {
                <div class="text action" dir="auto">{ author }{ " " }{ for blocks }</div>
            }
        } else {
            html! { <div class="text" dir="auto">{ for blocks }</div> }
        }
    }

    fn block(&self, block: &Block<'_>, tail: &Html) -> Html {
        let tail = tail.clone();
        match block {
            Block::Paragraph(inlines) => html! { <p dir="auto">{ self.inlines(inlines) }{ tail }</p> },
            Block::Quote(inlines) => html! {
                <><blockquote dir="auto">{ self.inlines(inlines) }</blockquote>{ tail }</>
            },
            Block::Code { text, .. } => html! {
                <>
                    <pre tabindex={if self.is_tab_stop { "0" } else { "-1" }} role="group" dir="ltr" aria-label={self.texts.code_block}>
                        <code>{ *text }</code>
                    </pre>
                    { tail }
                </>
            },
        }
    }

    fn inlines(&self, inlines: &[Inline<'_>]) -> Html {
        inlines.iter().map(|inline| self.inline(inline)).collect()
    }

    fn inline(&self, inline: &Inline<'_>) -> Html {
        match inline {
            Inline::Text(text) => html! { { *text } },
            Inline::Break => html! { <br /> },
            Inline::Code(code) => html! { <code>{ *code }</code> },
            Inline::Strong(inner) => html! { <strong>{ self.inlines(inner) }</strong> },
            Inline::Emphasis(inner) => html! { <em>{ self.inlines(inner) }</em> },
            Inline::Link(address) => html! {
                <a
                    href={(*address).to_owned()} target="_blank" rel="noopener noreferrer"
                    tabindex={(!self.is_tab_stop).then_some("-1")}
                >
                    { *address }
                </a>
            },
            Inline::Mention { text, username } => {
                let mine = self.me == Some(username);
                html! { <bdi class={classes!("mention", mine.then_some("of-me"))}>{ *text }</bdi> }
            }
        }
    }
}
