//! The texts of the notice that something is not stored.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The storage is full, with what is lost.
    full: Text = "This browser's storage is full: {}", "此浏览器的存储空间已满：{}", "此瀏覽器的儲存空間已滿：{}";
    /// The browser allows no storage, with what is lost.
    blocked: Text =
        "This browser stores nothing for this page: {}",
        "此浏览器不为本页面保存数据：{}",
        "此瀏覽器不為本頁面保存資料：{}";
    /// Posts are lost.
    posts: Plural =
        Plural::new(
            "1 waiting message will be lost if you close this page.",
            "{} waiting messages will be lost if you close this page.",
        ),
        Plural::same("关闭此页面将丢失 {} 条待发送的消息。"),
        Plural::same("關閉此頁面將遺失 {} 則待傳送的訊息。");
    /// The name is lost.
    identity: Text =
        "your name will be lost if you close this page.",
        "关闭此页面将失去你的名字。",
        "關閉此頁面將失去你的名字。";
    /// A draft is lost.
    draft: Text =
        "your draft will be lost if you close this page.",
        "关闭此页面将丢失草稿。",
        "關閉此頁面將遺失草稿。";
}
