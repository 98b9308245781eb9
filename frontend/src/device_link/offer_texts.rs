//! The texts of the offer of a link for another device.

use crate::i18n::{Text, texts};

texts! {
    /// The setting.
    offer: Text = "Use this name on another device", "在另一台设备上使用这个名字", "在另一台裝置上使用這個名字";
    /// The button that makes a link.
    make_link: Text = "Show code", "显示二维码", "顯示 QR 碼";
    /// What to do with the link, with the user's name.
    how: Text =
        "Scan this code on the other device, or open the link there. Whoever opens it is {}, so show it to nobody else.",
        "请在另一台设备上扫描此二维码，或打开此链接。打开它的人就是 {}，请勿给别人看。",
        "請在另一台裝置上掃描此 QR 碼，或開啟此連結。開啟它的人就是 {}，請勿給別人看。";
    /// The label of the QR code.
    qr_label: Text = "QR code of the link", "链接的二维码", "連結的 QR 碼";
    /// The label of the field with the link.
    link_label: Text = "Link for the other device", "用于另一台设备的链接", "用於另一台裝置的連結";
    /// The time that is left.
    time_left: Text = "Works once, for {} more.", "只能使用一次，剩余 {}。", "只能使用一次，剩餘 {}。";
    /// The time is over.
    expired: Text = "This code has expired.", "此二维码已过期。", "此 QR 碼已過期。";
    /// Makes another code.
    new_code: Text = "New code", "换一个", "換一個";
    /// The name cannot be given to another device.
    not_yours: Text =
        "This name cannot be taken to another device by a link: no account belongs to it.",
        "这个名字没有对应的账户，无法通过链接用于另一台设备。",
        "這個名字沒有對應的帳戶，無法透過連結用於另一台裝置。";
    /// The server is overloaded.
    busy: Text = "The server is busy. Try again in a moment.", "服务器繁忙，请稍后再试。", "伺服器忙碌，請稍後再試。";
    /// The server does not accept this browser's token.
    bad_token: Text =
        "This browser is not signed in any more. Reload the page, then try again.",
        "此浏览器已不再登录。请重新加载页面后重试。",
        "此瀏覽器已不再登入。請重新載入頁面後重試。";
}
