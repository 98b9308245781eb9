//! The texts of the links between pages.

use crate::i18n::{Text, texts};

texts! {
    /// The label of the page bar.
    pages: Text = "Pages", "页面", "頁面";
    /// The page of the WebSocket client.
    console: Text = "Console", "控制台", "主控台";
    /// The page that compares polling with pushing.
    compare: Text = "Pull against push", "拉与推", "拉與推";
    /// The page of the server's vital signs.
    pulse: Text = "Pulse", "脉搏", "脈搏";
    /// The page about people, rooms and rights.
    admin: Text = "Admin", "管理", "管理";
    /// The titles of its parts, in the order of `Part::ALL`.
    admin_parts: [Text; 7] =
        [
        "People · Admin",
        "Rooms · Admin",
        "Invitations · Admin",
        "Bots · Admin",
        "Barred addresses · Admin",
        "Acts · Admin",
        "House · Admin",
    ],
        [
        "用户 · 管理",
        "房间 · 管理",
        "邀请 · 管理",
        "机器人 · 管理",
        "封禁的地址 · 管理",
        "操作记录 · 管理",
        "本站设置 · 管理",
    ],
        [
        "使用者 · 管理",
        "房間 · 管理",
        "邀請 · 管理",
        "機器人 · 管理",
        "封鎖的位址 · 管理",
        "操作記錄 · 管理",
        "本站設定 · 管理",
    ];
    /// The page about the user's own account.
    account: Text = "Account", "账户", "帳戶";
    /// The page with the settings of a room.
    room_settings: Text = "Room settings", "房间设置", "房間設定";
}
