//! The frames that tell of people, rooms and rights.

use shared::{
    FromServer, Keep, Limits, Members, Role, RoomInfo, RoomKind, RoomSummary, Seq,
    house::{Access, LeftReason},
};

use crate::frames::{MESSAGE, message, room, user};

/// Everything that is known of a room beside its messages.
fn info() -> RoomInfo {
    RoomInfo {
        kind: RoomKind::Direct,
        topic: Some("发布 · releases".parse().unwrap()),
        archived: true,
        slow_seconds: 30,
        keep: Some(Keep::Seconds(30 * 86_400)),
        floor: Seq(7),
        people: vec![user("ann"), user("王小明")],
    }
}

const INFO: &str = r#""kind":"direct","topic":"发布 · releases","archived":true,"slow_seconds":30,"keep":"30d","floor":7,"people":["ann","王小明"]"#;

/// Frames of rooms and rights, each with its encoding.
pub fn house_frames() -> Vec<(FromServer, String)> {
    let welcome = FromServer::Welcome {
        username: user("ann"),
        token: None,
        session: "7f2a".into(),
        heartbeat_ms: 25_000,
        limits: Limits::default(),
        rooms: vec![RoomSummary { info: info(), ..RoomSummary::empty(room("direct.k3")) }],
        role: Role::Moderator,
        access: Access::Invited,
    };
    let joined = FromServer::Joined {
        room: room("direct.k3"),
        epoch: "e1".parse().unwrap(),
        head: Seq(0),
        resumed: false,
        messages: Vec::new(),
        context: Vec::new(),
        more: false,
        members: Members::default(),
        seen: None,
        info: info(),
    };
    let closed = RoomInfo { kind: RoomKind::Closed, ..RoomInfo::default() };
    let closed = RoomSummary {
        unread: 3,
        seen: Some(Seq(4)),
        head: Seq(9),
        last: Some(message()),
        info: closed,
        room: room("plan-x7"),
    };
    let left = |reason| FromServer::Left { room: room("plan-x7"), reason };
    let deleted = |blanked| FromServer::AccountDeleted { username: user("王小明"), blanked };
    vec![
        (
            welcome,
            format!(
                r#"{{"type":"welcome","username":"ann","session":"7f2a","heartbeat_ms":25000,"limits":{{"text_bytes":65536,"frame_bytes":98304,"page_messages":200,"rooms_joined":100}},"rooms":[{{"room":"direct.k3","head":0,"unread":0,{INFO}}}],"role":"moderator","access":"invited"}}"#
            ),
        ),
        (
            joined,
            format!(
                r#"{{"type":"joined","room":"direct.k3","epoch":"e1","head":0,"resumed":false,"messages":[],"more":false,"members":{{"count":0,"names":[]}},{INFO}}}"#
            ),
        ),
        (
            FromServer::Room(RoomSummary::empty(room("lobby"))),
            r#"{"type":"room","room":"lobby","head":0,"unread":0}"#.into(),
        ),
        (
            FromServer::Room(closed),
            format!(
                r#"{{"type":"room","room":"plan-x7","head":9,"last":{{{MESSAGE}}},"seen":4,"unread":3,"kind":"closed"}}"#
            ),
        ),
        (
            FromServer::Room(RoomSummary { info: info(), ..RoomSummary::empty(room("direct.k3")) }),
            format!(r#"{{"type":"room","room":"direct.k3","head":0,"unread":0,{INFO}}}"#),
        ),
        (left(LeftReason::Removed), r#"{"type":"left","room":"plan-x7","reason":"removed"}"#.into()),
        (left(LeftReason::Other), r#"{"type":"left","room":"plan-x7","reason":"other"}"#.into()),
        (
            FromServer::Expired { room: room("lobby"), floor: Seq(15) },
            r#"{"type":"expired","room":"lobby","floor":15}"#.into(),
        ),
        (deleted(false), r#"{"type":"account_deleted","username":"王小明"}"#.into()),
        (deleted(true), r#"{"type":"account_deleted","username":"王小明","blanked":true}"#.into()),
    ]
}

#[test]
fn a_role_a_kind_and_an_access_of_a_later_version_are_read_as_those_that_may_least() {
    let text = r#"{"type":"welcome","username":"ann","session":"7f2a","heartbeat_ms":25000,
        "limits":{"text_bytes":1,"frame_bytes":1,"page_messages":1,"rooms_joined":1},
        "rooms":[{"room":"lobby","head":0,"unread":0,"kind":"federated"}],"role":"auditor","access":"by_post"}"#;
    let Ok(FromServer::Welcome { role, access, rooms, .. }) = FromServer::decode(text) else {
        panic!("a welcome is readable")
    };
    assert_eq!((role, access), (Role::Guest, Access::Invited));
    assert_eq!(rooms[0].info.kind, RoomKind::Closed);
}
