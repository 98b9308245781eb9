//! The texts, by name. Each language gives them all.

/// A text that depends on a number.
#[derive(Debug, PartialEq, Eq)]
pub struct Plural {
    /// For one.
    pub one: &'static str,
    /// For any other number.
    pub other: &'static str,
}

impl Plural {
    /// The text for a number, which stands where `{}` is.
    pub fn of(&self, count: impl Into<u64>) -> String {
        let count = count.into();
        fill(if count == 1 { self.one } else { self.other }, &[&count.to_string()])
    }
}

/// A text with its `{}`s replaced, in order.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        filled.push_str(values.get(at).copied().unwrap_or_default());
        filled.push_str(part);
    }
    filled
}

/// Everything that the interface says.
#[derive(Debug, PartialEq, Eq)]
pub struct Texts {
    /// The product's name.
    pub app: &'static str,
    /// Above the form of a first visit.
    pub welcome: &'static str,
    /// Below it.
    pub welcome_hint: &'static str,
    /// The label of the name's field.
    pub your_name: &'static str,
    /// The button beside it.
    pub enter: &'static str,
    /// Why a name is no name.
    pub name_rules: &'static str,
    /// The name is somebody else's.
    pub name_taken: &'static str,
    /// The proof of the name is not accepted.
    pub bad_token: &'static str,
    /// Another refusal.
    pub refused_because: &'static str,
    /// The list of rooms.
    pub rooms: &'static str,
    /// Rooms that are not followed.
    pub more_rooms: &'static str,
    /// The button that opens the form for a room.
    pub add_room: &'static str,
    /// The label of a room's name.
    pub room_name: &'static str,
    /// What a room may be called.
    pub room_rules: &'static str,
    /// The button that joins.
    pub join: &'static str,
    /// Closes a form.
    pub cancel: &'static str,
    /// Closes a panel.
    pub close: &'static str,
    /// Leaves the room.
    pub leave_room: &'static str,
    /// Opens the drawer.
    pub open_rooms: &'static str,
    /// Unread messages.
    pub unread: Plural,
    /// Unread mentions.
    pub mentions: Plural,
    /// Who is here.
    pub members: &'static str,
    /// How many are here.
    pub here: Plural,
    /// Opens the list.
    pub show_members: &'static str,
    /// Closes the list.
    pub hide_members: &'static str,
    /// Members that are not named.
    pub and_more: Plural,
    /// Beside one's own name.
    pub you: &'static str,
    /// The connection works.
    pub live: &'static str,
    /// A connection is being made.
    pub connecting: &'static str,
    /// The connection is lost, with seconds.
    pub offline: Plural,
    /// The server refused.
    pub refused: &'static str,
    /// Tries to connect at once.
    pub retry_now: &'static str,
    /// Posts in the outbox.
    pub waiting_posts: Plural,
    /// Search.
    pub search: &'static str,
    /// Search in this room.
    pub search_room: &'static str,
    /// A switch.
    pub search_everywhere: &'static str,
    /// Nothing found.
    pub search_none: &'static str,
    /// The search failed.
    pub search_failed: &'static str,
    /// Before a search.
    pub search_hint: &'static str,
    /// While searching.
    pub searching: &'static str,
    /// The log's name.
    pub timeline: &'static str,
    /// While history comes.
    pub loading: &'static str,
    /// While a room comes.
    pub loading_room: &'static str,
    /// Above the first message.
    pub beginning: &'static str,
    /// The unread line.
    pub new_line: &'static str,
    /// Where something may be missing.
    pub gap: &'static str,
    /// The pill.
    pub new_messages: Plural,
    /// The pill without a number.
    pub jump_latest: &'static str,
    /// Today.
    pub today: &'static str,
    /// Yesterday.
    pub yesterday: &'static str,
    /// Beside an edited text.
    pub edited: &'static str,
    /// Instead of a text that was taken back.
    pub retracted: &'static str,
    /// Beside an author's name that no token proved.
    pub unproven: &'static str,
    /// What that means.
    pub unproven_hint: &'static str,
    /// Beside the author's name of an imported message.
    pub imported: &'static str,
    /// What that means.
    pub imported_hint: &'static str,
    /// In a reply.
    pub replying_to: &'static str,
    /// A reply to what is not at hand.
    pub reply_unknown: &'static str,
    /// Opens a long text.
    pub show_all: &'static str,
    /// Closes it.
    pub show_less: &'static str,
    /// What can be done with a message.
    pub actions: &'static str,
    /// Opens the emoji.
    pub react: &'static str,
    /// Toggles a reaction: emoji, number, who.
    pub react_with: &'static str,
    /// Replies.
    pub reply: &'static str,
    /// Edits.
    pub edit: &'static str,
    /// Deletes.
    pub delete: &'static str,
    /// Asks before deleting.
    pub delete_sure: &'static str,
    /// Copies a permalink.
    pub copy_link: &'static str,
    /// Something was copied.
    pub copied: &'static str,
    /// Copies.
    pub copy: &'static str,
    /// A block of code.
    pub code_block: &'static str,
    /// A pending message.
    pub sending: &'static str,
    /// A message that waits for a connection.
    pub waiting: &'static str,
    /// A failed message, and why.
    pub not_sent: &'static str,
    /// A failed edit, and why.
    pub not_edited: &'static str,
    /// A failed retraction, and why.
    pub not_deleted: &'static str,
    /// A failed reaction, and why.
    pub not_reacted: &'static str,
    /// Tries again.
    pub retry: &'static str,
    /// Gives a post up.
    pub discard: &'static str,
    /// A text that is too long.
    pub too_long: &'static str,
    /// The field for a message.
    pub composer: &'static str,
    /// Sends.
    pub send: &'static str,
    /// Saves an edit.
    pub save: &'static str,
    /// Above the field while editing.
    pub editing: &'static str,
    /// Names to choose from.
    pub mention_list: &'static str,
    /// One types.
    pub typing_one: &'static str,
    /// Two type.
    pub typing_two: &'static str,
    /// More type.
    pub typing_many: &'static str,
    /// An empty room.
    pub empty_title: &'static str,
    /// How to invite.
    pub empty_invite: &'static str,
    /// How to push.
    pub empty_push: &'static str,
    /// The room switcher.
    pub switcher: &'static str,
    /// Makes a room.
    pub switcher_create: &'static str,
    /// No room fits.
    pub switcher_none: &'static str,
    /// The keyboard's help.
    pub keys: &'static str,
    /// A key.
    pub key_switcher: &'static str,
    /// A key.
    pub key_rooms: &'static str,
    /// A key.
    pub key_search: &'static str,
    /// A key.
    pub key_send: &'static str,
    /// A key.
    pub key_edit: &'static str,
    /// A key.
    pub key_escape: &'static str,
    /// A key.
    pub key_help: &'static str,
    /// The settings.
    pub settings: &'static str,
    /// A setting.
    pub language: &'static str,
    /// A setting.
    pub theme: &'static str,
    /// A theme.
    pub theme_system: &'static str,
    /// A theme.
    pub theme_light: &'static str,
    /// A theme.
    pub theme_dark: &'static str,
    /// Turns them on.
    pub notify_on: &'static str,
    /// The browser forbids them.
    pub notify_blocked: &'static str,
    /// Who the user is.
    pub signed_in: &'static str,
    /// Changes the name.
    pub change_name: &'static str,
    /// The page bar.
    pub pages: &'static str,
    /// The page of the WebSocket client.
    pub console: &'static str,
    /// The page that compares polling with pushing.
    pub compare: &'static str,
    /// The document's title: room.
    pub page_title: &'static str,
    /// Words that guests' names begin with.
    pub guest_first: &'static [&'static str],
    /// Words that guests' names end with.
    pub guest_last: &'static [&'static str],
}
