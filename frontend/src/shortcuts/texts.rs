//! The texts of the list of shortcuts.

use crate::i18n::{Text, texts};

texts! {
    /// The heading of the keyboard shortcuts.
    keys: Text = "Keyboard shortcuts", "键盘快捷键", "鍵盤快速鍵";
    /// A shortcut.
    key_switcher: Text = "Go to any room", "前往任意房间", "前往任意房間";
    /// A shortcut.
    key_rooms: Text = "Previous or next room", "上一个或下一个房间", "上一個或下一個房間";
    /// A shortcut.
    key_search: Text = "Search", "搜索", "搜尋";
    /// A shortcut.
    key_messages: Text = "From the field to the messages, and between them", "从输入框到消息，以及在消息之间移动", "從輸入框到訊息，以及在訊息之間移動";
    /// A shortcut.
    key_actions: Text = "Open a message’s actions, and move between them", "打开消息的操作，并在操作之间移动", "開啟訊息的操作，並在操作之間移動";
    /// A shortcut.
    key_send: Text = "Send; with Shift, a new line", "发送；加 Shift 换行", "傳送；加 Shift 換行";
    /// A shortcut.
    key_edit: Text = "Edit your last message (empty field)", "编辑上一条消息（输入框为空时）", "編輯上一則訊息（輸入框為空時）";
    /// A shortcut.
    key_escape: Text = "Leave a reply, an edit or a panel; go to the field", "退出回复、编辑或面板；回到输入框", "離開回覆、編輯或面板；回到輸入框";
    /// A shortcut.
    key_help: Text = "Show this list", "显示此列表", "顯示此清單";
}
