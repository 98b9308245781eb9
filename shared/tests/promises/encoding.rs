//! The encoding of every frame. These texts are what programs in other languages are written against: they do not
//! change within version 1.

use shared::{
    About, AboutKind, FromClient, FromServer, Limits, Members, Message, MessageId, Post, Refusal,
    RefusalCode, RoomName, RoomSummary, Seq, Side, Timestamp, Username,
    link::{Outgoing, Progress},
};

fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

fn user(name: &str) -> Username {
    name.parse().unwrap()
}

fn id(id: &str) -> MessageId {
    id.parse().unwrap()
}

fn time() -> Timestamp {
    "2026-11-21T09:30:00.123Z".parse().unwrap()
}

fn message() -> Message {
    Message {
        room: room("lobby"),
        seq: Seq(17),
        id: id("k3"),
        username: user("王小明"),
        text: "你好 \"<b>\"\n👋".into(),
        sent_at: time(),
        about: None,
    }
}

const MESSAGE: &str = r#""room":"lobby","seq":17,"id":"k3","username":"王小明","text":"你好 \"<b>\"\n👋","sent_at":"2026-11-21T09:30:00.123Z""#;

fn reply() -> Message {
    Message { about: Some(About { seq: Seq(3), kind: AboutKind::Reply }), ..message() }
}

fn refusal() -> Refusal {
    Refusal::new(RefusalCode::NameTaken, "somebody has that name")
}

/// Every frame of a client's, with and without what may be left out.
pub fn from_client() -> Vec<(FromClient, String)> {
    let post = |about| Post { room: room("lobby"), id: id("k3"), text: "hi".into(), about };
    let about = |kind| FromClient::Post(post(Some(About { seq: Seq(3), kind })));
    let frames: Vec<(FromClient, &str)> = vec![
        (FromClient::Hello { username: None, token: None }, r#"{"type":"hello"}"#),
        (
            FromClient::Hello { username: Some(user("ann")), token: Some("t.o.k".parse().unwrap()) },
            r#"{"type":"hello","username":"ann","token":"t.o.k"}"#,
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

/// Every frame of a server's, with and without what may be left out.
pub fn from_server() -> Vec<(FromServer, String)> {
    let mut frames = rooms();
    frames.extend(answers());
    frames.extend(notices());
    frames
}

fn rooms() -> Vec<(FromServer, String)> {
    let welcome = |rooms| FromServer::Welcome {
        username: user("ann"),
        token: "t.o.k".parse().unwrap(),
        session: "7f2a".into(),
        heartbeat_ms: 25_000,
        limits: Limits::default(),
        rooms,
    };
    let start = r#"{"type":"welcome","username":"ann","token":"t.o.k","session":"7f2a","heartbeat_ms":25000,"limits":{"text_bytes":65536,"frame_bytes":98304,"page_messages":200,"rooms_joined":100},"rooms":["#;
    let bare = RoomSummary { room: room("lobby"), head: Seq(0), last: None, seen: None, unread: 0 };
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
    };
    let members = r#""members":{"count":1,"names":["ann"]}"#;
    vec![
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
    };
    vec![
        (FromServer::Message(message()), format!(r#"{{"type":"message",{MESSAGE}}}"#)),
        (
            FromServer::Message(reply()),
            format!(r#"{{"type":"message",{MESSAGE},"about":{{"seq":3,"as":"reply"}}}}"#),
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

/// The type of a client's frame. A new one must be added here, among the samples, and to the document.
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

/// The type of a server's frame. A new one must be added here, among the samples, and to the document.
pub fn server_type(frame: &FromServer) -> &'static str {
    match frame {
        FromServer::Welcome { .. } => "welcome",
        FromServer::Joined { .. } => "joined",
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

#[test]
fn every_frame_of_a_client_is_written_and_read_as_ever() {
    for (frame, text) in from_client() {
        assert_eq!(frame.encode(), text);
        assert_eq!(FromClient::decode(&text), Ok(frame.clone()));
        assert!(text.starts_with(&format!(r#"{{"type":"{}""#, client_type(&frame))), "{text}");
    }
}

#[test]
fn every_frame_of_a_server_is_written_and_read_as_ever() {
    for (frame, text) in from_server() {
        assert_eq!(frame.encode(), text);
        assert_eq!(FromServer::decode(&text).unwrap(), frame);
        assert!(text.starts_with(&format!(r#"{{"type":"{}""#, server_type(&frame))), "{text}");
    }
}

#[test]
fn every_code_of_a_refusal_is_written_and_read_as_ever() {
    let codes = [
        (RefusalCode::BadFrame, "bad_frame"),
        (RefusalCode::UnknownType, "unknown_type"),
        (RefusalCode::HelloFirst, "hello_first"),
        (RefusalCode::NameTaken, "name_taken"),
        (RefusalCode::BadToken, "bad_token"),
        (RefusalCode::BadText, "bad_text"),
        (RefusalCode::BadAbout, "bad_about"),
        (RefusalCode::NotYours, "not_yours"),
        (RefusalCode::TooManyRooms, "too_many_rooms"),
        (RefusalCode::NotJoined, "not_joined"),
        (RefusalCode::Busy, "busy"),
        (RefusalCode::Unavailable, "unavailable"),
    ];
    for (code, word) in codes {
        assert_eq!(code.as_str(), word);
        assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{word}\""));
        assert_eq!(serde_json::from_str::<RefusalCode>(&format!("\"{word}\"")).unwrap(), code);
    }
    let later: RefusalCode = serde_json::from_str("\"a_code_of_a_later_version\"").unwrap();
    assert_eq!(later, RefusalCode::Other);
}

#[test]
fn what_is_not_known_is_ignored_and_order_does_not_matter() {
    let text = r#" {"room":"lobby","later":{"a":[1,null]},"type":"typing"}"#;
    assert_eq!(FromClient::decode(text), Ok(FromClient::Typing { room: room("lobby") }));
    let text = r#"{"later":1,"seq":17,"room":"lobby","type":"seen"}"#;
    let seen = FromServer::Seen { room: room("lobby"), seq: Seq(17) };
    assert_eq!(FromServer::decode(text).unwrap(), seen);
    let null = r#"{"type":"join","room":"lobby","epoch":null,"after":null}"#;
    assert_eq!(
        FromClient::decode(null),
        Ok(FromClient::Join { room: room("lobby"), epoch: None, after: None })
    );
}

#[test]
fn a_page_without_a_limit_is_of_the_usual_size() {
    let page = FromClient::decode(r#"{"type":"page","room":"lobby","before":17}"#).unwrap();
    let limit = shared::limits::PAGE_DEFAULT;
    assert_eq!(page, FromClient::Page { room: room("lobby"), side: Side::Before(Seq(17)), limit });
}

#[test]
fn a_frame_that_cannot_be_read_is_answered_with_what_could_be() {
    let bad = RefusalCode::BadFrame;
    let of_frames = [
        ("", bad, "one JSON object", None, None),
        ("hello", bad, "one JSON object", None, None),
        ("[]", bad, "\"type\"", None, None),
        ("17", bad, "\"type\"", None, None),
        (r#"{"room":"lobby"}"#, bad, "\"type\"", None, Some("lobby")),
        (r#"{"type":3}"#, bad, "\"type\"", None, None),
        (
            r#"{"type":"dance","id":"k3","room":"lobby"}"#,
            RefusalCode::UnknownType,
            "dance",
            Some("k3"),
            Some("lobby"),
        ),
        (r#"{"type":"post","id":"k3","room":"lobby"}"#, bad, "text", Some("k3"), Some("lobby")),
        (r#"{"type":"post","id":"k 3","room":"Lobby","text":"hi"}"#, bad, "an id is", None, None),
        (r#"{"type":"join","room":"lobby","after":-1}"#, bad, "-1", None, Some("lobby")),
        (r#"{"type":"join","room":"lobby","after":9007199254740992}"#, bad, "2^53", None, Some("lobby")),
        (r#"{"type":"page","room":"lobby"}"#, bad, "page", None, Some("lobby")),
        (r#"{"type":"page","room":"lobby","before":1,"limit":70000}"#, bad, "70000", None, Some("lobby")),
        (r#"{"type":"hello","username":"a\u202eb"}"#, bad, "bidirectional", None, None),
        (
            r#"{"type":"post","room":"lobby","id":"k3","text":"a","about":{"seq":1,"as":"x"}}"#,
            bad,
            "retraction",
            Some("k3"),
            Some("lobby"),
        ),
        (r#"{"type":"typing","room":"lobby"}{"#, bad, "one JSON object", None, None),
    ];
    for (text, code, reason, id, room) in of_frames {
        let answer = FromClient::decode(text).unwrap_err();
        assert_eq!(answer.code, code, "{text}: {answer}");
        assert!(answer.reason.contains(reason), "{text}: {answer}");
        assert_eq!(answer.id.as_ref().map(MessageId::as_str), id, "{text}");
        assert_eq!(answer.room.as_ref().map(RoomName::as_str), room, "{text}");
        let refusal = Refusal::from(answer);
        assert_eq!((refusal.code, refusal.retry_after_ms), (code, None));
    }
}

#[test]
fn the_answer_to_a_huge_bad_frame_is_small() {
    let huge = "x".repeat(90_000);
    for text in [
        huge.clone(),
        format!(r#"{{"type":"{huge}"}}"#),
        format!(r#"{{"type":"join","room":"{huge}"}}"#),
        format!(r#"{{"type":"join","room":"lobby","after":"{huge}"}}"#),
    ] {
        let answer = FromClient::decode(&text).unwrap_err();
        assert!(answer.reason.len() < 1_000, "the answer has {} bytes", answer.reason.len());
    }
}

#[test]
fn a_server_frame_that_lacks_something_cannot_be_read() {
    for text in [
        "",
        "{}",
        r#"{"type":"dance"}"#,
        r#"{"type":"message","room":"lobby"}"#,
        r#"{"type":"page","room":"lobby","messages":[],"more":false}"#,
        r#"{"type":"seen","room":"lobby","seq":9007199254740992}"#,
        r#"{"type":"typing","room":"lobby","username":""}"#,
    ] {
        assert!(FromServer::decode(text).is_err(), "{text}");
    }
}

/// Browsers keep this between visits, so a later version must be able to read it.
#[test]
fn an_outbox_that_was_kept_is_read_as_ever() {
    let post = |about| Post { room: room("lobby"), id: id("k3"), text: "hi".into(), about };
    let about = Some(About { seq: Seq(3), kind: AboutKind::Edit });
    let outgoing = |about, epoch: Option<&str>, progress| Outgoing {
        post: post(about),
        written_at: time(),
        epoch: epoch.map(|epoch| epoch.parse().unwrap()),
        progress,
    };
    let start = r#"{"post":{"room":"lobby","id":"k3","text":"hi"},"written_at":"2026-11-21T09:30:00.123Z""#;
    let failed = r#"{"failed":{"code":"name_taken","reason":"somebody has that name"}}"#;
    let kept = [
        (outgoing(None, None, Progress::Waiting), format!(r#"{start},"progress":"waiting"}}"#)),
        (outgoing(None, None, Progress::Sent), format!(r#"{start},"progress":"sent"}}"#)),
        (outgoing(None, None, Progress::Unknown), format!(r#"{start},"progress":"unknown"}}"#)),
        (outgoing(None, None, Progress::Stored(Seq(17))), format!(r#"{start},"progress":{{"stored":17}}}}"#)),
        (
            outgoing(None, None, Progress::Deferred { until: 9 }),
            format!(r#"{start},"progress":{{"deferred":{{"until":9}}}}}}"#),
        ),
        (outgoing(None, None, Progress::Failed(refusal())), format!(r#"{start},"progress":{failed}}}"#)),
        (
            outgoing(about, Some("e1"), Progress::Waiting),
            r#"{"post":{"room":"lobby","id":"k3","text":"hi","about":{"seq":3,"as":"edit"}},"written_at":"2026-11-21T09:30:00.123Z","epoch":"e1","progress":"waiting"}"#
                .into(),
        ),
    ];
    for (outgoing, text) in kept {
        assert_eq!(serde_json::to_string(&outgoing).unwrap(), text);
        assert_eq!(serde_json::from_str::<Outgoing>(&text).unwrap(), outgoing);
    }
}
