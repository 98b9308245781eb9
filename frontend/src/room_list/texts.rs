//! The texts of the list of rooms.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The list of rooms that are not followed.
    more_rooms: Text = "More rooms", "更多房间", "更多房間";
    /// The rooms of two to eight people.
    direct_rooms: Text = "Direct messages", "私信", "私訊";
    /// The button that opens the form for a new room.
    add_room: Text = "Create or join a room", "创建或加入房间", "建立或加入房間";
    /// Which room names are allowed.
    room_rules: Text =
        "Lower-case letters a–z, digits and . _ -",
        "仅限小写字母 a–z、数字和 . _ -",
        "僅限小寫字母 a–z、數字和 . _ -";
    /// The label of the field for what a new room is about.
    topic: Text = "Topic (optional)", "主题（可选）", "主題（選填）";
    /// What is wrong with a topic.
    topic_rules: Text = "A topic has at most 200 characters.", "主题最多 200 个字符。", "主題最多 200 個字元。";
    /// Makes a closed room.
    closed: Text = "Closed: only people who are added see it", "封闭：只有被添加的人能看到", "封閉：只有被加入的人能看到";
    /// The room exists, so it cannot be made closed or with a topic.
    exists: Text = "There is such a room already.", "已有这个房间。", "已有這個房間。";
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
