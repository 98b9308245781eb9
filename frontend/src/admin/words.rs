//! The words that several pages of the module use.

use shared::{Role, RoomKind};

use crate::{
    Locale,
    i18n::{Plural, Text, texts},
};

texts! {
    /// Something is loading.
    loading: Text = "Loading…", "正在加载…", "正在載入…";
    /// Tries again.
    retry: Text = "Try again", "重试", "重試";
    /// Loads the next page of a list.
    more: Text = "Show more", "显示更多", "顯示更多";
    /// The browser has no token.
    signed_out: Text =
        "You are not signed in in this browser. Go to the rooms and sign in, then come back.",
        "你尚未在此浏览器中登录。请先进入房间页面登录，然后再回来。",
        "你尚未在此瀏覽器中登入。請先進入房間頁面登入，然後再回來。";
    /// The same, where a link to sign in follows.
    not_signed_in: Text =
        "You are not signed in in this browser.",
        "你尚未在此浏览器中登录。",
        "你尚未在此瀏覽器中登入。";
    /// Leads to the page to sign in.
    sign_in: Text = "Sign in", "登录", "登入";
    /// Leads to the rooms.
    to_rooms: Text = "Go to the rooms", "前往房间", "前往房間";
    /// Nobody has a name.
    nobody: Text = "Nobody here is called {}.", "这里没有叫 {} 的人。", "這裡沒有叫 {} 的人。";
    /// A field for the name of a room is empty.
    no_name: Text = "Write a name.", "请写一个名字。", "請寫一個名字。";
    /// The server cannot be reached.
    unreachable: Text =
        "The server cannot be reached. Check the connection, then try again.",
        "无法连接服务器。请检查网络后重试。",
        "無法連線伺服器。請檢查網路後重試。";
    /// The answer makes no sense.
    unreadable: Text =
        "The server's answer cannot be read: it may be of another version. Reload the page.",
        "无法理解服务器的回答，它可能是另一个版本。请重新加载页面。",
        "無法理解伺服器的回答，它可能是另一個版本。請重新載入頁面。";
    /// The page is for others.
    not_yours: Text =
        "This page is for those who run this house. Your role does not include it.",
        "此页面供管理者使用，你的角色无权查看。",
        "此頁面供管理者使用，你的角色無權查看。";
    /// The address names nothing.
    nothing_here: Text = "There is nothing at this address.", "此地址没有内容。", "此位址沒有內容。";
    /// Saves a form.
    save: Text = "Save", "保存", "儲存";
    /// After saving.
    saved: Text = "Saved.", "已保存。", "已儲存。";
    /// Removes something.
    remove: Text = "Remove", "移除", "移除";
    /// Opens the dialog for one of a list.
    manage: Text = "Manage", "管理", "管理";
    /// The same, with its name.
    manage_one: Text = "Manage {}", "管理 {}", "管理 {}";
    /// The label of a name.
    name: Text = "Name", "名字", "名字";
    /// The label of a role.
    role: Text = "Role", "角色", "角色";
    /// The label of a field for rooms.
    rooms_field: Text = "Rooms", "房间", "房間";
    /// How rooms are written in a field.
    rooms_hint: Text =
        "Names, separated by commas or spaces. ",
        "房间名，用逗号或空格分隔。",
        "房間名，用逗號或空格分隔。";
    /// A word is not the name of a room.
    bad_room: Text =
        "{} is not a room's name: that is 1 to 64 of a-z 0-9 . _ -",
        "{} 不是有效的房间名：应为 1 到 64 个 a-z 0-9 . _ - 字符",
        "{} 不是有效的房間名：應為 1 到 64 個 a-z 0-9 . _ - 字元";
    /// A field's text is not a name.
    bad_name: Text =
        "A name has 1 to 32 characters. It can have single spaces inside, and no invisible characters.",
        "名字为 1 到 32 个字符，中间只能有单个空格，不能有不可见字符。",
        "名字為 1 到 32 個字元，中間只能有單個空格，不能有不可見字元。";
    /// Roles, in the order of [`Role::ALL`].
    roles: [Text; 5] =
        ["Owner", "Moderator", "Member", "Guest", "Bot"],
        ["所有者", "版主", "成员", "访客", "机器人"],
        ["擁有者", "版主", "成員", "訪客", "機器人"];
    /// What roles may do, in the same order.
    role_hints: [Text; 5] =
        [
        "May do everything.",
        "Keeps order: retracts messages, removes and bars people, slows rooms down.",
        "Talks, and makes rooms or invites people if the house's settings allow it.",
        "Talks in rooms.",
        "A program: it reads and posts in its rooms.",
    ],
        [
        "可以做任何事。",
        "维持秩序：撤回消息、移除或封禁用户、让房间慢下来。",
        "参与交谈；若设置允许，可以创建房间或邀请他人。",
        "参与交谈。",
        "程序：在所属房间中读取和发送消息。",
    ],
        [
        "可以做任何事。",
        "維持秩序：收回訊息、移除或封鎖使用者、讓房間慢下來。",
        "參與交談；若設定允許，可以建立房間或邀請他人。",
        "參與交談。",
        "程式：在所屬房間中讀取和傳送訊息。",
    ];
    /// Kinds of rooms: open, closed, direct.
    kinds: [Text; 3] = ["Open", "Closed", "Direct"], ["开放", "封闭", "私聊"], ["開放", "封閉", "私聊"];
    /// An open room.
    open_hint: Text =
        "Listed; everybody in the house may read it.",
        "列在房间列表中，所有人都能阅读。",
        "列在房間清單中，所有人都能閱讀。";
    /// A closed room.
    closed_hint: Text =
        "For its members. For all others it does not exist.",
        "仅限成员；对其他人来说它不存在。",
        "僅限成員；對其他人來說它不存在。";
    /// An archived room.
    archived: Text = "Archived", "已归档", "已封存";
    /// A room that is slowed down.
    slow: Plural =
        Plural::new("One post a second", "One post in {} seconds"),
        Plural::same("每 {} 秒一条"),
        Plural::same("每 {} 秒一則");
    /// How many are listed.
    listed: Plural = Plural::new("{} entry", "{} entries"), Plural::same("共 {} 项"), Plural::same("共 {} 項");
    /// The operator of the server, who needs no account.
    operator: Text = "the operator", "服务器运维者", "伺服器維運者";
    /// Back to the Admin page.
    back: Text = "Admin", "管理", "管理";
}

/// The name of a role.
pub(super) fn role_name(role: Role, locale: &Locale) -> Text {
    texts(locale.language).roles[role as usize]
}

/// What a role may do.
pub(super) fn role_hint(role: Role, locale: &Locale) -> Text {
    texts(locale.language).role_hints[role as usize]
}

/// The name of a kind of rooms.
pub(super) fn kind_name(kind: RoomKind, locale: &Locale) -> Text {
    texts(locale.language).kinds[kind as usize]
}

/// What the server or a check says, as a sentence: they begin in lower case, and have no full stop.
pub(super) fn as_sentence(reason: &str) -> String {
    let mut rest = reason.chars();
    let first = rest.next().map(char::to_uppercase);
    ended(first.into_iter().flatten().chain(rest).collect())
}

/// The same for what begins with a name.
pub(super) fn ended(mut sentence: String) -> String {
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?', '…', '。', '！', '？']) {
        sentence.push('.');
    }
    sentence
}

/// A name within a sentence. Its direction changes nothing around it.
pub(super) fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}
