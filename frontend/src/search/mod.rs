//! The search panel.

mod texts;

use std::{cell::Cell, rc::Rc};

use shared::{Message, RoomName, RoomView, Seq, Token, fold_case};
use web_sys::HtmlInputElement;
use yew::{
    Callback, Event, Html, InputEvent, MouseEvent, NodeRef, Properties, SubmitEvent, TargetCast,
    function_component, html, platform::spawn_local, use_effect_with, use_node_ref, use_state, use_state_eq,
};

use crate::{
    AppContext, Route, author,
    browser::{http, is_plain_click},
    context::{use_app, use_client},
    i18n::fill,
    icon::{self, icon},
};
use texts::{Texts, texts};

/// What the search needs.
#[derive(Properties, PartialEq)]
pub struct SearchProps {
    /// The panel's element.
    pub node: NodeRef,
    /// The room that is shown.
    pub room: RoomName,
    /// The user goes to a message.
    pub on_go: Callback<(RoomName, Option<Seq>)>,
    /// The panel is to be closed.
    pub on_close: Callback<()>,
}

#[derive(Clone, PartialEq)]
enum State {
    Idle,
    Searching,
    Failed,
    Found { words: String, messages: Vec<Message> },
}

/// What was asked for last. The number distinguishes two searches for the same words.
#[derive(Clone, PartialEq)]
struct Wanted {
    words: String,
    number: u32,
}

/// Searches messages and lists the results.
#[function_component]
pub fn SearchPanel(props: &SearchProps) -> Html {
    let app = use_app();
    let locale = &app.locale;
    let texts = texts(locale.language);
    let words = locale.words();
    let state = use_state_eq(|| State::Idle);
    let everywhere = use_state(|| false);
    let wanted = use_state_eq(|| None::<Wanted>);
    let field = use_node_ref();
    let room = (!*everywhere).then(|| props.room.clone());
    // In another epoch the numbers of what was found mean nothing: it is searched again.
    let here = props.room.clone();
    let generation = use_client(move |client| client.view().room(&here).map_or(0, RoomView::generation));
    use_effect_with(((*wanted).clone(), room, generation), {
        let (state, driver) = (state.clone(), app.driver.clone());
        move |(wanted, room, _): &(Option<Wanted>, Option<RoomName>, u32)| {
            // The answer to an older search is ignored.
            let is_current = Rc::new(Cell::new(true));
            match wanted {
                None => state.set(State::Idle),
                Some(Wanted { words, .. }) => {
                    state.set(State::Searching);
                    let token = driver.read(|client| client.link().token().cloned());
                    let (words, room, is_current) = (words.clone(), room.clone(), is_current.clone());
                    spawn_local(async move {
                        let answer = search(&words, room.as_ref(), token).await;
                        if is_current.get() {
                            state.set(match answer {
                                Some(messages) => State::Found { words, messages },
                                None => State::Failed,
                            });
                        }
                    });
                }
            }
            move || is_current.set(false)
        }
    });
    let typed = {
        let field = field.clone();
        move || {
            field.cast::<HtmlInputElement>().map(|field| field.value().trim().to_owned()).unwrap_or_default()
        }
    };
    let onsubmit = {
        let (wanted, typed) = (wanted.clone(), typed.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let number = wanted.as_ref().map_or(0, |wanted| wanted.number + 1);
            wanted.set(Some(typed()).filter(|words| !words.is_empty()).map(|words| Wanted { words, number }));
        }
    };
    // Results must not stand below other words.
    let oninput = move |_: InputEvent| {
        if wanted.as_ref().is_some_and(|wanted| wanted.words != typed()) {
            wanted.set(None);
        }
    };
    let on_everywhere = {
        let everywhere = everywhere.clone();
        move |event: Event| everywhere.set(event.target_unchecked_into::<HtmlInputElement>().checked())
    };
    let on_close = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    let label = if *everywhere {
        words.search.to_owned()
    } else {
        fill(texts.search_room, &[&app.room_label(&props.room).full()])
    };
    html! {
        <aside ref={props.node.clone()} class="side search" tabindex="-1" aria-label={words.search}>
            <header class="panel-head">
                <h2>{ words.search }</h2>
                <button type="button" class="icon-button" aria-label={words.close} onclick={on_close}>
                    { icon(icon::CLOSE) }
                </button>
            </header>
            <form role="search" class="search-form" {onsubmit}>
                <input
                    ref={field} autofocus=true class="field wide" type="search" aria-label={label.clone()} placeholder={label}
                    dir="auto" maxlength="200" data-testid="search-field" enterkeyhint="search"
                    {oninput}
                />
                <label class="check">
                    <input
                        type="checkbox" checked={*everywhere} onchange={on_everywhere}
                        data-testid="search-everywhere"
                    />
                    { texts.search_everywhere }
                </label>
            </form>
            <div class="hits">
                // Screen readers announce the number of results, not the results.
                <p class={if *state == State::Failed { "error" } else { "secondary" }} role="status">
                    { summary(&state, texts) }
                </p>
                if let State::Found { words, messages } = &*state {
                    <ul class="hit-list">{ for messages.iter().map(|message| hit(props, &app, message, words)) }</ul>
                }
            </div>
        </aside>
    }
}

/// The state of the search in words.
fn summary(state: &State, texts: &Texts) -> String {
    match state {
        State::Idle => texts.search_hint.to_owned(),
        State::Searching => texts.searching.to_owned(),
        State::Failed => texts.search_failed.to_owned(),
        State::Found { words, messages } if messages.is_empty() => fill(texts.search_none, &[words]),
        State::Found { messages, .. } => {
            texts.search_found.of(u32::try_from(messages.len()).unwrap_or(u32::MAX))
        }
    }
}

fn hit(props: &SearchProps, app: &AppContext, message: &Message, words: &str) -> Html {
    let onclick = {
        let (on_go, room, seq) = (props.on_go.clone(), message.room.clone(), message.seq);
        move |event: MouseEvent| {
            if is_plain_click(&event) {
                event.prevent_default();
                on_go.emit((room.clone(), Some(seq)));
            }
        }
    };
    let locale = &app.locale;
    html! {
        <li key={format!("{}/{}", message.room, message.seq)}>
            <a
                class="hit" href={Route::path(&message.room, Some(message.seq))} {onclick} data-testid="search-hit"
                data-seq={message.seq.to_string()}
            >
                <span class="hit-head">
                    { author::author(message, locale) }
                    <span class="secondary">{ app.room_label(&message.room).full() }</span>
                    <time class="secondary" datetime={message.sent_at.to_string()}>
                        { locale.dates.short(message.sent_at) }
                    </time>
                </span>
                <bdi class="hit-text">{ for marked(&message.text, words) }</bdi>
            </a>
        </li>
    }
}

/// The part of a text around the words, with the words marked.
fn marked(text: &str, words: &str) -> Vec<Html> {
    let wanted: Vec<Vec<char>> =
        words.split_whitespace().map(|word| word.chars().map(fold_case).collect()).collect();
    let chars: Vec<char> = text.chars().collect();
    let found_at = |at: usize| {
        wanted.iter().find(|word| {
            let here = chars[at..].iter().take(word.len());
            here.clone().count() == word.len() && here.zip(word.iter()).all(|(c, w)| fold_case(*c) == *w)
        })
    };
    let first = (0..chars.len()).find(|at| found_at(*at).is_some()).unwrap_or(0);
    let (start, end) = (first.saturating_sub(60), (first + 180).min(chars.len()));
    let mut parts = Vec::new();
    let mut plain = if start > 0 { "…".to_owned() } else { String::new() };
    let mut at = start;
    while at < end {
        if let Some(word) = found_at(at) {
            let hit: String = chars[at..at + word.len()].iter().collect();
            parts.push(html! { { std::mem::take(&mut plain) } });
            parts.push(html! { <mark>{ hit }</mark> });
            at += word.len();
        } else {
            plain.push(chars[at]);
            at += 1;
        }
    }
    if end < chars.len() {
        plain.push('…');
    }
    parts.push(html! { { plain } });
    parts
}

async fn search(words: &str, room: Option<&RoomName>, token: Option<Token>) -> Option<Vec<Message>> {
    let mut path = "/api/search?q=".to_owned() + &String::from(js_sys::encode_uri_component(words));
    if let Some(room) = room {
        path += "&room=";
        path += room.as_str();
    }
    let answer = http::get(&path, token.as_ref()).await.filter(|answer| answer.is_ok)?;
    shared::json::parse(&answer.text)?.object()?.required("messages").ok()
}
