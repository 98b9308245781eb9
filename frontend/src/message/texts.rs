//! The texts of messages.

use crate::i18n::{Text, texts};

texts! {
    /// The marker before the first unread message.
    new_marker: Text = "New", "新消息", "新訊息";
    /// Before a message where earlier ones may be missing.
    gap: Text =
        "You were away for a long time. Messages before this one may be missing here; scroll up to load them.",
        "你离开了很久，这里之前可能缺少消息；向上滚动可加载。",
        "你離開了很久，這裡之前可能缺少訊息；向上捲動可載入。";
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
    /// Retracts a message.
    delete: Text = "Delete", "删除", "刪除";
    /// Asks for confirmation before a retraction.
    delete_sure: Text = "Delete this message for everybody?", "要为所有人删除此消息吗？", "要為所有人刪除此訊息嗎？";
    /// Copies a permalink.
    copy_link: Text = "Copy link", "复制链接", "複製連結";
    /// The label of a block of code.
    code_block: Text = "Code", "代码", "程式碼";
    /// A post that was sent.
    sending: Text = "Sending…", "正在发送…", "正在傳送…";
    /// A message that waits for a connection.
    waiting: Text = "Waiting to be sent", "等待发送", "等待傳送";
    /// A failed message, with the reason.
    not_sent: Text = "Not sent: {}", "发送失败：{}", "傳送失敗：{}";
    /// A failed edit, with the reason.
    not_edited: Text = "Not edited: {}", "编辑失败：{}", "編輯失敗：{}";
    /// A failed retraction, with the reason.
    not_deleted: Text = "Not deleted: {}", "删除失败：{}", "刪除失敗：{}";
    /// A failed reaction, with the reason.
    not_reacted: Text = "Reaction not sent: {}", "回应失败：{}", "回應失敗：{}";
    /// Retries a failed post.
    retry: Text = "Retry", "重试", "重試";
    /// Discards a failed post.
    discard: Text = "Delete", "删除", "刪除";
}
