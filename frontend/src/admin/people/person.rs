//! The dialog about one person: the role, and what keeps them out.

use shared::{
    Act, Role,
    house::{ActDone, Person},
};
use web_sys::HtmlElement;
use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, function_component, html, use_callback,
    use_effect_with, use_mut_ref, use_node_ref, use_state, use_state_eq,
};

use super::texts::texts;
use crate::{
    admin::{
        acting::use_act,
        confirm::{AdminDialog, ConfirmBody, Question, Weight},
        context::use_admin,
        fields::{check, choice_in, focus, labelled},
        words::{self, role_hint, role_name},
    },
    i18n::fill,
    layers::is_lost,
};

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub(super) struct PersonProps {
    /// The person.
    pub(super) person: Person,
    /// Something about them has changed.
    pub(super) on_changed: Callback<()>,
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
}

/// The dialog about one person.
#[function_component]
pub(super) fn PersonDialog(props: &PersonProps) -> Html {
    let app = use_admin();
    let (texts, words) = (texts(app.locale.language), words::texts(app.locale.language));
    let Person { username, role, limited, barred, .. } = props.person.clone();
    let new_role = use_state_eq(|| role);
    let new_limited = use_state_eq(|| limited);
    let question = use_state(|| None::<Question>);
    // The callback of the layer is that of the first render.
    let is_asking = use_mut_ref(|| false);
    is_asking.replace(question.is_some());
    let menu = use_node_ref();
    let is_me = username == app.me.username;
    let on_done = use_callback(
        (props.on_changed.clone(), props.on_close.clone(), app.reload.clone(), is_me),
        |_: (Act, ActDone), (on_changed, on_close, reload, is_me)| {
            on_close.emit(());
            on_changed.emit(());
            if *is_me {
                reload.emit(());
            }
        },
    );
    let acting = use_act(on_done.clone());
    let ask = {
        let question = question.clone();
        move |asked: Question| {
            let question = question.clone();
            Callback::from(move |_: MouseEvent| question.set(Some(asked.clone())))
        }
    };
    let on_answered = use_callback(question.clone(), |(), question| question.set(None));
    // The question takes the place of the dialog's content: closing it leads back there.
    let on_close = use_callback(props.on_close.clone(), {
        let question = question.clone();
        move |(), on_close| if is_asking.take() { question.set(None) } else { on_close.emit(()) }
    });
    use_effect_with(question.is_some(), {
        let menu = menu.clone();
        move |is_asking| {
            if *is_asking {
                return;
            }
            if let Some(menu) = menu.cast::<HtmlElement>() {
                let _ = menu.focus();
            } else if is_lost() {
                // A moderator has no menu: the button that asked is here again.
                focus("dialog[open] .admin-actions .button");
            }
        }
    });
    let is_owner = app.me.role == Role::Owner;
    let on_role = {
        let new_role = new_role.clone();
        Callback::from(move |word: String| new_role.set(Role::parse(&word).unwrap_or_default()))
    };
    let is_changed = *new_role != role || *new_limited != limited;
    let on_save = {
        let (act, question) = (acting.act.clone(), question.clone());
        let (new_role, new_limited) = (*new_role, *new_limited);
        let set = Act::SetRole { username: username.clone(), role: new_role, limited: Some(new_limited) };
        let name = username.to_string();
        move |_: MouseEvent| {
            let action = texts.make_role[new_role as usize];
            let asked = |title: AttrValue, text: &'static str, weight| Question {
                title,
                text: text.into(),
                action,
                act: set.clone(),
                weight,
            };
            if !is_changed {
            } else if is_me && new_role != role {
                let title = texts.step_down_title.into();
                question.set(Some(asked(title, texts.step_down_text, Weight::Danger)));
            } else if new_role == Role::Owner && role != Role::Owner {
                let title = fill(texts.owner_title, &[&name]).into();
                question.set(Some(asked(title, texts.owner_text, Weight::Light)));
            } else {
                act.emit(set.clone());
            }
        }
    };
    let roles: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::Bot)
        .map(|role| (role.as_str(), role_name(role, &app.locale)))
        .collect();
    let role_form = html! {
        <div class="stack admin-form">
            { labelled(words.role, role_hint(*new_role, &app.locale), choice_in(&menu, &roles, new_role.as_str(), on_role, "role")) }
            if is_me && role == Role::Owner {
                <p class="hint">{ texts.last_owner }</p>
            }
            { check(texts.limit, &new_limited, "limited") }
            <button
                class="button primary" type="button" onclick={on_save}
                aria-disabled={(acting.is_busy || !is_changed).to_string()} data-testid="save-role"
            >
                { texts.save_role }
            </button>
        </div>
    };
    let name = username.as_str();
    let on_bar = ask(Question {
        title: fill(texts.bar_title, &[name]).into(),
        text: texts.bar_text.into(),
        action: texts.bar,
        weight: Weight::Danger,
        act: Act::Bar { username: username.clone() },
    });
    let on_sign_out = ask(Question {
        title: fill(texts.sign_out_title, &[name]).into(),
        text: texts.sign_out_text.into(),
        action: texts.sign_out,
        weight: Weight::Danger,
        act: Act::RevokeTokens { username: username.clone() },
    });
    let on_unbar = {
        let (act, unbar) = (acting.act.clone(), Act::Unbar { username: username.clone() });
        move |_: MouseEvent| act.emit(unbar.clone())
    };
    let title = question.as_ref().map_or_else(|| username.to_string().into(), |asked| asked.title.clone());
    let content = if let Some(Question { text, action, act, weight, .. }) = (*question).clone() {
        html! { <ConfirmBody key="question" {text} {action} {act} {weight} {on_done} on_close={on_answered} /> }
    } else {
        html! {
            <div key="person" class="admin-form">
                if role == Role::Bot {
                    <p class="secondary">{ texts.bot }</p>
                } else if is_owner {
                    { role_form }
                }
                { acting.error_line() }
                if !is_me {
                    <div class="admin-actions">
                        if barred {
                            <button class="button" type="button" onclick={on_unbar} data-testid="unbar">{ texts.unbar }</button>
                        } else {
                            <button class="button danger" type="button" onclick={on_bar} data-testid="bar">{ texts.bar }</button>
                        }
                        if is_owner && role != Role::Bot {
                            <button class="button" type="button" onclick={on_sign_out} data-testid="sign-out">
                                { texts.sign_out }
                            </button>
                        }
                    </div>
                }
            </div>
        }
    };
    html! {
        <AdminDialog {title} close={app.locale.words().close} {on_close}>{ content }</AdminDialog>
    }
}
