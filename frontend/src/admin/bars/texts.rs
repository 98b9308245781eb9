//! The texts of the barred addresses.

use crate::i18n::{Text, texts};

texts! {
    /// What they are.
    about: Text =
        "Nobody comes in from these addresses. An IPv6 address stands for its network (/64).",
        "任何人都不能从这些地址进入。IPv6 地址代表其所在网络（/64）。",
        "任何人都不能從這些位址進入。IPv6 位址代表其所在網路（/64）。";
    /// There are none.
    none: Text = "No address is barred.", "没有封禁任何地址。", "沒有封鎖任何位址。";
    /// The label of the field.
    address: Text = "Address", "地址", "位址";
    /// An example.
    example: Text = "For example 192.0.2.7 or 2001:db8::1", "例如 192.0.2.7 或 2001:db8::1", "例如 192.0.2.7 或 2001:db8::1";
    /// The field has no address.
    bad_address: Text =
        "Write an IPv4 or IPv6 address.",
        "请写一个 IPv4 或 IPv6 地址。",
        "請寫一個 IPv4 或 IPv6 位址。";
    /// Bars the address.
    bar: Text = "Bar this address", "封禁此地址", "封鎖此位址";
    /// The question.
    bar_title: Text = "Bar {}?", "封禁 {}？", "封鎖 {}？";
    /// What it does.
    bar_text: Text =
        "All sessions from this address end, and nobody can come in from it: many people may share one address.",
        "来自此地址的所有会话都会结束，任何人都无法再从中进入；许多人可能共用一个地址。",
        "來自此位址的所有工作階段都會結束，任何人都無法再從中進入；許多人可能共用一個位址。";
    /// Lets the address in again.
    unbar: Text = "Let in again", "解除封禁", "解除封鎖";
    /// Since when.
    since: Text = "since {}", "自 {} 起", "自 {} 起";
}
