//! The texts of the composer.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The label of the composer, with the room.
    composer: Text = "Message {}", "发送到 {}", "傳送到 {}";
    /// Sends.
    send: Text = "Send", "发送", "傳送";
    /// Saves an edit.
    save: Text = "Save", "保存", "儲存";
    /// Above the composer during an edit.
    editing: Text = "Editing a message", "正在编辑消息", "正在編輯訊息";
    /// A text that is too long, with its size and the limit.
    too_long: Text =
        "This text is too long: {} of at most {}. Shorten it, or share it as a link.",
        "文字过长：{}，上限为 {}。请缩短，或改为分享链接。",
        "文字過長：{}，上限為 {}。請縮短，或改為分享連結。";
    /// In place of the composer.
    archived: Text =
        "This room is archived: it can be read, and nothing can be posted.",
        "此房间已归档：可以阅读，不能发言。",
        "此房間已封存：可以閱讀，不能發言。";
    /// In place of the composer of a direct room.
    deserted: Text =
        "Nobody else is in this conversation any more.",
        "此对话中已没有其他人。",
        "此對話中已沒有其他人。";
    /// How often everybody may post, in seconds.
    slow_seconds: Plural =
        Plural::new("Slow mode: one message a second.", "Slow mode: one message in {} seconds."),
        Plural::same("慢速模式：每 {} 秒可发一条消息。"),
        Plural::same("慢速模式：每 {} 秒可傳一則訊息。");
    /// The same in minutes.
    slow_minutes: Plural =
        Plural::new("Slow mode: one message a minute.", "Slow mode: one message in {} minutes."),
        Plural::same("慢速模式：每 {} 分钟可发一条消息。"),
        Plural::same("慢速模式：每 {} 分鐘可傳一則訊息。");
    /// The same in hours.
    slow_hours: Plural =
        Plural::new("Slow mode: one message an hour.", "Slow mode: one message in {} hours."),
        Plural::same("慢速模式：每 {} 小时可发一条消息。"),
        Plural::same("慢速模式：每 {} 小時可傳一則訊息。");
    /// The same in days.
    slow_days: Plural =
        Plural::new("Slow mode: one message a day.", "Slow mode: one message in {} days."),
        Plural::same("慢速模式：每 {} 天可发一条消息。"),
        Plural::same("慢速模式：每 {} 天可傳一則訊息。");
    /// When a message that waits for that is sent: the time of day.
    slow_next: Text = "Yours is sent at {}.", "你的消息将在 {} 发送。", "你的訊息將在 {} 傳送。";
    /// The label of the list of names for a mention.
    mention_list: Text = "Members to mention", "可提及的成员", "可提及的成員";
}
