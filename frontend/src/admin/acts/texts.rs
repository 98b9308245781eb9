//! The texts of the acts: who did what. The first `{}` of a sentence is who did it.

use crate::i18n::{Text, texts};

texts! {
    /// What is done with the list.
    about: Text =
        "Everything that changed who may do what, newest first.",
        "所有改变权限的操作，最新的在前。",
        "所有改變權限的操作，最新的在前。";
    /// Nothing was done yet.
    none: Text = "Nothing was done yet.", "还没有任何操作。", "還沒有任何操作。";
    /// Downloads all acts.
    export: Text = "Export", "导出", "匯出";
    /// While they are on their way.
    exporting: Text = "Exporting…", "正在导出…", "正在匯出…";
    /// The server itself.
    server: Text = "The server", "服务器", "伺服器";
    /// The operator, at the beginning of a sentence.
    operator: Text = "The operator", "服务器运维者", "伺服器維運者";
    /// An open room was made.
    made_open: Text = "{} made the room #{}.", "{} 创建了房间 #{}。", "{} 建立了房間 #{}。";
    /// A closed room was made.
    made_closed: Text = "{} made the closed room #{}.", "{} 创建了封闭房间 #{}。", "{} 建立了封閉房間 #{}。";
    /// A direct room was opened.
    opened_direct: Text = "{} opened a direct room with {}.", "{} 与 {} 开始了私聊。", "{} 與 {} 開始了私聊。";
    /// A topic was set.
    topic: Text = "{} set the topic of #{}: {}", "{} 设置了 #{} 的主题：{}", "{} 設定了 #{} 的主題：{}";
    /// A topic was removed.
    no_topic: Text = "{} removed the topic of #{}.", "{} 移除了 #{} 的主题。", "{} 移除了 #{} 的主題。";
    /// A room was opened.
    opened: Text = "{} opened #{} to everybody.", "{} 将 #{} 向所有人开放。", "{} 將 #{} 向所有人開放。";
    /// A room was closed.
    closed: Text = "{} closed #{}.", "{} 将 #{} 设为封闭。", "{} 將 #{} 設為封閉。";
    /// A room was archived.
    archived: Text = "{} archived #{}.", "{} 归档了 #{}。", "{} 封存了 #{}。";
    /// A room was brought back.
    unarchived: Text =
        "{} brought #{} back from the archive.",
        "{} 取消了 #{} 的归档。",
        "{} 取消了 #{} 的封存。";
    /// A room was slowed down.
    slow: Text =
        "{} slowed #{} down: one post in {} seconds.",
        "{} 让 #{} 慢下来：每 {} 秒一条。",
        "{} 讓 #{} 慢下來：每 {} 秒一則。";
    /// A room is slowed down no longer.
    fast: Text = "{} ended the slow mode of #{}.", "{} 结束了 #{} 的慢速模式。", "{} 結束了 #{} 的慢速模式。";
    /// A room's messages are kept for a time or up to a size.
    keep: Text =
        "{} had the messages of #{} kept for {} only.",
        "{} 让 #{} 的消息只保留 {}。",
        "{} 讓 #{} 的訊息只保留 {}。";
    /// They are kept forever.
    keep_forever: Text =
        "{} had the messages of #{} kept forever.",
        "{} 让 #{} 的消息永久保留。",
        "{} 讓 #{} 的訊息永久保留。";
    /// They are kept as the server says.
    keep_house: Text =
        "{} let the server say how long the messages of #{} are kept.",
        "{} 让服务器决定 #{} 的消息保留多久。",
        "{} 讓伺服器決定 #{} 的訊息保留多久。";
    /// A room was deleted.
    deleted_room: Text =
        "{} deleted #{} with its messages.",
        "{} 删除了 #{} 及其消息。",
        "{} 刪除了 #{} 及其訊息。";
    /// Somebody was added.
    added: Text = "{} added {} to #{}.", "{} 将 {} 加入了 #{}。", "{} 將 {} 加入了 #{}。";
    /// Somebody was removed.
    removed: Text = "{} removed {} from #{}.", "{} 将 {} 移出了 #{}。", "{} 將 {} 移出了 #{}。";
    /// Somebody left.
    left: Text = "{} left #{}.", "{} 离开了 #{}。", "{} 離開了 #{}。";
    /// Somebody has another role.
    role: Text = "{} gave {} the role “{}”.", "{} 将 {} 的角色设为“{}”。", "{} 將 {} 的角色設為「{}」。";
    /// The same; they see only their rooms.
    role_limited: Text =
        "{} gave {} the role “{}”, limited to the rooms that they were added to.",
        "{} 将 {} 的角色设为“{}”，仅限被加入的房间。",
        "{} 將 {} 的角色設為「{}」，僅限被加入的房間。";
    /// Somebody was barred.
    barred: Text = "{} barred {}.", "{} 封禁了 {}。", "{} 封鎖了 {}。";
    /// Somebody was let in again.
    unbarred: Text = "{} let {} in again.", "{} 解除了对 {} 的封禁。", "{} 解除了對 {} 的封鎖。";
    /// An address was barred.
    barred_address: Text = "{} barred the address {}.", "{} 封禁了地址 {}。", "{} 封鎖了位址 {}。";
    /// An address was let in again.
    unbarred_address: Text =
        "{} let the address {} in again.",
        "{} 解除了对地址 {} 的封禁。",
        "{} 解除了對位址 {} 的封鎖。";
    /// Tokens of somebody else were revoked.
    revoked: Text = "{} ended all sessions of {}.", "{} 结束了 {} 的所有会话。", "{} 結束了 {} 的所有工作階段。";
    /// One's own tokens were revoked.
    revoked_own: Text = "{} signed out all their other devices.", "{} 退出了自己的所有其他设备。", "{} 登出了自己的所有其他裝置。";
    /// An invitation was made: its number, its role.
    invited: Text =
        "{} made the invitation no. {}, for the role “{}”.",
        "{} 创建了第 {} 号邀请，角色为“{}”。",
        "{} 建立了第 {} 號邀請，角色為「{}」。";
    /// An invitation for a name: its number, the name, the role.
    invited_name: Text =
        "{} made the invitation no. {} for {}, with the role “{}”.",
        "{} 创建了第 {} 号邀请，受邀人 {}，角色为“{}”。",
        "{} 建立了第 {} 號邀請，受邀人 {}，角色為「{}」。";
    /// An invitation was ended.
    revoked_invitation: Text = "{} revoked the invitation no. {}.", "{} 撤销了第 {} 号邀请。", "{} 撤銷了第 {} 號邀請。";
    /// A bot was made.
    bot: Text = "{} made the bot {}.", "{} 创建了机器人 {}。", "{} 建立了機器人 {}。";
    /// A webhook was added: the bot, the room, the address.
    webhook: Text =
        "{} added a webhook of {} in #{}: {}",
        "{} 为 {} 在 #{} 中添加了 Webhook：{}",
        "{} 為 {} 在 #{} 中新增了 Webhook：{}";
    /// A webhook was removed.
    removed_webhook: Text = "{} removed the webhook no. {}.", "{} 移除了第 {} 号 Webhook。", "{} 移除了第 {} 號 Webhook。";
    /// A webhook was switched on.
    webhook_on: Text =
        "{} switched the webhook no. {} on.",
        "{} 开启了第 {} 号 Webhook。",
        "{} 開啟了第 {} 號 Webhook。";
    /// A webhook was switched off.
    webhook_off: Text =
        "{} switched the webhook no. {} off.",
        "{} 关闭了第 {} 号 Webhook。",
        "{} 關閉了第 {} 號 Webhook。";
    /// The settings were changed.
    settings: Text = "{} set the house's settings: {}.", "{} 更改了本站设置：{}。", "{} 更改了本站設定：{}。";
    /// Stands between the settings.
    setting_separator: Text = "; ", "；", "；";
    /// The house's name.
    setting_name: Text = "it is called “{}”", "名称为“{}”", "名稱為「{}」";
    /// It has none.
    setting_no_name: Text = "it has no name", "没有名称", "沒有名稱";
    /// Whether members may make rooms.
    setting_rooms: [Text; 2] =
        ["members may make rooms", "members may not make rooms"],
        ["成员可以创建房间", "成员不能创建房间"],
        ["成員可以建立房間", "成員不能建立房間"];
    /// Whether members may invite.
    setting_invite: [Text; 2] =
        ["members may invite people", "members may not invite people"],
        ["成员可以邀请他人", "成员不能邀请他人"],
        ["成員可以邀請他人", "成員不能邀請他人"];
    /// What becomes of the names of deleted accounts: reserved, free.
    setting_names: [Text; 2] =
        ["names of deleted accounts stay reserved", "names of deleted accounts become free"],
        ["已删除账户的名字会被保留", "已删除账户的名字会被释放"],
        ["已刪除帳戶的名字會被保留", "已刪除帳戶的名字會被釋出"];
    /// What becomes of their messages: kept, blanked.
    setting_messages: [Text; 2] =
        ["their messages stay", "the texts of their messages are deleted"],
        ["其消息会保留", "其消息内容会被删除"],
        ["其訊息會保留", "其訊息內容會被刪除"];
    /// One's own account was deleted.
    deleted_own: Text = "{} deleted their account.", "{} 删除了自己的账户。", "{} 刪除了自己的帳戶。";
    /// The account of a bot was deleted.
    deleted: Text = "{} deleted the account of {}.", "{} 删除了 {} 的账户。", "{} 刪除了 {} 的帳戶。";
    /// Somebody came in by an invitation: its number, their role.
    accepted: Text =
        "{} accepted the invitation no. {}, and has the role “{}”.",
        "{} 接受了第 {} 号邀请，角色为“{}”。",
        "{} 接受了第 {} 號邀請，角色為「{}」。";
    /// A message was retracted: its author, its room.
    retracted: Text =
        "{} retracted a message of {} in #{}.",
        "{} 撤回了 {} 在 #{} 中的一条消息。",
        "{} 收回了 {} 在 #{} 中的一則訊息。";
}
