//! The words that several components use.

use super::{Text, texts};

texts! {
    /// The product's name.
    app: Text = "Parlor", "Parlor", "Parlor";
    /// The list of rooms, and the page.
    rooms: Text = "Rooms", "房间", "房間";
    /// The label of the room name field.
    room_name: Text = "Room name", "房间名", "房間名";
    /// Search.
    search: Text = "Search", "搜索", "搜尋";
    /// The settings.
    settings: Text = "Settings", "设置", "設定";
    /// Closes the list of members.
    hide_members: Text = "Hide members", "隐藏成员", "隱藏成員";
    /// The label of a reply, with the author of the message that it answers.
    replying_to: Text = "In reply to {}", "回复 {}", "回覆 {}";
    /// Closes a form.
    cancel: Text = "Cancel", "取消", "取消";
    /// Closes a panel.
    close: Text = "Close", "关闭", "關閉";
    /// Copies a text.
    copy: Text = "Copy", "复制", "複製";
    /// After copying.
    copied: Text = "Copied", "已复制", "已複製";
    /// Today.
    today: Text = "Today", "今天", "今天";
    /// Yesterday.
    yesterday: Text = "Yesterday", "昨天", "昨天";
}
