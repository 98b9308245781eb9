//! How authors appear: the name in its own hue, the badge, and the mark of how the name is known; or that the account was
//! deleted.

mod texts;

use shared::{Authorship, Message, Username};
use yew::{Html, classes, html};

use crate::{Locale, browser::lower_case, i18n::Language};
use texts::texts;

/// The number of hues for names. The style sheet has a class for each.
const HUES: u32 = 24;

/// A username in its own hue, isolated from the direction of the surrounding text.
pub(crate) fn name(username: &Username) -> Html {
    html! { <bdi class={classes!("name", hue(username))}>{ username.as_str() }</bdi> }
}

/// What stands for the name of a deleted account.
pub(crate) fn deleted(language: Language) -> &'static str {
    texts(language).deleted
}

/// What a message's author is called: the name, or a description if the account was deleted.
pub(crate) fn called<'m>(message: &'m Message, locale: &Locale) -> &'m str {
    match message.authorship {
        Authorship::Deleted => deleted(locale.language),
        _ => message.username.as_str(),
    }
}

/// The name of a message's author. A deleted account has no hue: it stands for many people.
pub(crate) fn name_in(message: &Message, locale: &Locale) -> Html {
    match message.authorship {
        Authorship::Deleted => html! {
            <span class="name deleted" data-testid="deleted-author">{ called(message, locale) }</span>
        },
        _ => name(&message.username),
    }
}

/// The badge of a message's author.
pub(crate) fn badge_in(message: &Message) -> Html {
    match message.authorship {
        Authorship::Deleted => html! { <span class="badge deleted" aria-hidden="true"></span> },
        _ => badge(&message.username),
    }
}

/// A message's author, with a mark if no token proved the name.
pub(crate) fn author(message: &Message, locale: &Locale) -> Html {
    let texts = texts(locale.language);
    let mark = match message.authorship {
        Authorship::Proven | Authorship::Deleted => None,
        Authorship::Unproven => Some(("?", texts.unproven, texts.unproven_hint)),
        Authorship::Imported => Some(("↓", texts.imported, texts.imported_hint)),
    };
    html! {
        <>
            { name_in(message, locale) }
            if let Some((sign, label, hint)) = mark {
                <span class="authorship" title={hint} data-testid="authorship">
                    <span aria-hidden="true">{ sign }</span>
                    <span class="visually-hidden">{ label }</span>
                </span>
            }
        </>
    }
}

/// The first letter of a name in a circle.
pub(crate) fn badge(username: &Username) -> Html {
    let first = username.as_str().chars().find(|c| c.is_alphanumeric());
    // JavaScript has the Unicode tables for upper case.
    let first = js_sys::JsString::from(first.map_or_else(|| "#".to_owned(), String::from)).to_upper_case();
    let first = String::from(first);
    html! { <span class={classes!("badge", hue(username))} aria-hidden="true">{ first }</span> }
}

fn hue(username: &Username) -> String {
    // FNV-1a: a name has the same hue everywhere.
    let hash = username
        .as_str()
        .bytes()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("hue-{}", (hash ^ (hash >> 15)) % HUES)
}

/// Names in the order of their letters, upper or lower case.
pub(crate) fn sorted(names: Vec<Username>) -> Vec<Username> {
    // At most `shared::limits::MEMBERS_NAMED` names: the code of a sort would be larger than all of this.
    let mut sorted: Vec<(String, Username)> = Vec::with_capacity(names.len());
    for name in names {
        let key = lower_case(name.as_str());
        let at = sorted.partition_point(|(other, _)| *other <= key);
        sorted.insert(at, (key, name));
    }
    sorted.into_iter().map(|(_, name)| name).collect()
}
