//! The texts of the room switcher.

use crate::i18n::{Text, texts};

texts! {
    /// The label of the room switcher.
    switcher: Text = "Go to room", "前往房间", "前往房間";
    /// Creates a room.
    switcher_create: Text = "Create #{}", "创建 #{}", "建立 #{}";
    /// No room matches.
    switcher_none: Text = "No such room.", "没有这样的房间。", "沒有這樣的房間。";
}
