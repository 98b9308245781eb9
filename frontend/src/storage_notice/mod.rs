//! The notice that something is not stored, and what is lost with the page.

mod texts;

use gloo_events::EventListener;
use yew::{Html, function_component, html, use_effect_with, use_force_update};

use crate::{
    context::{use_app, use_client},
    i18n::fill,
    storage::{self, Problem},
};
use texts::texts;

/// A line above the composer while something that matters is in memory only.
#[function_component]
pub fn StorageNotice() -> Html {
    let app = use_app();
    let texts = texts(app.locale.language);
    let update = use_force_update();
    use_effect_with((), move |()| {
        let listener =
            EventListener::new(&crate::browser::window(), storage::EVENT, move |_| update.force_update());
        move || drop(listener)
    });
    // The number of posts changes with the outbox.
    use_client(|client| client.link().outbox().version());
    let posts = app.driver.unstored_posts();
    let Some(unstored) = storage::problem() else { return Html::default() };
    let lost = if posts > 0 {
        texts.posts.of(u32::try_from(posts).unwrap_or(u32::MAX))
    } else if unstored.identity {
        texts.identity.to_owned()
    } else if unstored.draft {
        texts.draft.to_owned()
    } else {
        return Html::default();
    };
    let why = match unstored.problem {
        Problem::Full => texts.full,
        Problem::Blocked => texts.blocked,
    };
    html! {
        <p class="storage-notice" role="status" data-testid="storage-notice">{ fill(why, &[&lost]) }</p>
    }
}
