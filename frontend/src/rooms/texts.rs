//! The texts of the question before a closed room is left.

use crate::i18n::{Text, texts};

texts! {
    /// The question, with the room.
    leave_sure: Text = "Leave {}?", "离开 {}？", "離開 {}？";
    /// What it means.
    leave_closed: Text =
        "This room is closed. You can come back only if somebody adds you.",
        "这是封闭房间。只有别人再次添加你，你才能回来。",
        "這是封閉房間。只有別人再次加入你，你才能回來。";
    /// Leaves the room.
    leave: Text = "Leave", "离开", "離開";
}
