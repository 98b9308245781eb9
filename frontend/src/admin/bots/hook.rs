//! The dialog that adds a webhook to a bot, and shows its secret once.

use shared::{
    Act, RoomName,
    house::{ActDone, Bot, HOOK_URL_BYTES, WebhookTrigger},
};
use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html, use_callback,
    use_effect_with, use_node_ref, use_state_eq,
};

use super::texts::texts;
use crate::{
    admin::{
        acting::use_act_in,
        confirm::AdminDialog,
        context::use_admin,
        fields::{choice, focus, focus_first, labelled, labelled_with, text_of},
        known::KnownRooms,
        once::{CopyLine, use_told},
    },
    i18n::fill,
};

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub(super) struct AddHookProps {
    /// The bot.
    pub(super) bot: Bot,
    /// What its rooms are called.
    pub(super) known: KnownRooms,
    /// A webhook was added.
    pub(super) on_made: Callback<()>,
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
}

/// The dialog that adds a webhook.
#[function_component]
pub(super) fn AddHook(props: &AddHookProps) -> Html {
    let app = use_admin();
    let texts = texts(app.locale.language);
    let Bot { username, rooms, .. } = &props.bot;
    let url = use_node_ref();
    let room = use_state_eq(|| rooms.first().cloned());
    let when = use_state_eq(WebhookTrigger::default);
    let secret = use_state_eq(|| None::<AttrValue>);
    let told = use_told(secret.is_some(), props.on_close.clone());
    let on_act = use_callback(
        (secret.clone(), props.on_made.clone(), props.on_close.clone()),
        |(_, done): (Act, ActDone), (secret, on_made, on_close)| {
            match done.webhook_secret {
                Some(told) => secret.set(Some(told.into())),
                None => on_close.emit(()),
            }
            on_made.emit(());
        },
    );
    let acting = use_act_in(&url, on_act);
    use_effect_with(secret.is_some(), |is_told| {
        // The button that had the focus is gone.
        if *is_told {
            focus("[data-testid=copy]");
        }
    });
    let onsubmit = {
        let (act, fail, url) = (acting.act.clone(), acting.fail.clone(), url.clone());
        let (username, room, when) = (username.clone(), (*room).clone(), *when);
        move |event: SubmitEvent| {
            event.prevent_default();
            match &room {
                None => fail.emit(texts.no_rooms.into()),
                Some(room) => act.emit(Act::AddWebhook {
                    username: username.clone(),
                    room: room.clone(),
                    when,
                    url: text_of(&url).trim().to_owned(),
                }),
            }
        }
    };
    let on_room = {
        let room = room.clone();
        move |event: yew::Event| {
            let value = yew::TargetCast::target_unchecked_into::<web_sys::HtmlSelectElement>(&event).value();
            room.set(RoomName::parse(&value).ok());
        }
    };
    let on_when = {
        let when = when.clone();
        let of =
            |word: &str| if word == "message" { WebhookTrigger::Message } else { WebhookTrigger::Mention };
        Callback::from(move |word: String| when.set(of(&word)))
    };
    let triggers = [("mention", texts.mention), ("message", texts.message)];
    let when_word = if *when == WebhookTrigger::Message { "message" } else { "mention" };
    let on_finish = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    let content = if let Some(secret) = (*secret).clone() {
        html! {
            <div key="made" class="admin-form" data-testid="hook-made">
                <p role="status">{ texts.hook_made }</p>
                <CopyLine label={texts.secret} text={secret} once=true on_copied={told.on_copied} />
                { told.warning }
                <button class="button" type="button" onclick={on_finish}>{ texts.done }</button>
            </div>
        }
    } else {
        html! {
            <form key="form" class="admin-form" {onsubmit}>
                { labelled(texts.hook_room, if rooms.is_empty() { texts.no_rooms } else { "" }, html! {
                    <select class="field wide" onchange={on_room} data-testid="hook-room">
                        { for rooms.iter().map(|one| html! {
                            <option key={one.as_str()} value={one.to_string()} selected={Some(one) == room.as_ref()}>
                                { props.known.label(one).full() }
                            </option>
                        }) }
                    </select>
                }) }
                { labelled(texts.hook_when, "", choice(&triggers, when_word, on_when, "hook-when")) }
                { labelled_with(texts.hook_url, texts.hook_url_hint, acting.error_at(&url), html! {
                    <input
                        ref={url.clone()} autofocus={focus_first()} class="field wide" type="text" inputmode="url" dir="ltr" autocomplete="off" autocapitalize="none"
                        spellcheck="false" placeholder="https://" maxlength={HOOK_URL_BYTES.to_string()} data-testid="hook-url"
                    />
                }) }
                { acting.error_line() }
                <button class="button primary" type="submit" aria-disabled={acting.is_busy.to_string()} data-testid="add-hook-now">
                    { texts.add_hook }
                </button>
            </form>
        }
    };
    html! {
        <AdminDialog
            title={fill(texts.add_hook_to, &[username.as_str()])} close={app.locale.words().close}
            on_close={told.on_close}
        >
            { content }
        </AdminDialog>
    }
}
