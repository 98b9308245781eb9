//! Notifies a user who is looking elsewhere: the page's title, and desktop notifications if they are enabled.

use shared::{Client, Markup, RoomName, Username, markup};
use web_sys::{Notification, NotificationOptions, NotificationPermission};
use yew::platform::spawn_local;

use crate::storage;

/// Remembers what the user was notified of.
#[derive(Default)]
pub(crate) struct Notifier {
    unread: Vec<(RoomName, u32)>,
    title: String,
}

impl Notifier {
    /// Compares the unread counts with the previous ones, and notifies the user of new messages.
    pub(crate) fn update(&mut self, client: &Client, place: String) {
        let mut total = 0;
        let hidden = crate::browser::document().hidden();
        let mut unread = Vec::new();
        for (room, view) in client.view().rooms() {
            total += view.unread();
            unread.push((room.clone(), view.unread()));
            let before = self.unread.iter().find(|(known, _)| known == room).map(|(_, before)| *before);
            if hidden
                && before.is_some_and(|before| before < view.unread())
                && let Some(entry) = view.timeline().entries().back()
            {
                notify(room, &entry.message.username, &entry.message.text);
            }
        }
        self.unread = unread;
        let title = if total > 0 { format!("({total}) {place}") } else { place };
        if title != self.title {
            crate::browser::document().set_title(&title);
            self.title = title;
        }
    }
}

fn notify(room: &RoomName, username: &Username, text: &str) {
    if !storage::notify() || Notification::permission() != NotificationPermission::Granted {
        return;
    }
    let shown: Markup<'_> = markup::parse(text, &[]);
    let body: String = shown.plain().chars().take(200).collect();
    let options = NotificationOptions::new();
    options.set_body(&body);
    // A later notification of the same room replaces this one.
    options.set_tag(room.as_str());
    // Some browsers (on Android) have the permission but not the constructor.
    let _ = Notification::new_with_options(&format!("{username} · #{room}"), &options);
}

/// Whether notifications are enabled and allowed.
pub(crate) fn is_on() -> bool {
    storage::notify() && is_supported() && Notification::permission() == NotificationPermission::Granted
}

/// Whether the browser supports notifications.
pub(crate) fn is_supported() -> bool {
    js_sys::Reflect::has(&crate::browser::window(), &"Notification".into()).unwrap_or(false)
}

/// Whether the browser blocks notifications of this page.
pub(crate) fn is_blocked() -> bool {
    !is_supported() || Notification::permission() == NotificationPermission::Denied
}

/// Asks the browser for permission. Call this only from a click. `done` is called after the answer.
pub(crate) fn ask(done: impl FnOnce() + 'static) {
    storage::set_notify(true);
    let Ok(promise) = Notification::request_permission() else { return };
    spawn_local(async move {
        let _ = js_sys::futures::JsFuture::from(promise).await;
        done();
    });
}
