//! The texts of the bar.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// Leaves the room.
    leave_room: Text = "Leave room", "离开房间", "離開房間";
    /// Leads to the room's settings and members.
    room_settings: Text = "Room settings", "房间设置", "房間設定";
    /// Opens the drawer with the rooms.
    open_rooms: Text = "Show rooms", "显示房间", "顯示房間";
    /// The number of members.
    here: Plural = Plural::same("{} here"), Plural::same("{} 人在线"), Plural::same("{} 人在線");
    /// Opens the list of members.
    show_members: Text = "Show members", "显示成员", "顯示成員";
}
