//! The user's own account: a link for another device, an export of their messages, and the ways out.

mod texts;

use shared::{
    Act, Role, Username,
    house::{ActDone, DeletedMessages, DeletedNames, Me},
};
use wasm_bindgen::JsValue;
use yew::{Callback, Html, MouseEvent, Properties, function_component, html, use_callback, use_state_eq};

use super::{
    confirm::{AdminDialog, Confirm, Weight},
    context::use_admin,
    export::ExportButton,
    link::link,
    words::{isolated, role_name},
};
use crate::{device_link::Offer, i18n::fill, navigation::Part, storage};
use texts::texts;

/// What the user is asked about.
#[derive(Clone, Copy, PartialEq)]
enum Question {
    SignOut,
    Leave,
    Delete,
}

/// Loads the page anew, so that the rooms' module starts without a name. The open dialog's entry in the history is replaced: the
/// dialog would go back from it, which ends a load.
fn start_again() {
    let window = crate::browser::window();
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some("/"));
    }
    let _ = window.location().reload();
}

/// What the question needs.
#[derive(Properties, PartialEq)]
struct LeaveProps {
    me: Username,
    on_close: Callback<()>,
}

/// The question before this browser forgets the user. The server is not asked: other devices stay signed in.
#[function_component]
fn Leave(props: &LeaveProps) -> Html {
    let locale = use_admin().locale;
    let (texts, words) = (texts(locale.language), locale.words());
    let on_leave = {
        let me = props.me.clone();
        move |_: MouseEvent| {
            storage::forget(&me);
            start_again();
        }
    };
    let on_cancel = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    html! {
        <AdminDialog title={texts.leave_title} close={words.close} on_close={props.on_close.clone()}>
            <p>{ texts.leave_text }</p>
            <div class="admin-actions">
                <button class="button danger" type="button" onclick={on_leave} data-testid="leave-now">{ texts.leave_now }</button>
                <button class="button" type="button" onclick={on_cancel} autofocus=true data-testid="leave-cancel">
                    { words.cancel }
                </button>
            </div>
        </AdminDialog>
    }
}

/// The page about the user's own account.
#[function_component]
pub(super) fn Account() -> Html {
    let app = use_admin();
    let texts = texts(app.locale.language);
    let Me { username, role, limited, invites, settings, .. } = &*app.me;
    let question = use_state_eq(|| None::<Question>);
    let done = use_state_eq(|| "");
    let ask = |asked: Question| {
        let question = question.clone();
        move |_: MouseEvent| question.set(Some(asked))
    };
    let on_close = use_callback(question.clone(), |(), question| question.set(None));
    let on_signed_out =
        use_callback((username.clone(), done.clone()), move |(_, answer): (Act, ActDone), (me, done)| {
            match answer.token {
                Some(token) => {
                    storage::set_token(me, &token);
                    done.set(texts.signed_out);
                }
                None => done.set(texts.signed_out_here),
            }
        });
    let on_deleted = use_callback(username.clone(), |_, me| {
        storage::forget(me);
        start_again();
    });
    let name_line = match settings.deleted_names {
        DeletedNames::Reserved => texts.name_reserved,
        DeletedNames::Free => texts.name_free,
    };
    let name_line = fill(name_line, &[&isolated(username.as_str())]);
    let messages_line = match settings.deleted_messages {
        DeletedMessages::Kept => texts.messages_kept,
        DeletedMessages::Blanked => texts.messages_blanked,
    };
    let confirm = match *question {
        None => Html::default(),
        Some(Question::SignOut) => html! {
            <Confirm
                key="sign-out" title={texts.sign_out_title} text={texts.sign_out_hint} action={texts.sign_out}
                act={Act::RevokeTokens { username: username.clone() }} on_done={on_signed_out} {on_close}
            />
        },
        Some(Question::Leave) => html! {
            <Leave key="leave" me={username.clone()} on_close={on_close} />
        },
        Some(Question::Delete) => html! {
            <Confirm
                key="delete" weight={Weight::Final} title={fill(texts.delete_title, &[username.as_str()])} text={name_line.clone()}
                action={texts.delete_now} act={Act::DeleteAccount { username: username.clone() }}
                on_done={on_deleted} {on_close}
            >
                <p>{ messages_line }</p>
                if *role == Role::Owner {
                    <p>{ texts.last_owner }</p>
                }
                <p>{ texts.final_ }</p>
            </Confirm>
        },
    };
    html! {
        <>
            <p data-testid="who">{ fill(texts.you, &[&isolated(username.as_str()), role_name(*role, &app.locale)]) }</p>
            if *limited {
                <p class="secondary">{ texts.limited }</p>
            }
            if *invites {
                <section class="admin-section" aria-label={texts.invite}>
                    <h3>{ texts.invite }</h3>
                    <p class="secondary">{ texts.invite_hint }</p>
                    { link(Part::Invitations.path().to_owned(), "button admin-start", false, html! { texts.invite }) }
                </section>
            }
            <section class="admin-section" aria-label={texts.devices}>
                <h3>{ texts.devices }</h3>
                <Offer locale={app.locale.clone()} me={username.clone()} />
            </section>
            <section class="admin-section" aria-label={texts.export}>
                <h3>{ texts.export }</h3>
                <p class="secondary">{ texts.export_hint }</p>
                <ExportButton
                    path="/api/me/messages" file="parlor-messages.jsonl" label={texts.export_button} busy={texts.exporting}
                />
            </section>
            <section class="admin-section" aria-label={texts.sign_out}>
                <h3>{ texts.sign_out }</h3>
                <p class="secondary">{ texts.sign_out_hint }</p>
                <button class="button admin-start" type="button" onclick={ask(Question::SignOut)} data-testid="sign-out-everywhere">
                    { texts.sign_out }
                </button>
                <p class="secondary" role="status" data-testid="signed-out">{ *done }</p>
            </section>
            <section class="admin-section" aria-label={texts.leave}>
                <h3>{ texts.leave }</h3>
                <button class="button admin-start" type="button" onclick={ask(Question::Leave)} data-testid="sign-out-here">
                    { texts.leave }
                </button>
            </section>
            <section class="admin-section" aria-label={texts.delete}>
                <h3>{ texts.delete }</h3>
                <p>{ name_line.clone() }</p>
                <p>{ messages_line }</p>
                if *role == Role::Owner {
                    <p class="secondary">{ texts.last_owner }</p>
                }
                <button class="button danger admin-start" type="button" onclick={ask(Question::Delete)} data-testid="delete-account">
                    { texts.delete_button }
                </button>
            </section>
            { confirm }
        </>
    }
}
