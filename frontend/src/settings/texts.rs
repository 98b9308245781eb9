//! The texts of the settings.

use crate::i18n::{Text, texts};

texts! {
    /// The links to the pages about the account and the house.
    pages: Text = "More settings", "更多设置", "更多設定";
    /// The label of the language menu.
    language: Text = "Language", "语言", "語言";
    /// The label of the theme menu.
    theme: Text = "Theme", "主题", "主題";
    /// The theme of the system.
    theme_system: Text = "System", "跟随系统", "跟隨系統";
    /// The light theme.
    theme_light: Text = "Light", "浅色", "淺色";
    /// The dark theme.
    theme_dark: Text = "Dark", "深色", "深色";
    /// The user's name.
    signed_in: Text = "You are {}", "你是 {}", "你是 {}";
    /// The button that changes the name.
    change_name: Text = "Change name", "更改名字", "更改名字";
    /// The label of the field for another name.
    new_name: Text = "Your name", "你的名字", "你的名字";
    /// Saves the name.
    save_name: Text = "Save", "保存", "儲存";
    /// While the server is asked.
    claiming: Text = "Asking the server…", "正在询问服务器…", "正在詢問伺服器…";
    /// The name belongs to somebody else.
    name_taken: Text =
        "Somebody else uses this name or one that looks like it. You keep your name.",
        "这个名字或相似的名字已有人使用。你的名字没有改变。",
        "這個名字或相似的名字已有人使用。你的名字沒有改變。";
    /// Another refusal, with its reason.
    name_refused: Text =
        "The server refuses this name: {}. You keep your name.",
        "服务器拒绝了这个名字：{}。你的名字没有改变。",
        "伺服器拒絕了這個名字：{}。你的名字沒有改變。";
    /// The server cannot be reached.
    unreachable: Text =
        "The server cannot be reached now, so your name stays as it is. Try again when you are connected.",
        "现在无法连接服务器，你的名字没有改变。请在联网后重试。",
        "現在無法連線伺服器，你的名字沒有改變。請在連線後重試。";
}
