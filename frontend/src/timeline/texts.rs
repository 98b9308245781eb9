//! The texts of the timeline.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The label of the timeline.
    timeline: Text = "Messages in #{}", "#{} 的消息", "#{} 的訊息";
    /// Older messages are loading.
    loading: Text = "Loading earlier messages…", "正在加载更早的消息…", "正在載入更早的訊息…";
    /// A room is loading.
    loading_room: Text = "Opening #{}…", "正在打开 #{}…", "正在開啟 #{}…";
    /// At the start of a room's history.
    beginning: Text = "This is where #{} begins.", "#{} 从这里开始。", "#{} 從這裡開始。";
    /// The button that jumps to the latest message, with the number of new ones.
    new_messages: Plural =
        Plural::same("{} new · jump to latest"),
        Plural::same("{} 条新消息 · 跳到最新"),
        Plural::same("{} 則新訊息 · 跳到最新");
    /// The same without a number.
    jump_latest: Text = "Jump to latest", "跳到最新", "跳到最新";
    /// The heading of an empty room.
    empty_title: Text = "#{} is empty. Say something!", "#{} 还没有消息，说点什么吧！", "#{} 還沒有訊息，說點什麼吧！";
    /// How to invite others.
    empty_invite: Text = "Invite others with this link:", "把这个链接发给别人：", "把這個連結傳給別人：";
    /// How to post from a program.
    empty_push: Text = "Post from a program:", "让程序向这里发送消息：", "讓程式向這裡傳送訊息：";
}
