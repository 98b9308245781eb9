//! What can be done about somebody: write to them, and, for those who keep order, remove or bar them.

mod texts;

use shared::{Role, RoomName, Username};
use yew::{Callback, Html, MouseEvent, Properties, classes, function_component, html, use_state};

use crate::{
    acts::{self, SmallAct},
    browser::is_touch,
    context::{use_app, use_client, use_label},
    dialog::Dialog,
    i18n::fill,
    icon::{self, icon},
};
use texts::texts;

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub struct PersonProps {
    /// The room that is shown.
    pub room: RoomName,
    /// Whom it is about.
    pub username: Username,
    /// The user goes to a room.
    pub on_go: Callback<RoomName>,
    /// The dialog is to be closed.
    pub on_close: Callback<()>,
}

/// What is done after a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Remove,
    Bar,
}

/// Whether somebody with this role can do anything about others.
pub(crate) fn can_act_on_people(role: Role) -> bool {
    !matches!(role, Role::Guest | Role::Bot)
}

/// The dialog with what can be done about somebody.
#[function_component]
pub fn Person(props: &PersonProps) -> Html {
    let words = use_app().locale.words();
    let PersonProps { room, username, on_go, on_close } = props;
    html! {
        <Dialog
            class={classes!(is_touch().then_some("sheet"))} title={username.to_string()} close={words.close} {on_close}
        >
            <PersonActions room={room.clone()} username={username.clone()} {on_go} {on_close} />
        </Dialog>
    }
}

/// What can be done about somebody.
#[function_component]
pub fn PersonActions(props: &PersonProps) -> Html {
    let app = use_app();
    let (texts, words) = (texts(app.locale.language), app.locale.words());
    let moderates = use_client(|client| client.view().role().moderates());
    let label = use_label(&props.room);
    let sure = use_state(|| None::<Deed>);
    let error = use_state(|| None::<String>);
    let name = props.username.as_str();
    let row = |path, label: &'static str, test_id: &'static str, onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="sheet-action" {onclick} data-testid={test_id}>
                { icon(path) }<span>{ label }</span>
            </button>
        }
    };
    let ask = |deed: Option<Deed>| {
        let sure = sure.clone();
        Callback::from(move |_: MouseEvent| sure.set(deed))
    };
    let propose = |act: SmallAct| {
        let (driver, error) = (app.driver.clone(), error.clone());
        let (on_go, on_close) = (props.on_go.clone(), props.on_close.clone());
        Callback::from(move |_: MouseEvent| {
            let (error, on_go, on_close) = (error.clone(), on_go.clone(), on_close.clone());
            acts::propose(&driver, &act, move |done| match done {
                Ok(Some(room)) => on_go.emit(room),
                Ok(None) => on_close.emit(()),
                Err(failure) => error.set(Some(acts::explain(&failure, words))),
            });
        })
    };
    let content = match *sure {
        None => html! {
            <>
                { row(icon::REPLY, texts.direct, "direct", propose(SmallAct::open_direct(props.username.clone()))) }
                if moderates {
                    <div class="sheet-danger">
                        // The people of a direct room are fixed.
                        if !label.is_direct() {
                            { row(icon::LEAVE, texts.remove, "remove", ask(Some(Deed::Remove))) }
                        }
                        { row(icon::CLOSE, texts.bar, "bar", ask(Some(Deed::Bar))) }
                    </div>
                }
            </>
        },
        Some(deed) => {
            let (question, answer, act) = match deed {
                Deed::Remove => (
                    fill(texts.remove_sure, &[name, &label.full()]),
                    texts.remove,
                    SmallAct::remove_member(props.room.clone(), props.username.clone()),
                ),
                Deed::Bar => {
                    (fill(texts.bar_sure, &[name]), texts.bar, SmallAct::bar(props.username.clone()))
                }
            };
            html! {
                <>
                    <p>{ question }</p>
                    <button type="button" class="button" onclick={ask(None)} autofocus=true>{ words.cancel }</button>
                    <button type="button" class="button danger" onclick={propose(act)} data-testid="person-confirm">
                        { answer }
                    </button>
                </>
            }
        }
    };
    html! {
        <div class="sheet-step" data-testid="person-dialog">
            { content }
            if let Some(error) = &*error {
                <p class="error" role="alert" data-testid="person-error">{ error }</p>
            }
        </div>
    }
}
