//! Connecting, staying alive, losing the connection, and reconnecting.

use shared::{
    Action, ClaimSecret, Client, CloseCode, Connection, Credentials, Event, FromServer, Refusal, RefusalCode,
    Token,
};

use crate::samples::{Ann, joined, lobby, messages, post, posted, sent, user, welcome};

fn refusal(code: RefusalCode, retry_after_ms: Option<u64>) -> FromServer {
    FromServer::Refused(Refusal { retry_after_ms, ..Refusal::new(code, "no") })
}

fn retry_in(ann: &Ann) -> u64 {
    match ann.client.connection() {
        Connection::Waiting { retry_at } => retry_at - ann.now,
        other => panic!("it does not wait: {other:?}"),
    }
}

#[test]
fn hello_is_the_first_frame_and_joins_follow_the_welcome() {
    let mut ann = Ann::new();
    assert_eq!(ann.client.connection(), Connection::Connecting);
    assert_eq!(sent(&ann.event(&Event::Opened)), [r#"{"type":"hello","username":"ann"}"#]);
    assert_eq!(ann.client.connection(), Connection::Connecting);
    assert_eq!(sent(&ann.hear(&welcome())), [r#"{"type":"join","room":"lobby"}"#]);
    assert_eq!(ann.client.connection(), Connection::Live);
}

#[test]
fn the_token_of_the_welcome_proves_the_name_from_then_on() {
    let mut ann = Ann::live();
    ann.lose();
    ann.event(&Event::Retry);
    assert_eq!(sent(&ann.event(&Event::Opened)), [r#"{"type":"hello","username":"ann","token":"token"}"#]);
}

#[test]
fn a_claim_whose_welcome_was_lost_is_repeated_with_the_same_secret() {
    let mut client = Client::new(1);
    let secret: ClaimSecret = "0123456789abcdef".parse().unwrap();
    client.identify(Credentials { secret: Some(secret), ..Credentials::named(user("ann")) }, 0);
    let mut ann = Ann { client, now: 0 };
    let hello = r#"{"type":"hello","username":"ann","secret":"0123456789abcdef"}"#;
    assert_eq!(sent(&ann.event(&Event::Opened)), [hello]);
    ann.lose();
    ann.event(&Event::Retry);
    assert_eq!(sent(&ann.event(&Event::Opened)), [hello]);
}

#[test]
fn a_welcome_without_a_token_leaves_the_one_of_the_hello_in_use() {
    let mut client = Client::new(1);
    let token: Token = "signed-by-an-application".parse().unwrap();
    client.identify(Credentials { token: Some(token.clone()), ..Credentials::default() }, 0);
    let mut ann = Ann { client, now: 0 };
    let mut answer = welcome();
    let FromServer::Welcome { token: told, .. } = &mut answer else { unreachable!() };
    *told = None;
    ann.connect(&answer);
    assert_eq!(ann.client.link().token(), Some(&token));
    ann.event(&Event::Closed(CloseCode::TOKEN_EXPIRED));
    ann.event(&Event::Retry);
    let hello = r#"{"type":"hello","username":"ann","token":"signed-by-an-application"}"#;
    assert_eq!(sent(&ann.event(&Event::Opened)), [hello]);
}

#[test]
fn a_lost_connection_is_retried_after_delays_that_double() {
    let mut ann = Ann::live();
    for longest in [500, 1_000, 2_000, 4_000] {
        ann.lose();
        let wait = retry_in(&ann);
        assert!((longest / 2..longest).contains(&wait), "{wait} of {longest}");
        assert_eq!(ann.wait(wait - 1), []);
        assert_eq!(ann.wait(1), [Action::Open]);
    }
}

#[test]
fn a_stable_connection_resets_the_backoff() {
    let mut ann = Ann::live();
    for _ in 0..4 {
        ann.lose();
        ann.wait(60_000);
    }
    ann.connect(&welcome());
    ann.now += 5_000;
    ann.lose();
    assert!(retry_in(&ann) >= 4_000, "five seconds are not enough");
    ann.connect(&welcome());
    ann.now += 10_000;
    ann.lose();
    assert!(retry_in(&ann) < 500);
}

#[test]
fn a_client_reconnects_when_the_server_said() {
    let mut ann = Ann::live();
    ann.hear(&FromServer::Closing { reason: "a restart".into(), reconnect_after_ms: 7_000 });
    assert_eq!(ann.client.connection(), Connection::Live);
    ann.now += 3_000;
    ann.event(&Event::Closed(CloseCode::RESTART));
    assert_eq!(retry_in(&ann), 4_000);
    ann.wait(4_000);
    ann.lose();
    assert!(retry_in(&ann) < 500, "what was told counts once");
}

#[test]
fn a_close_long_after_its_announcement_is_like_any_other() {
    let mut ann = Ann::live();
    ann.hear(&FromServer::Closing { reason: "a restart".into(), reconnect_after_ms: 1_000 });
    ann.now += 20_000;
    ann.lose();
    assert!((250..500).contains(&retry_in(&ann)));
}

#[test]
fn a_close_for_a_violation_is_followed_by_a_long_delay() {
    for code in [CloseCode::PROTOCOL, CloseCode::NOT_UTF8, CloseCode::POLICY, CloseCode::TOO_BIG] {
        let mut ann = Ann::live();
        ann.event(&Event::Closed(code));
        assert!((15_000..30_000).contains(&retry_in(&ann)));
    }
}

#[test]
fn silence_beyond_the_heartbeat_ends_the_connection() {
    let mut ann = Ann::live();
    ann.now += 33_000;
    assert_eq!(ann.event(&Event::Frame(r#"{"type":"of a later version"}"#)), []);
    assert_eq!(ann.wait(33_999), []);
    assert_eq!(ann.wait(1), [Action::Close(CloseCode::HEARTBEAT_TIMEOUT)]);
    assert!(retry_in(&ann) < 500);
}

#[test]
fn a_connection_without_a_welcome_in_time_is_closed() {
    let mut ann = Ann::new();
    assert_eq!(ann.wait(14_999), []);
    ann.event(&Event::Opened);
    assert_eq!(ann.wait(14_999), []);
    assert_eq!(ann.wait(1), [Action::Close(CloseCode::HEARTBEAT_TIMEOUT)]);
    ann.event(&Event::Retry);
    ann.now += 15_000;
    assert_eq!(ann.client.wakes_at(), Some(ann.now));
    assert_eq!(ann.event(&Event::Tick), [Action::Close(CloseCode::HEARTBEAT_TIMEOUT)]);
}

#[test]
fn another_name_is_sent_on_the_same_connection() {
    let mut ann = Ann::new();
    ann.event(&Event::Opened);
    ann.hear(&refusal(RefusalCode::NameTaken, None));
    assert!(matches!(ann.client.connection(), Connection::Refused(refusal) if refusal.reason == "no"));
    assert_eq!(ann.client.wakes_at(), None);
    let actions = ann.client.identify(Credentials::named(user("anna")), ann.now);
    assert_eq!(actions, [Action::Send(r#"{"type":"hello","username":"anna"}"#.into())]);
    ann.hear(&welcome());
    assert_eq!(ann.client.connection(), Connection::Live);
}

#[test]
fn another_name_is_sent_on_a_new_connection_if_the_old_one_is_closed() {
    let mut ann = Ann::new();
    ann.event(&Event::Opened);
    ann.hear(&refusal(RefusalCode::BadToken, None));
    assert_eq!(ann.event(&Event::Closed(CloseCode::HELLO_TIMEOUT)), []);
    assert!(matches!(ann.client.connection(), Connection::Refused(_)), "nobody is asked again by themselves");
    assert_eq!(ann.client.identify(Credentials::named(user("anna")), ann.now), [Action::Open]);
}

#[test]
fn a_temporary_refusal_of_hello_is_retried_when_the_server_said() {
    let mut ann = Ann::new();
    ann.event(&Event::Opened);
    let actions = ann.hear(&refusal(RefusalCode::Unavailable, Some(1_500)));
    assert_eq!(actions, [Action::Close(CloseCode::NORMAL)]);
    assert_eq!(retry_in(&ann), 1_500);
}

#[test]
fn a_device_without_a_network_waits_and_one_with_it_tries_at_once() {
    let mut ann = Ann::live();
    assert_eq!(ann.event(&Event::Offline), [Action::Close(CloseCode::NORMAL)]);
    assert!(retry_in(&ann) > 0);
    assert_eq!(ann.event(&Event::Offline), [], "there is nothing to close any more");
    assert_eq!(ann.event(&Event::Retry), [Action::Open]);
    assert_eq!(ann.event(&Event::Retry), [], "one try at a time");
}

#[test]
fn a_stopped_client_is_silent_until_it_is_started() {
    let mut ann = Ann::live();
    assert_eq!(ann.client.stop(), [Action::Close(CloseCode::NORMAL)]);
    assert_eq!(ann.client.connection(), Connection::Stopped);
    assert_eq!(ann.client.wakes_at(), None);
    assert_eq!(ann.event(&Event::Retry), []);
    assert_eq!(ann.client.stop(), []);
    assert_eq!(ann.client.identify(Credentials::named(user("ann")), ann.now), [Action::Open]);
}

#[test]
fn identifying_again_while_connected_reconnects_and_loses_no_post() {
    let mut ann = Ann::with(messages([1]));
    ann.client.post(post("p1", "hello"), shared::Timestamp::default(), ann.now);
    let actions = ann.client.identify(Credentials::named(user("ann")), ann.now);
    assert_eq!(actions, [Action::Close(CloseCode::NORMAL), Action::Open]);
    let actions = ann.connect(&welcome());
    assert!(sent(&actions).iter().any(|text| text.contains("\"id\":\"p1\"")), "{actions:?}");
}

#[test]
fn a_room_is_resumed_from_the_last_message_that_came() {
    let mut ann = Ann::live();
    ann.hear_message(messages([3]).remove(0));
    ann.lose();
    let actions = ann.connect(&welcome());
    assert_eq!(
        sent(&actions),
        [r#"{"type":"join","room":"lobby"}"#],
        "nothing counts before the join's answer"
    );
    ann.hear(&joined(5, messages([4, 5]), true));
    ann.hear_message(messages([8]).remove(0));
    ann.hear_message(messages([5]).remove(0));
    ann.lose();
    let actions = ann.connect(&welcome());
    assert_eq!(sent(&actions), [r#"{"type":"join","room":"lobby","epoch":"e1","after":8}"#]);
}

#[test]
fn a_join_that_is_refused_for_a_time_is_sent_again() {
    let mut ann = Ann::live();
    let refusal = Refusal { room: Some(lobby()), ..Refusal::new(RefusalCode::Unavailable, "no") };
    ann.hear(&FromServer::Refused(Refusal { retry_after_ms: Some(700), ..refusal }));
    assert_eq!(ann.client.wakes_at(), Some(700));
    assert_eq!(ann.wait(699), []);
    assert_eq!(sent(&ann.wait(1)), [r#"{"type":"join","room":"lobby"}"#]);
    assert_eq!(ann.wait(10_000), []);
}

#[test]
fn a_join_beyond_the_limit_of_rooms_is_not_repeated() {
    let mut ann = Ann::live();
    let refusal = Refusal { room: Some(lobby()), ..Refusal::new(RefusalCode::TooManyRooms, "no") };
    ann.hear(&FromServer::Refused(refusal));
    ann.lose();
    let actions = ann.connect(&welcome());
    assert_eq!(sent(&actions), Vec::<&str>::new());
}

#[test]
fn a_final_refusal_of_a_join_is_known_until_the_room_is_joined() {
    for code in [RefusalCode::TooManyRooms, RefusalCode::Other] {
        let mut ann = Ann::live();
        let refusal = Refusal { room: Some(lobby()), ..Refusal::new(code, "no") };
        ann.hear(&FromServer::Refused(Refusal { retry_after_ms: Some(700), ..refusal.clone() }));
        assert_eq!(ann.room().refusal(), None, "it is tried again by itself");
        ann.hear(&FromServer::Refused(refusal.clone()));
        assert_eq!(ann.room().refusal(), Some(&refusal));
        assert_eq!(sent(&ann.client.retry_join(&lobby())), [r#"{"type":"join","room":"lobby"}"#]);
        assert_eq!(ann.room().refusal(), None, "it may be joined now");
        ann.hear(&FromServer::Refused(refusal.clone()));
        ann.hear(&joined(1, messages([1]), false));
        assert_eq!(ann.room().refusal(), None);
        ann.hear(&FromServer::Refused(refusal));
        assert_eq!(ann.room().refusal(), None, "a joined room stays joined");
    }
}

#[test]
fn extreme_numbers_do_no_harm() {
    let mut ann = Ann::new();
    ann.now = 1_000;
    ann.event(&Event::Opened);
    let mut answer = welcome();
    let FromServer::Welcome { heartbeat_ms, .. } = &mut answer else { unreachable!() };
    *heartbeat_ms = u64::MAX;
    ann.hear(&answer);
    ann.client.post(post("p1", "hello"), shared::Timestamp::default(), ann.now);
    ann.hear(&crate::samples::refused("p1", RefusalCode::Busy, Some(u64::MAX)));
    ann.hear(&FromServer::Closing { reason: String::new(), reconnect_after_ms: u64::MAX });
    assert_eq!(ann.wait(1_000_000), []);
    ann.event(&Event::Frame(
        r#"{"type":"posted","room":"lobby","id":"p1","seq":18446744073709551615,"sent_at":""}"#,
    ));
    ann.hear(&posted("p1", (1 << 53) - 1));
    ann.lose();
    assert_eq!(retry_in(&ann), u64::MAX - ann.now);
    assert_eq!(ann.event(&Event::Retry), [Action::Open]);
}
