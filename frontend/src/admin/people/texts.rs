//! The texts of the people.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The label of the search field.
    search: Text = "Find by name", "按名字查找", "依名字尋找";
    /// How many are here now.
    online: Plural = Plural::new("{} here now", "{} here now"), Plural::same("{} 人在线"), Plural::same("{} 人在線上");
    /// Nobody has that name.
    none: Text = "Nobody here has such a name.", "没有这样的名字。", "沒有這樣的名字。";
    /// Somebody is here now.
    here: Text = "Here now", "在线", "在線上";
    /// Oneself.
    you: Text = "You", "你", "你";
    /// Kept out.
    barred: Text = "Barred", "已封禁", "已封鎖";
    /// Sees only their rooms.
    limited: Text = "Only their rooms", "仅限所属房间", "僅限所屬房間";
    /// Their tokens are the application's.
    application: Text = "By your application", "来自你的应用", "來自你的應用程式";
    /// The checkbox: they see only their rooms.
    limit: Text =
        "Sees only the rooms that they were added to",
        "只能看到被加入的房间",
        "只能看到被加入的房間";
    /// Keeps somebody out.
    bar: Text = "Bar", "封禁", "封鎖";
    /// The question.
    bar_title: Text = "Bar {}?", "封禁 {}？", "封鎖 {}？";
    /// What it does.
    bar_text: Text =
        "Their sessions end at once, and they cannot come in until you let them in again. Their messages stay.",
        "其会话将立即结束，在你解除封禁之前无法再进入。其消息会保留。",
        "其工作階段將立即結束，在你解除封鎖之前無法再進入。其訊息會保留。";
    /// Lets somebody in again.
    unbar: Text = "Let in again", "解除封禁", "解除封鎖";
    /// Ends all tokens of somebody.
    sign_out: Text = "Sign out everywhere", "在所有设备上退出", "在所有裝置上登出";
    /// The question.
    sign_out_title: Text = "Sign {} out everywhere?", "让 {} 在所有设备上退出？", "讓 {} 在所有裝置上登出？";
    /// What it does.
    sign_out_text: Text =
        "All their tokens end at once. To come in again, they need an invitation for their name.",
        "其所有令牌将立即失效。再次进入需要为其名字发出的邀请。",
        "其所有權杖將立即失效。再次進入需要為其名字發出的邀請。";
    /// Saves the role.
    save_role: Text = "Save role", "保存角色", "儲存角色";
    /// The question before somebody becomes an owner.
    owner_title: Text = "Make {} an owner?", "将 {} 设为所有者？", "將 {} 設為擁有者？";
    /// What it does.
    owner_text: Text =
        "An owner may do everything, also take your own role from you.",
        "所有者可以做任何事，包括撤销你的角色。",
        "擁有者可以做任何事，包括撤銷你的角色。";
    /// The question before one gives up a role.
    step_down_title: Text = "Give up your own role?", "放弃你自己的角色？", "放棄你自己的角色？";
    /// What it does.
    step_down_text: Text =
        "Only another owner can give it back to you. The last owner cannot leave: make somebody else an owner first.",
        "只有其他所有者才能将它还给你。最后一位所有者不能离开：请先将其他人设为所有者。",
        "只有其他擁有者才能將它還給你。最後一位擁有者不能離開：請先將其他人設為擁有者。";
    /// Does it: gives a role, in the order of `Role::ALL`.
    make_role: [Text; 5] =
        ["Make owner", "Make moderator", "Make member", "Make guest", "Make bot"],
        ["设为所有者", "设为版主", "设为成员", "设为访客", "设为机器人"],
        ["設為擁有者", "設為版主", "設為成員", "設為訪客", "設為機器人"];
    /// Owners are told before they step down.
    last_owner: Text =
        "The last owner cannot leave: make somebody else an owner first.",
        "最后一位所有者不能离开：请先将其他人设为所有者。",
        "最後一位擁有者不能離開：請先將其他人設為擁有者。";
    /// Bots have a part of their own.
    bot: Text =
        "Bots are made and deleted in the part “Bots”.",
        "机器人在“机器人”部分中创建和删除。",
        "機器人在「機器人」部分中建立和刪除。";
}
