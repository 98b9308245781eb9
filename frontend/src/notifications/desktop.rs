//! The browser's notifications: permission, and those that are shown.

use std::cell::Cell;

use gloo_events::EventListener;
use shared::{RoomName, Seq};
use web_sys::{Notification, NotificationOptions, NotificationPermission};
use yew::{Callback, platform::spawn_local};

use crate::{browser::window, storage};

thread_local! {
    /// Whether the browser has refused to show a notification: Chrome on Android leaves that to service workers.
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// A notification that is shown. Dropping it closes it.
pub(super) struct Shown {
    pub(super) room: RoomName,
    /// The last message that it tells of. When that is read, the notification is outdated.
    pub(super) upto: Seq,
    notification: Notification,
    /// Another one with the same tag has taken its place on the screen. Closing this one could close that.
    is_replaced: bool,
    _on_click: EventListener,
}

impl Shown {
    /// Shows a notification, if the user wants them and the browser can. A click on it leads to the message `at`. One with the
    /// same tag is replaced, also one of another tab of this browser.
    pub(super) fn new(
        text: (&str, &str),
        tag: &str,
        room: &RoomName,
        (at, upto): (Seq, Seq),
        on_open: Callback<(RoomName, Option<Seq>)>,
    ) -> Option<Self> {
        if !is_enabled() {
            return None;
        }
        let options = NotificationOptions::new();
        options.set_body(text.1);
        options.set_tag(tag);
        let notification = create(text.0, &options)?;
        let target = room.clone();
        let on_click = EventListener::new(&notification, "click", move |event| {
            event.prevent_default();
            let _ = window().focus();
            on_open.emit((target.clone(), Some(at)));
        });
        Some(Self { room: room.clone(), upto, notification, is_replaced: false, _on_click: on_click })
    }

    /// Another notification with the same tag is shown.
    pub(super) fn replaced(mut self) {
        self.is_replaced = true;
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if !self.is_replaced {
            self.notification.close();
        }
    }
}

fn create(title: &str, options: &NotificationOptions) -> Option<Notification> {
    let notification = Notification::new_with_options(title, options).ok();
    REFUSED.set(notification.is_none());
    notification
}

/// Whether notifications are enabled, allowed, and shown as far as is known.
pub(super) fn is_on() -> bool {
    can_show() && is_enabled()
}

/// Whether the browser can show notifications of a page.
pub(super) fn can_show() -> bool {
    !REFUSED.get() && is_known()
}

fn is_enabled() -> bool {
    storage::notify() && is_known() && Notification::permission() == NotificationPermission::Granted
}

/// Whether the browser knows notifications at all.
fn is_known() -> bool {
    js_sys::Reflect::has(&window(), &"Notification".into()).unwrap_or(false)
}

/// Whether the user has told the browser to block notifications of this page.
pub(super) fn is_blocked() -> bool {
    can_show() && Notification::permission() == NotificationPermission::Denied
}

/// Asks the browser for permission. Call this only from a click. `first` is the text of a first notification, which shows
/// whether the browser can show any. `done` is called after the answer.
pub(super) fn ask(first: &'static str, done: impl FnOnce() + 'static) {
    storage::set_notify(true);
    let Ok(promise) = Notification::request_permission() else { return };
    spawn_local(async move {
        let _ = js_sys::futures::JsFuture::from(promise).await;
        if is_enabled() {
            let options = NotificationOptions::new();
            options.set_tag("parlor");
            let _ = create(first, &options);
        }
        done();
    });
}
