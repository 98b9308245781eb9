//! The texts of the sign-in screen.

use crate::i18n::{Text, texts};

texts! {
    /// The heading of the sign-in screen.
    welcome: Text = "Come in", "欢迎光临", "歡迎光臨";
    /// The text below it.
    welcome_hint: Text = "Choose the name that others will see.", "选一个别人会看到的名字。", "選一個別人會看到的名字。";
    /// The label of the name field.
    your_name: Text = "Your name", "你的名字", "你的名字";
    /// The button of the sign-in form.
    enter: Text = "Enter", "进入", "進入";
    /// Why a name is not valid.
    name_rules: Text =
        "A name has 1 to 32 characters. It can have single spaces inside, and no invisible characters.",
        "名字为 1 到 32 个字符，中间只能有单个空格，不能有不可见字符。",
        "名字為 1 到 32 個字元，中間只能有單個空格，不能有不可見字元。";
    /// The first words of suggested names.
    guest_first: &'static [Text] =
        &[
        "Amber", "Brisk", "Calm", "Clever", "Gentle", "Happy", "Lucky", "Merry", "Nimble", "Quiet", "Sunny",
        "Swift",
    ],
        &["安静的", "灵巧的", "温柔的", "快乐的", "幸运的", "机灵的", "晴朗的", "勇敢的"],
        &["安靜的", "靈巧的", "溫柔的", "快樂的", "幸運的", "機靈的", "晴朗的", "勇敢的"];
    /// The last words of suggested names.
    guest_last: &'static [Text] =
        &[
        "Badger", "Crane", "Finch", "Fox", "Hare", "Heron", "Lark", "Lynx", "Otter", "Owl", "Panda", "Wren",
    ],
        &["水獭", "狐狸", "白鹭", "云雀", "熊猫", "猫头鹰", "野兔", "仙鹤"],
        &["水獺", "狐狸", "白鷺", "雲雀", "熊貓", "貓頭鷹", "野兔", "仙鶴"];
}
