//! Notifies a user who is looking elsewhere: the page's title, and desktop notifications if they are enabled.
//!
//! Each message of another user makes a notification of its own while nobody looks at the window, up to [`MAX_EACH`] in a
//! room; then one summary of the room takes their place. A click leads to the message. What is read, here or on
//! another device, disappears.

mod desktop;
mod level;
mod settings;
mod texts;

use desktop::Shown;
pub use level::Level;
pub(crate) use settings::NotificationSettings;
use shared::{Client, Markup, RoomName, Seq, markup, view::Arrival};
use yew::Callback;

use crate::{Locale, browser::is_looked_at, i18n::fill, room_label::RoomLabel};
use texts::texts;

/// The maximum number of notifications of a room. More messages make one summary of all of them.
pub const MAX_EACH: usize = 4;
/// The maximum length of a notification's text, in characters.
const BODY_CHARS: usize = 200;

/// Remembers what the user was notified of.
pub struct Notifier {
    title: String,
    /// Those of one message each.
    shown: Vec<Shown>,
    summaries: Vec<Summary>,
    on_open: Callback<(RoomName, Option<Seq>)>,
}

/// A notification of all new messages of a room.
struct Summary {
    room: RoomName,
    /// The first of the messages: a click leads to it.
    first: Seq,
    count: usize,
    shown: Shown,
}

impl Notifier {
    /// A notifier. `on_open` is called when the user clicks on a notification.
    pub fn new(on_open: Callback<(RoomName, Option<Seq>)>) -> Self {
        Self { title: String::new(), shown: Vec::new(), summaries: Vec::new(), on_open }
    }

    /// Notifies the user of new messages, closes what is read, and sets the page's title.
    pub fn update(&mut self, arrivals: &[Arrival], client: &Client, place: String, locale: &Locale) {
        self.close_read(client);
        if !is_looked_at() {
            for arrival in arrivals.iter().filter(|arrival| is_wanted(arrival)) {
                let label = RoomLabel::of(client.view(), &arrival.room, locale.language);
                self.notify(arrival, &label, locale);
            }
        }
        let total = unread(client);
        let title = if total > 0 { format!("({total}) {place}") } else { place };
        if title != self.title {
            crate::browser::document().set_title(&title);
            self.title = title;
        }
    }

    fn close_read(&mut self, client: &Client) {
        let is_unread =
            |room: &RoomName, seq: Seq| client.view().room(room).is_some_and(|room| room.seen() < Some(seq));
        self.shown.retain(|shown| is_unread(&shown.room, shown.upto));
        self.summaries.retain(|summary| is_unread(&summary.room, summary.shown.upto));
    }

    fn notify(&mut self, arrival: &Arrival, label: &RoomLabel, locale: &Locale) {
        let Arrival { room, seq, username, text, .. } = arrival;
        let shown: Markup<'_> = markup::parse(text, &[]);
        let body: String = shown.plain().chars().take(BODY_CHARS).collect();
        let called = label.full();
        let summed = self.summaries.iter().position(|summary| summary.room == *room);
        let each = self.shown.iter().filter(|shown| shown.room == *room);
        if summed.is_none() && each.clone().count() < MAX_EACH {
            // In a room of two, the other one's name is the room's.
            let title = if called == username.as_str() { called } else { format!("{username} · {called}") };
            let tag = format!("{room}/{seq}");
            let shown = Shown::new((&title, &body), &tag, room, (*seq, *seq), self.on_open.clone());
            return self.shown.extend(shown);
        }
        let first = each.map(|shown| shown.upto).min().unwrap_or(*seq);
        let before = summed.map(|at| self.summaries.swap_remove(at));
        let (first, count) =
            before.as_ref().map_or((first, MAX_EACH + 1), |before| (before.first, before.count + 1));
        let words = texts(locale.language).summary;
        let title = fill(words, &[&count.to_string(), &called]);
        let body = format!("{username}: {body}");
        let shown = Shown::new((&title, &body), room.as_str(), room, (first, *seq), self.on_open.clone());
        if let Some(shown) = shown {
            if let Some(before) = before {
                before.shown.replaced();
            }
            self.shown.retain(|shown| shown.room != *room);
            self.summaries.push(Summary { room: room.clone(), first, count, shown });
        }
    }
}

/// Whether the user wants to be notified of a message.
fn is_wanted(arrival: &Arrival) -> bool {
    match Level::of_room(&arrival.room) {
        Level::All => true,
        Level::Mentions => arrival.mentions_me,
        Level::Nothing => false,
    }
}

/// The unread messages that count in the page's title.
fn unread(client: &Client) -> u32 {
    let counts = client.view().rooms().map(|(room, view)| match Level::of_room(room) {
        Level::All => view.unread(),
        Level::Mentions => view.unread_mentions(),
        Level::Nothing => 0,
    });
    counts.sum()
}
