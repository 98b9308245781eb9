//! The question before a closed room is left. That ends the membership, so the room is gone for the user.

use shared::RoomName;
use yew::{Callback, Html, MouseEvent, Properties, function_component, html, use_state, use_state_eq};

use super::texts::texts;
use crate::{
    acts::{self, SmallAct},
    context::{use_app, use_label},
    dialog::Dialog,
    i18n::fill,
};

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub(super) struct LeaveProps {
    /// The room.
    pub(super) room: RoomName,
    /// The user is no member any more.
    pub(super) on_left: Callback<RoomName>,
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
}

/// The dialog that asks, and then ends the membership.
#[function_component]
pub(super) fn LeaveClosed(props: &LeaveProps) -> Html {
    let app = use_app();
    let (texts, words) = (texts(app.locale.language), app.locale.words());
    let label = use_label(&props.room);
    let error = use_state(|| None::<String>);
    let is_busy = use_state_eq(|| false);
    let on_leave = {
        let (driver, error, is_busy) = (app.driver.clone(), error.clone(), is_busy.clone());
        let (room, on_left) = (props.room.clone(), props.on_left.clone());
        move |_: MouseEvent| {
            let Some(me) = driver.read(|client| client.view().me().cloned()).filter(|_| !*is_busy) else {
                return;
            };
            is_busy.set(true);
            let (error, is_busy) = (error.clone(), is_busy.clone());
            let (on_left, left) = (on_left.clone(), room.clone());
            acts::propose(&driver, &SmallAct::remove_member(room.clone(), me), move |done| match done {
                Ok(_) => on_left.emit(left),
                Err(failure) => {
                    is_busy.set(false);
                    error.set(Some(acts::explain(&failure, words)));
                }
            });
        }
    };
    let on_cancel = {
        let on_close = props.on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    html! {
        <Dialog
            title={fill(texts.leave_sure, &[&label.full()])} close={words.close} on_close={props.on_close.clone()}
        >
            <p>{ texts.leave_closed }</p>
            if let Some(error) = &*error {
                <p class="error" role="alert" data-testid="leave-error">{ error }</p>
            }
            <div class="tool-row">
                <button
                    type="button" class="button danger" onclick={on_leave} aria-disabled={is_busy.to_string()}
                    data-testid="leave-confirm"
                >
                    { texts.leave }
                </button>
                <button type="button" class="button" onclick={on_cancel} autofocus=true>{ words.cancel }</button>
            </div>
        </Dialog>
    }
}
