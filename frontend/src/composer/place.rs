//! The composer's place: a sentence where nothing can be posted, and how often where that is limited.

use yew::{Html, function_component, html};

use super::{Composer, ComposerProps, texts::texts};
use crate::{
    context::{use_app, use_client, use_label},
    room_label::is_gone,
};

/// The composer of a room, or why there is none.
#[function_component]
pub fn WriteHere(props: &ComposerProps) -> Html {
    let texts = texts(use_app().locale.language);
    let room = props.room.clone();
    let label = use_label(&props.room);
    let (gone, archived, slow) = use_client(move |client| {
        client
            .view()
            .room(&room)
            .map_or((false, false, 0), |room| (is_gone(room), room.info().archived, room.info().slow_seconds))
    });
    if gone {
        return html! { <div></div> };
    }
    if archived {
        return html! { <p class="composer-closed" role="status" data-testid="archived">{ texts.archived }</p> };
    }
    html! {
        <>
            if slow > 0 {
                <p class="composer-slow" data-testid="slow">{ texts.slow.of(slow) }</p>
            }
            <Composer
                room={props.room.clone()} label={label.full()} mode={props.mode.clone()} on_mode={&props.on_mode}
                on_posted={&props.on_posted}
            />
        </>
    }
}
