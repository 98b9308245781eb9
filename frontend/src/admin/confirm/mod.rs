//! The module's dialogs: with any content, and one that asks before an act is done.

use shared::{Act, house::ActDone};
use yew::{
    AttrValue, Callback, Children, Html, MouseEvent, Properties, function_component, html, use_callback,
};

use super::{acting::use_act, context::use_admin};
use crate::dialog::{DialogProps, use_dialog};

/// A modal dialog.
#[function_component]
pub(super) fn AdminDialog(props: &DialogProps) -> Html {
    let layers = use_admin().layers;
    use_dialog(layers, props)
}

/// An act that the user is asked about.
#[derive(Clone, PartialEq)]
pub(super) struct Question {
    /// The question, short.
    pub(super) title: String,
    /// What the act does.
    pub(super) text: &'static str,
    /// The label of the button that does it.
    pub(super) action: &'static str,
    /// The act.
    pub(super) act: Act,
}

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub(super) struct ConfirmProps {
    /// The question, short.
    pub(super) title: AttrValue,
    /// What the act does.
    pub(super) text: AttrValue,
    /// The label of the button that does it.
    pub(super) action: AttrValue,
    /// The act.
    pub(super) act: Act,
    /// The act was done.
    pub(super) on_done: Callback<(Act, ActDone)>,
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
    /// What else the user should know.
    #[prop_or_default]
    pub(super) children: Children,
}

/// A dialog that asks before an act is done, and shows why it was refused.
#[function_component]
pub(super) fn Confirm(props: &ConfirmProps) -> Html {
    let words = use_admin().locale.words();
    let on_done =
        use_callback((props.on_done.clone(), props.on_close.clone()), |done, (on_done, on_close)| {
            on_close.emit(());
            on_done.emit(done);
        });
    let acting = use_act(on_done);
    let onclick = {
        let (act, proposed) = (acting.act.clone(), props.act.clone());
        move |_: MouseEvent| act.emit(proposed.clone())
    };
    let on_cancel = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    html! {
        <AdminDialog title={props.title.clone()} close={words.close} on_close={props.on_close.clone()}>
            <p>{ props.text.clone() }</p>
            { for props.children.iter() }
            { acting.error_line() }
            <div class="admin-actions">
                <button
                    class="button danger" type="button" {onclick} aria-disabled={acting.is_busy.to_string()}
                    data-testid="confirm"
                >
                    { props.action.clone() }
                </button>
                <button class="button" type="button" onclick={on_cancel} autofocus=true data-testid="confirm-cancel">
                    { words.cancel }
                </button>
            </div>
        </AdminDialog>
    }
}
