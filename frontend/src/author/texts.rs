//! The texts of authors.

use crate::i18n::{Text, texts};

texts! {
    /// Next to an author's name that no token proved.
    unproven: Text = "name not proven", "名字未经证实", "名字未經證實";
    /// What that means.
    unproven_hint: Text =
        "Posted without a token: anybody could have used this name.",
        "发布时未带令牌：任何人都可能使用这个名字。",
        "發佈時未帶權杖：任何人都可能使用這個名字。";
    /// In place of the author's name.
    deleted: Text = "Deleted account", "已删除的账户", "已刪除的帳戶";
    /// Next to the author's name of an imported message.
    imported: Text = "imported", "导入", "匯入";
    /// What that means.
    imported_hint: Text =
        "From imported history: the name belongs to no account here.",
        "来自导入的历史记录：此名字不属于这里的任何账户。",
        "來自匯入的歷史記錄：此名字不屬於這裡的任何帳戶。";
}
