//! The dialog that makes a bot, and what is told once: its token, with a line that posts.

use std::rc::Rc;

use shared::{Act, RoomName, Token, Username, house::ActDone};
use yew::{
    Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html, use_callback,
    use_effect_with, use_node_ref, use_state,
};

use super::texts::texts;
use crate::{
    admin::{
        acting::use_act_in,
        confirm::AdminDialog,
        context::use_admin,
        fields::{self, focus, focus_first, labelled_with, text_of},
        known::{KnownRooms, use_before},
        once::{CopyLine, use_told},
        words::{self, isolated},
    },
    i18n::fill,
};

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub(super) struct AddBotProps {
    /// The rooms that it may be added to.
    pub(super) known: KnownRooms,
    /// A bot was made.
    pub(super) on_made: Callback<()>,
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
}

/// A token of a bot.
#[derive(PartialEq)]
pub(super) struct Made {
    pub(super) username: Username,
    pub(super) token: Token,
    /// The room of the line that posts.
    pub(super) room: Option<RoomName>,
}

/// The dialog that makes a bot.
#[function_component]
pub(super) fn AddBot(props: &AddBotProps) -> Html {
    let app = use_admin();
    let (texts, words) = (texts(app.locale.language), words::texts(app.locale.language));
    let (name, rooms) = (use_node_ref(), use_node_ref());
    let made = use_state(|| None::<Rc<Made>>);
    let on_act = use_callback(
        (made.clone(), props.on_made.clone()),
        |(act, done): (Act, ActDone), (made, on_made)| {
            if let (Act::AddBot { username, rooms }, Some(token)) = (act, done.token) {
                made.set(Some(Rc::new(Made { username, token, room: rooms.into_iter().next() })));
            }
            on_made.emit(());
        },
    );
    let acting = use_act_in(&name, on_act);
    let told = use_told(made.is_some(), props.on_close.clone());
    let (before, on_rooms) = use_before();
    let onsubmit = {
        let (act, refuse, locale) = (acting.act.clone(), acting.refuse.clone(), app.locale.clone());
        let (name, rooms_field, known) = (name.clone(), rooms.clone(), props.known.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let read = fields::username(&text_of(&name), &locale)
                .map_err(|why| (name.clone(), why.into()))
                .and_then(|username| {
                    let rooms = fields::rooms(&text_of(&rooms_field), &known, &locale);
                    Ok((username, rooms.map_err(|why| (rooms_field.clone(), why.into()))?))
                });
            match read {
                Ok((username, rooms)) => act.emit(Act::AddBot { username, rooms }),
                Err(refused) => refuse.emit(refused),
            }
        }
    };
    let content = match &*made {
        Some(made) => {
            html! { <ToldOnce made={Rc::clone(made)} on_copied={told.on_copied.clone()} warning={told.warning.clone()} on_close={props.on_close.clone()} /> }
        }
        None => html! {
            <form class="admin-form" {onsubmit}>
                { labelled_with(words.name, "", acting.error_at(&name), html! {
                    <input
                        ref={name.clone()} autofocus={focus_first()} class="field wide" type="text" maxlength="64" autocomplete="off" spellcheck="false"
                        data-testid="bot-name"
                    />
                }) }
                { labelled_with(words.rooms_field, words.rooms_hint.to_owned() + texts.rooms_hint, acting.error_at(&rooms), html! {
                    <input
                        ref={rooms.clone()} list="rooms-for-bot" oninput={on_rooms} class="field wide" type="text" autocomplete="off" autocapitalize="none"
                        spellcheck="false" data-testid="bot-rooms"
                    />
                }) }
                { props.known.offered("rooms-for-bot", &before) }
                { acting.error_line() }
                <button class="button primary" type="submit" aria-disabled={acting.is_busy.to_string()} data-testid="add-bot-now">
                    { texts.add }
                </button>
            </form>
        },
    };
    html! {
        <AdminDialog title={texts.add} close={app.locale.words().close} on_close={told.on_close}>
            { content }
        </AdminDialog>
    }
}

/// What the secrets need.
#[derive(Properties, PartialEq)]
pub(super) struct ToldOnceProps {
    /// The token.
    pub(super) made: Rc<Made>,
    /// The token was copied.
    pub(super) on_copied: Callback<()>,
    /// What is said if it was not.
    pub(super) warning: Html,
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
}

/// A bot's token, and a line that posts with it.
#[function_component]
pub(super) fn ToldOnce(props: &ToldOnceProps) -> Html {
    let locale = use_admin().locale;
    let texts = texts(locale.language);
    let Made { username, token, room } = &*props.made;
    use_effect_with((), |()| focus("[data-testid=copy]"));
    let room = room.as_ref().map_or("ROOM", RoomName::as_str);
    let curl = format!(
        "curl -d '{{\"text\":\"Hello\"}}' -H 'content-type: application/json' -H 'authorization: Bearer {}' {}/api/rooms/{room}/messages",
        token.as_str(),
        crate::browser::origin(),
    );
    let onclick = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    html! {
        <div class="admin-form" data-testid="bot-made">
            <p role="status">{ fill(texts.made, &[&isolated(username.as_str())]) }</p>
            <CopyLine label={texts.token} text={token.as_str().to_owned()} once=true on_copied={props.on_copied.clone()} />
            { props.warning.clone() }
            <CopyLine label={texts.curl} text={curl} />
            <button class="button" type="button" {onclick}>{ texts.done }</button>
        </div>
    }
}
