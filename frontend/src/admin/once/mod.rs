//! A line to copy, and secrets that are told once.

mod texts;

use yew::{AttrValue, Html, MouseEvent, Properties, function_component, html, use_state_eq};

use super::context::use_admin;
use texts::texts;

/// What a line needs.
#[derive(Properties, PartialEq)]
pub(super) struct CopyLineProps {
    /// What it is, for people.
    pub(super) label: AttrValue,
    /// The line.
    pub(super) text: AttrValue,
    /// Whether it is a secret that is not shown again.
    #[prop_or_default]
    pub(super) once: bool,
}

/// A line with a button that copies it.
#[function_component]
pub(super) fn CopyLine(props: &CopyLineProps) -> Html {
    let locale = use_admin().locale;
    let words = locale.words();
    let copied = use_state_eq(|| false);
    let onclick = {
        let (copied, text) = (copied.clone(), props.text.clone());
        move |_: MouseEvent| {
            crate::browser::copy(&text);
            copied.set(true);
        }
    };
    html! {
        <div class="copy-line">
            <div class="copy-line-head">
                <span class="label">{ props.label.clone() }</span>
                <button class="button" type="button" {onclick} aria-label={format!("{}: {}", words.copy, props.label)} data-testid="copy">
                    { if *copied { words.copied } else { words.copy } }
                </button>
            </div>
            <code class="copy-line-text" dir="ltr" data-testid="to-copy">{ props.text.clone() }</code>
            if props.once {
                <p class="hint">{ texts(locale.language).once }</p>
            }
        </div>
    }
}
