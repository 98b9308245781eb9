//! The texts of the invitations.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// What they are.
    about: Text =
        "Whoever has the link of an invitation comes in with it.",
        "任何持有邀请链接的人都可以进入。",
        "任何持有邀請連結的人都可以進入。";
    /// There are none.
    none: Text = "No invitation can be used now.", "目前没有可用的邀请。", "目前沒有可用的邀請。";
    /// Opens the dialog.
    invite: Text = "Invite people", "邀请他人", "邀請他人";
    /// One that was made, by its number.
    numbered: Text = "Invitation no. {}", "第 {} 号邀请", "第 {} 號邀請";
    /// Shows those that have ended, too.
    show_ended: Text = "Show those that have ended", "显示已结束的邀请", "顯示已結束的邀請";
    /// For a name.
    for_name: Text = "For {}", "邀请 {}", "邀請 {}";
    /// For anybody.
    for_anybody: Text = "For anybody with the link", "任何持有链接的人", "任何持有連結的人";
    /// The states, in the order of `InvitationState`.
    states: [Text; 4] =
        ["Valid", "Used up", "Expired", "Revoked"],
        ["有效", "已用完", "已过期", "已撤销"],
        ["有效", "已用完", "已過期", "已撤銷"];
    /// How often it was used.
    used: Text = "{} of {} used", "已使用 {} / {} 次", "已使用 {} / {} 次";
    /// When it ends.
    until: Text = "until {}", "有效期至 {}", "有效期至 {}";
    /// Its number, and who made it.
    by: Text = "no. {}, by {}", "第 {} 号，由 {} 创建", "第 {} 號，由 {} 建立";
    /// Ends an invitation.
    revoke: Text = "Revoke", "撤销", "撤銷";
    /// The same, with its number.
    revoke_one: Text = "Revoke the invitation no. {}", "撤销第 {} 号邀请", "撤銷第 {} 號邀請";
    /// The question.
    revoke_title: Text = "Revoke the invitation no. {}?", "撤销第 {} 号邀请？", "撤銷第 {} 號邀請？";
    /// What it does.
    revoke_text: Text =
        "Its link does not work any more. Who has come in by it stays.",
        "链接将不再有效。已经通过它进入的人不受影响。",
        "連結將不再有效。已經透過它進入的人不受影響。";
    /// The label of the name.
    name: Text = "Name (optional)", "名字（可选）", "名字（選填）";
    /// What a name does.
    name_hint: Text =
        "Reserves this name for one person. Without it, they choose one.",
        "为一个人保留此名字。留空则由对方自己取名。",
        "為一個人保留此名字。留空則由對方自己取名。";
    /// What rooms do.
    rooms_hint: Text =
        "They are added to these. A guest with rooms sees no others.",
        "受邀者会被加入这些房间。指定了房间的访客看不到其他房间。",
        "受邀者會被加入這些房間。指定了房間的訪客看不到其他房間。";
    /// The label of the days.
    days: Text = "Valid for days", "有效天数", "有效天數";
    /// The label of the uses.
    uses: Text = "For how many people", "可用人数", "可用人數";
    /// The field is no number.
    bad_days: Text = "An invitation is valid for 1 to 3650 days.", "邀请的有效期为 1 到 3650 天。", "邀請的有效期為 1 到 3650 天。";
    /// The field is no number.
    bad_uses: Text = "An invitation is for 1 to 100000 people.", "邀请可供 1 到 100000 人使用。", "邀請可供 1 到 100000 人使用。";
    /// Makes the invitation.
    make: Text = "Make the invitation", "创建邀请", "建立邀請";
    /// It is made: who can use it.
    made: Plural =
        Plural::new("Send this link to one person. They come in with it, once.", "Send this link. {} people can come in with it."),
        Plural::new("将此链接发给一个人，仅能使用一次。", "发送此链接，可供 {} 人进入。"),
        Plural::new("將此連結傳給一個人，僅能使用一次。", "傳送此連結，可供 {} 人進入。");
    /// The label of the link.
    link: Text = "Link", "链接", "連結";
    /// The label of the QR code.
    qr: Text = "QR code of the link", "链接的二维码", "連結的 QR 碼";
    /// Closes the dialog.
    done: Text = "Done", "完成", "完成";
}
