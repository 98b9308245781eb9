//! The composer's place: a sentence where nothing can be posted, and how often where that is limited.

use shared::link::Progress;
use yew::{Html, function_component, html};

use super::{
    Composer, ComposerProps,
    texts::{Texts, texts},
};
use crate::{
    context::{use_app, use_client, use_label},
    i18n::fill,
    room_label::is_gone,
};

/// The composer of a room, or why there is none.
#[function_component]
pub fn WriteHere(props: &ComposerProps) -> Html {
    let app = use_app();
    let texts = texts(app.locale.language);
    let (room, subject) = (props.room.clone(), props.mode.subject().cloned());
    let label = use_label(&props.room);
    let (gone, archived, slow, waits, is_lost) = use_client(move |client| {
        let waits = client.pending(&room).find_map(|outgoing| match outgoing.progress {
            Progress::Deferred { until } => Some(until),
            _ => None,
        });
        let is_lost = subject.as_ref().is_some_and(|subject| !subject.is_current(client, &room));
        client.view().room(&room).map_or((false, false, 0, None, is_lost), |room| {
            (is_gone(room), room.info().archived, room.info().slow_seconds, waits, is_lost)
        })
    });
    if gone {
        return html! { <div></div> };
    }
    if archived {
        return html! { <p class="composer-closed" role="status" data-testid="archived">{ texts.archived }</p> };
    }
    if label.is_deserted() {
        return html! { <p class="composer-closed" role="status" data-testid="deserted">{ texts.deserted }</p> };
    }
    let next = waits.map(|until| {
        let at = app.locale.dates.clock(app.driver.wall_time(until));
        format!(" {}", fill(texts.slow_next, &[&at]))
    });
    html! {
        <>
            if slow > 0 {
                <p class="composer-slow" data-testid="slow">{ how_slow(slow, texts) }{ next.unwrap_or_default() }</p>
            }
            <Composer
                room={props.room.clone()} label={label.full()} mode={props.mode.clone()} {is_lost} on_mode={&props.on_mode}
                on_posted={&props.on_posted}
            />
        </>
    }
}

/// How often everybody may post, in the largest unit in which the number is whole.
fn how_slow(seconds: u32, texts: &Texts) -> String {
    let units = [(86_400, &texts.slow_days), (3_600, &texts.slow_hours), (60, &texts.slow_minutes)];
    let whole = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, text) = whole.unwrap_or((1, &texts.slow_seconds));
    text.of(seconds / unit)
}
