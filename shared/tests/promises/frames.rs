//! Every frame of both directions, each with its encoding.

use shared::{
    About, AboutKind, Authorship, FromClient, FromServer, Limits, Members, Message, MessageId, Post, Refusal,
    RefusalCode, Role, RoomInfo, RoomName, RoomSummary, Seq, Side, Timestamp, Username, house::Access,
};

use crate::house_frames::house_frames;

pub fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

pub fn user(name: &str) -> Username {
    name.parse().unwrap()
}

pub fn id(id: &str) -> MessageId {
    id.parse().unwrap()
}

pub fn time() -> Timestamp {
    "2026-11-21T09:30:00.123Z".parse().unwrap()
}

pub fn message() -> Message {
    Message {
        room: room("lobby"),
        seq: Seq(17),
        id: id("k3"),
        username: user("王小明"),
        text: "你好 \"<b>\"\n👋".into(),
        sent_at: time(),
        about: None,
        authorship: Authorship::Proven,
    }
}

pub const MESSAGE: &str = r#""room":"lobby","seq":17,"id":"k3","username":"王小明","text":"你好 \"<b>\"\n👋","sent_at":"2026-11-21T09:30:00.123Z""#;

fn reply() -> Message {
    Message { about: Some(About { seq: Seq(3), kind: AboutKind::Reply }), ..message() }
}

pub fn refusal() -> Refusal {
    Refusal::new(RefusalCode::NameTaken, "somebody has that name")
}

/// Every frame of a client, with and without optional fields.
pub fn from_client() -> Vec<(FromClient, String)> {
    let post = |about| Post { room: room("lobby"), id: id("k3"), text: "hi".into(), about };
    let about = |kind| FromClient::Post(post(Some(About { seq: Seq(3), kind })));
    let hello = FromClient::Hello { username: None, token: None, secret: None, invitation: None };
    let frames: Vec<(FromClient, &str)> = vec![
        (hello, r#"{"type":"hello"}"#),
        (
            FromClient::Hello {
                username: Some(user("ann")),
                token: Some("t.o.k".parse().unwrap()),
                secret: None,
                invitation: None,
            },
            r#"{"type":"hello","username":"ann","token":"t.o.k"}"#,
        ),
        (
            FromClient::Hello {
                username: Some(user("ann")),
                token: None,
                secret: Some("0123456789abcdef".parse().unwrap()),
                invitation: None,
            },
            r#"{"type":"hello","username":"ann","secret":"0123456789abcdef"}"#,
        ),
        (
            FromClient::Hello {
                username: Some(user("ann")),
                token: None,
                secret: Some("0123456789abcdef".parse().unwrap()),
                invitation: Some("fedcba9876543210".parse().unwrap()),
            },
            r#"{"type":"hello","username":"ann","secret":"0123456789abcdef","invitation":"fedcba9876543210"}"#,
        ),
        (
            FromClient::Join { room: room("lobby"), epoch: None, after: None },
            r#"{"type":"join","room":"lobby"}"#,
        ),
        (
            FromClient::Join {
                room: room("lobby"),
                epoch: Some("e1".parse().unwrap()),
                after: Some(Seq(17)),
            },
            r#"{"type":"join","room":"lobby","epoch":"e1","after":17}"#,
        ),
        (FromClient::Leave { room: room("lobby") }, r#"{"type":"leave","room":"lobby"}"#),
        (FromClient::Post(post(None)), r#"{"type":"post","room":"lobby","id":"k3","text":"hi"}"#),
        (
            about(AboutKind::Reply),
            r#"{"type":"post","room":"lobby","id":"k3","text":"hi","about":{"seq":3,"as":"reply"}}"#,
        ),
        (
            about(AboutKind::Edit),
            r#"{"type":"post","room":"lobby","id":"k3","text":"hi","about":{"seq":3,"as":"edit"}}"#,
        ),
        (
            about(AboutKind::Retraction),
            r#"{"type":"post","room":"lobby","id":"k3","text":"hi","about":{"seq":3,"as":"retraction"}}"#,
        ),
        (
            about(AboutKind::Reaction),
            r#"{"type":"post","room":"lobby","id":"k3","text":"hi","about":{"seq":3,"as":"reaction"}}"#,
        ),
        (
            FromClient::Page { room: room("lobby"), side: Side::Before(Seq(17)), limit: 100 },
            r#"{"type":"page","room":"lobby","before":17,"limit":100}"#,
        ),
        (
            FromClient::Page { room: room("lobby"), side: Side::After(Seq(17)), limit: 1 },
            r#"{"type":"page","room":"lobby","after":17,"limit":1}"#,
        ),
        (FromClient::Typing { room: room("lobby") }, r#"{"type":"typing","room":"lobby"}"#),
        (
            FromClient::Seen { room: room("lobby"), seq: Seq(17) },
            r#"{"type":"seen","room":"lobby","seq":17}"#,
        ),
    ];
    frames.into_iter().map(|(frame, text)| (frame, text.to_owned())).collect()
}

/// Every frame of a server, with and without optional fields.
pub fn from_server() -> Vec<(FromServer, String)> {
    let mut frames = rooms();
    frames.extend(house_frames());
    frames.extend(answers());
    frames.extend(notices());
    frames
}

fn rooms() -> Vec<(FromServer, String)> {
    let welcome = |rooms| FromServer::Welcome {
        username: user("ann"),
        token: Some("t.o.k".parse().unwrap()),
        session: "7f2a".into(),
        heartbeat_ms: 25_000,
        limits: Limits::default(),
        rooms,
        role: Role::Member,
        access: Access::Open,
    };
    let start = r#"{"type":"welcome","username":"ann","token":"t.o.k","session":"7f2a","heartbeat_ms":25000,"limits":{"text_bytes":65536,"frame_bytes":98304,"page_messages":200,"rooms_joined":100},"rooms":["#;
    let bare = RoomSummary::empty(room("lobby"));
    let full =
        RoomSummary { last: Some(message()), head: Seq(18), seen: Some(Seq(9)), unread: 4, ..bare.clone() };
    let joined = |resumed, messages, context, more, seen| FromServer::Joined {
        room: room("lobby"),
        epoch: "e1".parse().unwrap(),
        head: Seq(17),
        resumed,
        messages,
        context,
        more,
        members: Members { count: 1, names: vec![user("ann")] },
        seen,
        info: RoomInfo::default(),
    };
    let members = r#""members":{"count":1,"names":["ann"]}"#;
    let without_token = FromServer::Welcome {
        username: user("ann"),
        token: None,
        session: "7f2a".into(),
        heartbeat_ms: 25_000,
        limits: Limits::default(),
        rooms: Vec::new(),
        role: Role::Member,
        access: Access::Open,
    };
    vec![
        (without_token, format!("{start}]}}").replace(r#""token":"t.o.k","#, "")),
        (welcome(Vec::new()), format!("{start}]}}")),
        (
            welcome(vec![bare, full]),
            format!(
                r#"{start}{{"room":"lobby","head":0,"unread":0}},{{"room":"lobby","head":18,"last":{{{MESSAGE}}},"seen":9,"unread":4}}]}}"#
            ),
        ),
        (
            joined(true, Vec::new(), Vec::new(), false, None),
            format!(
                r#"{{"type":"joined","room":"lobby","epoch":"e1","head":17,"resumed":true,"messages":[],"more":false,{members}}}"#
            ),
        ),
        (
            joined(false, vec![message()], vec![reply()], true, Some(Seq(9))),
            format!(
                r#"{{"type":"joined","room":"lobby","epoch":"e1","head":17,"resumed":false,"messages":[{{{MESSAGE}}}],"context":[{{{MESSAGE},"about":{{"seq":3,"as":"reply"}}}}],"more":true,{members},"seen":9}}"#
            ),
        ),
    ]
}

fn answers() -> Vec<(FromServer, String)> {
    let page = |side, messages, context, more| FromServer::Page {
        room: room("lobby"),
        side,
        messages,
        context,
        more,
        floor: Seq::ZERO,
    };
    let at_the_floor = FromServer::Page {
        room: room("lobby"),
        side: Side::Before(Seq(17)),
        messages: Vec::new(),
        context: Vec::new(),
        more: false,
        floor: Seq(16),
    };
    vec![
        (FromServer::Message(message()), format!(r#"{{"type":"message",{MESSAGE}}}"#)),
        (
            FromServer::Message(reply()),
            format!(r#"{{"type":"message",{MESSAGE},"about":{{"seq":3,"as":"reply"}}}}"#),
        ),
        (
            FromServer::Message(Message { authorship: Authorship::Unproven, ..message() }),
            format!(r#"{{"type":"message",{MESSAGE},"authorship":"unproven"}}"#),
        ),
        (
            FromServer::Message(Message { authorship: Authorship::Imported, ..reply() }),
            format!(
                r#"{{"type":"message",{MESSAGE},"about":{{"seq":3,"as":"reply"}},"authorship":"imported"}}"#
            ),
        ),
        (
            FromServer::Message(Message {
                username: Username::deleted(),
                authorship: Authorship::Deleted,
                text: String::new(),
                ..message()
            }),
            r#"{"type":"message","room":"lobby","seq":17,"id":"k3","username":"deleted","text":"","sent_at":"2026-11-21T09:30:00.123Z","authorship":"deleted"}"#.into(),
        ),
        (
            FromServer::Posted { room: room("lobby"), id: id("k3"), seq: Seq(17), sent_at: time() },
            r#"{"type":"posted","room":"lobby","id":"k3","seq":17,"sent_at":"2026-11-21T09:30:00.123Z"}"#.into(),
        ),
        (
            page(Side::Before(Seq(17)), Vec::new(), Vec::new(), false),
            r#"{"type":"page","room":"lobby","before":17,"messages":[],"more":false}"#.into(),
        ),
        (
            at_the_floor,
            r#"{"type":"page","room":"lobby","before":17,"messages":[],"more":false,"floor":16}"#.into(),
        ),
        (
            page(Side::After(Seq(17)), vec![message()], vec![reply()], true),
            format!(
                r#"{{"type":"page","room":"lobby","after":17,"messages":[{{{MESSAGE}}}],"context":[{{{MESSAGE},"about":{{"seq":3,"as":"reply"}}}}],"more":true}}"#
            ),
        ),
        (
            FromServer::Refused(refusal()),
            r#"{"type":"refused","code":"name_taken","reason":"somebody has that name"}"#.into(),
        ),
        (
            FromServer::Refused(Refusal {
                id: Some(id("k3")),
                room: Some(room("lobby")),
                retry_after_ms: Some(900),
                ..refusal()
            }),
            r#"{"type":"refused","code":"name_taken","reason":"somebody has that name","id":"k3","room":"lobby","retry_after_ms":900}"#
                .into(),
        ),
    ]
}

fn notices() -> Vec<(FromServer, String)> {
    let presence = |arrived, departed, names| FromServer::Presence {
        room: room("lobby"),
        count: 3,
        arrived,
        departed,
        names,
    };
    let frames: Vec<(FromServer, &str)> = vec![
        (presence(Vec::new(), Vec::new(), None), r#"{"type":"presence","room":"lobby","count":3}"#),
        (
            presence(vec![user("ann")], vec![user("bob")], Some(vec![user("cy")])),
            r#"{"type":"presence","room":"lobby","count":3,"arrived":["ann"],"departed":["bob"],"names":["cy"]}"#,
        ),
        (
            FromServer::Typing { room: room("lobby"), username: user("bob") },
            r#"{"type":"typing","room":"lobby","username":"bob"}"#,
        ),
        (
            FromServer::Seen { room: room("lobby"), seq: Seq(17) },
            r#"{"type":"seen","room":"lobby","seq":17}"#,
        ),
        (FromServer::Heartbeat {}, r#"{"type":"heartbeat"}"#),
        (
            FromServer::Closing { reason: "a restart".into(), reconnect_after_ms: 2_500 },
            r#"{"type":"closing","reason":"a restart","reconnect_after_ms":2500}"#,
        ),
    ];
    frames.into_iter().map(|(frame, text)| (frame, text.to_owned())).collect()
}

/// The type of a client's frame. A new type must be added here, to the samples and to the document.
pub fn client_type(frame: &FromClient) -> &'static str {
    match frame {
        FromClient::Hello { .. } => "hello",
        FromClient::Join { .. } => "join",
        FromClient::Leave { .. } => "leave",
        FromClient::Post(_) => "post",
        FromClient::Page { .. } => "page",
        FromClient::Typing { .. } => "typing",
        FromClient::Seen { .. } => "seen",
    }
}

/// The type of a server's frame. A new type must be added here, to the samples and to the document.
pub fn server_type(frame: &FromServer) -> &'static str {
    match frame {
        FromServer::Welcome { .. } => "welcome",
        FromServer::Joined { .. } => "joined",
        FromServer::Room(_) => "room",
        FromServer::Left { .. } => "left",
        FromServer::AccountDeleted { .. } => "account_deleted",
        FromServer::Expired { .. } => "expired",
        FromServer::Message(_) => "message",
        FromServer::Posted { .. } => "posted",
        FromServer::Page { .. } => "page",
        FromServer::Presence { .. } => "presence",
        FromServer::Typing { .. } => "typing",
        FromServer::Seen { .. } => "seen",
        FromServer::Heartbeat {} => "heartbeat",
        FromServer::Refused(_) => "refused",
        FromServer::Closing { .. } => "closing",
    }
}
