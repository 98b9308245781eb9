//! What a reply quotes of the message that it answers.

use yew::{Context, Html, html};

use super::{MessageAction, Msg, Row, tab, texts::texts};
use crate::{author, i18n::fill};

/// The message that it replies to, in short.
pub(super) fn quote(ctx: &Context<Row>) -> Html {
    let props = ctx.props();
    let texts = texts(props.locale.language);
    let words = props.locale.words();
    let Some(quote) = &props.quote else { return Html::default() };
    let seq = quote.seq;
    let onclick = ctx.link().callback(move |_| Msg::Action(MessageAction::Open(seq)));
    let quoted_text = match &quote.entry {
        Some(entry) if entry.retracted => html! { <span class="quoted-text">{ texts.retracted }</span> },
        Some(entry) => {
            let quoted_text: String = entry.message.text.chars().take(160).collect();
            html! { <>{ author::name_in(&entry.message, &props.locale) }<bdi class="quoted-text">{ quoted_text }</bdi></> }
        }
        None => html! { <span class="quoted-text">{ texts.reply_unknown }</span> },
    };
    let label = quote.entry.as_ref().map_or_else(
        || texts.reply_unknown.to_owned(),
        |entry| fill(words.replying_to, &[author::called(&entry.message, &props.locale)]),
    );
    html! {
        <button type="button" class="quote" {onclick} title={label} tabindex={tab(props)} data-testid="quote">
            { quoted_text }
        </button>
    }
}
