//! The texts of secrets that are told once.

use crate::i18n::{Text, texts};

texts! {
    /// The secret is not shown again.
    once: Text =
        "Copy it now: it is not shown again.",
        "请立即复制：之后不会再显示。",
        "請立即複製：之後不會再顯示。";
}
