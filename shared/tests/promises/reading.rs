//! Read marks, unread counts, typing and presence.

use shared::{AboutKind, Action, Credentials, FromServer, Members, Message, Seq, Side, Username};

use crate::samples::{
    Ann, about, joined, joined_in, lobby, message, messages, page, resumed, sent, summary, user, welcome,
    welcome_as, welcome_with,
};

/// Ann has read the lobby up to a message.
fn read(ann: &mut Ann, seq: u64) -> Vec<Action> {
    let now = ann.now;
    ann.client.seen(&lobby(), Seq(seq), now)
}

/// A joined lobby with ann's read mark on the server.
fn joined_seen(head: u64, messages: Vec<Message>, more: bool, upto: u64) -> FromServer {
    let mut frame = joined(head, messages, more);
    let FromServer::Joined { seen, .. } = &mut frame else { unreachable!() };
    *seen = Some(Seq(upto));
    frame
}

#[test]
fn nothing_is_unread_at_the_first_join_and_later_messages_are() {
    let mut ann = Ann::with(messages([1, 2]));
    assert_eq!((ann.room().unread(), ann.room().seen()), (0, Some(Seq(2))));
    ann.hear_message(message(3, "bob", "one"));
    ann.hear_message(message(3, "bob", "one"));
    ann.hear_message(message(4, "ann", "my own"));
    ann.hear_message(about(message(5, "bob", "👍"), 4, AboutKind::Reaction));
    ann.hear_message(about(message(6, "bob", "a reply to @Ann"), 4, AboutKind::Reply));
    assert_eq!((ann.room().unread(), ann.room().unread_mentions()), (2, 1));
    read(&mut ann, 3);
    assert_eq!((ann.room().unread(), ann.room().unread_mentions()), (1, 1));
    read(&mut ann, 1);
    assert_eq!(ann.room().seen(), Some(Seq(3)), "nobody unreads");
    read(&mut ann, 6);
    assert_eq!((ann.room().unread(), ann.room().unread_mentions()), (0, 0));
}

#[test]
fn what_was_missed_is_unread_once() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.lose();
    ann.connect(&welcome_with(vec![summary(5, Some(2), 3)]));
    ann.hear(&resumed(5));
    for message in messages([3, 4, 5]) {
        ann.hear_message(message);
    }
    assert_eq!(ann.room().unread(), 3);
}

#[test]
fn what_was_read_elsewhere_is_read_here() {
    let mut ann = Ann::with(messages([1]));
    for message in messages([2, 3, 4]) {
        ann.hear_message(message);
    }
    ann.hear(&FromServer::Seen { room: lobby(), seq: Seq(3) });
    assert_eq!(ann.room().unread(), 1);
    ann.lose();
    ann.connect(&welcome_with(vec![summary(6, Some(5), 1)]));
    ann.hear(&resumed(6));
    for message in messages([5, 6]) {
        ann.hear_message(message);
    }
    assert_eq!((ann.room().unread(), ann.room().seen()), (1, Some(Seq(5))));
}

#[test]
fn the_servers_count_is_used_where_the_timeline_does_not_reach() {
    let mut ann = Ann::new();
    ann.connect(&welcome_with(vec![summary(100, Some(10), 80)]));
    assert_eq!(ann.room().unread(), 80, "it is shown before the room is joined");
    // Two more messages have come since the welcome.
    ann.hear(&joined_seen(102, messages(98..=102), true, 10));
    assert_eq!(ann.room().unread(), 82);
    ann.hear_message(messages([103]).remove(0));
    assert_eq!(ann.room().unread(), 83);
    ann.client.load_older(&lobby());
    ann.hear(&page(Side::Before(Seq(98)), messages(5..=40), true));
    assert_eq!(ann.room().unread(), 30 + 6, "what is held is counted, whatever was told");
    read(&mut ann, 99);
    assert_eq!(ann.room().unread(), 4);
}

#[test]
fn what_was_read_elsewhere_is_not_counted_by_an_older_count_of_the_server() {
    let mut ann = Ann::new();
    ann.connect(&welcome_with(vec![summary(9, Some(0), 5)]));
    ann.hear(&joined_seen(9, messages([7, 8, 9]), true, 0));
    ann.client.load_older(&lobby());
    ann.hear(&page(Side::Before(Seq(7)), messages([4, 5]), true));
    assert_eq!(ann.room().unread(), 5);
    ann.lose();
    ann.connect(&welcome_with(vec![summary(9, Some(4), 4)]));
    ann.hear(&resumed(9));
    assert_eq!(ann.room().unread(), 4);
}

#[test]
fn a_mark_from_elsewhere_does_not_read_what_was_missed_after_it() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.lose();
    // Messages 3 to 6 were missed. Another device has read 3 since the welcome, and the server cannot resume.
    ann.connect(&welcome_with(vec![summary(6, Some(2), 4)]));
    ann.hear(&FromServer::Seen { room: lobby(), seq: Seq(3) });
    ann.hear(&joined_seen(6, messages([5, 6]), true, 3));
    ann.hear(&page(Side::After(Seq(2)), messages([3, 4, 5]), true));
    assert_eq!(ann.room().unread(), 3);
}

#[test]
fn what_is_read_here_after_a_reconnection_is_subtracted_once() {
    let mut ann = Ann::with(messages([1]));
    for message in messages([2, 3]) {
        ann.hear_message(message);
    }
    ann.lose();
    ann.connect(&welcome_with(vec![summary(7, Some(1), 6)]));
    read(&mut ann, 2);
    ann.hear(&joined_seen(7, messages([5, 6, 7]), true, 1));
    assert_eq!(ann.room().unread(), 5);
}

#[test]
fn a_room_that_is_left_and_joined_again_keeps_its_count() {
    let mut ann = Ann::new();
    ann.connect(&welcome_with(vec![summary(2, Some(2), 0)]));
    ann.hear(&joined_seen(2, messages([1, 2]), false, 2));
    for message in messages([3, 4, 5]) {
        ann.hear_message(message);
    }
    read(&mut ann, 3);
    ann.client.leave(&lobby());
    // A message on its way belongs to no room that is followed, so it is not counted.
    ann.hear_message(messages([6]).remove(0));
    let left = &ann.client.view().directory()[0];
    assert_eq!((left.head, left.seen, left.unread), (Seq(5), Some(Seq(3)), 2));
    // Another device has read 4: how much is unread then is not known, so the count stays with its mark.
    ann.hear(&FromServer::Seen { room: lobby(), seq: Seq(4) });
    let left = &ann.client.view().directory()[0];
    assert_eq!((left.head, left.seen, left.unread), (Seq(5), Some(Seq(3)), 2));
    ann.client.join(&lobby());
    assert_eq!(ann.room().unread(), 2);
    ann.hear(&joined_seen(9, messages([5, 6, 7, 8, 9]), true, 4));
    ann.hear(&page(Side::After(Seq(3)), messages([4]), true));
    assert_eq!(ann.room().unread(), 5);
}

#[test]
fn a_read_mark_that_waits_is_sent_before_the_room_is_left() {
    let mut ann = Ann::with(messages([1]));
    for message in messages([2, 3]) {
        ann.hear_message(message);
    }
    assert_eq!(read(&mut ann, 3), [], "the one of the join was sent just now");
    let actions = ann.client.leave(&lobby());
    let [seen, leave] = sent(&actions)[..] else { panic!("{actions:?}") };
    assert!(seen.contains(r#""type":"seen""#) && seen.contains(r#""seq":3"#), "{seen}");
    assert!(leave.contains(r#""type":"leave""#), "{leave}");
}

#[test]
fn a_resumption_that_belongs_to_an_earlier_join_of_the_room_is_not_taken_for_the_new_one() {
    let mut ann = Ann::with(messages([1]));
    ann.lose();
    ann.connect(&welcome_with(vec![summary(1, Some(1), 0)]));
    ann.client.leave(&lobby());
    ann.client.join(&lobby());
    ann.hear(&resumed(1));
    assert!(!ann.room().is_joined() && !ann.client.link().is_joined(&lobby()));
    ann.hear(&joined_seen(1, messages([1]), false, 1));
    assert!(ann.room().is_joined() && ann.client.link().is_joined(&lobby()));
    assert_eq!(ann.shown(), [1]);
}

#[test]
fn how_many_messages_a_mark_has_passed_is_asked_for_at_once() {
    let mut ann = Ann::new();
    ann.connect(&welcome_with(vec![summary(100, Some(10), 90)]));
    ann.hear(&joined_seen(100, messages(91..=100), true, 10));
    ann.client.jump(&lobby(), Seq(50));
    ann.hear(&page(Side::Before(Seq(51)), messages(41..=50), true));
    ann.hear(&page(Side::After(Seq(50)), messages(51..=60), true));
    let actions = read(&mut ann, 50);
    assert!(sent(&actions).iter().any(|frame| frame.contains(r#""after":10"#)), "{actions:?}");
    ann.hear(&page(Side::After(Seq(10)), messages(11..=50), true));
    assert_eq!(ann.room().unread(), 50);
}

#[test]
fn the_new_marker_is_after_the_last_message_that_was_read_when_the_room_was_opened() {
    let mut ann = Ann::new();
    ann.connect(&welcome_with(vec![summary(9, Some(4), 2)]));
    ann.client.enter(&lobby());
    ann.hear(&joined_seen(9, messages([3, 4, 7, 9]), false, 4));
    assert_eq!((ann.room().new_marker(), ann.room().unread()), (Some(Seq(4)), 2));
    read(&mut ann, 9);
    assert_eq!(ann.room().new_marker(), Some(Seq(4)), "it stays while the room is read");
    ann.client.enter(&lobby());
    assert_eq!(ann.room().new_marker(), Some(Seq(9)));
}

#[test]
fn a_read_mark_is_sent_at_once_and_then_at_a_limited_rate() {
    let mut ann = Ann::live();
    ann.hear(&joined_seen(9, messages(1..=9), false, 1));
    assert_eq!(sent(&read(&mut ann, 2)), [r#"{"type":"seen","room":"lobby","seq":2}"#]);
    for seq in 3..=5 {
        assert_eq!(read(&mut ann, seq), []);
    }
    assert_eq!(ann.client.wakes_at(), Some(1_000));
    assert_eq!(sent(&ann.wait(1_000)), [r#"{"type":"seen","room":"lobby","seq":5}"#]);
    assert_eq!(sent(&ann.wait(1_000)), Vec::<&str>::new());
    assert_eq!(sent(&read(&mut ann, 6)).len(), 1, "the wait is over");
}

#[test]
fn a_read_mark_that_waits_is_sent_before_the_page_is_closed() {
    let mut ann = Ann::live();
    ann.hear(&joined_seen(9, messages(1..=9), false, 1));
    read(&mut ann, 2);
    read(&mut ann, 3);
    assert_eq!(sent(&ann.client.flush_seen(10)), [r#"{"type":"seen","room":"lobby","seq":3}"#]);
    assert_eq!(ann.client.flush_seen(10), [], "it is said once");
    assert_eq!(read(&mut ann, 4), []);
    assert_eq!(ann.client.wakes_at(), Some(1_010));
}

#[test]
fn a_read_mark_is_not_lost_with_the_connection() {
    let mut ann = Ann::live();
    ann.hear(&joined_seen(9, messages(1..=9), false, 1));
    assert_eq!(sent(&read(&mut ann, 5)).len(), 1);
    ann.lose();
    assert_eq!(read(&mut ann, 7), []);
    ann.connect(&welcome_with(vec![summary(9, Some(1), 8)]));
    assert_eq!(sent(&ann.wait(5_000)), Vec::<&str>::new(), "the room is not joined yet");
    let actions = ann.hear(&joined_seen(9, messages(1..=9), false, 1));
    assert_eq!(sent(&actions), [r#"{"type":"seen","room":"lobby","seq":7}"#]);
    assert_eq!(ann.room().unread(), 2);
}

#[test]
fn read_marks_of_another_epoch_mean_nothing() {
    let mut ann = Ann::with(messages([1, 2, 9]));
    ann.hear_message(messages([12]).remove(0));
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&joined_in("e2", 2, messages([1, 2]), false));
    assert_eq!(
        (ann.room().seen(), ann.room().unread(), ann.room().new_marker()),
        (Some(Seq(2)), 0, Some(Seq(2)))
    );
    ann.hear_message(messages([3]).remove(0));
    assert_eq!(ann.room().unread(), 1);
}

#[test]
fn another_user_of_the_same_client_has_read_nothing() {
    let mut ann = Ann::with(messages([1, 2]));
    read(&mut ann, 2);
    ann.client.identify(Credentials::named(user("bob")), ann.now);
    ann.event(&shared::Event::Opened);
    ann.hear(&welcome_as("bob", vec![summary(2, Some(0), 5)]));
    assert_eq!(ann.room().seen(), Some(Seq(0)));
}

#[test]
fn typing_is_shown_for_a_while_and_ends_with_the_message() {
    let mut ann = Ann::with(messages([1]));
    let types = |name: &str| FromServer::Typing { room: lobby(), username: user(name) };
    let shown = |ann: &Ann| ann.room().typing().map(ToString::to_string).collect::<Vec<_>>();
    ann.hear(&types("ann"));
    ann.hear(&types("bob"));
    ann.now += 1_000;
    ann.hear(&types("cy"));
    assert_eq!(shown(&ann), ["bob", "cy"], "nobody sees their own typing");
    assert_eq!(ann.client.wakes_at(), Some(5_000));
    ann.wait(4_000);
    assert_eq!(shown(&ann), ["cy"]);
    ann.hear_message(message(2, "cy", "done"));
    assert_eq!(shown(&ann), Vec::<String>::new());
}

#[test]
fn typing_frames_are_limited() {
    let mut ann = Ann::with(messages([1]));
    assert_eq!(sent(&ann.client.typing(&lobby(), 0)), [r#"{"type":"typing","room":"lobby"}"#]);
    assert_eq!(ann.client.typing(&lobby(), 2_499), []);
    assert_eq!(sent(&ann.client.typing(&lobby(), 2_500)).len(), 1);
    ann.client.post(crate::samples::post("p1", "hello"), shared::Timestamp::default(), 2_600);
    assert_eq!(sent(&ann.client.typing(&lobby(), 2_700)).len(), 1, "a new message is begun");
}

#[test]
fn members_are_named_until_there_are_too_many() {
    let mut ann = Ann::with(messages([1]));
    let presence = |count, arrived: &[&str], departed: &[&str], names: Option<Vec<Username>>| {
        let users = |names: &[&str]| names.iter().map(|name| user(name)).collect();
        let (arrived, departed) = (users(arrived), users(departed));
        FromServer::Presence { room: lobby(), count, arrived, departed, names }
    };
    let names = |ann: &Ann| ann.room().members().names.iter().map(ToString::to_string).collect::<Vec<_>>();
    ann.hear(&presence(2, &["ann", "bob"], &[], None));
    ann.hear(&presence(2, &["bob", "cy"], &["ann"], None));
    assert_eq!((names(&ann), ann.room().members().count), (vec!["bob".to_owned(), "cy".to_owned()], 2));
    ann.hear(&presence(500, &[], &[], None));
    assert_eq!(ann.room().members().count, 500);
    ann.hear(&presence(1, &[], &[], Some(vec![user("ann")])));
    assert_eq!(ann.room().members(), &Members { count: 1, names: vec![user("ann")] });
}
