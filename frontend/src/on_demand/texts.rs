//! The texts that stand in for a module.

use crate::i18n::{Text, texts};

texts! {
    /// The module is loading.
    loading: Text = "Loading this page…", "正在加载此页面…", "正在載入此頁面…";
    /// The module could not be loaded.
    failed: Text = "This page could not be loaded.", "无法加载此页面。", "無法載入此頁面。";
    /// Loads it again.
    retry: Text = "Retry", "重试", "重試";
}
