//! The sheet with the actions on a message, for touch.

use gloo_timers::callback::Timeout;
use shared::{Role, RoomName, Seq, Username};
use web_sys::HtmlElement;
use yew::{
    Callback, Html, MouseEvent, Properties, UseStateHandle, function_component, html, platform::spawn_local,
    use_effect_with, use_node_ref, use_state,
};

use super::{MessageAction, Subject, person, reactions, texts::texts};
use crate::{
    Locale, Route, author, browser,
    context::{use_app, use_client},
    dialog::Dialog,
    icon::{self, icon},
    person::PersonActions,
};

/// How long "Copied" is shown before the sheet closes, in milliseconds.
const COPIED_MS: u32 = 700;

/// What the sheet needs.
#[derive(Properties, PartialEq)]
pub struct SheetProps {
    /// The room.
    pub room: RoomName,
    /// The message.
    pub seq: Seq,
    /// The generation of its seq.
    pub generation: u32,
    /// The user acts on the message.
    pub on_action: Callback<MessageAction>,
    /// The sheet is to be closed.
    pub on_close: Callback<()>,
}

/// What the sheet shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Actions,
    Emoji,
    /// The text, to select a part of it.
    Text,
    /// The confirmation of a retraction.
    Question,
    Copied,
    /// What can be done about the author.
    Person,
}

/// The sheet with the actions on a message.
#[function_component]
pub fn ActionSheet(props: &SheetProps) -> Html {
    let locale = use_app().locale;
    let (texts, words) = (texts(locale.language), locale.words());
    let (room, seq) = (props.room.clone(), props.seq);
    let (entry, me, role) = use_client(move |client| {
        let view = client.view();
        let room = view.room(&room);
        let entry = room.and_then(|room| Some(Subject::of(room, room.timeline().get(seq)?)));
        (entry.filter(|entry| !entry.retracted), view.me().cloned(), view.role())
    });
    let entry = entry.filter(|entry| entry.generation == props.generation);
    let step = use_state(|| Step::Actions);
    let node = use_node_ref();
    // The pressed button is gone: the focus moves to what is there instead.
    use_effect_with(*step, {
        let node = node.clone();
        move |_| {
            if let Some(node) = node.cast::<HtmlElement>() {
                let _ = node.focus();
            }
        }
    });
    use_effect_with(*step == Step::Copied, {
        let on_close = props.on_close.clone();
        move |copied| {
            let timeout = copied.then(|| Timeout::new(COPIED_MS, move || on_close.emit(())));
            move || drop(timeout)
        }
    });
    // Somebody may retract the message while the sheet is open.
    use_effect_with(entry.is_none(), {
        let on_close = props.on_close.clone();
        move |gone| {
            if *gone {
                on_close.emit(());
            }
        }
    });
    let Some(entry) = entry else { return Html::default() };
    let excerpt: String = entry.message.text.chars().take(120).collect();
    let content = match *step {
        Step::Actions => actions(props, &locale, &entry, (me.as_ref(), role), &step),
        Step::Emoji => {
            let (on_action, entry) = (closing(props), entry.clone());
            let on_pick = move |emoji| on_action.emit(MessageAction::React(entry.clone(), emoji));
            reactions::picker(texts.react, &Callback::from(on_pick))
        }
        Step::Text => html! { <p class="sheet-text" dir="auto" tabindex="0">{ &entry.message.text }</p> },
        Step::Copied => html! { <p role="status">{ words.copied }</p> },
        Step::Person => {
            let on_action = closing(props);
            let on_go = Callback::from(move |room| on_action.emit(MessageAction::Enter(room)));
            html! {
                <PersonActions
                    room={props.room.clone()} username={entry.message.username.clone()} {on_go} on_close={&props.on_close}
                />
            }
        }
        Step::Question => {
            let onclick = act(props, MessageAction::Delete(entry.clone()));
            let on_cancel = to(&step, Step::Actions);
            html! {
                <>
                    <p>{ texts.delete_sure }</p>
                    <button type="button" class="button danger" {onclick} data-testid="delete-confirm">
                        { texts.delete }
                    </button>
                    <button type="button" class="button" onclick={on_cancel}>{ words.cancel }</button>
                </>
            }
        }
    };
    html! {
        <Dialog class="sheet" title={texts.actions} close={words.close} on_close={props.on_close.clone()}>
            <p class="sheet-about">
                { author::name_in(&entry.message, &locale) }<bdi class="quoted-text">{ excerpt }</bdi>
            </p>
            <div ref={node} class="sheet-step" tabindex="-1" data-testid="sheet">{ content }</div>
        </Dialog>
    }
}

/// The first step: the quick emoji, and a row for each action.
fn actions(
    props: &SheetProps,
    locale: &Locale,
    entry: &Subject,
    (me, role): (Option<&Username>, Role),
    step: &UseStateHandle<Step>,
) -> Html {
    let texts = texts(locale.language);
    let row = |path, label: &'static str, test_id: &'static str, onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="sheet-action" {onclick} data-testid={test_id}>
                { icon(path) }<span>{ label }</span>
            </button>
        }
    };
    let copy = |text: String| {
        let step = step.clone();
        Callback::from(move |_: MouseEvent| {
            browser::copy(&text);
            step.set(Step::Copied);
        })
    };
    let is_mine = entry.is_by(me);
    html! {
        <>
            <div class="quick-emoji">
                { for reactions::QUICK.iter().map(|emoji| quick(props, entry, me, emoji)) }
                <button
                    type="button" class="emoji" aria-label={texts.more_emoji} onclick={to(step, Step::Emoji)}
                    data-testid="more-emoji"
                >
                    { icon(icon::SMILE) }
                </button>
            </div>
            <div class="sheet-actions">
                { row(icon::REPLY, texts.reply, "reply", act(props, MessageAction::Reply(entry.clone()))) }
                { row(icon::COPY, texts.copy_text, "copy-text", copy(entry.message.text.clone())) }
                { row(icon::SELECT, texts.select_text, "select-text", to(step, Step::Text)) }
                { row(icon::LINK, texts.copy_link, "copy-link", copy(Route::url(&props.room, Some(props.seq)))) }
                if person(entry, me, role).is_some() {
                    { row(icon::PERSON, texts.person, "person", to(step, Step::Person)) }
                }
                if is_mine {
                    { row(icon::EDIT, texts.edit, "edit", act(props, MessageAction::Edit(entry.clone()))) }
                }
                if is_mine || role.moderates() {
                    <div class="sheet-danger">
                        { row(icon::DELETE, texts.delete, "delete", to(step, Step::Question)) }
                    </div>
                }
            </div>
        </>
    }
}

/// One of the quick emoji. It is pressed if it is a reaction of the user.
fn quick(props: &SheetProps, entry: &Subject, me: Option<&Username>, emoji: &'static str) -> Html {
    let is_mine = entry.reaction_of(me, emoji).is_some();
    let onclick = act(props, MessageAction::React(entry.clone(), emoji.to_owned()));
    html! {
        <button
            key={emoji} type="button" class="emoji" aria-pressed={is_mine.to_string()} {onclick}
            data-testid="quick-emoji"
        >
            { emoji }
        </button>
    }
}

/// Goes to a step of the sheet.
fn to(step: &UseStateHandle<Step>, next: Step) -> Callback<MouseEvent> {
    let step = step.clone();
    Callback::from(move |_| step.set(next))
}

/// Acts on the message.
fn act(props: &SheetProps, action: MessageAction) -> Callback<MouseEvent> {
    let on_action = closing(props);
    Callback::from(move |_| on_action.emit(action.clone()))
}

/// Closes the sheet, and then acts: while the sheet is open, nothing beneath it can get the focus.
fn closing(props: &SheetProps) -> Callback<MessageAction> {
    let (on_action, on_close) = (props.on_action.clone(), props.on_close.clone());
    Callback::from(move |action| {
        on_close.emit(());
        let on_action = on_action.clone();
        spawn_local(async move { on_action.emit(action) });
    })
}
