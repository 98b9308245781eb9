//! The connection's state in words, and the number of posts that wait for it.

mod texts;

use gloo_timers::callback::Interval;
use shared::{Connection, link::Progress};
use yew::{Html, MouseEvent, function_component, html, use_effect_with, use_force_update};

use crate::{
    browser::keep_focus,
    context::{use_app, use_client},
};
use texts::texts;

/// The connection's state, with a button that connects now.
#[function_component]
pub fn ConnectionState() -> Html {
    let app = use_app();
    let texts = texts(app.locale.language);
    let update = use_force_update();
    let (connection, waiting) =
        use_client(|client| {
            let unsent =
                client.link().outbox().posts().iter().filter(|outgoing| {
                    !matches!(outgoing.progress, Progress::Failed(_) | Progress::Stored(_))
                });
            (client.connection(), u32::try_from(unsent.count()).unwrap_or(u32::MAX))
        });
    let retry_at = match connection {
        Connection::Waiting { retry_at } => Some(retry_at),
        _ => None,
    };
    // Updates the seconds of the countdown.
    use_effect_with(retry_at.is_some(), move |waits| {
        let ticks = waits.then(|| Interval::new(500, move || update.force_update()));
        move || drop(ticks)
    });
    let (state, label) = match &connection {
        Connection::Live => ("live", texts.live.to_owned()),
        Connection::Connecting => ("connecting", texts.connecting.to_owned()),
        Connection::Refused(_) => ("refused", texts.refused.to_owned()),
        Connection::Stopped => ("offline", texts.connecting.to_owned()),
        Connection::Waiting { retry_at } => {
            let seconds = retry_at.saturating_sub(app.driver.now()).div_ceil(1000);
            ("offline", texts.offline.of(seconds))
        }
    };
    let on_retry = {
        let driver = app.driver.clone();
        move |_: MouseEvent| driver.retry_connection()
    };
    // Screen readers announce a change of the state, not each second.
    let spoken = if retry_at.is_some() { texts.disconnected.to_owned() } else { label.clone() };
    html! {
        <div class="connection" data-testid="connection" data-state={state}>
            <span class="status-dot" aria-hidden="true"></span>
            <span class="connection-label" aria-hidden="true">{ label }</span>
            <span class="visually-hidden" role="status">{ spoken }</span>
            if retry_at.is_some() {
                <button
                    class="link-button" type="button" onmousedown={keep_focus} onclick={on_retry}
                    data-testid="retry-now"
                >
                    { texts.retry_now }
                </button>
            }
            if waiting > 0 && connection != Connection::Live {
                <span class="waiting" data-testid="waiting">{ texts.waiting_posts.of(waiting) }</span>
            }
        </div>
    }
}
