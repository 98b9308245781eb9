//! The texts of the search.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// Search in this room.
    search_room: Text = "Search in {}", "在 {} 中搜索", "在 {} 中搜尋";
    /// The switch to search in all rooms.
    search_everywhere: Text = "All rooms", "所有房间", "所有房間";
    /// The number of results.
    search_found: Plural =
        Plural::new("{} result", "{} results"),
        Plural::same("{} 条结果"),
        Plural::same("{} 則結果");
    /// The search found nothing.
    search_none: Text = "Nothing found for “{}”.", "没有找到“{}”。", "沒有找到「{}」。";
    /// The search failed.
    search_failed: Text = "The search failed. Try again in a moment.", "搜索失败，请稍后再试。", "搜尋失敗，請稍後再試。";
    /// The hint before a search.
    search_hint: Text = "Search this room or all rooms.", "输入说过的话。", "輸入說過的話。";
    /// A search is running.
    searching: Text = "Searching…", "正在搜索…", "正在搜尋…";
}
