//! The texts of the user's own account.

use crate::i18n::{Text, texts};

texts! {
    /// The section about other devices.
    devices: Text = "Other devices", "其他设备", "其他裝置";
    /// Who the user is.
    you: Text = "You are {}. Role: {}.", "你是 {}，角色：{}。", "你是 {}，角色：{}。";
    /// Sees only their rooms.
    limited: Text =
        "You see only the rooms that you were added to.",
        "你只能看到被加入的房间。",
        "你只能看到被加入的房間。";
    /// Inviting people.
    invite: Text = "Invite people", "邀请他人", "邀請他人";
    /// What that is.
    invite_hint: Text =
        "Make a link that lets people in, and see those that you have made.",
        "创建让人进入的链接，并查看你已创建的链接。",
        "建立讓人進入的連結，並查看你已建立的連結。";
    /// The export.
    export: Text = "Your messages", "你的消息", "你的訊息";
    /// What it is.
    export_hint: Text =
        "A file with everything that you have written here, one message a line, as JSON.",
        "一个文件，包含你在这里写过的所有内容，每行一条 JSON 消息。",
        "一個檔案，包含你在這裡寫過的所有內容，每行一則 JSON 訊息。";
    /// Downloads it.
    export_button: Text = "Download your messages", "下载你的消息", "下載你的訊息";
    /// While it is on its way.
    exporting: Text = "Collecting…", "正在收集…", "正在收集…";
    /// Signing out all other devices.
    sign_out: Text = "Sign out all other devices", "退出所有其他设备", "登出所有其他裝置";
    /// What it does.
    sign_out_hint: Text =
        "All your other devices and browsers are signed out at once. This browser stays signed in, with a new token.",
        "你的其他设备和浏览器将立即退出。此浏览器会获得新的令牌，保持登录。",
        "你的其他裝置和瀏覽器將立即登出。此瀏覽器會取得新的權杖，保持登入。";
    /// The question.
    sign_out_title: Text = "Sign out all other devices?", "退出所有其他设备？", "登出所有其他裝置？";
    /// It was done.
    signed_out: Text =
        "All your other devices are signed out.",
        "你的其他设备均已退出。",
        "你的其他裝置均已登出。";
    /// It was done, but without a new token.
    signed_out_here: Text =
        "All your devices are signed out, this one too.",
        "你的所有设备均已退出，包括这一台。",
        "你的所有裝置均已登出，包括這一台。";
    /// Signing out in this browser.
    leave: Text = "Sign out in this browser", "在此浏览器中退出", "在此瀏覽器中登出";
    /// The question.
    leave_title: Text = "Sign out in this browser?", "在此浏览器中退出？", "在此瀏覽器中登出？";
    /// What it does.
    leave_text: Text =
        "This browser forgets your name. Without another device, a link for another device or an invitation you cannot come back under it.",
        "此浏览器会忘记你的名字。如果没有其他设备、用于其他设备的链接或邀请，你将无法再以此名字回来。",
        "此瀏覽器會忘記你的名字。如果沒有其他裝置、用於其他裝置的連結或邀請，你將無法再以此名字回來。";
    /// Does it.
    leave_now: Text = "Sign out", "退出", "登出";
    /// Owners are told before they leave.
    last_owner: Text =
        "The last owner cannot leave: make somebody else an owner first.",
        "最后一位所有者不能离开：请先将其他人设为所有者。",
        "最後一位擁有者不能離開：請先將其他人設為擁有者。";
    /// Deleting the account.
    delete: Text = "Delete your account", "删除你的账户", "刪除你的帳戶";
    /// The name stays reserved.
    name_reserved: Text =
        "Your name {} stays reserved: nobody can use it again, not even you.",
        "你的名字 {} 会被保留：任何人都不能再使用，包括你自己。",
        "你的名字 {} 會被保留：任何人都不能再使用，包括你自己。";
    /// The name becomes free.
    name_free: Text =
        "Your name {} becomes free: anybody can claim it.",
        "你的名字 {} 将被释放：任何人都可以使用。",
        "你的名字 {} 將被釋出：任何人都可以使用。";
    /// The messages stay.
    messages_kept: Text =
        "Your messages stay, and show “Deleted account” instead of your name.",
        "你的消息会保留，但以“已删除的账户”代替你的名字。",
        "你的訊息會保留，但以「已刪除的帳戶」代替你的名字。";
    /// The messages are blanked.
    messages_blanked: Text =
        "The texts of your messages are deleted, too.",
        "你的消息内容也会被删除。",
        "你的訊息內容也會被刪除。";
    /// It cannot be undone.
    final_: Text =
        "This cannot be undone. Download your messages before, if you want to keep them.",
        "此操作无法撤销。如需保留消息，请先下载。",
        "此操作無法復原。如需保留訊息，請先下載。";
    /// The button that asks.
    delete_button: Text = "Delete my account…", "删除我的账户…", "刪除我的帳戶…";
    /// The question.
    delete_title: Text = "Delete the account {}?", "删除账户 {}？", "刪除帳戶 {}？";
    /// Does it.
    delete_now: Text = "Delete my account for good", "永久删除我的账户", "永久刪除我的帳戶";
}
