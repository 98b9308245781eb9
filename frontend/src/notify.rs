//! Telling a user who looks elsewhere: the page's title, and desktop notifications where they are wanted.

use std::collections::BTreeMap;

use shared::{Client, Markup, RoomName, Timestamp, Username, markup};
use web_sys::{Notification, NotificationOptions, NotificationPermission};
use yew::platform::spawn_local;

use crate::{i18n::fill, storage, ui::Ui};

/// Remembers what was told already.
#[derive(Default)]
pub(crate) struct Notifier {
    unread: BTreeMap<RoomName, u32>,
    title: String,
}

impl Notifier {
    /// Looks at what is unread, and tells what is new.
    pub(crate) fn look(&mut self, client: &Client, ui: &Ui, current: Option<&RoomName>) {
        let mut total = 0;
        let hidden = crate::dom::document().hidden();
        let mut unread = BTreeMap::new();
        for (room, view) in client.view().rooms() {
            total += view.unread();
            unread.insert(room.clone(), view.unread());
            let before = self.unread.get(room).copied();
            if hidden
                && before.is_some_and(|before| before < view.unread())
                && let Some(entry) = view.timeline().entries().back()
            {
                notify(room, &entry.message.username, &entry.message.text, entry.message.sent_at);
            }
        }
        self.unread = unread;
        let texts = ui.texts();
        let place =
            current.map_or_else(|| texts.app.to_owned(), |room| fill(texts.page_title, &[room.as_str()]));
        let title = if total > 0 { format!("({total}) {place}") } else { place };
        if title != self.title {
            crate::dom::document().set_title(&title);
            self.title = title;
        }
    }
}

fn notify(room: &RoomName, username: &Username, text: &str, _at: Timestamp) {
    if !storage::notify() || Notification::permission() != NotificationPermission::Granted {
        return;
    }
    let shown: Markup<'_> = markup::parse(text, &[]);
    let body: String = shown.plain().chars().take(200).collect();
    let options = NotificationOptions::new();
    options.set_body(&body);
    // The next one of the same room takes its place.
    options.set_tag(room.as_str());
    // Some browsers have the permission and not the constructor (Android).
    let _ = Notification::new_with_options(&format!("{username} · #{room}"), &options);
}

/// Whether notifications are wanted and allowed.
pub(crate) fn is_on() -> bool {
    storage::notify() && is_supported() && Notification::permission() == NotificationPermission::Granted
}

/// Whether the browser has notifications at all.
pub(crate) fn is_supported() -> bool {
    js_sys::Reflect::has(&crate::dom::window(), &"Notification".into()).unwrap_or(false)
}

/// Whether the user has forbidden them to this page.
pub(crate) fn is_blocked() -> bool {
    !is_supported() || Notification::permission() == NotificationPermission::Denied
}

/// Asks the browser for the permission: to be called from a click only. `done` is called when there is an answer.
pub(crate) fn ask(done: impl FnOnce() + 'static) {
    storage::set_notify(true);
    let Ok(promise) = Notification::request_permission() else { return };
    spawn_local(async move {
        let _ = js_sys::futures::JsFuture::from(promise).await;
        done();
    });
}
