//! The names of all texts. Each language defines them.

/// A text that depends on a number.
#[derive(Debug, PartialEq, Eq)]
pub struct Plural {
    /// For the number one.
    pub one: &'static str,
    /// For any other number.
    pub other: &'static str,
}

impl Plural {
    /// The text for a number, which replaces `{}`.
    pub fn of(&self, count: impl Into<u64>) -> String {
        let count = count.into();
        fill(if count == 1 { self.one } else { self.other }, &[&count.to_string()])
    }
}

/// Replaces each `{}` of a text, in order.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        filled.push_str(values.get(at).copied().unwrap_or_default());
        filled.push_str(part);
    }
    filled
}

/// All texts of the interface.
#[derive(Debug, PartialEq, Eq)]
pub struct Texts {
    /// The product's name.
    pub app: &'static str,
    /// The heading of the sign-in screen.
    pub welcome: &'static str,
    /// The text below it.
    pub welcome_hint: &'static str,
    /// The label of the name field.
    pub your_name: &'static str,
    /// The button of the sign-in form.
    pub enter: &'static str,
    /// Why a name is not valid.
    pub name_rules: &'static str,
    /// The name belongs to somebody else.
    pub name_taken: &'static str,
    /// The token is not valid.
    pub bad_token: &'static str,
    /// Another refusal, with its reason.
    pub refused_because: &'static str,
    /// The list of rooms, and the page.
    pub rooms: &'static str,
    /// The list of rooms that are not followed.
    pub more_rooms: &'static str,
    /// The button that opens the form for a new room.
    pub add_room: &'static str,
    /// The label of the room name field.
    pub room_name: &'static str,
    /// Which room names are allowed.
    pub room_rules: &'static str,
    /// The button that joins a room.
    pub join: &'static str,
    /// Closes a form.
    pub cancel: &'static str,
    /// Closes a panel.
    pub close: &'static str,
    /// Leaves the room.
    pub leave_room: &'static str,
    /// Opens the drawer with the rooms.
    pub open_rooms: &'static str,
    /// The number of unread messages.
    pub unread: Plural,
    /// The number of unread mentions.
    pub mentions: Plural,
    /// The list of members.
    pub members: &'static str,
    /// The number of members.
    pub here: Plural,
    /// Opens the list of members.
    pub show_members: &'static str,
    /// Closes the list of members.
    pub hide_members: &'static str,
    /// The number of members that are not named.
    pub and_more: Plural,
    /// Next to the user's own name.
    pub you: &'static str,
    /// The connection is established.
    pub live: &'static str,
    /// The client is connecting.
    pub connecting: &'static str,
    /// The connection is lost, with the seconds until the next attempt.
    pub offline: Plural,
    /// The server has refused the user.
    pub refused: &'static str,
    /// Reconnects immediately.
    pub retry_now: &'static str,
    /// The number of pending posts.
    pub waiting_posts: Plural,
    /// Search.
    pub search: &'static str,
    /// Search in this room.
    pub search_room: &'static str,
    /// The switch to search in all rooms.
    pub search_everywhere: &'static str,
    /// The search found nothing.
    pub search_none: &'static str,
    /// The search failed.
    pub search_failed: &'static str,
    /// The hint before a search.
    pub search_hint: &'static str,
    /// A search is running.
    pub searching: &'static str,
    /// The label of the timeline.
    pub timeline: &'static str,
    /// Older messages are loading.
    pub loading: &'static str,
    /// A room is loading.
    pub loading_room: &'static str,
    /// At the start of a room's history.
    pub beginning: &'static str,
    /// The marker before the first unread message.
    pub new_marker: &'static str,
    /// Before a message where earlier ones may be missing.
    pub gap: &'static str,
    /// The button that jumps to the latest message, with the number of new ones.
    pub new_messages: Plural,
    /// The same without a number.
    pub jump_latest: &'static str,
    /// Today.
    pub today: &'static str,
    /// Yesterday.
    pub yesterday: &'static str,
    /// Next to an edited text.
    pub edited: &'static str,
    /// In place of a retracted text.
    pub retracted: &'static str,
    /// Next to an author's name that no token proved.
    pub unproven: &'static str,
    /// What that means.
    pub unproven_hint: &'static str,
    /// Next to the author's name of an imported message.
    pub imported: &'static str,
    /// What that means.
    pub imported_hint: &'static str,
    /// The label of a reply, with the author of the message that it answers.
    pub replying_to: &'static str,
    /// A reply to a message that is not loaded.
    pub reply_unknown: &'static str,
    /// Unfolds a long text.
    pub show_all: &'static str,
    /// Folds it.
    pub show_less: &'static str,
    /// The label of a message's actions.
    pub actions: &'static str,
    /// Opens the emoji picker.
    pub react: &'static str,
    /// The label of a reaction: emoji, number, names.
    pub react_with: &'static str,
    /// Replies to a message.
    pub reply: &'static str,
    /// Edits a message.
    pub edit: &'static str,
    /// Retracts a message.
    pub delete: &'static str,
    /// Asks for confirmation before a retraction.
    pub delete_sure: &'static str,
    /// Copies a permalink.
    pub copy_link: &'static str,
    /// After copying.
    pub copied: &'static str,
    /// Copies a text.
    pub copy: &'static str,
    /// The label of a block of code.
    pub code_block: &'static str,
    /// A post that was sent.
    pub sending: &'static str,
    /// A message that waits for a connection.
    pub waiting: &'static str,
    /// A failed message, with the reason.
    pub not_sent: &'static str,
    /// A failed edit, with the reason.
    pub not_edited: &'static str,
    /// A failed retraction, with the reason.
    pub not_deleted: &'static str,
    /// A failed reaction, with the reason.
    pub not_reacted: &'static str,
    /// Retries a failed post.
    pub retry: &'static str,
    /// Discards a failed post.
    pub discard: &'static str,
    /// A text that is too long, with its size and the limit.
    pub too_long: &'static str,
    /// The label of the composer, with the room.
    pub composer: &'static str,
    /// Sends.
    pub send: &'static str,
    /// Saves an edit.
    pub save: &'static str,
    /// Above the composer during an edit.
    pub editing: &'static str,
    /// The label of the list of names for a mention.
    pub mention_list: &'static str,
    /// One user is typing.
    pub typing_one: &'static str,
    /// Two users are typing.
    pub typing_two: &'static str,
    /// More users are typing.
    pub typing_many: &'static str,
    /// The heading of an empty room.
    pub empty_title: &'static str,
    /// How to invite others.
    pub empty_invite: &'static str,
    /// How to post from a program.
    pub empty_push: &'static str,
    /// The label of the room switcher.
    pub switcher: &'static str,
    /// Creates a room.
    pub switcher_create: &'static str,
    /// No room matches.
    pub switcher_none: &'static str,
    /// The heading of the keyboard shortcuts.
    pub keys: &'static str,
    /// A shortcut.
    pub key_switcher: &'static str,
    /// A shortcut.
    pub key_rooms: &'static str,
    /// A shortcut.
    pub key_search: &'static str,
    /// A shortcut.
    pub key_send: &'static str,
    /// A shortcut.
    pub key_edit: &'static str,
    /// A shortcut.
    pub key_escape: &'static str,
    /// A shortcut.
    pub key_help: &'static str,
    /// The settings.
    pub settings: &'static str,
    /// The label of the language menu.
    pub language: &'static str,
    /// The label of the theme menu.
    pub theme: &'static str,
    /// The theme of the system.
    pub theme_system: &'static str,
    /// The light theme.
    pub theme_light: &'static str,
    /// The dark theme.
    pub theme_dark: &'static str,
    /// The switch for notifications.
    pub notify_on: &'static str,
    /// The browser blocks notifications.
    pub notify_blocked: &'static str,
    /// The user's name.
    pub signed_in: &'static str,
    /// The button that changes the name.
    pub change_name: &'static str,
    /// The label of the page bar.
    pub pages: &'static str,
    /// The page of the WebSocket client.
    pub console: &'static str,
    /// The page that compares polling with pushing.
    pub compare: &'static str,
    /// A tool's page is loading.
    pub loading_page: &'static str,
    /// A tool's page could not be loaded.
    pub page_failed: &'static str,
    /// The document's title, with the room.
    pub page_title: &'static str,
    /// The first words of suggested names.
    pub guest_first: &'static [&'static str],
    /// The last words of suggested names.
    pub guest_last: &'static [&'static str],
}
