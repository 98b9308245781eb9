//! The texts of the page that a device link opens.

use crate::i18n::{Text, texts};

texts! {
    /// The server is overloaded.
    busy: Text = "The server is busy. Try again in a moment.", "服务器繁忙，请稍后再试。", "伺服器忙碌，請稍後再試。";
    /// The heading of the page that the link opens.
    title: Text = "From your other device", "来自你的另一台设备", "來自你的另一台裝置";
    /// The question in a browser without a name.
    ask: Text =
        "This link signs this browser in under the name that you use on your other device. Continue only if you made the link yourself.",
        "此链接将以你在另一台设备上使用的名字登录此浏览器。仅当链接由你本人生成时才继续。",
        "此連結將以你在另一台裝置上使用的名字登入此瀏覽器。僅當連結由你本人產生時才繼續。";
    /// The question in a browser that has a name: the name, twice.
    ask_replace: Text =
        "You are {} here. This link is for the name of another device. Continue only if you made the link yourself; {} stays stored in this browser.",
        "你在这里是 {}。此链接对应另一台设备上的名字。仅当链接由你本人生成时才继续；{} 仍会保存在此浏览器中。",
        "你在這裡是 {}。此連結對應另一台裝置上的名字。僅當連結由你本人產生時才繼續；{} 仍會保存在此瀏覽器中。";
    /// Redeems the code.
    go_on: Text = "Continue", "继续", "繼續";
    /// The link's name, and the name in use.
    two_names: Text =
        "The link is for {}. Here you are {}. Both names stay stored in this browser: you can change between them in the settings.",
        "此链接对应 {}，而你在这里是 {}。两个名字都会保存在此浏览器中，可在设置里切换。",
        "此連結對應 {}，而你在這裡是 {}。兩個名字都會保存在此瀏覽器中，可在設定裡切換。";
    /// Takes the link's name.
    go_on_as: Text = "Continue as {}", "以 {} 的身份继续", "以 {} 的身分繼續";
    /// Keeps the name in use.
    stay: Text = "Stay {}", "仍用 {}", "仍用 {}";
    /// Goes on to the first screen.
    choose_name: Text = "Choose a name instead", "改为自己取名", "改為自己取名";
    /// The code is not valid.
    bad_code: Text =
        "This link does not work any more: it was used, is older than five minutes, or was replaced by a newer one. Make another one on your other device, in its settings.",
        "此链接已失效：它已被使用、超过五分钟，或已被新的链接取代。请在另一台设备的设置中重新生成。",
        "此連結已失效：它已被使用、超過五分鐘，或已被新的連結取代。請在另一台裝置的設定中重新產生。";
}
