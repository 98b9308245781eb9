//! The texts of the sign-in screen.

use crate::i18n::{Text, texts};

texts! {
    /// The heading of the sign-in screen.
    welcome: Text = "Come in", "欢迎光临", "歡迎光臨";
    /// The text below it.
    welcome_hint: Text = "Choose the name that others will see.", "选一个别人会看到的名字。", "選一個別人會看到的名字。";
    /// The label of the name field.
    your_name: Text = "Your name", "你的名字", "你的名字";
    /// The house takes nobody without an invitation.
    invited: Text =
        "You need an invitation to come in. Open its link, or paste it here. A link from your other device works, too.",
        "需要邀请才能进入。请打开邀请链接，或粘贴到这里。来自你另一台设备的链接也可以。",
        "需要邀請才能進入。請開啟邀請連結，或貼到這裡。來自你另一台裝置的連結也可以。";
    /// The label of the field for an invitation's link.
    link: Text = "Link", "链接", "連結";
    /// The text in the field is no link that lets anybody in.
    no_link: Text =
        "This is no link of an invitation. It has #invitation= in it.",
        "这不是邀请链接。邀请链接中含有 #invitation=。",
        "這不是邀請連結。邀請連結中含有 #invitation=。";
    /// The house takes only the users of the operator's application.
    application: Text =
        "Sign in through your application: it leads you here.",
        "请通过你的应用登录：它会带你来到这里。",
        "請透過你的應用程式登入：它會帶你來到這裡。";
    /// A token of that application is not valid any more.
    application_again: Text =
        "Your sign-in has expired. Sign in again in your application.",
        "你的登录已过期。请在你的应用中重新登录。",
        "你的登入已過期。請在你的應用程式中重新登入。";
    /// This browser's token is not valid any more.
    expired: Text =
        "The server does not know this browser's sign-in any more.",
        "服务器不再认可此浏览器保存的身份凭证。",
        "伺服器不再認可此瀏覽器儲存的身分憑證。";
    /// A token of the application is being tried.
    entering: Text = "Signing in…", "正在登录…", "正在登入…";
    /// The heading for somebody who is barred.
    barred_title: Text = "You cannot come in", "你无法进入", "你無法進入";
    /// Goes on under the name in use.
    go_on_as: Text = "Go on as {}", "以 {} 的身份继续", "以 {} 的身分繼續";
    /// The first words of suggested names.
    guest_first: &'static [Text] =
        &[
        "Amber", "Brisk", "Calm", "Clever", "Gentle", "Happy", "Lucky", "Merry", "Nimble", "Quiet", "Sunny",
        "Swift",
    ],
        &["安静的", "灵巧的", "温柔的", "快乐的", "幸运的", "机灵的", "晴朗的", "勇敢的"],
        &["安靜的", "靈巧的", "溫柔的", "快樂的", "幸運的", "機靈的", "晴朗的", "勇敢的"];
    /// The last words of suggested names.
    guest_last: &'static [Text] =
        &[
        "Badger", "Crane", "Finch", "Fox", "Hare", "Heron", "Lark", "Lynx", "Otter", "Owl", "Panda", "Wren",
    ],
        &["水獭", "狐狸", "白鹭", "云雀", "熊猫", "猫头鹰", "野兔", "仙鹤"],
        &["水獺", "狐狸", "白鷺", "雲雀", "熊貓", "貓頭鷹", "野兔", "仙鶴"];
}
