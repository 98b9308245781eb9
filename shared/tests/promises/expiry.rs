//! Messages that are deleted because they were not to be kept longer, on a connected client and on one that returns; and what is left
//! of a user's intents when the numbers mean other messages.

use shared::{
    About, AboutKind, FromServer, Post, RefusalCode, Seq, Side, Timestamp,
    link::Progress,
    view::{Gap, GapCause},
};

use crate::samples::{
    Ann, about, joined, joined_in, lobby, message, messages, page, post, refused, sent, summary, welcome,
    welcome_with,
};

fn expired(floor: u64) -> FromServer {
    FromServer::Expired { room: lobby(), floor: Seq(floor) }
}

/// The answer to a join with a floor.
fn joined_above(floor: u64, mut frame: FromServer) -> FromServer {
    let FromServer::Joined { info, .. } = &mut frame else { unreachable!("it is a joined") };
    info.floor = Seq(floor);
    frame
}

#[test]
fn deleted_messages_go_from_an_open_timeline_with_what_quotes_them() {
    let reply = about(message(5, "cy", "yes"), 2, AboutKind::Reply);
    let mut ann = Ann::with(messages(1..=4).into_iter().chain([reply]).collect());
    assert!(ann.room().quote(&ann.entry(5).message).unwrap().entry.is_some());
    ann.hear(&expired(3));
    assert_eq!(ann.shown(), [4, 5]);
    assert!(ann.room().quote(&ann.entry(5).message).unwrap().entry.is_none());
    assert_eq!((ann.room().info().floor, ann.room().gap()), (Seq(3), None), "all of them were seen");
    assert!(!ann.room().timeline().has_older());
    ann.hear(&expired(2));
    assert_eq!((ann.shown().len(), ann.room().info().floor), (2, Seq(3)), "a floor never sinks");
    ann.hear(&expired(5));
    ann.hear_message(message(6, "bob", "next"));
    assert_eq!(ann.shown(), [6]);
    ann.hear_message(about(message(7, "bob", "late"), 5, AboutKind::Edit));
    assert_eq!(ann.shown(), [6]);
}

#[test]
fn deleted_messages_are_not_unread() {
    let mut ann = Ann::live();
    ann.hear(&joined(2, messages([1, 2]), false));
    ann.hear_message(message(3, "bob", "@ann look"));
    for message in messages(4..=7) {
        ann.hear_message(message);
    }
    assert_eq!((ann.room().unread(), ann.room().unread_mentions()), (5, 1));
    ann.hear(&expired(4));
    assert_eq!((ann.room().unread(), ann.room().unread_mentions()), (3, 0));
    let arrived: Vec<u64> = ann.client.take_arrivals().iter().map(|arrival| arrival.seq.0).collect();
    assert_eq!(arrived, [5, 6, 7], "nobody is notified of them");
    ann.client.seen(&lobby(), Seq(6), ann.now);
    assert_eq!(ann.room().unread(), 1);
    ann.hear(&expired(7));
    assert_eq!(ann.room().unread(), 0);
}

#[test]
fn deleted_messages_are_not_among_those_that_are_only_counted() {
    let counted = || {
        let mut ann = Ann::new();
        ann.connect(&welcome_with(vec![summary(300, Some(10), 200)]));
        let mut frame = joined(300, messages(281..=300), true);
        let FromServer::Joined { seen, .. } = &mut frame else { unreachable!("it is made right here") };
        *seen = Some(Seq(10));
        ann.hear(&frame);
        assert_eq!(ann.room().unread(), 200);
        ann
    };
    let mut ann = counted();
    ann.hear(&expired(290));
    assert_eq!(ann.room().unread(), 10, "all that is left is loaded");
    let mut ann = counted();
    ann.hear(&expired(100));
    assert_eq!(ann.room().unread(), 200, "how many of them are gone is not known");
    ann.client.load_older(&lobby());
    ann.hear(&page(Side::Before(Seq(281)), messages(241..=280), false));
    assert_eq!(ann.room().unread(), 60);
}

#[test]
fn a_page_that_was_requested_before_its_messages_were_deleted_brings_none_of_them() {
    let mut ann = Ann::live();
    ann.hear(&joined(99, messages([98, 99]), true));
    ann.client.jump(&lobby(), Seq(50));
    ann.hear(&page(Side::Before(Seq(51)), messages([49, 50]), true));
    ann.hear(&page(Side::After(Seq(50)), messages([51, 52]), true));
    ann.client.load_newer(&lobby());
    ann.hear(&expired(53));
    assert_eq!(ann.shown(), [] as [u64; 0]);
    ann.hear(&page(Side::After(Seq(52)), messages([53, 54]), true));
    assert_eq!(ann.shown(), [54]);
    let gap = Gap { before: Seq(54), cause: GapCause::Expired };
    assert_eq!((ann.room().gap(), ann.room().gap_above(0)), (Some(gap), Some(GapCause::Expired)));
    let actions = ann.client.jump(&lobby(), Seq(7));
    assert_eq!(sent(&actions), [] as [&str; 0], "what is deleted is not requested");
}

#[test]
fn a_client_that_returns_is_told_why_its_timeline_begins_anew() {
    let returns = |frame: &FromServer| {
        let mut ann = Ann::with(messages([1, 2]));
        ann.lose();
        ann.connect(&welcome());
        ann.hear(frame);
        (ann.room().gap().map(|gap| (gap.before.0, gap.cause)), ann.room().gap_above(0))
    };
    let some = |before, cause| (Some((before, cause)), Some(cause));
    assert_eq!(returns(&joined(99, messages([98, 99]), true)), some(98, GapCause::Absence));
    let above = joined_above(97, joined(99, messages([98, 99]), false));
    assert_eq!(returns(&above), some(98, GapCause::Expired));
    assert_eq!(returns(&joined_above(99, joined(99, vec![], false))), some(100, GapCause::Expired));
    let anew = joined_in("e2", 2, messages([1, 2]), false);
    assert_eq!(returns(&anew), some(1, GapCause::NewEpoch));
    assert_eq!(returns(&joined_in("e2", 0, vec![], false)), some(1, GapCause::NewEpoch));
    let seen = joined_above(1, joined(99, messages([98, 99]), true));
    assert_eq!(returns(&seen), some(98, GapCause::Absence), "only what was seen is deleted");
}

#[test]
fn a_gap_stays_above_the_first_message_behind_it() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&joined_in("e2", 0, vec![], false));
    ann.hear_message(message(5, "bob", "first"));
    ann.hear_message(message(6, "bob", "second"));
    let above = |ann: &Ann, count| (0..count).map(|index| ann.room().gap_above(index)).collect::<Vec<_>>();
    assert_eq!(above(&ann, 2), [Some(GapCause::NewEpoch), None]);
    ann.hear(&expired(5));
    assert_eq!(above(&ann, 1), [Some(GapCause::NewEpoch)]);

    let mut ann = Ann::with(messages([1, 2]));
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&joined(99, messages([98, 99]), true));
    ann.client.load_older(&lobby());
    ann.hear(&page(Side::Before(Seq(98)), messages([96, 97]), true));
    assert_eq!(above(&ann, 4), [None, None, Some(GapCause::Absence), None]);
}

#[test]
fn what_is_about_a_message_that_is_gone_is_not_retried_and_a_reply_without_it_is() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.lose();
    for (id, kind) in [("edit", AboutKind::Edit), ("reply", AboutKind::Reply)] {
        let post = Post { about: Some(About { seq: Seq(2), kind }), ..post(id, "my text") };
        ann.client.post(post, Timestamp::from_millis(0), ann.now);
    }
    ann.client.post(post("plain", "my text"), Timestamp::from_millis(0), ann.now);
    ann.connect(&welcome());
    ann.hear(&joined_in("e2", 2, messages([1, 2]), false));
    let can = |ann: &Ann| {
        let epoch = ann.room().epoch();
        let outbox = ann.client.link().outbox().posts().iter();
        outbox.map(|kept| (kept.target_is_gone(epoch), kept.can_be_retried(epoch))).collect::<Vec<_>>()
    };
    assert_eq!(can(&ann), [(true, false), (true, true), (false, true)]);
    let Progress::Failed(refusal) = &ann.client.link().outbox().posts()[1].progress else {
        panic!("it would be about another message")
    };
    assert_eq!(refusal.reason, "the room starts afresh: what it is about may be gone by now");
    assert_eq!(ann.retry("edit"), [], "it would be refused again");
    let actions = ann.retry("reply");
    let [frame] = sent(&actions)[..] else { panic!("one post is sent: {actions:?}") };
    assert_eq!(frame, r#"{"type":"post","room":"lobby","id":"fresh","text":"my text"}"#);
    assert_eq!(ann.retry("plain"), [], "it has not failed");
    assert_eq!(ann.pending(), ["edit", "plain", "fresh"]);

    // The server says it of messages that are not kept.
    let mut ann = Ann::with(messages([1, 2]));
    for (id, kind) in [("edit", AboutKind::Edit), ("late", AboutKind::Edit)] {
        let post = Post { about: Some(About { seq: Seq(2), kind }), ..post(id, "my text") };
        ann.client.post(post, Timestamp::from_millis(0), ann.now);
    }
    ann.hear(&refused("edit", RefusalCode::BadAbout, None));
    ann.hear(&refused("late", RefusalCode::Forbidden, None));
    assert_eq!(can(&ann), [(true, false), (false, true)]);
    assert_eq!(ann.retry("edit"), []);
    assert_eq!(sent(&ann.retry("late")).len(), 1);
    assert_eq!(ann.pending(), ["edit", "late"], "another try has the same id");
}
