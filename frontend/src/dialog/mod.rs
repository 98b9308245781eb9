//! A modal dialog: the browser's own, which traps the focus.

use web_sys::HtmlDialogElement;
use yew::{
    AttrValue, Callback, Children, Classes, Event, Html, MouseEvent, PointerEvent, Properties, TargetCast,
    classes, function_component, hook, html, use_effect_with, use_mut_ref, use_node_ref,
};

use crate::{
    context::{use_app, use_layer_in},
    icon::{self, icon},
    layers::Layers,
};

/// What a dialog needs.
#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Its title.
    pub title: AttrValue,
    /// The label of the button that closes it.
    pub close: AttrValue,
    /// The dialog is to be closed.
    pub on_close: Callback<()>,
    /// A class besides `dialog`.
    #[prop_or_default]
    pub class: Classes,
    /// Its content.
    pub children: Children,
}

/// A modal dialog with a title and a close button.
#[function_component]
pub fn Dialog(props: &DialogProps) -> Html {
    let layers = use_app().layers;
    use_dialog(layers, props)
}

/// The dialog as a layer above a page. The Admin module's pages have another context than the rooms.
#[hook]
pub(crate) fn use_dialog(layers: Layers, props: &DialogProps) -> Html {
    let node = use_node_ref();
    use_effect_with((), {
        let node = node.clone();
        move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                let _ = dialog.show_modal();
            }
            // While it is open, nothing outside of it can have the focus.
            move || dialog.iter().for_each(HtmlDialogElement::close)
        }
    });
    use_layer_in(layers, node.clone(), props.on_close.clone());
    let on_cancel = {
        let on_close = props.on_close.clone();
        move |event: Event| {
            event.prevent_default();
            on_close.emit(());
        }
    };
    // The target is the dialog itself only for what happens on the backdrop. A click that was begun inside is a drag.
    let pressed = use_mut_ref(|| false);
    let is_backdrop = {
        let node = node.clone();
        move |event: &Event| {
            let target: Option<web_sys::Element> = event.target_dyn_into();
            target.is_some() && target == node.cast()
        }
    };
    let on_press = {
        let (pressed, is_backdrop) = (pressed.clone(), is_backdrop.clone());
        move |event: PointerEvent| {
            pressed.replace(is_backdrop(&event));
        }
    };
    let on_backdrop = {
        let on_close = props.on_close.clone();
        move |event: MouseEvent| {
            if *pressed.borrow() && is_backdrop(&event) {
                on_close.emit(());
            }
        }
    };
    let on_click = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    html! {
        <dialog ref={node} class={classes!("dialog", props.class.clone())} aria-label={props.title.clone()} oncancel={on_cancel}
            onpointerdown={on_press} onclick={on_backdrop}>
            <div class="dialog-body">
                <header class="panel-head">
                    <h2>{ props.title.clone() }</h2>
                    <button class="icon-button" type="button" aria-label={props.close.clone()} onclick={on_click}>
                        { icon(icon::CLOSE) }
                    </button>
                </header>
                { for props.children.iter() }
            </div>
        </dialog>
    }
}
