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
    /// Goes in, under a name.
    enter: Text = "Enter", "进入", "進入";
    /// Tries again.
    try_again: Text = "Try again", "重试", "重試";
    /// Why a name is not valid.
    name_rules: Text =
        "A name has 1 to 32 characters. It can have single spaces inside, and no invisible characters.",
        "名字为 1 到 32 个字符，中间只能有单个空格，不能有不可见字符。",
        "名字為 1 到 32 個字元，中間只能有單個空格，不能有不可見字元。";
    /// The name belongs to somebody else.
    name_taken: Text =
        "Somebody else uses this name or one that looks like it. Choose another one.",
        "这个名字或相似的名字已有人使用，请换一个。",
        "這個名字或相似的名字已有人使用，請換一個。";
    /// The user, or the address, is kept out of the house.
    barred: Text =
        "This account or this network address is barred from this house.",
        "此账户或此网络地址已被禁止进入。",
        "此帳戶或此網路位址已被禁止進入。";
    /// The server refuses what the user wants, with the reason.
    refused: Text = "The server refuses that: {}", "服务器拒绝了：{}", "伺服器拒絕了：{}";
    /// The server cannot be reached.
    unreachable: Text =
        "The server cannot be reached. Check the connection, then try again.",
        "无法连接服务器。请检查网络后重试。",
        "無法連線伺服器。請檢查網路後重試。";
    /// A room that only its members see.
    closed_room: Text = "Closed room", "封闭房间", "封閉房間";
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
