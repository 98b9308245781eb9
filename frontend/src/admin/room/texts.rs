//! The texts of a room's settings.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The topic.
    topic: Text = "Topic", "主题", "主題";
    /// There is none.
    no_topic: Text = "This room has no topic.", "此房间没有主题。", "此房間沒有主題。";
    /// How it is removed.
    topic_hint: Text =
        "What this room is about, on one line. Leave it empty to have none.",
        "用一行说明此房间的主题。留空则没有主题。",
        "用一行說明此房間的主題。留空則沒有主題。";
    /// Who may read the room.
    kind: Text = "Who may read it", "谁可以阅读", "誰可以閱讀";
    /// Closes the room.
    close: Text = "Close this room", "封闭此房间", "封閉此房間";
    /// The question.
    close_title: Text = "Close {}?", "封闭 {}？", "封閉 {}？";
    /// What it does.
    close_text: Text =
        "Only members can read it from then on. The people who are in it now and have posted in it become members; for all others it is gone.",
        "此后只有成员可以阅读。目前在房间中且发过消息的人会成为成员；对其他人来说它将消失。",
        "此後只有成員可以閱讀。目前在房間中且發過訊息的人會成為成員；對其他人來說它將消失。";
    /// Opens the room.
    open: Text = "Open this room to everybody", "向所有人开放此房间", "向所有人開放此房間";
    /// The question.
    open_title: Text = "Open {} to everybody?", "向所有人开放 {}？", "向所有人開放 {}？";
    /// What it does.
    open_text: Text =
        "Everybody in the house can then read all that was written here.",
        "之后所有人都能读到这里写过的全部内容。",
        "之後所有人都能讀到這裡寫過的全部內容。";
    /// Slowing down.
    slow: Text = "Slow down", "慢速模式", "慢速模式";
    /// What it does.
    slow_hint: Text =
        "Everybody can post only once in this time.",
        "在此时间内每人只能发一条消息。",
        "在此時間內每人只能發一則訊息。";
    /// No slow mode.
    slow_off: Text = "Off", "关闭", "關閉";
    /// The other choices, as `room::SLOW` lists them.
    slow_choices: [Text; 8] =
        ["5 seconds", "15 seconds", "1 minute", "5 minutes", "15 minutes", "1 hour", "6 hours", "1 day"],
        ["5 秒", "15 秒", "1 分钟", "5 分钟", "15 分钟", "1 小时", "6 小时", "1 天"],
        ["5 秒", "15 秒", "1 分鐘", "5 分鐘", "15 分鐘", "1 小時", "6 小時", "1 天"];
    /// How long messages are kept.
    keep: Text = "Keep messages", "消息保留", "訊息保留";
    /// What it does.
    keep_hint: Text =
        "Older messages are deleted for everybody, for good. A size deletes the oldest first.",
        "更早的消息将对所有人永久删除。按大小保留时，最早的先删除。",
        "更早的訊息將對所有人永久刪除。按大小保留時，最早的先刪除。";
    /// No setting of its own.
    keep_house: Text = "As long as the server says", "按服务器的设置", "依伺服器的設定";
    /// The other choices, as `keep::CHOICES` lists them.
    keep_choices: [Text; 8] =
        ["Forever", "1 day", "1 week", "30 days", "90 days", "1 year", "Up to 100 MB", "Up to 1 GB"],
        ["永久", "1 天", "1 周", "30 天", "90 天", "1 年", "最多 100 MB", "最多 1 GB"],
        ["永久", "1 天", "1 週", "30 天", "90 天", "1 年", "最多 100 MB", "最多 1 GB"];
    /// Any other time, in the units of `keep::UNITS`.
    keep_times: [Plural; 6] =
        [
        Plural::new("{} second", "{} seconds"),
        Plural::new("{} minute", "{} minutes"),
        Plural::new("{} hour", "{} hours"),
        Plural::new("{} day", "{} days"),
        Plural::new("{} week", "{} weeks"),
        Plural::new("{} year", "{} years"),
    ],
        [
        Plural::same("{} 秒"),
        Plural::same("{} 分钟"),
        Plural::same("{} 小时"),
        Plural::same("{} 天"),
        Plural::same("{} 周"),
        Plural::same("{} 年"),
    ],
        [
        Plural::same("{} 秒"),
        Plural::same("{} 分鐘"),
        Plural::same("{} 小時"),
        Plural::same("{} 天"),
        Plural::same("{} 週"),
        Plural::same("{} 年"),
    ];
    /// Any other size.
    keep_size: Text = "Up to {}", "最多 {}", "最多 {}";
    /// The question.
    keep_title: Text = "Delete older messages?", "删除更早的消息？", "刪除更早的訊息？";
    /// How many messages go.
    keep_count: Plural =
        Plural::new(
            "{} message of this room is deleted now, for everybody and for good, and later ones when their time comes.",
            "{} messages of this room are deleted now, for everybody and for good, and later ones when their time comes.",
        ),
        Plural::same("此房间的 {} 条消息现在将对所有人永久删除，之后的消息到期时也会删除。"),
        Plural::same("此房間的 {} 則訊息現在將對所有人永久刪除，之後的訊息到期時也會刪除。");
    /// There are too many to count.
    keep_most: Text =
        "{} messages of this room or more are deleted now, for everybody and for good, and later ones when their time comes.",
        "此房间的 {} 条或更多消息现在将对所有人永久删除，之后的消息到期时也会删除。",
        "此房間的 {} 則或更多訊息現在將對所有人永久刪除，之後的訊息到期時也會刪除。";
    /// How many go depends on other rooms.
    keep_unknown: Text =
        "The server keeps messages up to a size. The oldest messages of this room are deleted for good whenever all rooms together are larger.",
        "服务器按总大小保留消息。所有房间合计超出时，此房间最早的消息将永久删除。",
        "伺服器按總大小保留訊息。所有房間合計超出時，此房間最早的訊息將永久刪除。";
    /// Sets it.
    keep_now: Text = "Delete for good", "永久删除", "永久刪除";
    /// What it is, for who cannot change it.
    kept: Text = "Messages are kept: {}.", "消息保留：{}。", "訊息保留：{}。";
    /// The members.
    members: Text = "Members", "成员", "成員";
    /// The people of an open room.
    added: Text = "People who were added by name", "被指名加入的人", "被指名加入的人";
    /// The people of a direct room.
    people: Text = "People", "参与者", "參與者";
    /// There are no members.
    no_members: Text = "Nobody was added by name.", "没有指名加入的人。", "沒有指名加入的人。";
    /// What people of an open room are.
    open_members: Text =
        "Everybody in the house can read this room. Guests who see only their own rooms need to be added.",
        "所有人都能阅读此房间。仅限所属房间的访客需要先被加入。",
        "所有人都能閱讀此房間。僅限所屬房間的訪客需要先被加入。";
    /// What a direct room is.
    direct: Text =
        "A direct room has no settings: its people are fixed.",
        "私聊没有设置：参与者是固定的。",
        "私聊沒有設定：參與者是固定的。";
    /// The label of the field.
    add_member: Text = "Add somebody", "添加某人", "新增某人";
    /// The question.
    remove_title: Text = "Remove {} from {}?", "将 {} 移出 {}？", "將 {} 移出 {}？";
    /// What it does.
    remove_text: Text =
        "They cannot read this room any more until somebody adds them again.",
        "在有人再次加入其之前，对方无法再阅读此房间。",
        "在有人再次加入其之前，對方無法再閱讀此房間。";
    /// The label of a button.
    remove_one: Text = "Remove {}", "移除 {}", "移除 {}";
    /// Who was removed.
    removed: Text = "Removed, and may not come back", "已移除，不能再回来", "已移除，不能再回來";
    /// Keeping somebody out of an open room.
    remove_somebody: Text = "Remove somebody…", "移除某人…", "移除某人…";
    /// What that does.
    remove_hint: Text =
        "For somebody who was not added by name. They cannot come back until somebody lets them.",
        "用于未被指名加入的人。在有人允许之前，对方无法再回来。",
        "用於未被指名加入的人。在有人允許之前，對方無法再回來。";
    /// Lets somebody back.
    let_back: Text = "Let back in", "允许回来", "允許回來";
    /// The end of a room.
    end: Text = "Archive or delete", "归档或删除", "封存或刪除";
    /// What archiving does.
    archive_hint: Text =
        "An archived room is not listed, and nobody can post in it. It can be brought back.",
        "已归档的房间不再列出，也不能发消息。可以恢复。",
        "已封存的房間不再列出，也不能發訊息。可以恢復。";
    /// Archives the room.
    archive: Text = "Archive this room", "归档此房间", "封存此房間";
    /// The question.
    archive_title: Text = "Archive {}?", "归档 {}？", "封存 {}？";
    /// Brings it back.
    unarchive: Text = "Bring this room back", "恢复此房间", "恢復此房間";
    /// What bringing it back does.
    unarchive_hint: Text =
        "This room is archived. Brought back, it is listed again, and people can post in it.",
        "此房间已归档。恢复后会重新列出，可以发消息。",
        "此房間已封存。恢復後會重新列出，可以發訊息。";
    /// How deleting differs.
    delete_hint: Text =
        "A deleted room cannot be brought back: all its messages are deleted for everybody, for good.",
        "删除的房间无法恢复：其所有消息将对所有人永久删除。",
        "刪除的房間無法恢復：其所有訊息將對所有人永久刪除。";
    /// Opens the question.
    delete: Text = "Delete this room…", "删除此房间…", "刪除此房間…";
    /// Deletes the room.
    delete_now: Text = "Delete for good", "永久删除", "永久刪除";
    /// It was deleted.
    deleted: Text =
        "The room {} was deleted with all its messages.",
        "房间 {} 及其所有消息已被删除。",
        "房間 {} 及其所有訊息已被刪除。";
    /// Its whole name.
    full_name: Text = "Its name for commands: {}", "在命令中使用的名字：{}", "在命令中使用的名字：{}";
    /// The question.
    delete_title: Text = "Delete {} for good?", "永久删除 {}？", "永久刪除 {}？";
    /// What it does.
    delete_text: Text =
        "All its messages are deleted for everybody, for good. This cannot be undone, and its name is not used again. An archived room could be brought back.",
        "其所有消息将对所有人永久删除。此操作无法撤销，名字也不会再被使用。如果只是归档，之后还可以恢复。",
        "其所有訊息將對所有人永久刪除。此操作無法復原，名字也不會再被使用。如果只是封存，之後還可以恢復。";
    /// The user may only look.
    look_only: Text =
        "You can see the settings of this room, and not change them.",
        "你可以查看此房间的设置，但不能更改。",
        "你可以查看此房間的設定，但不能更改。";
}
