//! The texts of the house's settings.

use crate::i18n::{Text, texts};

texts! {
    /// The label of the name.
    name: Text = "What this house is called", "本站名称", "本站名稱";
    /// Where it is shown.
    name_hint: Text =
        "Invited people see it. At most 64 characters.",
        "受邀者会看到它。最多 64 个字符。",
        "受邀者會看到它。最多 64 個字元。";
    /// What members may do.
    members: Text = "Members", "成员", "成員";
    /// Members may make rooms.
    make_rooms: Text = "Members may make rooms", "成员可以创建房间", "成員可以建立房間";
    /// Members may invite.
    invite: Text = "Members may invite people", "成员可以邀请他人", "成員可以邀請他人";
    /// What becomes of deleted accounts.
    deleted: Text = "When an account is deleted", "账户被删除时", "帳戶被刪除時";
    /// The name.
    names: Text = "Its name", "其名字", "其名字";
    /// It stays reserved.
    names_reserved: Text = "Nobody can use it again", "任何人都不能再使用", "任何人都不能再使用";
    /// It is free.
    names_free: Text = "Anybody can claim it", "任何人都可以使用", "任何人都可以使用";
    /// The messages.
    messages: Text = "Its messages", "其消息", "其訊息";
    /// They stay.
    messages_kept: Text = "Stay, without the name", "保留，但不显示名字", "保留，但不顯示名字";
    /// They are blanked.
    messages_blanked: Text = "Their texts are deleted", "消息内容被删除", "訊息內容被刪除";
    /// After saving, if others have saved since the page was opened.
    saved_with_others: Text =
        "Saved. Somebody else has changed other settings meanwhile: they are kept, and shown here now.",
        "已保存。其间有人更改了其他设置：这些更改已保留，并已显示在此。",
        "已儲存。其間有人更改了其他設定：這些更改已保留，並已顯示在此。";
    /// Who may come in.
    access: Text = "Who may come in", "谁可以进入", "誰可以進入";
}
