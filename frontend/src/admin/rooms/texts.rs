//! The texts of the rooms.

use crate::i18n::{Text, texts};

texts! {
    /// The label of the search field.
    search: Text = "Find by name or topic", "按房间名或主题查找", "依房間名或主題尋找";
    /// There are none.
    none: Text = "No room has such a name or topic.", "没有符合的房间。", "沒有符合的房間。";
    /// Makes a room.
    make: Text = "Make a room", "创建房间", "建立房間";
    /// The rules of names.
    name_hint: Text =
        "1 to 64 of a-z 0-9 . _ - A closed room's name gets a suffix that nobody can guess.",
        "1 到 64 个 a-z 0-9 . _ - 字符。封闭房间的名字会加上无法猜到的后缀。",
        "1 到 64 個 a-z 0-9 . _ - 字元。封閉房間的名字會加上無法猜到的後綴。";
    /// The label of the kind.
    kind: Text = "Who may read it", "谁可以阅读", "誰可以閱讀";
    /// The label of the topic.
    topic: Text = "Topic", "主题", "主題";
    /// The topic may be left out.
    topic_hint: Text = "What it is about. It can stay empty.", "房间的主题，可以留空。", "房間的主題，可以留空。";
    /// Goes to a room's settings.
    settings: Text = "Settings", "设置", "設定";
    /// The same, with the room.
    settings_of: Text = "Settings of {}", "设置：{}", "設定：{}";
    /// The room has no topic.
    no_topic: Text = "No topic", "没有主题", "沒有主題";
}
