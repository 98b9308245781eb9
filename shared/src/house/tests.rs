//! The encoding of acts, what is wrong with an act whoever proposes it, and who stands above whom.

use super::*;
use crate::{
    limits,
    names::{RoomName, Seq, Username},
    time::Timestamp,
};

fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

fn user(name: &str) -> Username {
    name.parse().unwrap()
}

fn make_room(name: &str, kind: RoomKind) -> Act {
    Act::MakeRoom { room: room(name), kind, topic: None }
}

fn open_direct(people: usize) -> Act {
    Act::OpenDirect { people: (0..people).map(|number| user(&format!("u{number}"))).collect() }
}

fn webhook(url: &str) -> Act {
    let (username, room) = (user("deploy-bot"), room("lobby"));
    Act::AddWebhook { username, room, when: WebhookTrigger::Message, url: url.into() }
}

fn named(name: &str) -> Act {
    Act::ChangeSettings { settings: HouseSettings { name: name.into(), ..HouseSettings::default() } }
}

/// Every act, with its encoding.
fn acts() -> Vec<(Act, &'static str)> {
    let (plan, bob, bot) = (|| room("plan"), || user("bob"), || user("deploy-bot"));
    let topic = || Some("Releases".parse().unwrap());
    vec![
        (make_room("plan", RoomKind::Open), r#"{"act":"make_room","room":"plan","kind":"open"}"#),
        (
            Act::MakeRoom { room: plan(), kind: RoomKind::Closed, topic: topic() },
            r#"{"act":"make_room","room":"plan","kind":"closed","topic":"Releases"}"#,
        ),
        (
            Act::OpenDirect { people: vec![bob(), user("王小明")] },
            r#"{"act":"open_direct","people":["bob","王小明"]}"#,
        ),
        (
            Act::SetTopic { room: plan(), topic: topic() },
            r#"{"act":"set_topic","room":"plan","topic":"Releases"}"#,
        ),
        (Act::SetTopic { room: plan(), topic: None }, r#"{"act":"set_topic","room":"plan"}"#),
        (
            Act::SetKind { room: plan(), kind: RoomKind::Closed },
            r#"{"act":"set_kind","room":"plan","kind":"closed"}"#,
        ),
        (Act::Archive { room: plan(), archived: true }, r#"{"act":"archive","room":"plan","archived":true}"#),
        (Act::SlowDown { room: plan(), seconds: 30 }, r#"{"act":"slow_down","room":"plan","seconds":30}"#),
        (
            Act::SetKeep { room: plan(), keep: Some(Keep::Seconds(30 * 86_400)) },
            r#"{"act":"set_keep","room":"plan","keep":"30d"}"#,
        ),
        (Act::SetKeep { room: plan(), keep: None }, r#"{"act":"set_keep","room":"plan"}"#),
        (Act::DeleteRoom { room: plan() }, r#"{"act":"delete_room","room":"plan"}"#),
        (
            Act::AddMember { room: plan(), username: bob() },
            r#"{"act":"add_member","room":"plan","username":"bob"}"#,
        ),
        (
            Act::RemoveMember { room: plan(), username: bob() },
            r#"{"act":"remove_member","room":"plan","username":"bob"}"#,
        ),
        (
            Act::SetRole { username: bob(), role: Role::Moderator, limited: None },
            r#"{"act":"set_role","username":"bob","role":"moderator"}"#,
        ),
        (
            Act::SetRole { username: bob(), role: Role::Guest, limited: Some(true) },
            r#"{"act":"set_role","username":"bob","role":"guest","limited":true}"#,
        ),
        (Act::Bar { username: bob() }, r#"{"act":"bar","username":"bob"}"#),
        (Act::Unbar { username: bob() }, r#"{"act":"unbar","username":"bob"}"#),
        (Act::BarAddress { address: "192.0.2.7".into() }, r#"{"act":"bar_address","address":"192.0.2.7"}"#),
        (
            Act::UnbarAddress { address: "2001:db8::/48".into() },
            r#"{"act":"unbar_address","address":"2001:db8::/48"}"#,
        ),
        (Act::RevokeTokens { username: bob() }, r#"{"act":"revoke_tokens","username":"bob"}"#),
        (Act::Invite(NewInvitation::default()), r#"{"act":"invite","role":"member","days":7,"uses":1}"#),
        (
            Act::Invite(NewInvitation {
                username: Some(bob()),
                role: Role::Guest,
                rooms: vec![plan()],
                days: 30,
                uses: 1,
            }),
            r#"{"act":"invite","username":"bob","role":"guest","rooms":["plan"],"days":30,"uses":1}"#,
        ),
        (Act::RevokeInvitation { number: Seq(5) }, r#"{"act":"revoke_invitation","invitation":5}"#),
        (
            Act::AddBot { username: bot(), rooms: vec![plan()] },
            r#"{"act":"add_bot","username":"deploy-bot","rooms":["plan"]}"#,
        ),
        (
            Act::AddWebhook {
                username: bot(),
                room: plan(),
                when: WebhookTrigger::Mention,
                url: "https://ci.example.org/hook".into(),
            },
            r#"{"act":"add_webhook","username":"deploy-bot","room":"plan","when":"mention","url":"https://ci.example.org/hook"}"#,
        ),
        (Act::RemoveWebhook { number: Seq(5) }, r#"{"act":"remove_webhook","webhook":5}"#),
        (
            Act::SwitchWebhook { number: Seq(5), on: false },
            r#"{"act":"switch_webhook","webhook":5,"on":false}"#,
        ),
        (
            named("Team"),
            r#"{"act":"change_settings","settings":{"name":"Team","members_make_rooms":true,"members_invite":false,"deleted_names":"reserved","deleted_messages":"kept"}}"#,
        ),
        (Act::DeleteAccount { username: bob() }, r#"{"act":"delete_account","username":"bob"}"#),
        (
            Act::AcceptInvitation { number: Seq(5), username: bob(), role: Role::Guest },
            r#"{"act":"accept_invitation","invitation":5,"username":"bob","role":"guest"}"#,
        ),
        (
            Act::Retract { room: plan(), seq: Seq(17), username: bob() },
            r#"{"act":"retract","room":"plan","seq":17,"username":"bob"}"#,
        ),
    ]
}

/// The word of an act. A new act must be added here and to `acts`.
fn word(act: &Act) -> &'static str {
    match act {
        Act::MakeRoom { .. } => "make_room",
        Act::OpenDirect { .. } => "open_direct",
        Act::SetTopic { .. } => "set_topic",
        Act::SetKind { .. } => "set_kind",
        Act::Archive { .. } => "archive",
        Act::SlowDown { .. } => "slow_down",
        Act::SetKeep { .. } => "set_keep",
        Act::DeleteRoom { .. } => "delete_room",
        Act::AddMember { .. } => "add_member",
        Act::RemoveMember { .. } => "remove_member",
        Act::SetRole { .. } => "set_role",
        Act::Bar { .. } => "bar",
        Act::Unbar { .. } => "unbar",
        Act::BarAddress { .. } => "bar_address",
        Act::UnbarAddress { .. } => "unbar_address",
        Act::RevokeTokens { .. } => "revoke_tokens",
        Act::Invite(_) => "invite",
        Act::RevokeInvitation { .. } => "revoke_invitation",
        Act::AddBot { .. } => "add_bot",
        Act::AddWebhook { .. } => "add_webhook",
        Act::RemoveWebhook { .. } => "remove_webhook",
        Act::SwitchWebhook { .. } => "switch_webhook",
        Act::ChangeSettings { .. } => "change_settings",
        Act::DeleteAccount { .. } => "delete_account",
        Act::AcceptInvitation { .. } => "accept_invitation",
        Act::Retract { .. } => "retract",
    }
}

#[test]
fn the_encoding_of_acts_does_not_change() {
    let mut words = Vec::new();
    for (act, text) in acts() {
        assert_eq!(serde_json::to_string(&act).unwrap(), text);
        assert_eq!(serde_json::from_str::<Act>(text).unwrap(), act);
        assert!(text.starts_with(&format!(r#"{{"act":"{}""#, word(&act))), "{text}");
        words.push(word(&act));
    }
    words.dedup();
    assert_eq!(words.len(), 26, "{words:?}");
}

/// The fields of the record and those of the act are in one object.
#[test]
fn every_recorded_act_is_read_as_it_was_written() {
    for (act, text) in acts() {
        let at: Timestamp = "2026-11-21T09:30:00.123Z".parse().unwrap();
        let recorded = RecordedAct { number: Seq(9), at, by: Some(user("ann")), act };
        let written = serde_json::to_string(&recorded).unwrap();
        let start = r#"{"number":9,"at":"2026-11-21T09:30:00.123Z","by":"ann","#;
        assert_eq!(written, format!("{start}{}", &text[1..]));
        assert_eq!(serde_json::from_str::<RecordedAct>(&written).unwrap(), recorded);
    }
}

#[test]
fn what_an_act_leaves_out_has_its_default() {
    let read = |text| serde_json::from_str::<Act>(text).unwrap();
    assert_eq!(read(r#"{"act":"make_room","room":"plan"}"#), make_room("plan", RoomKind::Open));
    assert_eq!(read(r#"{"act":"invite"}"#), Act::Invite(NewInvitation::default()));
    let settings = HouseSettings { members_invite: true, ..HouseSettings::default() };
    let text = r#"{"act":"change_settings","settings":{"members_invite":true}}"#;
    assert_eq!(read(text), Act::ChangeSettings { settings });
    let unknown = r#"{"act":"change_settings","settings":{"members_can_fly":true}}"#;
    assert!(serde_json::from_str::<Act>(unknown).is_err());
}

#[test]
fn an_act_that_cannot_be_right_is_refused_with_what_is_allowed() {
    let invite = |invitation: NewInvitation| Act::Invite(invitation);
    let many = || vec![room("plan"); limits::ROOMS_JOINED + 1];
    let default = NewInvitation::default;
    let bad = [
        (make_room("plan", RoomKind::Direct), "open_direct"),
        (make_room(&"x".repeat(55), RoomKind::Closed), "54"),
        (make_room("direct.plan", RoomKind::Open), "direct."),
        (open_direct(0), "one to seven"),
        (open_direct(8), "one to seven"),
        (Act::SetKind { room: room("plan"), kind: RoomKind::Direct }, "opened or closed"),
        (Act::SlowDown { room: room("plan"), seconds: 86_401 }, "86400"),
        (Act::BarAddress { address: "example.org".into() }, "192.0.2.7"),
        (Act::BarAddress { address: "2001:db8::/48".into() }, "2001:db8::1"),
        (invite(NewInvitation { role: Role::Bot, ..default() }), "add_bot"),
        (invite(NewInvitation { days: 0, ..default() }), "3650"),
        (invite(NewInvitation { days: 3_651, ..default() }), "3650"),
        (invite(NewInvitation { uses: 0, ..default() }), "100000"),
        (invite(NewInvitation { uses: 100_001, ..default() }), "100000"),
        (invite(NewInvitation { username: Some(user("bob")), uses: 2, ..default() }), "one person"),
        (invite(NewInvitation { rooms: many(), ..default() }), "at most 100"),
        (Act::AddBot { username: user("deploy-bot"), rooms: many() }, "at most 100"),
        (Act::SetRole { username: user("bob"), role: Role::Bot, limited: None }, "add_bot"),
        (webhook("ftp://ci.example.org"), "https://"),
        (webhook("https://ci.example.org/a b"), "printable"),
        (webhook(&format!("https://{}", "x".repeat(HOOK_URL_BYTES))), "1024"),
        (named(&"字".repeat(65)), "64"),
        (named("a\nb"), "controls"),
        (named("a\u{202E}b"), "reorder"),
        (Act::AcceptInvitation { number: Seq(5), username: user("bob"), role: Role::Guest }, "hello"),
        (Act::Retract { room: room("plan"), seq: Seq(17), username: user("bob") }, "retraction"),
    ];
    for (act, reason) in bad {
        let refused = act.check().expect_err(&format!("{act:?}")).to_string();
        assert!(refused.contains(reason), "{act:?}: {refused}");
    }
}

#[test]
fn an_act_at_its_limits_can_be_right() {
    for (act, text) in acts() {
        if !matches!(act, Act::Retract { .. } | Act::AcceptInvitation { .. }) {
            assert_eq!(act.check(), Ok(()), "{text}");
        }
    }
    let at_limits = [
        make_room(&"x".repeat(64), RoomKind::Open),
        make_room(&"x".repeat(54), RoomKind::Closed),
        open_direct(1),
        open_direct(7),
        Act::SlowDown { room: room("plan"), seconds: 0 },
        Act::SlowDown { room: room("plan"), seconds: 86_400 },
        Act::BarAddress { address: "2001:db8::1".into() },
        Act::Invite(NewInvitation { days: 3_650, uses: 100_000, ..NewInvitation::default() }),
        webhook("http://127.0.0.1:9/"),
        named(""),
        named(&"字".repeat(64)),
    ];
    for act in at_limits {
        assert_eq!(act.check(), Ok(()), "{act:?}");
    }
}

#[test]
fn owners_stand_above_all_and_moderators_above_those_who_keep_no_order() {
    let above = |role: Role| Role::ALL.into_iter().filter(|other| role.outranks(*other)).collect::<Vec<_>>();
    assert_eq!(above(Role::Owner), Role::ALL);
    assert_eq!(above(Role::Moderator), [Role::Member, Role::Guest, Role::Bot]);
    for role in [Role::Member, Role::Guest, Role::Bot] {
        assert_eq!(above(role), []);
    }
}

#[test]
fn an_invitation_is_read_from_its_link_or_its_secret() {
    let secret = "q1Yx8ZrT0vLw3kPa5sDf7g";
    for text in
        [secret, " q1Yx8ZrT0vLw3kPa5sDf7g\n", &format!("https://chat.example.org/#invitation={secret}")]
    {
        assert_eq!(invitation_secret(text).unwrap().as_str(), secret);
    }
    for text in ["", "https://chat.example.org/", "https://chat.example.org/#invitation=", "short"] {
        assert!(invitation_secret(text).is_err(), "{text}");
    }
}

#[test]
fn the_words_of_roles_kinds_and_access_do_not_change() {
    for (role, word) in Role::ALL.into_iter().zip(["owner", "moderator", "member", "guest", "bot"]) {
        assert_eq!((role.as_str(), Role::parse(word)), (word, Some(role)));
        assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{word}\""));
    }
    assert_eq!(Role::parse("Owner"), None);
    for (kind, word) in
        [RoomKind::Open, RoomKind::Closed, RoomKind::Direct].into_iter().zip(["open", "closed", "direct"])
    {
        assert_eq!(kind.as_str(), word);
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{word}\""));
    }
    for (access, word) in
        [Access::Open, Access::Invited, Access::App].into_iter().zip(["open", "invited", "app"])
    {
        assert_eq!(access.as_str(), word);
        assert_eq!(serde_json::to_string(&access).unwrap(), format!("\"{word}\""));
    }
}

#[test]
fn a_closed_rooms_name_is_shown_without_what_was_drawn() {
    for (name, shown) in [
        ("plans.k3v5x2qd", "plans"),
        ("a.b.k3v5x2qd", "a.b"),
        ("plans", "plans"),
        ("plans.2027", "plans.2027"),
        ("plans.k3v5x2q1", "plans.k3v5x2q1"),
        (".k3v5x2qd", ".k3v5x2qd"),
    ] {
        assert_eq!(without_suffix(&room(name)), shown);
    }
}
