//! The texts of the connection state.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The connection is established.
    live: Text = "Live", "已连接", "已連線";
    /// The client is connecting.
    connecting: Text = "Connecting…", "正在连接…", "正在連線…";
    /// The connection is lost, with the seconds until the next attempt.
    offline: Plural =
        Plural::same("Offline · next attempt in {} s"),
        Plural::same("已断开 · {} 秒后重试"),
        Plural::same("已斷線 · {} 秒後重試");
    /// The same, as screen readers announce it.
    disconnected: Text = "Offline", "已断开", "已斷線";
    /// The server has refused the user.
    refused: Text = "Refused", "被拒绝", "被拒絕";
    /// Reconnects immediately.
    retry_now: Text = "Retry now", "立即重试", "立即重試";
    /// The number of pending posts.
    waiting_posts: Plural =
        Plural::same("{} waiting to be sent"),
        Plural::same("{} 条待发送"),
        Plural::same("{} 則待傳送");
}
