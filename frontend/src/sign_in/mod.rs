//! The sign-in screen: one field with a suggested name.

mod texts;

use shared::Username;
use web_sys::HtmlInputElement;
use yew::{
    AttrValue, Callback, Html, InputEvent, Properties, SubmitEvent, TargetCast, function_component, html,
    use_effect_with, use_node_ref, use_state,
};

use crate::{context::use_app, i18n::Language, settings::language_select};
use texts::{Texts, texts};

/// What the form needs.
#[derive(Properties, PartialEq)]
pub struct SignInProps {
    /// The name that was chosen before.
    pub name: Option<Username>,
    /// Why another name is needed.
    pub error: Option<AttrValue>,
    /// A name was chosen.
    pub on_name: Callback<Username>,
    /// A language was chosen.
    pub on_language: Callback<Language>,
}

/// The form that asks for a name.
#[function_component]
pub fn SignIn(props: &SignInProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let words = locale.words();
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
    let error = if *invalid { Some(AttrValue::Static(texts.name_rules)) } else { props.error.clone() };
    html! {
        <main class="sign-in">
            <form class="sign-in-card" {onsubmit}>
                <p class="brand">{ words.app }</p>
                <h1>{ texts.welcome }</h1>
                <p class="secondary">{ texts.welcome_hint }</p>
                <label for="name">{ texts.your_name }</label>
                <div class="sign-in-row">
                    <input
                        id="name" ref={field} class="field" type="text" dir="auto" autocomplete="nickname"
                        spellcheck="false" data-testid="name-field" maxlength="64" value={(*chosen).clone()} {oninput}
                        aria-invalid={error.is_some().to_string()} aria-describedby="name-error"
                    />
                    <button class="button primary" type="submit" data-testid="name-submit">{ texts.enter }</button>
                </div>
                <p id="name-error" class="error" role="alert" data-testid="name-error">
                    { error.unwrap_or_default() }
                </p>
                { language_select(&locale, props.on_language.clone()) }
            </form>
        </main>
    }
}

/// A suggested name that is likely to be free.
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
