//! The texts of the bots and their webhooks.

use crate::i18n::{Text, texts};

texts! {
    /// What they are.
    about: Text =
        "A bot is a program with a name and a token: it posts with one request, and its webhooks are called with what is written.",
        "机器人是拥有名字和令牌的程序：一个请求即可发消息，有人发言时会调用其 Webhook。",
        "機器人是擁有名字和權杖的程式：一個請求即可發訊息，有人發言時會呼叫其 Webhook。";
    /// There are none.
    none: Text = "There are no bots yet.", "还没有机器人。", "還沒有機器人。";
    /// Opens the dialog.
    add: Text = "Add a bot", "添加机器人", "新增機器人";
    /// What rooms do.
    rooms_hint: Text =
        "The bot reads and posts in these.",
        "机器人在这些房间中读取和发送消息。",
        "機器人在這些房間中讀取和傳送訊息。";
    /// The bot is made.
    made: Text =
        "The bot {} is there. Its program needs this token.",
        "机器人 {} 已创建。其程序需要此令牌。",
        "機器人 {} 已建立。其程式需要此權杖。";
    /// The label of the token.
    token: Text = "Token", "令牌", "權杖";
    /// The label of the curl line.
    curl: Text = "Posting from a command line", "通过命令行发送", "透過命令列傳送";
    /// Closes the dialog.
    done: Text = "Done", "完成", "完成";
    /// The bot's rooms.
    rooms: Text = "Rooms", "房间", "房間";
    /// It has none.
    no_rooms: Text = "It is in no room yet.", "尚未加入任何房间。", "尚未加入任何房間。";
    /// Adds the bot to a room.
    add_room: Text = "Add to a room", "加入房间", "加入房間";
    /// Removes the bot from a room.
    remove_room: Text = "Remove {} from {}", "将 {} 移出 {}", "將 {} 移出 {}";
    /// The question.
    remove_room_title: Text = "Remove {} from {}?", "将 {} 移出 {}？", "將 {} 移出 {}？";
    /// What it does.
    remove_room_text: Text =
        "The bot can neither read nor post there any more.",
        "机器人将无法再在其中读取或发送消息。",
        "機器人將無法再在其中讀取或傳送訊息。";
    /// The webhooks.
    webhooks: Text = "Webhooks", "Webhook", "Webhook";
    /// It has none.
    no_webhooks: Text = "It has no webhook.", "没有 Webhook。", "沒有 Webhook。";
    /// Called on mentions.
    mention: Text = "When it is mentioned", "被提到时", "被提到時";
    /// Called on all messages.
    message: Text = "On every message", "每条消息", "每則訊息";
    /// It works.
    on: Text = "On", "已开启", "已開啟";
    /// It fails.
    failing: Text = "Failing, tried again", "出错，正在重试", "出錯，正在重試";
    /// It is off.
    off: Text = "Off", "已关闭", "已關閉";
    /// Why it failed.
    error: Text = "Last error: {}", "最近的错误：{}", "最近的錯誤：{}";
    /// Switches it on.
    switch_on: Text = "Switch on", "开启", "開啟";
    /// Switches it off.
    switch_off: Text = "Switch off", "关闭", "關閉";
    /// Removing a webhook, with its address.
    remove_hook: Text = "Remove the webhook {}", "移除 Webhook {}", "移除 Webhook {}";
    /// The question.
    remove_hook_title: Text = "Remove this webhook?", "移除此 Webhook？", "移除此 Webhook？";
    /// What it does.
    remove_hook_text: Text = "{} is not called any more.", "将不再调用 {}。", "將不再呼叫 {}。";
    /// Opens the form for a webhook.
    add_hook: Text = "Add a webhook", "添加 Webhook", "新增 Webhook";
    /// The same, with the bot.
    add_hook_to: Text = "Add a webhook to {}", "为 {} 添加 Webhook", "為 {} 新增 Webhook";
    /// The label of the room.
    hook_room: Text = "Room", "房间", "房間";
    /// The label of the trigger.
    hook_when: Text = "Called", "何时调用", "何時呼叫";
    /// The label of the address.
    hook_url: Text = "Address of your program", "你的程序的地址", "你的程式的位址";
    /// What addresses are allowed.
    hook_url_hint: Text =
        "https:// or http://. The server does not call its own network, unless a setting of its start says so.",
        "https:// 或 http://。除非启动设置允许，服务器不会调用其自身网络中的地址。",
        "https:// 或 http://。除非啟動設定允許，伺服器不會呼叫其自身網路中的位址。";
    /// The webhook is added.
    hook_made: Text =
        "The webhook is on. Your program checks the signature of each call with this secret.",
        "Webhook 已开启。你的程序用此密钥校验每次调用的签名。",
        "Webhook 已開啟。你的程式用此密鑰校驗每次呼叫的簽章。";
    /// The label of the secret.
    secret: Text = "Secret", "密钥", "密鑰";
    /// Makes another token.
    new_token: Text = "New token", "换新令牌", "換新權杖";
    /// The question.
    new_token_title: Text = "Make a new token for {}?", "为 {} 换新令牌？", "為 {} 換新權杖？";
    /// What it does.
    new_token_text: Text =
        "The old token stops working at once: a program that uses it must get the new one.",
        "旧令牌立即失效：使用它的程序必须换用新令牌。",
        "舊權杖立即失效：使用它的程式必須換用新權杖。";
    /// Deletes the bot.
    delete: Text = "Delete the bot", "删除机器人", "刪除機器人";
    /// The question.
    delete_title: Text = "Delete the bot {}?", "删除机器人 {}？", "刪除機器人 {}？";
    /// What it does.
    delete_text: Text =
        "Its token and its webhooks end. This cannot be undone.",
        "其令牌和 Webhook 都将失效。此操作无法撤销。",
        "其權杖和 Webhook 都將失效。此操作無法復原。";
}
