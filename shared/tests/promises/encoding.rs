//! The encoding of every frame. Programs in other languages depend on these texts: they do not change within
//! version 1.

use shared::{
    About, AboutKind, FromClient, FromServer, MessageId, Post, Refusal, RefusalCode, RoomName, Seq, Side,
    link::{Outgoing, Progress},
};

use crate::frames::{client_type, from_client, from_server, id, refusal, room, server_type, time};

#[test]
fn the_encoding_of_client_frames_does_not_change() {
    for (frame, text) in from_client() {
        assert_eq!(frame.encode(), text);
        assert_eq!(FromClient::decode(&text), Ok(frame.clone()));
        assert!(text.starts_with(&format!(r#"{{"type":"{}""#, client_type(&frame))), "{text}");
    }
}

#[test]
fn the_encoding_of_server_frames_does_not_change() {
    for (frame, text) in from_server() {
        assert_eq!(frame.encode(), text);
        assert_eq!(FromServer::decode(&text).unwrap(), frame);
        assert!(text.starts_with(&format!(r#"{{"type":"{}""#, server_type(&frame))), "{text}");
    }
}

#[test]
fn the_encoding_of_refusal_codes_does_not_change() {
    let codes = [
        (RefusalCode::BadFrame, "bad_frame"),
        (RefusalCode::UnknownType, "unknown_type"),
        (RefusalCode::HelloFirst, "hello_first"),
        (RefusalCode::NameTaken, "name_taken"),
        (RefusalCode::BadToken, "bad_token"),
        (RefusalCode::BadText, "bad_text"),
        (RefusalCode::BadAbout, "bad_about"),
        (RefusalCode::Forbidden, "forbidden"),
        (RefusalCode::IdTaken, "id_taken"),
        (RefusalCode::TooManyRooms, "too_many_rooms"),
        (RefusalCode::NotJoined, "not_joined"),
        (RefusalCode::NoRoom, "no_room"),
        (RefusalCode::Archived, "archived"),
        (RefusalCode::TooFast, "too_fast"),
        (RefusalCode::InvitationNeeded, "invitation_needed"),
        (RefusalCode::BadInvitation, "bad_invitation"),
        (RefusalCode::Barred, "barred"),
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
fn unknown_fields_are_ignored_and_order_does_not_matter() {
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
fn a_page_without_a_limit_has_the_default_size() {
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
fn an_array_is_no_frame() {
    for text in [
        r#"["typing","lobby"]"#,
        r#" ["post","lobby","k3","hi",null]"#,
        r#"["message","lobby",1,"k3","ann","hi","2026-11-21T09:30:00.000Z",null]"#,
        r#"["seen","lobby",17]"#,
    ] {
        let answer = FromClient::decode(text).unwrap_err();
        assert_eq!(answer.code, RefusalCode::BadFrame, "{text}: {answer}");
        assert!(answer.reason.contains("object"), "{text}: {answer}");
        assert!(FromServer::decode(text).is_err(), "{text}");
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

/// Browsers store this between visits, so later versions must be able to read it.
#[test]
fn a_stored_outbox_can_be_read() {
    let post = |about| Post { room: room("lobby"), id: id("k3"), text: "hi".into(), about };
    let about = Some(About { seq: Seq(3), kind: AboutKind::Edit });
    let outgoing = |about, epoch: Option<&str>, progress| Outgoing {
        post: post(about),
        author: None,
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
    // Without an author: as it was stored before posts had one.
    let with_author = (
        Outgoing { author: Some("王小明".parse().unwrap()), ..outgoing(None, None, Progress::Waiting) },
        r#"{"post":{"room":"lobby","id":"k3","text":"hi"},"author":"王小明","written_at":"2026-11-21T09:30:00.123Z","progress":"waiting"}"#
            .to_owned(),
    );
    for (outgoing, text) in kept.into_iter().chain([with_author]) {
        assert_eq!(serde_json::to_string(&outgoing).unwrap(), text);
        assert_eq!(shared::json::read::<Outgoing>(&text).unwrap(), outgoing);
    }
}
