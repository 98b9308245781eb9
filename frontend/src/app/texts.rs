//! The texts of the page as a whole.

use crate::i18n::{Text, texts};

texts! {
    /// The token of a name is not valid any more, and the name belongs to somebody else.
    name_lost: Text =
        "The server does not accept this browser's sign-in as {} any more, and the name is taken. Choose another one; your drafts and waiting messages are kept.",
        "服务器不再接受此浏览器以 {} 的身份登录，且该名字已被占用。请换一个名字；草稿和待发送的消息都已保留。",
        "伺服器不再接受此瀏覽器以 {} 的身分登入，且該名字已被使用。請換一個名字；草稿和待傳送的訊息都已保留。";
    /// Another refusal, with its reason.
    refused_because: Text = "The server refused to sign you in: {}", "服务器拒绝了连接：{}", "伺服器拒絕了連線：{}";
    /// The document's title, with the room.
    page_title: Text = "{} · Parlor", "{} · Parlor", "{} · Parlor";
}
