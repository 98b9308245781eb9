//! The texts of messages.

use crate::i18n::{Text, texts};

texts! {
    /// The marker before the first unread message.
    new_marker: Text = "New", "新消息", "新訊息";
    /// Before a message where earlier ones may be missing.
    gap: Text =
        "You were away for a long time. Scroll up to load what is missing here.",
        "你离开了很久。向上滚动可加载缺少的消息。",
        "你離開了很久。向上捲動可載入缺少的訊息。";
    /// The same if messages that were missed are deleted.
    gap_expired: Text =
        "Some messages that you missed are not kept.",
        "你错过的部分消息不再保留。",
        "你錯過的部分訊息不再保留。";
    /// The same if the server has begun to number messages anew.
    gap_new_epoch: Text =
        "The room starts afresh here. Messages you saw may be gone.",
        "房间从这里重新开始，你看过的消息可能已不在。",
        "房間從這裡重新開始，你看過的訊息可能已不在。";
    /// Where a message would be that the user has looked for.
    not_found: Text =
        "The message you looked for is not here.",
        "这里没有这条消息。",
        "這裡沒有這則訊息。";
    /// Next to an edited text.
    edited: Text = "edited", "已编辑", "已編輯";
    /// In place of a retracted text.
    retracted: Text = "This message was deleted.", "此消息已删除。", "此訊息已刪除。";
    /// A reply to a message that is not loaded.
    reply_unknown: Text = "In reply to an earlier message", "回复较早的消息", "回覆較早的訊息";
    /// Unfolds a long text.
    show_all: Text = "Show all", "显示全文", "顯示全文";
    /// Folds it.
    show_less: Text = "Show less", "收起", "收起";
    /// The label of a message's actions.
    actions: Text = "Message actions", "消息操作", "訊息操作";
    /// Opens the emoji picker.
    react: Text = "Add reaction", "添加回应", "新增回應";
    /// The label of a message's reactions.
    reactions: Text = "Reactions", "回应", "回應";
    /// The label of a reaction: emoji, number, names.
    react_with: Text = "{} {}: {}", "{} {}：{}", "{} {}：{}";
    /// Replies to a message.
    reply: Text = "Reply", "回复", "回覆";
    /// Edits a message.
    edit: Text = "Edit", "编辑", "編輯";
    /// Opens what can be done about the author.
    person: Text = "About the author…", "关于作者…", "關於作者…";
    /// Retracts a message.
    delete: Text = "Delete", "删除", "刪除";
    /// Asks for confirmation before a retraction.
    delete_sure: Text = "Delete this message for everybody?", "要为所有人删除此消息吗？", "要為所有人刪除此訊息嗎？";
    /// Copies a permalink.
    copy_link: Text = "Copy link", "复制链接", "複製連結";
    /// Copies the text of a message.
    copy_text: Text = "Copy text", "复制文字", "複製文字";
    /// Shows the text of a message so that a part of it can be selected.
    select_text: Text = "Select text", "选择文字", "選取文字";
    /// Opens the emoji picker from the quick emoji.
    more_emoji: Text = "More emoji", "更多表情", "更多表情";
    /// The label of a block of code.
    code_block: Text = "Code", "代码", "程式碼";
    /// A post that was sent.
    sending: Text = "Sending…", "正在发送…", "正在傳送…";
    /// A message that waits for a connection.
    waiting: Text = "Waiting to be sent", "等待发送", "等待傳送";
    /// A message that the server takes later, with the time of day.
    waits_until: Text = "Waits until {}", "等待至 {}", "等待至 {}";
    /// A failed message, with the reason.
    not_sent: Text = "Not sent: {}", "发送失败：{}", "傳送失敗：{}";
    /// A failed edit, with the reason.
    not_edited: Text = "Not edited: {}", "编辑失败：{}", "編輯失敗：{}";
    /// A failed retraction, with the reason.
    not_deleted: Text = "Not deleted: {}", "删除失败：{}", "刪除失敗：{}";
    /// A failed reaction, with the reason.
    not_reacted: Text = "Reaction not sent: {}", "回应失败：{}", "回應失敗：{}";
    /// A post of an earlier name that this browser cannot prove: that name, and the present one.
    name_not_proven: Text =
        "Not sent: you wrote this as {}, and this browser has lost the proof of that name. Retry sends it as {}.",
        "发送失败：这条消息是以 {} 的名字写的，而此浏览器已失去该名字的凭证。重试将以 {} 的名字发送。",
        "傳送失敗：這則訊息是以 {} 的名字寫的，而此瀏覽器已失去該名字的憑證。重試將以 {} 的名字傳送。";
    /// The same if the post may be stored: that name, that name again, and the present one.
    name_unknown: Text =
        "Perhaps not sent: you wrote this as {}, and the connection was lost before the answer came. Look whether it is there as {}; Retry sends it again as {}.",
        "可能未发送：这条消息是以 {} 的名字写的，连接在收到答复前断开。请查看 {} 的这条消息是否已在房间里；重试将以 {} 的名字再次发送。",
        "可能未傳送：這則訊息是以 {} 的名字寫的，連線在收到答覆前中斷。請查看 {} 的這則訊息是否已在房間裡；重試將以 {} 的名字再次傳送。";
    /// Retries a failed post.
    retry: Text = "Retry", "重试", "重試";
    /// Discards a failed post.
    discard: Text = "Delete", "删除", "刪除";
}
