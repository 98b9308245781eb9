//! The texts of the line that says who is typing.

use crate::i18n::{Text, texts};

texts! {
    /// One user is typing.
    typing_one: Text = "{} is typing…", "{} 正在输入…", "{} 正在輸入…";
    /// Two users are typing.
    typing_two: Text = "{} and {} are typing…", "{} 和 {} 正在输入…", "{} 和 {} 正在輸入…";
    /// More users are typing.
    typing_many: Text = "Several people are typing…", "有几个人正在输入…", "有幾個人正在輸入…";
}
