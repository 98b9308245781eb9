//! The texts of the timeline.

use crate::i18n::{Text, texts};

texts! {
    /// The label of the timeline.
    timeline: Text = "Messages in {}", "{} 的消息", "{} 的訊息";
    /// Older messages are loading.
    loading: Text = "Loading earlier messages…", "正在加载更早的消息…", "正在載入更早的訊息…";
    /// A room is loading.
    loading_room: Text = "Opening {}…", "正在打开 {}…", "正在開啟 {}…";
    /// The room cannot be joined, for the reason that the server gives.
    cannot_join: Text = "{} cannot be opened: {}", "无法打开 {}：{}", "無法開啟 {}：{}";
    /// The room does not exist for this user.
    no_room: Text =
        "There is no such room, or it is not open to you.",
        "没有这个房间，或者它不对你开放。",
        "沒有這個房間，或者它不對你開放。";
    /// Makes the room.
    make: Text = "Create {}", "创建 {}", "建立 {}";
    /// An owner who is not in a closed room can look at its settings.
    see_settings: Text = "See the room's settings", "查看房间设置", "查看房間設定";
    /// The user was in the room until now.
    left: Text =
        "You are no longer in this room, or it was deleted.",
        "你已不在这个房间里，或者它已被删除。",
        "你已不在這個房間裡，或者它已被刪除。";
    /// Leads to another room.
    go_to: Text = "Go to {}", "前往 {}", "前往 {}";
    /// There is no other room.
    no_rooms: Text = "You are in no room now.", "你现在不在任何房间里。", "你現在不在任何房間裡。";
    /// Tries to join the room again.
    retry: Text = "Retry", "重试", "重試";
    /// Too many rooms are joined.
    too_many_rooms: Text =
        "You are in {} rooms, which is the most at a time. Leave one of them to open {}.",
        "你已加入 {} 个房间，已达上限。请先离开一个，再打开 {}。",
        "你已加入 {} 個房間，已達上限。請先離開一個，再開啟 {}。";
    /// Leaves the room that was opened longest ago.
    leave_oldest: Text =
        "Leave {}, which you opened longest ago",
        "离开最久没有打开的 {}",
        "離開最久沒有開啟的 {}";
    /// At the start of a room's history.
    beginning: Text = "This is where {} begins.", "{} 从这里开始。", "{} 從這裡開始。";
    /// At the start of the history of a direct room.
    beginning_direct: Text =
        "This is where your messages with {} begin.",
        "你与 {} 的消息从这里开始。",
        "你與 {} 的訊息從這裡開始。";
    /// At the start of a room's history, where older messages were deleted.
    not_kept: Text =
        "Older messages are not kept.",
        "更早的消息不再保留。",
        "更早的訊息不再保留。";
    /// The button that jumps to the latest message, with the number of new ones.
    new_messages: Text =
        "{} new · jump to latest",
        "{} 条新消息 · 跳到最新",
        "{} 則新訊息 · 跳到最新";
    /// The same without a number.
    jump_latest: Text = "Jump to latest", "跳到最新", "跳到最新";
    /// The heading of an empty room.
    empty_title: Text = "{} is empty. Say something!", "{} 还没有消息，说点什么吧！", "{} 還沒有訊息，說點什麼吧！";
    /// The heading of a direct room without messages.
    empty_direct: Text = "Say something to {}!", "对 {} 说点什么吧！", "對 {} 說點什麼吧！";
    /// How others come into a closed room. Its members may be away.
    empty_closed: Text =
        "Nobody else is here. Add people in the room's settings.",
        "这里没有别人。可在房间设置中添加成员。",
        "這裡沒有別人。可在房間設定中加入成員。";
    /// Who sees a closed room.
    empty_members: Text =
        "Only the people who were added see this room.",
        "只有被添加的人能看到此房间。",
        "只有被加入的人能看到此房間。";
    /// Leads to the form for an invitation.
    empty_invite_people: Text = "Invite people", "邀请他人", "邀請他人";
    /// How to invite others.
    empty_invite: Text = "Invite others with this link:", "把这个链接发给别人：", "把這個連結傳給別人：";
    /// How to post from a program.
    empty_push: Text = "Post from a program:", "让程序向这里发送消息：", "讓程式向這裡傳送訊息：";
}
