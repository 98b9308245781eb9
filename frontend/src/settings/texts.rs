//! The texts of the settings.

use crate::i18n::{Text, texts};

texts! {
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
}
