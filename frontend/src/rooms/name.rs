//! The first visit: one field, and a friendly name already in it.

use shared::Username;
use web_sys::HtmlInputElement;
use yew::{
    AttrValue, Callback, Html, InputEvent, Properties, SubmitEvent, TargetCast, function_component, html,
    use_effect_with, use_node_ref, use_state,
};

use super::settings::language_select;
use crate::{Ui, i18n::Language, i18n::Texts};

/// What the form needs.
#[derive(Properties, PartialEq)]
pub struct NameProps {
    /// The language.
    pub ui: Ui,
    /// The name that was chosen before.
    pub name: Option<Username>,
    /// Why another name is needed.
    pub trouble: Option<AttrValue>,
    /// A name was chosen.
    pub on_name: Callback<Username>,
    /// A language was chosen.
    pub on_language: Callback<Language>,
}

/// See the module's page.
#[function_component]
pub fn NameForm(props: &NameProps) -> Html {
    let texts = props.ui.texts();
    let chosen = {
        let before = props.name.as_ref().map(|name| name.as_str().to_owned());
        use_state(move || before.unwrap_or_else(|| guest_name(texts)))
    };
    let invalid = use_state(|| false);
    let field = use_node_ref();
    use_effect_with((), {
        let field = field.clone();
        move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            }
        }
    });
    let oninput = {
        let (chosen, invalid) = (chosen.clone(), invalid.clone());
        move |event: InputEvent| {
            chosen.set(event.target_unchecked_into::<HtmlInputElement>().value());
            invalid.set(false);
        }
    };
    let onsubmit = {
        let (chosen, invalid, on_name) = (chosen.clone(), invalid.clone(), props.on_name.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            match Username::parse(chosen.trim()) {
                Ok(name) => on_name.emit(name),
                Err(_) => invalid.set(true),
            }
        }
    };
    let trouble = if *invalid { Some(AttrValue::Static(texts.name_rules)) } else { props.trouble.clone() };
    html! {
        <main class="door">
            <form class="door-card" {onsubmit}>
                <p class="brand">{ texts.app }</p>
                <h1>{ texts.welcome }</h1>
                <p class="secondary">{ texts.welcome_hint }</p>
                <label for="name">{ texts.your_name }</label>
                <div class="door-row">
                    <input
                        id="name" ref={field} class="field" type="text" dir="auto" autocomplete="nickname"
                        spellcheck="false" data-testid="name-field" maxlength="64" value={(*chosen).clone()} {oninput}
                        aria-invalid={trouble.is_some().to_string()} aria-describedby="name-trouble"
                    />
                    <button class="button primary" type="submit" data-testid="name-submit">{ texts.enter }</button>
                </div>
                <p id="name-trouble" class="trouble" role="alert" data-testid="name-trouble">
                    { trouble.unwrap_or_default() }
                </p>
                { language_select(&props.ui, props.on_language.clone()) }
            </form>
        </main>
    }
}

/// A name that is likely to be free, and pleasant to keep.
fn guest_name(texts: &Texts) -> String {
    let pick = |words: &'static [&'static str]| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a short list"
        )]
        let index = (js_sys::Math::random() * words.len() as f64) as usize;
        words.get(index).copied().unwrap_or_default()
    };
    #[expect(clippy::cast_possible_truncation, reason = "two digits")]
    let number = 10 + (js_sys::Math::random() * 90.0) as i32;
    let (first, last) = (pick(texts.guest_first), pick(texts.guest_last));
    let space = if first.is_ascii() { " " } else { "" };
    format!("{first}{space}{last}{space}{number}")
}
