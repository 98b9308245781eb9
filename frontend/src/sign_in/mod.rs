//! The first screen: one field with a suggested name, or how somebody comes into a house that is not open to everybody.

mod texts;

use shared::{
    Refusal, RefusalCode, Username,
    house::{Access, INVITATION_FRAGMENT, TOKEN_FRAGMENT},
    json,
};
use web_sys::HtmlInputElement;
use yew::{
    AttrValue, Callback, Html, InputEvent, MouseEvent, Properties, SubmitEvent, TargetCast,
    function_component, html, platform::spawn_local, use_effect_with, use_node_ref, use_state,
};

use crate::{
    Locale,
    browser::{
        http::{self, Failure},
        window,
    },
    context::use_app,
    i18n::{Language, fill},
    settings::language_select,
};
use texts::{Texts, texts};

/// What the screen needs.
#[derive(Properties, PartialEq)]
pub struct SignInProps {
    /// The name that was chosen before.
    pub name: Option<Username>,
    /// Why the server has refused the user.
    pub refusal: Option<RefusalCode>,
    /// Why another name is needed.
    pub error: Option<AttrValue>,
    /// Whether a token of the name was refused before.
    pub lost_token: bool,
    /// A name was chosen.
    pub on_name: Callback<Username>,
    /// A language was chosen.
    pub on_language: Callback<Language>,
}

/// What lets somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is not known yet.
    Unknown,
    /// Nothing: this address is barred.
    Barred,
    /// A name.
    Name,
    /// A link: an invitation, or from another device.
    Link,
    /// The operator's application.
    Application,
}

/// The first screen.
#[function_component]
pub fn SignIn(props: &SignInProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let words = locale.words();
    let asked = use_state(|| Way::Unknown);
    let attempt = use_state(|| 0);
    use_effect_with(*attempt, {
        let asked = asked.clone();
        move |_| spawn_local(async move { asked.set(way_into_house().await) })
    });
    let way = match *asked {
        Way::Name if props.refusal == Some(RefusalCode::InvitationNeeded) => Way::Link,
        way => way,
    };
    let typed = {
        let before = props.name.as_ref().map(|name| name.as_str().to_owned());
        use_state(move || before.unwrap_or_else(|| guest_name(texts)))
    };
    let wrong = use_state(|| None::<&'static str>);
    let field = use_node_ref();
    use_effect_with(way, {
        let (field, typed) = (field.clone(), typed.clone());
        move |way| {
            if *way == Way::Link {
                typed.set(String::new());
            }
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            }
        }
    });
    let oninput = {
        let (typed, wrong) = (typed.clone(), wrong.clone());
        move |event: InputEvent| {
            typed.set(event.target_unchecked_into::<HtmlInputElement>().value());
            wrong.set(None);
        }
    };
    let onsubmit = {
        let (typed, wrong, on_name) = (typed.clone(), wrong.clone(), props.on_name.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if way == Way::Link {
                if !open_link(&typed) {
                    wrong.set(Some(texts.no_link));
                }
                return;
            }
            match Username::parse(typed.trim()) {
                Ok(name) => on_name.emit(name),
                Err(_) => wrong.set(Some(words.name_rules)),
            }
        }
    };
    if way == Way::Barred {
        return barred_page(&locale, Callback::from(move |_| attempt.set(*attempt + 1)));
    }
    let hint = match way {
        Way::Unknown | Way::Barred => "",
        Way::Name => texts.welcome_hint,
        Way::Link => texts.invited,
        Way::Application if props.lost_token => texts.application_again,
        Way::Application => texts.application,
    };
    let has_expired = props.refusal == Some(RefusalCode::BadToken) || (props.lost_token && way == Way::Link);
    let error = match *wrong {
        Some(wrong) => Some(AttrValue::Static(wrong)),
        None if way == Way::Unknown => None,
        None if has_expired => Some(AttrValue::Static(texts.expired)),
        None => props.error.clone().filter(|_| way != Way::Application),
    };
    let (label, test_id) = match way {
        Way::Link => (texts.link, "link-field"),
        _ => (texts.your_name, "name-field"),
    };
    html! {
        <main class="sign-in">
            <form class="sign-in-card" {onsubmit}>
                <p class="brand">{ words.app }</p>
                <h1>{ texts.welcome }</h1>
                <p class="secondary" data-testid="sign-in-hint">{ hint }</p>
                if matches!(way, Way::Name | Way::Link) {
                    <label for="name">{ label }</label>
                    <div class="sign-in-row">
                        <input
                            key={test_id} id="name" ref={field} class="field" type="text" dir="auto"
                            autocomplete={if way == Way::Link { "off" } else { "nickname" }} spellcheck="false"
                            data-testid={test_id} maxlength={if way == Way::Link { "4096" } else { "64" }}
                            value={(*typed).clone()} {oninput}
                            aria-invalid={error.is_some().to_string()} aria-describedby="name-error"
                        />
                        <button class="button primary" type="submit" data-testid="name-submit">{ words.enter }</button>
                    </div>
                }
                <p id="name-error" class="error" role="alert" data-testid="name-error">
                    { error.unwrap_or_default() }
                </p>
                { language_select(&locale, props.on_language.clone()) }
            </form>
        </main>
    }
}

/// What lets somebody into the house. If that is not known, a name is asked for: the server decides what it is good for.
async fn way_into_house() -> Way {
    let Some(answer) = http::get("/api/house", None).await else { return Way::Name };
    if !answer.is_ok {
        return match http::refusal(&answer.text) {
            Some(Failure::Refused { code, .. }) if code == RefusalCode::Barred.as_str() => Way::Barred,
            _ => Way::Name,
        };
    }
    let access = || json::parse(&answer.text)?.object()?.required::<String>("access").ok();
    match access() {
        Some(access) if access == Access::Invited.as_str() => Way::Link,
        Some(access) if access == Access::App.as_str() => Way::Application,
        _ => Way::Name,
    }
}

/// Opens what a link brings, as if the page were opened with it. Returns whether it is a link that lets anybody in.
fn open_link(link: &str) -> bool {
    let Some(at) = link.find('#') else { return false };
    let fragment = link[at..].trim_end();
    let known = [INVITATION_FRAGMENT, TOKEN_FRAGMENT, shared::device_link::FRAGMENT];
    known.iter().any(|known| fragment.starts_with(known)) && window().location().set_hash(fragment).is_ok()
}

/// What is shown while a token of the operator's application is tried, and if the server refuses it. `go_on` leads on under
/// the name in use.
pub(crate) fn token_page(
    locale: &Locale,
    refusal: Option<&Refusal>,
    name: Option<&Username>,
    go_on: &Callback<Username>,
) -> Html {
    let texts = texts(locale.language);
    let said = match refusal {
        None => html! { <p role="status" data-testid="signing-in">{ texts.entering }</p> },
        Some(refusal) if refusal.code == RefusalCode::BadToken => html! {
            <>
                <p class="error" role="alert" data-testid="token-refused">{ texts.application_again }</p>
                // For whoever sets the application up: it may sign its tokens wrongly.
                <p class="hint" data-testid="token-reason">{ &refusal.reason }</p>
            </>
        },
        Some(refusal) => html! {
            <p class="error" role="alert" data-testid="token-refused">
                { fill(locale.words().refused, &[&refusal.reason]) }
            </p>
        },
    };
    let go_on = name.filter(|_| refusal.is_some()).map(|name| {
        let (go_on, chosen) = (go_on.clone(), name.clone());
        let onclick = move |_: MouseEvent| go_on.emit(chosen.clone());
        html! {
            <button type="button" class="button" {onclick} data-testid="token-go-on">
                { fill(texts.go_on_as, &[name.as_str()]) }
            </button>
        }
    });
    card(locale, html! { <>{ said }{ go_on.unwrap_or_default() }</> })
}

/// What is shown to somebody who is barred, or whose address is: that, and a button that asks the server again.
pub(crate) fn barred_page(locale: &Locale, onclick: Callback<MouseEvent>) -> Html {
    let words = locale.words();
    card(
        locale,
        html! {
            <>
                <h1>{ texts(locale.language).barred_title }</h1>
                <p class="error" role="alert" data-testid="barred">{ words.barred }</p>
                <button type="button" class="button" {onclick} data-testid="barred-again">{ words.try_again }</button>
            </>
        },
    )
}

fn card(locale: &Locale, content: Html) -> Html {
    html! {
        <main class="sign-in">
            <div class="sign-in-card">
                <p class="brand">{ locale.words().app }</p>
                { content }
            </div>
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
