//! The texts of the list of rooms.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The list of rooms that are not followed.
    more_rooms: Text = "More rooms", "更多房间", "更多房間";
    /// The button that opens the form for a new room.
    add_room: Text = "Create or join a room", "创建或加入房间", "建立或加入房間";
    /// Which room names are allowed.
    room_rules: Text =
        "Lower-case letters a–z, digits and . _ -",
        "仅限小写字母 a–z、数字和 . _ -",
        "僅限小寫字母 a–z、數字和 . _ -";
    /// The button that joins a room.
    join: Text = "Join", "加入", "加入";
    /// The number of unread messages.
    unread: Plural =
        Plural::new("{} unread message", "{} unread messages"),
        Plural::same("{} 条未读"),
        Plural::same("{} 則未讀");
    /// The number of unread mentions.
    mentions: Plural =
        Plural::new("{} mention of you", "{} mentions of you"),
        Plural::same("{} 次提到你"),
        Plural::same("{} 次提到你");
}
