//! One bot: its rooms, its webhooks, its token, its end.

use std::rc::Rc;

use shared::{
    Act, RoomName,
    house::{ActDone, Bot, Webhook, WebhookState, WebhookTrigger},
};
use yew::{
    Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html, use_callback,
    use_node_ref, use_state, use_state_eq,
};

use super::{
    add::{Made, ToldOnce},
    hook::AddHook,
    texts::{Texts, texts},
};
use crate::{
    admin::{
        acting::{use_act, use_act_in},
        confirm::{AdminDialog, Confirm, Question, Weight},
        context::use_admin,
        fields::{self, empty, focus, labelled_with, text_of},
        known::{KnownRooms, room_html},
        once::use_told,
        words,
    },
    author::{badge, name},
    i18n::fill,
    icon::{self, icon},
};

/// What a bot's card needs.
#[derive(Properties, PartialEq)]
pub(super) struct BotProps {
    /// The bot.
    pub(super) bot: Bot,
    /// The rooms that it may be added to.
    pub(super) known: KnownRooms,
    /// Something about it has changed.
    pub(super) on_changed: Callback<()>,
}

/// One bot.
#[function_component]
pub(super) fn BotCard(props: &BotProps) -> Html {
    let app = use_admin();
    let (texts, words) = (texts(app.locale.language), words::texts(app.locale.language));
    let Bot { username, rooms, webhooks } = &props.bot;
    let question = use_state(|| None::<Question>);
    let made = use_state(|| None::<Rc<Made>>);
    let is_adding_hook = use_state_eq(|| false);
    let field = use_node_ref();
    let on_close_made = use_callback(made.clone(), |(), made| made.set(None));
    let list = format!("rooms-for-{}", username.as_str().replace(' ', "-"));
    let on_act = use_callback((props.on_changed.clone(), field.clone()), |(act, _), (on_changed, field)| {
        if matches!(act, Act::AddMember { .. }) {
            empty(field);
        }
        on_changed.emit(());
    });
    let acting = use_act(on_act.clone());
    let adding = use_act_in(&field, on_act);
    let told = use_told(made.is_some(), on_close_made.clone());
    let ask = |asked: Question| {
        let question = question.clone();
        Callback::from(move |_: MouseEvent| question.set(Some(asked.clone())))
    };
    let on_done = {
        let room = rooms.first().cloned();
        use_callback(
            (props.on_changed.clone(), made.clone(), room),
            |(act, done): (Act, ActDone), (on_changed, made, room)| {
                match (act, done.token) {
                    (Act::RevokeTokens { username }, Some(token)) => {
                        made.set(Some(Rc::new(Made { username, token, room: room.clone() })));
                    }
                    // The element that had the focus is gone.
                    _ => focus(".admin-title"),
                }
                on_changed.emit(());
            },
        )
    };
    let on_close = use_callback(question.clone(), |(), question| question.set(None));
    let on_close_hook = use_callback(is_adding_hook.clone(), |(), is_adding| is_adding.set(false));
    let on_add_hook = {
        let is_adding_hook = is_adding_hook.clone();
        move |_: MouseEvent| is_adding_hook.set(true)
    };
    let on_add_room = {
        let (act, refuse, field) = (adding.act.clone(), adding.refuse.clone(), field.clone());
        let (username, known, locale) = (username.clone(), props.known.clone(), app.locale.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            match fields::room(&text_of(&field), &locale) {
                Ok(room) => act.emit(Act::AddMember { room: known.meant(room), username: username.clone() }),
                Err(why) => refuse.emit((field.clone(), why.into())),
            }
        }
    };
    let me = username.as_str();
    let on_token = ask(Question {
        title: fill(texts.new_token_title, &[me]).into(),
        text: texts.new_token_text.into(),
        weight: Weight::Danger,
        action: texts.new_token,
        act: Act::RevokeTokens { username: username.clone() },
    });
    let on_delete = ask(Question {
        title: fill(texts.delete_title, &[me]).into(),
        text: texts.delete_text.into(),
        weight: Weight::Final,
        action: texts.delete,
        act: Act::DeleteAccount { username: username.clone() },
    });
    let room = |room: &RoomName| {
        let label = props.known.label(room);
        let called = label.full();
        let onclick = ask(Question {
            title: fill(texts.remove_room_title, &[me, &called]).into(),
            text: texts.remove_room_text.into(),
            weight: Weight::Danger,
            action: words.remove,
            act: Act::RemoveMember { room: room.clone(), username: username.clone() },
        });
        html! {
            <li key={room.as_str()} class="chip">
                { room_html(&label, &app.locale) }
                <button
                    class="icon-button" type="button" {onclick}
                    aria-label={fill(texts.remove_room, &[me, &called])} data-testid="leave-room"
                >
                    { icon(icon::CLOSE) }
                </button>
            </li>
        }
    };
    let hook = |webhook: &Webhook| {
        let on_remove = ask(Question {
            title: texts.remove_hook_title.into(),
            text: fill(texts.remove_hook_text, &[&webhook.url]).into(),
            weight: Weight::Danger,
            action: words.remove,
            act: Act::RemoveWebhook { number: webhook.number },
        });
        let room = room_html(&props.known.label(&webhook.room), &app.locale);
        hook_row(webhook, room, &acting.act, on_remove, texts, words.remove)
    };
    html! {
        <li class="bot" data-testid="bot">
            <h3 class="person">{ badge(username) }{ name(username) }</h3>
            <section class="stack" aria-label={format!("{me}: {}", texts.rooms)}>
                <h4>{ texts.rooms }</h4>
                if rooms.is_empty() {
                    <p class="secondary">{ texts.no_rooms }</p>
                } else {
                    <ul class="chips">{ for rooms.iter().map(room) }</ul>
                }
                <form class="admin-inline" onsubmit={on_add_room}>
                    { labelled_with(texts.hook_room, "", adding.error_at(&field), html! {
                        <input
                            ref={field.clone()} list={list.clone()} class="field wide" type="text" autocomplete="off" autocapitalize="none" spellcheck="false"
                            maxlength="65" data-testid="bot-room"
                        />
                    }) }
                    <button class="button" type="submit" data-testid="bot-add-room">{ texts.add_room }</button>
                </form>
                { props.known.offered(list, "") }
            </section>
            <section class="stack" aria-label={format!("{me}: {}", texts.webhooks)}>
                <h4>{ texts.webhooks }</h4>
                if webhooks.is_empty() {
                    <p class="secondary">{ texts.no_webhooks }</p>
                } else {
                    <ul class="admin-list">{ for webhooks.iter().map(hook) }</ul>
                }
            </section>
            { acting.error_line() }
            <div class="admin-actions">
                <button class="button" type="button" onclick={on_add_hook} data-testid="add-hook">{ texts.add_hook }</button>
                <button class="button" type="button" onclick={on_token} data-testid="new-token">{ texts.new_token }</button>
                <button class="button danger" type="button" onclick={on_delete} data-testid="delete-bot">{ texts.delete }</button>
            </div>
            if let Some(Question { title, text, action, act, weight }) = (*question).clone() {
                <Confirm {title} {text} {action} {act} {weight} {on_done} {on_close} />
            }
            if *is_adding_hook {
                <AddHook bot={props.bot.clone()} known={props.known.clone()} on_made={props.on_changed.clone()} on_close={on_close_hook} />
            }
            if let Some(made) = (*made).clone() {
                <AdminDialog title={texts.new_token} close={app.locale.words().close} on_close={told.on_close}>
                    <ToldOnce {made} on_copied={told.on_copied} warning={told.warning} on_close={on_close_made} />
                </AdminDialog>
            }
        </li>
    }
}

fn hook_row(
    webhook: &Webhook,
    room: Html,
    act: &Callback<Act>,
    on_remove: Callback<MouseEvent>,
    texts: &Texts,
    remove: &'static str,
) -> Html {
    let Webhook { number, when, url, state, error, .. } = webhook;
    let when = match when {
        WebhookTrigger::Mention => texts.mention,
        WebhookTrigger::Message => texts.message,
    };
    let (state_text, class) = match state {
        WebhookState::On => (texts.on, "tag good"),
        WebhookState::Failing => (texts.failing, "tag wait"),
        WebhookState::Off => (texts.off, "tag bad"),
    };
    let is_off = *state == WebhookState::Off;
    let label = if is_off { texts.switch_on } else { texts.switch_off };
    let on_switch = {
        let (act, switch) = (act.clone(), Act::SwitchWebhook { number: *number, on: is_off });
        move |_: MouseEvent| act.emit(switch.clone())
    };
    html! {
        <li key={number.0} class="admin-row many" data-testid="webhook">
            <span class="admin-row-main">
                <bdi class="admin-row-title webhook-url" dir="ltr">{ url.clone() }</bdi>
                <span class="tags">
                    <span class={class}>{ state_text }</span>
                    <span class="tag">{ room }</span>
                    <span class="tag">{ when }</span>
                </span>
                if let Some(error) = error {
                    <span class="hint error"><bdi>{ fill(texts.error, &[error]) }</bdi></span>
                }
            </span>
            <span class="admin-actions">
                <button class="button" type="button" onclick={on_switch} aria-label={format!("{label}: {url}")} data-testid="switch-hook">
                    { label }
                </button>
                <button class="button" type="button" onclick={on_remove} aria-label={fill(texts.remove_hook, &[url])} data-testid="remove-hook">
                    { remove }
                </button>
            </span>
        </li>
    }
}
