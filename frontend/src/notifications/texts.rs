//! The texts of notifications and of their settings.

use crate::i18n::{Text, texts};

texts! {
    /// The title of a summary: the number of messages, and the room.
    summary: Text = "{} new messages · {}", "{} 条新消息 · {}", "{} 則新訊息 · {}";
    /// The first notification, after they were enabled.
    enabled: Text = "Notifications are on", "通知已开启", "通知已開啟";
    /// The switch for notifications.
    notify_on: Text = "Notify me when I look elsewhere", "我没在看此页面时通知我", "我沒在看此頁面時通知我";
    /// The menu for all rooms.
    in_all_rooms: Text = "Notify me in all rooms of", "在所有房间通知我", "在所有房間通知我";
    /// The menu for one room.
    in_room: Text = "In {}", "在 {} 中", "在 {} 中";
    /// The room has no setting of its own.
    as_in_all_rooms: Text = "As in all rooms", "与所有房间相同", "與所有房間相同";
    /// Each message.
    level_all: Text = "All messages", "所有消息", "所有訊息";
    /// Messages that mention the user.
    level_mentions: Text = "Mentions only", "仅提及我的消息", "僅提及我的訊息";
    /// The room is muted.
    level_nothing: Text = "Nothing (muted)", "不通知（静音）", "不通知（靜音）";
    /// The browser blocks notifications.
    blocked: Text =
        "The browser blocks notifications for this page.",
        "浏览器已阻止此页面的通知。",
        "瀏覽器已封鎖此頁面的通知。";
    /// The browser cannot show notifications of a page.
    unsupported: Text =
        "This browser cannot show notifications of web pages.",
        "此浏览器无法显示网页通知。",
        "此瀏覽器無法顯示網頁通知。";
}
