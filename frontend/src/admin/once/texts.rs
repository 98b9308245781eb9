//! The texts of secrets that are told once.

use crate::i18n::{Text, texts};

texts! {
    /// The dialog is to be closed, and the secret was not copied.
    not_copied: Text =
        "It was not copied, and is not shown again. Close anyway? Then close once more.",
        "尚未复制，之后不会再显示。确定要关闭吗？请再关闭一次。",
        "尚未複製，之後不會再顯示。確定要關閉嗎？請再關閉一次。";
    /// The secret is not shown again.
    once: Text =
        "Copy it now: it is not shown again.",
        "请立即复制：之后不会再显示。",
        "請立即複製：之後不會再顯示。";
}
