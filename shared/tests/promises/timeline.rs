//! The loaded range of the log: how it grows, jumps and restarts.

use shared::{
    AboutKind, Action, FromServer, Refusal, RefusalCode, Seq, Side,
    view::{Gap, GapCause, WINDOW},
};

use crate::samples::{
    Ann, about, joined, joined_in, lobby, message, messages, page, page_with, resumed, sent, welcome,
};

fn before(seq: u64) -> Side {
    Side::Before(Seq(seq))
}

fn after(seq: u64) -> Side {
    Side::After(Seq(seq))
}

fn ask(side: &str, seq: u64) -> String {
    format!(r#"{{"type":"page","room":"lobby","{side}":{seq},"limit":100}}"#)
}

fn older(ann: &mut Ann) -> Vec<Action> {
    ann.client.load_older(&lobby())
}

fn newer(ann: &mut Ann) -> Vec<Action> {
    ann.client.load_newer(&lobby())
}

fn jump(ann: &mut Ann, seq: u64) -> Vec<Action> {
    ann.client.jump(&lobby(), Seq(seq))
}

#[test]
fn history_grows_page_by_page_to_its_beginning() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([7, 8, 9]), true));
    assert_eq!(sent(&older(&mut ann)), [ask("before", 7)]);
    assert!(ann.room().is_loading_older());
    assert_eq!(older(&mut ann), [], "one page at a time");
    ann.hear(&page(before(7), messages([2, 4]), true));
    assert!(!ann.room().is_loading_older());
    assert_eq!(sent(&older(&mut ann)), [ask("before", 2)]);
    ann.hear(&page(before(2), messages([1]), false));
    assert_eq!(ann.shown(), [1, 2, 4, 7, 8, 9]);
    assert_eq!(older(&mut ann), [], "there is nothing before the beginning");
}

#[test]
fn messages_that_come_twice_or_late_are_shown_once() {
    let mut ann = Ann::with(messages([1, 2]));
    for message in messages([3, 2, 3, 5, 1, 3, 5]) {
        ann.hear_message(message);
    }
    assert_eq!(ann.shown(), [1, 2, 3, 5]);
}

#[test]
fn a_permalink_shows_a_message_in_its_surroundings() {
    let mut ann = Ann::live();
    ann.hear(&joined(99, messages([98, 99]), true));
    assert_eq!(sent(&jump(&mut ann, 50)), [ask("before", 51), ask("after", 50)]);
    ann.hear(&page(after(50), messages([51, 52]), true));
    ann.hear(&page(before(51), messages([49, 50]), true));
    assert_eq!(ann.shown(), [49, 50, 51, 52]);
    assert!(ann.room().timeline().has_older() && ann.room().timeline().has_newer());
    ann.hear_message(messages([100]).remove(0));
    assert_eq!(ann.shown(), [49, 50, 51, 52], "what comes does not follow what is held");
    assert_eq!(jump(&mut ann, 50), [], "it is held already");
}

#[test]
fn a_page_behind_deleted_messages_is_not_attached_to_what_was_before_them() {
    let mut ann = Ann::live();
    ann.hear(&joined(99, messages([98, 99]), true));
    jump(&mut ann, 50);
    ann.hear(&page(before(51), messages([49, 50]), true));
    ann.hear(&page(after(50), messages([51, 52]), true));
    assert_eq!(ann.shown(), [49, 50, 51, 52]);
    newer(&mut ann);
    let behind = FromServer::Page {
        room: lobby(),
        side: after(52),
        messages: messages([61, 62]),
        context: Vec::new(),
        more: true,
        floor: Seq(60),
    };
    ann.hear(&behind);
    assert_eq!(ann.shown(), [61, 62]);
    let gap = Gap { before: Seq(61), cause: GapCause::Expired };
    assert_eq!((ann.room().gap(), ann.room().gap_above(0)), (Some(gap), Some(GapCause::Expired)));
    assert!(!ann.room().timeline().has_older() && ann.room().timeline().has_newer());
}

#[test]
fn a_permalink_that_is_followed_before_the_room_is_joined_is_not_forgotten() {
    let mut ann = Ann::new();
    assert_eq!(jump(&mut ann, 50), []);
    ann.connect(&welcome());
    assert_eq!(jump(&mut ann, 50), []);
    let actions = ann.hear(&joined(99, messages([98, 99]), true));
    assert_eq!(sent(&actions)[..2], [ask("before", 51), ask("after", 50)]);
}

#[test]
fn a_permalink_beyond_the_head_hides_nothing() {
    let mut ann = Ann::live();
    ann.hear(&joined(3, messages([2, 3]), true));
    assert_eq!(sent(&jump(&mut ann, 50)), [] as [&str; 0], "the end is loaded");
    ann.hear_message(messages([4]).remove(0));
    assert_eq!(ann.shown(), [2, 3, 4]);
    jump(&mut ann, 1);
    ann.hear(&page(before(2), messages([1]), false));
    assert_eq!(sent(&jump(&mut ann, 50)), [ask("before", 5), ask("after", 4)]);
    ann.hear(&page(before(5), messages([1, 2, 3, 4]), false));
    ann.hear(&page(after(4), messages([]), false));
    ann.hear_message(messages([5]).remove(0));
    assert_eq!(ann.shown(), [1, 2, 3, 4, 5]);
}

#[test]
fn the_answer_to_an_abandoned_page_changes_nothing() {
    let mut ann = Ann::live();
    ann.hear(&joined(99, messages([98, 99]), true));
    older(&mut ann);
    jump(&mut ann, 50);
    ann.hear(&page(before(98), messages([96, 97]), true));
    assert_eq!(ann.shown(), Vec::<u64>::new());
    ann.hear(&page(before(51), messages([49, 50]), true));
    jump(&mut ann, 20);
    ann.hear(&page(after(50), messages([51, 52]), true));
    assert_eq!(ann.shown(), Vec::<u64>::new());
    assert!(ann.room().is_loading_older() && ann.room().is_loading_newer());
}

#[test]
fn a_message_that_comes_while_the_last_page_is_in_flight_is_not_missed() {
    let mut ann = Ann::live();
    ann.hear(&joined(99, messages([98, 99]), true));
    jump(&mut ann, 95);
    ann.hear(&page(before(96), messages([94, 95]), true));
    ann.hear_message(messages([100]).remove(0));
    // The server read this page before it stored message 100.
    ann.hear(&page(after(95), messages([96, 97, 98, 99]), false));
    assert!(ann.room().timeline().has_newer(), "the range does not reach the head yet");
    ann.hear_message(messages([101]).remove(0));
    assert_eq!(sent(&newer(&mut ann)), [ask("after", 99)]);
    ann.hear(&page(after(99), messages([100, 101]), false));
    ann.hear_message(messages([101]).remove(0));
    ann.hear_message(messages([102]).remove(0));
    assert_eq!(ann.shown(), [94, 95, 96, 97, 98, 99, 100, 101, 102]);
}

#[test]
fn a_page_may_be_ahead_of_the_messages_that_come() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([8, 9]), true));
    jump(&mut ann, 5);
    ann.hear(&page(before(6), messages([5]), false));
    ann.hear(&page(after(5), messages([8, 9, 10, 11]), false));
    for message in messages([10, 11, 12]) {
        ann.hear_message(message);
    }
    assert_eq!(ann.shown(), [5, 8, 9, 10, 11, 12]);
}

#[test]
fn jumping_to_the_latest_loads_the_newest_messages_and_follows_the_head() {
    let mut ann = Ann::live();
    ann.hear(&joined(99, messages([98, 99]), true));
    assert_eq!(ann.client.jump_to_latest(&lobby()), [], "they are held");
    jump(&mut ann, 5);
    assert_eq!(sent(&ann.client.jump_to_latest(&lobby())), [ask("before", 100), ask("after", 99)]);
    ann.hear(&page(before(100), messages([97, 98, 99]), true));
    assert_eq!(ann.client.jump_to_latest(&lobby()), [], "the rest is under way");
    ann.hear(&page(after(99), messages([]), false));
    ann.hear_message(messages([100]).remove(0));
    assert_eq!(ann.shown(), [97, 98, 99, 100]);
}

#[test]
fn pages_of_a_lost_connection_can_be_asked_for_again() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([8, 9]), true));
    older(&mut ann);
    ann.lose();
    assert!(!ann.room().is_loading_older());
    assert_eq!(older(&mut ann), [], "nobody would answer");
    ann.connect(&welcome());
    ann.hear(&resumed(9));
    assert_eq!(sent(&older(&mut ann)), [ask("before", 8)]);
}

#[test]
fn a_refused_page_can_be_asked_for_again() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([8, 9]), true));
    older(&mut ann);
    let refusal = Refusal { room: Some(lobby()), ..Refusal::new(RefusalCode::Unavailable, "no") };
    ann.hear(&shared::FromServer::Refused(refusal));
    assert_eq!(sent(&older(&mut ann)), [ask("before", 8)]);
}

#[test]
fn a_client_that_reconnects_resumes_without_a_gap() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&resumed(4));
    for message in messages([3, 4]) {
        ann.hear_message(message);
    }
    assert_eq!((ann.shown(), ann.room().gap()), (vec![1, 2, 3, 4], None));
}

#[test]
fn a_client_that_cannot_resume_shows_where_the_gap_is() {
    let mut ann = Ann::with(messages([1, 2]));
    assert_eq!(ann.room().gap(), None, "who comes for the first time misses nothing");
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&joined(99, messages([98, 99]), true));
    let gap = Gap { before: Seq(98), cause: GapCause::Absence };
    assert_eq!((ann.shown(), ann.room().gap()), (vec![98, 99], Some(gap)));
    assert_eq!([0, 1].map(|index| ann.room().gap_above(index)), [Some(GapCause::Absence), None]);
    assert!(ann.room().timeline().has_older());
}

#[test]
fn old_messages_stay_loaded_if_the_room_is_resumed() {
    let mut ann = Ann::live();
    ann.hear(&joined(99, messages([98, 99]), true));
    jump(&mut ann, 5);
    ann.hear(&page(before(6), messages([4, 5]), true));
    ann.hear(&page(after(5), messages([6, 7]), true));
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&resumed(200));
    ann.hear_message(about(message(200, "bob", ""), 4, AboutKind::Retraction));
    assert_eq!((ann.shown(), ann.room().gap()), (vec![4, 5, 6, 7], None));
    assert!(ann.entry(4).retracted);
    assert_eq!(sent(&newer(&mut ann)), [ask("after", 7)]);

    ann.lose();
    ann.connect(&welcome());
    assert_eq!(jump(&mut ann, 2), [], "whether the room is resumed is not known yet");
    let actions = ann.hear(&joined(300, messages([299, 300]), true));
    let gap = Gap { before: Seq(299), cause: GapCause::Absence };
    assert_eq!((ann.shown(), ann.room().gap()), (vec![], Some(gap)));
    assert_eq!(ann.room().gap_above(0), None, "the user looks at older messages");
    assert_eq!(sent(&actions)[..2], [ask("before", 3), ask("after", 2)]);
}

#[test]
fn numbers_of_another_epoch_begin_another_timeline() {
    let mut ann = Ann::with(messages([1, 2, 9]));
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&joined_in("e2", 2, vec![message(1, "bob", "new"), message(2, "bob", "too")], false));
    assert_eq!((ann.shown(), ann.room().head()), (vec![1, 2], Seq(2)));
    assert_eq!(ann.entry(1).message.text, "new");
    ann.hear_message(messages([3]).remove(0));
    assert_eq!(ann.shown(), [1, 2, 3]);
}

#[test]
fn a_timeline_drops_its_oldest_entries_as_it_grows_and_pages_bring_them_back() {
    let most = WINDOW as u64;
    let mut ann = Ann::new();
    ann.client.enter(&lobby());
    ann.connect(&welcome());
    ann.hear(&joined(most, messages(1..=most), false));
    for message in messages(most + 1..=most + 3) {
        ann.hear_message(message);
    }
    let timeline = ann.room().timeline();
    assert_eq!((timeline.entries().len(), timeline.has_older()), (WINDOW, true));
    assert_eq!(sent(&older(&mut ann)), [ask("before", 4)]);
    ann.hear(&page(before(4), messages([1, 2, 3]), false));
    let timeline = ann.room().timeline();
    assert_eq!((timeline.entries().len(), timeline.has_older(), timeline.has_newer()), (WINDOW, false, true));
    ann.hear_message(messages([most + 4]).remove(0));
    assert_eq!(sent(&newer(&mut ann)), [ask("after", most)]);
    ann.hear(&page(after(most), messages(most + 1..=most + 4), false));
    let shown = ann.shown();
    assert_eq!((shown[0], shown[WINDOW - 1], shown.len()), (5, most + 4, WINDOW));
    assert!(shown.is_sorted());
}

#[test]
fn a_reply_shows_what_it_answers_from_the_timeline_or_from_the_context() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.hear_message(about(message(3, "bob", "a reply"), 1, AboutKind::Reply));
    let quote = ann.room().quote(&ann.entry(3).message).unwrap();
    assert_eq!((quote.seq, quote.entry.unwrap().message.text.as_str()), (Seq(1), "text 1"));

    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([9]), true));
    older(&mut ann);
    let reply = about(message(8, "bob", "a reply"), 2, AboutKind::Reply);
    let edit = about(message(5, "ann", "the text that counts"), 2, AboutKind::Edit);
    ann.hear(&page_with(before(9), vec![reply.clone()], vec![message(2, "ann", "first"), edit]));
    let quote = ann.room().quote(&reply).unwrap();
    assert_eq!(quote.entry.unwrap().message.text, "the text that counts");
    assert_eq!(ann.shown(), [8, 9], "what is quoted is not an entry of its own");
    ann.hear_message(about(message(10, "ann", ""), 2, AboutKind::Retraction));
    assert!(ann.room().quote(&reply).unwrap().entry.unwrap().retracted);

    let unknown = about(message(11, "bob", "a reply"), 3, AboutKind::Reply);
    assert_eq!(ann.room().quote(&unknown).unwrap().entry, None);
}

#[test]
fn the_message_that_a_new_reply_answers_is_requested_if_it_is_not_loaded() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([8, 9]), true));
    let reply = |seq, to| about(message(seq, "bob", "a reply"), to, AboutKind::Reply);
    let one = |seq: u64| format!(r#"{{"type":"page","room":"lobby","before":{seq},"limit":1}}"#);
    assert_eq!(ann.hear_message(reply(10, 8)), [], "it is held");
    assert_eq!(sent(&ann.hear_message(reply(11, 4))), [one(5)]);
    assert_eq!(ann.hear_message(reply(12, 3)), [], "one at a time");
    assert_eq!(sent(&older(&mut ann)), [ask("before", 8)], "history need not wait for it");
    let edit = about(message(7, "bob", "edited"), 4, AboutKind::Edit);
    ann.hear(&page_with(before(5), messages([4]), vec![edit]));
    let quoted =
        |ann: &Ann, to| ann.room().quote(&reply(1, to)).unwrap().entry.map(|e| e.message.text.clone());
    assert_eq!((quoted(&ann, 4), quoted(&ann, 3)), (Some("edited".to_owned()), None));
    assert_eq!(ann.shown(), [8, 9, 10, 11, 12]);
    assert_eq!(sent(&ann.hear_message(reply(13, 2))), [one(3)]);
    ann.hear(&page(before(3), messages([1]), true));
    assert_eq!(quoted(&ann, 2), None, "it is not there, and the one before it is another");
}
