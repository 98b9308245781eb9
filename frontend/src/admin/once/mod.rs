//! A line to copy, and secrets that are told once.

mod texts;

use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, function_component, hook, html, use_callback,
    use_mut_ref, use_state_eq,
};

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
    /// It was copied.
    #[prop_or_default]
    pub(super) on_copied: Callback<()>,
}

/// A line with a button that copies it.
#[function_component]
pub(super) fn CopyLine(props: &CopyLineProps) -> Html {
    let locale = use_admin().locale;
    let words = locale.words();
    let copied = use_state_eq(|| false);
    let onclick = {
        let (copied, text, on_copied) = (copied.clone(), props.text.clone(), props.on_copied.clone());
        move |_: MouseEvent| {
            crate::browser::copy(&text);
            copied.set(true);
            on_copied.emit(());
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

/// A dialog with a secret that is told once.
pub(super) struct Told {
    /// Closes the dialog. While the secret is there and was not copied, the user is warned first, once.
    pub(super) on_close: Callback<()>,
    /// The secret was copied.
    pub(super) on_copied: Callback<()>,
    /// The warning. The element is always there, so that screen readers read what comes into it.
    pub(super) warning: Html,
}

/// Keeps a dialog from being closed by mistake while `is_told`, the secret is shown.
#[hook]
pub(super) fn use_told(is_told: bool, on_close: Callback<()>) -> Told {
    let locale = use_admin().locale;
    let is_warned = use_state_eq(|| false);
    // The callback of the dialog's layer is that of the first render.
    let is_safe = use_mut_ref(|| true);
    let was_told = use_mut_ref(|| false);
    if was_told.replace(is_told) != is_told {
        is_safe.replace(!is_told);
    }
    let on_copied = use_callback((), {
        let (is_safe, is_warned) = (is_safe.clone(), is_warned.clone());
        move |(), ()| {
            is_safe.replace(true);
            is_warned.set(false);
        }
    });
    let on_close = use_callback(on_close, {
        let is_warned = is_warned.clone();
        move |(), on_close| {
            if is_safe.replace(true) {
                is_warned.set(false);
                on_close.emit(());
            } else {
                is_warned.set(true);
            }
        }
    });
    let warning = html! {
        <p class="error" role="alert" data-testid="not-copied">
            { if *is_warned { texts(locale.language).not_copied } else { "" } }
        </p>
    };
    Told { on_close, on_copied, warning }
}
