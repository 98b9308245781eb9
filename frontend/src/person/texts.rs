//! The texts of what can be done about somebody.

use crate::i18n::{Text, texts};

texts! {
    /// Opens the room of the user and somebody else.
    direct: Text = "Direct message", "发私信", "傳私訊";
    /// Removes somebody from the room that is shown.
    remove: Text = "Remove from this room", "移出此房间", "移出此房間";
    /// Asks for confirmation: the name, and the room.
    remove_sure: Text =
        "Remove {} from {}? They can neither read it nor post in it any more, until somebody adds them again.",
        "要将 {} 移出 {} 吗？在被重新添加之前，对方将无法再阅读此房间或在其中发言。",
        "要將 {} 移出 {} 嗎？在被重新加入之前，對方將無法再閱讀此房間或在其中發言。";
    /// Keeps somebody out of the house.
    bar: Text = "Bar from the whole house", "禁止进入整个站点", "禁止進入整個站點";
    /// Asks for confirmation, with the name.
    bar_sure: Text =
        "Bar {}? They are signed out everywhere within seconds and cannot come back, until an owner or a moderator lets them in again.",
        "要禁止 {} 进入吗？对方会在数秒内在所有设备上退出，且在所有者或版主再次放行之前无法返回。",
        "要禁止 {} 進入嗎？對方會在數秒內在所有裝置上登出，且在擁有者或版主再次放行之前無法返回。";
}
