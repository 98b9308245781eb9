//! The module's dialogs: with any content, and one that asks before an act is done.

use shared::{Act, house::ActDone};
use web_sys::HtmlElement;
use yew::{
    AttrValue, Callback, Children, Html, MouseEvent, Properties, function_component, html, use_callback,
    use_effect_with, use_node_ref,
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
    pub(super) title: AttrValue,
    /// What the act does.
    pub(super) text: AttrValue,
    /// The label of the button that does it.
    pub(super) action: &'static str,
    /// The act.
    pub(super) act: Act,
    /// What it means to do it by mistake.
    pub(super) weight: Weight,
}

/// What it means to do an act by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Weight {
    /// Nothing is taken from anybody.
    Light,
    /// Something is taken from somebody, and can be given back.
    #[default]
    Danger,
    /// It cannot be undone.
    Final,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Light => "button primary",
            Self::Danger => "button danger",
            Self::Final => "button danger final",
        }
    }
}

/// What a question needs.
#[derive(Properties, PartialEq, Clone)]
pub(super) struct ConfirmProps {
    /// The question, short: the title of its dialog, if it has one of its own.
    #[prop_or_default]
    pub(super) title: AttrValue,
    /// What the act does.
    pub(super) text: AttrValue,
    /// The label of the button that does it.
    pub(super) action: AttrValue,
    /// The act.
    pub(super) act: Act,
    /// What it means to do it by mistake.
    #[prop_or_default]
    pub(super) weight: Weight,
    /// The act was done.
    pub(super) on_done: Callback<(Act, ActDone)>,
    /// The question is answered: its dialog is to be closed.
    pub(super) on_close: Callback<()>,
    /// What else the user should know.
    #[prop_or_default]
    pub(super) children: Children,
}

/// A dialog that asks before an act is done, and shows why it was refused.
#[function_component]
pub(super) fn Confirm(props: &ConfirmProps) -> Html {
    let close = use_admin().locale.words().close;
    html! {
        <AdminDialog title={props.title.clone()} {close} on_close={props.on_close.clone()}>
            <ConfirmBody ..props.clone() />
        </AdminDialog>
    }
}

/// The question in a dialog. It may take the place of the dialog's other content.
#[function_component]
pub(super) fn ConfirmBody(props: &ConfirmProps) -> Html {
    let words = use_admin().locale.words();
    let on_done =
        use_callback((props.on_done.clone(), props.on_close.clone()), |done, (on_done, on_close)| {
            on_close.emit(());
            on_done.emit(done);
        });
    let acting = use_act(on_done);
    let cancel = use_node_ref();
    use_effect_with((), {
        let cancel = cancel.clone();
        move |()| {
            if let Some(cancel) = cancel.cast::<HtmlElement>() {
                let _ = cancel.focus();
            }
        }
    });
    let onclick = {
        let (act, proposed) = (acting.act.clone(), props.act.clone());
        move |_: MouseEvent| act.emit(proposed.clone())
    };
    let on_cancel = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    html! {
        <>
            <p>{ props.text.clone() }</p>
            { for props.children.iter() }
            { acting.error_line() }
            <div class="admin-actions">
                <button
                    class={props.weight.class()} type="button" {onclick} aria-disabled={acting.is_busy.to_string()}
                    data-testid="confirm"
                >
                    { props.action.clone() }
                </button>
                <button
                    ref={cancel} class="button" type="button" onclick={on_cancel} autofocus=true
                    data-testid="confirm-cancel"
                >
                    { words.cancel }
                </button>
            </div>
        </>
    }
}
