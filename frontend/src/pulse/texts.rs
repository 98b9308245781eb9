//! The page's texts.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// What the page is.
    about: Text =
        "The server's own figures, read every two seconds while you look. p50 and p99 are of the last ten seconds: half of all cases took no longer than p50, and 99 of 100 no longer than p99.",
        "服务器自己的数据，在你查看时每两秒读取一次。p50 和 p99 取自最近十秒：一半的情况不超过 p50，100 次中有 99 次不超过 p99。",
        "伺服器自己的數據，在你檢視時每兩秒讀取一次。p50 和 p99 取自最近十秒：一半的情況不超過 p50，100 次中有 99 次不超過 p99。";
    /// What the lines show, with the time that they cover.
    lines: Text =
        "The lines show {}, each from 0 to its peak.",
        "曲线显示{}的变化，各自从 0 到其最高值。",
        "曲線顯示{}的變化，各自從 0 到其最高值。";
    /// The time that the lines cover.
    last: Plural =
        Plural::new("the last minute", "the last {} minutes"),
        Plural::same("最近 {} 分钟"),
        Plural::same("最近 {} 分鐘");
    /// Stops and continues the reading.
    pause: Text = "Pause", "暂停", "暫停";
    /// The labels of the figures, in the order of `Tile::ALL`.
    tiles: [Text; 12] =
        [
        "Connections",
        "Rooms",
        "Posts",
        "Deliveries",
        "Fan-out",
        "Commit",
        "Memory",
        "Slow readers",
        "Queue",
        "Store",
        "Processor",
        "Refusals",
    ],
        [
        "连接",
        "房间",
        "发送",
        "送达",
        "分发耗时",
        "提交耗时",
        "内存",
        "慢读者",
        "队列",
        "存储",
        "处理器",
        "拒绝",
    ],
        [
        "連線",
        "房間",
        "傳送",
        "送達",
        "分發耗時",
        "提交耗時",
        "記憶體",
        "慢讀者",
        "佇列",
        "儲存",
        "處理器",
        "拒絕",
    ];
    /// The highest value of a line.
    peak: Text = "peak {}", "最高 {}", "最高 {}";
    /// A rate, to be said.
    per_second: Text = "{} per second", "每秒 {}", "每秒 {}";
    /// A value above the last bound of the server's histogram, to be said.
    more_than: Text = "more than {}", "超过 {}", "超過 {}";
    /// A figure, to be said.
    now: Text = "Now {}.", "现在 {}。", "現在 {}。";
    /// Two quantiles, to be said.
    within: Text =
        "Half within {}, 99 of 100 within {}.",
        "一半在 {} 以内，100 次中有 99 次在 {} 以内。",
        "一半在 {} 以內，100 次中有 99 次在 {} 以內。";
    /// Instead of a figure that the server does not tell.
    unknown: Text = "Not known.", "未知。", "未知。";
    /// Instead of quantiles.
    nothing_measured: Text =
        "Nothing happened in the last ten seconds.",
        "最近十秒内没有发生。",
        "最近十秒內沒有發生。";
    /// A line in words: the time that it covers, the lowest and the highest value.
    between: Text =
        "In {}: between {} and {}.",
        "{}：在 {} 与 {} 之间。",
        "{}：在 {} 與 {} 之間。";
    /// Two lines in words.
    both_between: Text =
        "In {}: p50 between {} and {}, p99 between {} and {}.",
        "{}：p50 在 {} 与 {} 之间，p99 在 {} 与 {} 之间。",
        "{}：p50 在 {} 與 {} 之間，p99 在 {} 與 {} 之間。";
    /// A line without a figure.
    no_line: Text = "No figures yet.", "还没有数据。", "還沒有數據。";
    /// The kinds of connections, in the order of `KINDS`.
    kinds: [Text; 5] =
        ["{} versioned", "{} plain", "{} event streams", "{} long polls", "{} in the lab"],
        ["{} 个带版本", "{} 个普通", "{} 个事件流", "{} 个长轮询", "{} 个在实验室"],
        ["{} 個帶版本", "{} 個普通", "{} 個事件串流", "{} 個長輪詢", "{} 個在實驗室"];
    /// Rooms that somebody reads now, and people.
    rooms: Text = "read now: {} · people: {}", "{} 个正被阅读 · {} 人", "{} 個正被閱讀 · {} 人";
    /// Messages since the server's start.
    messages: Text = "{} since its start", "启动以来 {}", "啟動以來 {}";
    /// What the fan-out is.
    fanout: Text = "from the commit to the reader", "从提交到读者", "從提交到讀者";
    /// Entries of a commit.
    entries: Text = "{} entries in each", "每次 {} 条", "每次 {} 筆";
    /// The memory of newest messages, with its limit.
    rings: Text = "{} of {} for new messages", "新消息占 {}，上限 {}", "新訊息占 {}，上限 {}";
    /// Bytes that wait for readers.
    waiting: Text = "{} wait for readers", "{} 等待读者", "{} 等待讀者";
    /// The most entries that may wait for a commit.
    queue: Text = "at most {} may wait", "最多可等待 {}", "最多可等待 {}";
    /// The write-ahead log.
    wal: Text = "and {} of write-ahead log", "另有预写日志 {}", "另有預寫日誌 {}";
    /// Open files, with their limit.
    files: Text = "{} of {} files open", "打开 {} 个文件，上限 {}", "開啟 {} 個檔案，上限 {}";
    /// The most frequent refusal since the server's start.
    refusal: Text = "since its start mostly {}", "启动以来多为 {}", "啟動以來多為 {}";
    /// The server, with its version and the time of its start.
    server: Text = "Parlor {} · started {}", "Parlor {} · 启动于 {}", "Parlor {} · 啟動於 {}";
    /// Before the first answer.
    loading: Text = "Reading the figures…", "正在读取数据…", "正在讀取數據…";
    /// The server takes posts.
    ready: Text = "The server takes posts.", "服务器正常接收消息。", "伺服器正常接收訊息。";
    /// The server takes no posts.
    not_ready: Text = "The server takes no posts now.", "服务器目前不接收消息。", "伺服器目前不接收訊息。";
    /// The user has stopped the reading.
    paused: Text = "Paused.", "已暂停。", "已暫停。";
    /// The server does not answer.
    unreachable: Text =
        "The server cannot be reached. Trying again every two seconds.",
        "无法连接服务器，每两秒重试一次。",
        "無法連線伺服器，每兩秒重試一次。";
    /// The server's answer has no figure of this page.
    unreadable: Text =
        "The server's answer has no figures that this page knows. It may be of another version. Trying again every two seconds.",
        "服务器的回应中没有此页面认识的数据，版本可能不同。每两秒重试一次。",
        "伺服器的回應中沒有此頁面認識的數據，版本可能不同。每兩秒重試一次。";
    /// The time of the figures that are still shown.
    as_of: Text = "The figures are of {}.", "以下是 {} 的数据。", "以下是 {} 的數據。";
    /// The user may not see the figures.
    not_yours: Text =
        "These figures are for the owners of this house. Ask one of them if you need to know something.",
        "这些数据仅供本站所有者查看。如需了解，请询问所有者。",
        "這些數據僅供本站擁有者檢視。如需瞭解，請詢問擁有者。";
    /// Nobody is signed in.
    signed_out: Text =
        "These figures are for the owners of this house. If you are one, sign in first.",
        "这些数据仅供本站所有者查看。如果你是所有者，请先登录。",
        "這些數據僅供本站擁有者檢視。如果你是擁有者，請先登入。";
    /// Goes to the rooms.
    to_rooms: Text = "To the rooms", "前往房间", "前往房間";
    /// Goes to the first screen.
    sign_in: Text = "Sign in", "登录", "登入";
}
