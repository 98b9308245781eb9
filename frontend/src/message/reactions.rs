//! The reactions below a message, and the emoji picker.

use shared::{Entry, Username};
use yew::{Callback, Html, MouseEvent, classes, html};

use super::{Changes, texts::Texts};
use crate::i18n::fill;

/// The emoji in the picker.
const EMOJI: [&str; 24] = [
    "👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "🔥", "✅", "❌", "💯", "👏", "🤔", "😅", "😍", "🚀",
    "👋", "💡", "🐛", "☕", "🌟", "🤝", "🥳",
];

/// The emoji that the sheet offers at once.
pub(crate) const QUICK: &[&str] = EMOJI.split_at(6).0;

/// The reactions of an entry. Each is a button that adds or retracts the user's own.
pub(crate) fn reactions(
    entry: &Entry,
    changes: &Changes,
    me: Option<&Username>,
    texts: &Texts,
    is_tab_stop: bool,
    on_react: &Callback<String>,
) -> Html {
    let mut chips: Vec<Html> = Vec::new();
    for reaction in &entry.reactions {
        let mine = reaction.seq_of(me);
        let leaving = mine.is_some_and(|seq| changes.taking_back.contains(&seq));
        let count = reaction.by.len() - usize::from(leaving);
        if count == 0 {
            continue;
        }
        let by: Vec<&str> = reaction.by.iter().take(20).map(|(username, _)| username.as_str()).collect();
        chips.push(reaction_button(
            &reaction.emoji,
            count,
            mine.is_some() && !leaving,
            &by.join(", "),
            texts,
            is_tab_stop && chips.is_empty(),
            on_react,
        ));
    }
    for emoji in &changes.reacting {
        if !entry.reactions.iter().any(|reaction| reaction.emoji == *emoji) {
            let is_tab_stop = is_tab_stop && chips.is_empty();
            chips.push(reaction_button(emoji, 1, true, texts.sending, texts, is_tab_stop, on_react));
        }
    }
    if chips.is_empty() {
        return Html::default();
    }
    html! {
        <div class="reactions" role="toolbar" aria-label={texts.reactions} data-testid="reactions">{ for chips }</div>
    }
}

fn reaction_button(
    emoji: &str,
    count: usize,
    mine: bool,
    by: &str,
    texts: &Texts,
    is_tab_stop: bool,
    on_react: &Callback<String>,
) -> Html {
    let label = fill(texts.react_with, &[emoji, &count.to_string(), by]);
    let onclick = {
        let (on_react, emoji) = (on_react.clone(), emoji.to_owned());
        move |_: MouseEvent| on_react.emit(emoji.clone())
    };
    html! {
        <button
            key={emoji.to_owned()} type="button" class={classes!("reaction", mine.then_some("mine"))} {onclick}
            tabindex={(!is_tab_stop).then_some("-1")} aria-pressed={mine.to_string()} aria-label={label.clone()} title={label} data-testid="reaction"
        >
            <span class="emoji" dir="auto">{ emoji }</span><span class="count">{ count }</span>
        </button>
    }
}

/// The emoji picker. The arrow keys move between its buttons.
pub(crate) fn picker(label: &'static str, on_pick: &Callback<String>) -> Html {
    let button = |(index, emoji): (usize, &'static str)| {
        let on_pick = on_pick.clone();
        let onclick = move |_: MouseEvent| on_pick.emit(emoji.to_owned());
        html! {
            <button
                key={emoji} type="button" class="emoji" {onclick} tabindex={(index > 0).then_some("-1")}
                data-testid="emoji"
            >
                { emoji }
            </button>
        }
    };
    html! {
        <div class="picker" role="toolbar" aria-label={label} data-testid="picker">
            { for EMOJI.into_iter().enumerate().map(button) }
        </div>
    }
}
