//! The texts of the frame of the module's pages, and of the Admin page itself.

use crate::i18n::{Text, texts};

texts! {
    /// The label of the menu.
    menu: Text = "Parts of the Admin page", "管理页面的各部分", "管理頁面的各部分";
    /// The title of the Admin page.
    overview: Text = "Overview", "概览", "概覽";
    /// The titles of the parts, in the order of `Part::ALL`.
    parts: [Text; 7] =
        ["People", "Rooms", "Invitations", "Bots", "Barred addresses", "Acts", "House"],
        ["用户", "房间", "邀请", "机器人", "封禁的地址", "操作记录", "本站设置"],
        ["使用者", "房間", "邀請", "機器人", "封鎖的位址", "操作記錄", "本站設定"];
    /// What the parts are for, in the same order.
    hints: [Text; 7] =
        [
        "Roles, who is here now, who is kept out.",
        "Make, close, archive and delete rooms.",
        "Let people in: a link and a QR code.",
        "Programs that read and post, and their webhooks.",
        "Networks that nobody comes in from.",
        "Who did what, and when.",
        "The name, what members may do, what becomes of deleted accounts.",
    ],
        [
        "角色、谁在线、谁被封禁。",
        "创建、封闭、归档和删除房间。",
        "让人进来：链接和二维码。",
        "读取和发送消息的程序，以及它们的 Webhook。",
        "不允许任何人从中进入的网络。",
        "谁在何时做了什么。",
        "名称、成员的权限、已删除账户的处理方式。",
    ],
        [
        "角色、誰在線上、誰被封鎖。",
        "建立、封閉、封存和刪除房間。",
        "讓人進來：連結和 QR 碼。",
        "讀取和傳送訊息的程式，以及它們的 Webhook。",
        "不允許任何人從中進入的網路。",
        "誰在何時做了什麼。",
        "名稱、成員的權限、已刪除帳戶的處理方式。",
    ];
    /// The title of the account's page.
    account: Text = "Your account", "你的账户", "你的帳戶";
    /// The title of a room's settings.
    room: Text = "Settings of {}", "{} 的设置", "{} 的設定";
    /// The title of a direct room's page.
    direct: Text = "Direct room", "私聊", "私聊";
    /// The title where the address names nothing.
    unknown: Text = "Nothing here", "没有内容", "沒有內容";
    /// The newest acts.
    latest: Text = "Latest acts", "最近的操作", "最近的操作";
    /// Leads to all acts.
    all_acts: Text = "All acts", "所有操作", "所有操作";
    /// Opens the dialog that makes an invitation.
    invite: Text = "Invite people", "邀请他人", "邀請他人";
    /// Who may come in: everybody.
    access_open: Text =
        "Everybody who reaches this address may come in under a free name.",
        "任何能访问此地址的人都可以用未占用的名字进入。",
        "任何能造訪此位址的人都可以用未被使用的名字進入。";
    /// Who may come in: with an invitation.
    access_invited: Text =
        "People with an invitation may come in.",
        "持有邀请的人可以进入。",
        "持有邀請的人可以進入。";
    /// Who may come in: users of an application.
    access_app: Text =
        "Users of your own application may come in, with the tokens that it signs.",
        "你自己的应用的用户可以凭其签发的令牌进入。",
        "你自己的應用程式的使用者可以憑其簽發的權杖進入。";
    /// How that is changed.
    access_hint: Text =
        "This is set when the server starts, by --access.",
        "此设置在服务器启动时由 --access 指定。",
        "此設定在伺服器啟動時由 --access 指定。";
}
