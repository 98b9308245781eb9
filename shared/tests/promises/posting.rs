//! The outbox: pending posts, acknowledgements, retries and refusals.

use shared::{
    About, AboutKind, FromServer, Limits, Message, Post, RefusalCode, RoomInfo, RoomSummary, Seq, Side,
    Timestamp,
    link::{Outgoing, Progress},
};

use crate::samples::{
    Ann, joined, joined_in, lobby, message, messages, page, post, posted, refused, resumed, sent, user,
    welcome,
};

fn write(ann: &mut Ann, id: &str) -> Vec<String> {
    write_post(ann, post(id, "hello"))
}

fn write_post(ann: &mut Ann, post: Post) -> Vec<String> {
    let actions = ann.client.post(post, Timestamp::default(), ann.now);
    ids(&sent(&actions))
}

/// The ids of the posts in a list of frames.
fn ids(frames: &[&str]) -> Vec<String> {
    let id = |frame: &&str| {
        frame.split_once("\"id\":\"").map(|(_, rest)| rest.split('"').next().unwrap().to_owned())
    };
    frames.iter().filter_map(id).collect()
}

fn progress(ann: &Ann, id: &str) -> Progress {
    let posts = ann.client.link().outbox().posts();
    posts.iter().find(|outgoing| outgoing.post.id.as_str() == id).unwrap().progress.clone()
}

fn own(seq: u64, id: &str) -> Message {
    Message { id: id.parse().unwrap(), ..message(seq, "ann", "hello") }
}

#[test]
fn a_post_is_pending_until_it_is_shown_whichever_comes_first() {
    let mut ann = Ann::with(messages([1]));
    assert_eq!(write(&mut ann, "p1"), ["p1"]);
    ann.hear(&posted("p1", 2));
    assert_eq!(ann.pending(), ["p1"], "it is stored and not yet shown");
    ann.hear_message(own(2, "p1"));
    assert_eq!((ann.pending(), ann.shown()), (vec![], vec![1, 2]));

    assert_eq!(write(&mut ann, "p2"), ["p2"]);
    ann.hear_message(own(3, "p2"));
    assert_eq!((ann.pending(), ann.shown()), (vec![], vec![1, 2, 3]));
    ann.hear(&posted("p2", 3));
    assert_eq!(ann.pending(), Vec::<String>::new());
}

#[test]
fn a_post_whose_answer_was_lost_is_sent_again_with_its_id_and_not_shown_twice() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.lose();
    assert_eq!(progress(&ann, "p1"), Progress::Unknown);
    assert_eq!(ids(&sent(&ann.connect(&welcome()))), ["p1"]);
    ann.hear(&joined(2, vec![own(2, "p1")], true));
    assert_eq!((ann.pending(), ann.shown()), (vec![], vec![2]), "it is in the page already");
    ann.hear(&posted("p1", 2));
    assert_eq!(ann.client.link().outbox().posts(), []);
}

#[test]
fn a_post_that_a_page_brings_is_not_shown_beside_it() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([8, 9]), true));
    ann.client.jump(&lobby(), Seq(5));
    write(&mut ann, "p1");
    ann.hear(&page(Side::After(Seq(5)), vec![message(9, "bob", "text"), own(10, "p1")], false));
    assert_eq!((ann.pending(), ann.shown()), (vec![], vec![9, 10]), "its answer may come later");
}

#[test]
fn what_is_written_offline_goes_out_in_order() {
    let mut ann = Ann::with(messages([1]));
    ann.lose();
    for id in ["p1", "p2", "p3"] {
        assert_eq!(write(&mut ann, id), Vec::<String>::new());
    }
    assert_eq!(ids(&sent(&ann.connect(&welcome()))), ["p1", "p2", "p3"]);
}

#[test]
fn posts_in_flight_are_bounded_and_each_answer_releases_one() {
    let mut ann = Ann::with(messages([1]));
    ann.lose();
    for number in 0..70 {
        write(&mut ann, &format!("p{number}"));
    }
    assert_eq!(ids(&sent(&ann.connect(&welcome()))).len(), 64);
    ann.hear(&resumed(1));
    assert_eq!(ids(&sent(&ann.hear(&posted("p0", 2)))), ["p64"]);
    assert_eq!(ids(&sent(&ann.hear_message(own(3, "p1")))), ["p65"]);
    assert_eq!(ids(&sent(&ann.hear(&refused("p2", RefusalCode::BadText, None)))), ["p66"]);
}

#[test]
fn a_deferred_post_is_sent_again_in_time_and_none_overtakes_it() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.hear(&refused("p1", RefusalCode::Busy, Some(900)));
    assert_eq!(progress(&ann, "p1"), Progress::Deferred { until: 900 });
    assert_eq!(write(&mut ann, "p2"), Vec::<String>::new());
    let elsewhere = Post { room: "other".parse().unwrap(), ..post("p3", "hello") };
    assert_eq!(write_post(&mut ann, elsewhere), ["p3"], "another room need not wait");
    assert_eq!(ann.client.wakes_at(), Some(900));
    assert_eq!(ids(&sent(&ann.wait(900))), ["p1", "p2"]);
}

#[test]
fn a_post_that_is_due_and_still_blocked_does_not_wake_the_client_repeatedly() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    write(&mut ann, "p2");
    ann.hear(&refused("p2", RefusalCode::Busy, Some(500)));
    ann.hear(&refused("p1", RefusalCode::Busy, Some(900)));
    assert_eq!(ann.wait(500), [], "p1 goes first");
    assert_eq!(ann.client.wakes_at(), Some(900));
    assert_eq!(ids(&sent(&ann.wait(400))), ["p1", "p2"]);
}

#[test]
fn posts_that_waited_for_a_join_are_sent_when_the_room_is_left() {
    let reply = Post { about: Some(About { seq: Seq(1), kind: AboutKind::Reply }), ..post("p1", "hello") };
    let mut ann = Ann::with(messages([1]));
    ann.lose();
    write_post(&mut ann, reply);
    ann.connect(&welcome());
    let actions = ann.client.leave(&lobby());
    assert_eq!(sent(&actions)[0], r#"{"type":"leave","room":"lobby"}"#);
    assert_eq!(ids(&sent(&actions)), ["p1"]);
}

#[test]
fn a_deferred_post_may_be_stored_and_cannot_be_discarded() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.hear(&refused("p1", RefusalCode::Unavailable, Some(900)));
    ann.client.discard(&"p1".parse().unwrap());
    ann.lose();
    ann.client.discard(&"p1".parse().unwrap());
    assert_eq!(ann.pending(), ["p1"]);
}

#[test]
fn a_refused_post_stays_until_it_is_retried_or_discarded() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    write(&mut ann, "p2");
    ann.hear(&refused("p1", RefusalCode::BadAbout, None));
    ann.hear(&refused("p2", RefusalCode::BadAbout, None));
    ann.lose();
    assert_eq!(ids(&sent(&ann.connect(&welcome()))), Vec::<String>::new());
    assert_eq!(ann.pending(), ["p1", "p2"]);
    ann.client.discard(&"p2".parse().unwrap());
    let actions = ann.retry("p1");
    assert_eq!(ids(&sent(&actions)), ["p1"]);
    assert_eq!(ann.pending(), ["p1"]);
}

#[test]
fn an_invalid_post_fails_without_being_sent() {
    let mut ann = Ann::with(messages([1]));
    let too_long = "x".repeat(shared::limits::TEXT_BYTES + 1);
    // Each of these takes six bytes in JSON.
    let too_long_on_its_way = "\u{1}".repeat(20_000);
    for (id, text) in [("p1", " \n"), ("p2", too_long.as_str()), ("p3", too_long_on_its_way.as_str())] {
        assert_eq!(write_post(&mut ann, post(id, text)), Vec::<String>::new());
        let Progress::Failed(refusal) = progress(&ann, id) else { panic!("{id} did not fail") };
        assert_eq!(refusal.code, RefusalCode::BadText);
        assert_eq!(refusal.id.unwrap().as_str(), id);
    }
}

#[test]
fn the_limit_that_the_server_announced_is_respected() {
    let mut ann = Ann::new();
    ann.event(&shared::Event::Opened);
    let mut answer = welcome();
    let FromServer::Welcome { limits, .. } = &mut answer else { unreachable!() };
    *limits = Limits { frame_bytes: 100, ..Limits::default() };
    ann.hear(&answer);
    assert_eq!(write_post(&mut ann, post("p1", &"x".repeat(100))), Vec::<String>::new());
    assert!(matches!(progress(&ann, "p1"), Progress::Failed(_)));
}

#[test]
fn posts_that_an_earlier_run_stored_are_sent_again_with_their_ids() {
    let mut ann = Ann::with(messages([1]));
    for id in ["p1", "p2", "p3", "p4"] {
        write(&mut ann, id);
    }
    ann.hear(&posted("p2", 2));
    ann.hear(&refused("p3", RefusalCode::BadText, None));
    let kept = serde_json::to_string(ann.client.link().outbox().posts()).unwrap();
    let kept: Vec<Outgoing> = shared::json::read(&kept).unwrap();

    let mut later = Ann::with(messages([1]));
    let actions = later.client.restore(kept.clone(), 0);
    assert_eq!(ids(&sent(&actions)), ["p1", "p4"], "what is stored or failed is not sent");
    assert!(matches!(progress(&later, "p3"), Progress::Failed(_)));
    assert_eq!(later.pending(), ["p1", "p3", "p4"], "what was stored will be shown by the log");
    assert_eq!(later.client.restore(kept, 0), [], "nothing is taken up twice");
}

#[test]
fn the_outbox_has_a_new_version_whenever_it_changes() {
    let mut ann = Ann::with(messages([1]));
    let mut version = ann.client.link().outbox().version();
    let mut changed = |ann: &Ann, what: &str| {
        assert_ne!(ann.client.link().outbox().version(), version, "{what}");
        version = ann.client.link().outbox().version();
    };
    ann.lose();
    write(&mut ann, "p1");
    changed(&ann, "written");
    ann.connect(&welcome());
    changed(&ann, "sent: it cannot be given up after a restart");
    ann.hear(&refused("p1", RefusalCode::BadText, None));
    changed(&ann, "refused");
    ann.retry("p1");
    changed(&ann, "retried");
    ann.hear(&posted("p1", 2));
    changed(&ann, "stored");
}

#[test]
fn another_users_message_with_the_same_id_does_not_acknowledge_a_post() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.hear_message(Message { id: "p1".parse().unwrap(), ..message(2, "bob", "not ann") });
    assert_eq!(ann.pending(), ["p1"], "ids are a user's own");
}

#[test]
fn an_annotation_waits_for_the_answer_to_the_join_and_so_do_later_posts_of_its_room() {
    let edit = Post { about: Some(About { seq: Seq(1), kind: AboutKind::Edit }), ..post("p1", "hello") };
    let mut ann = Ann::with(vec![own(1, "p0")]);
    ann.lose();
    write_post(&mut ann, edit.clone());
    write(&mut ann, "p2");
    assert_eq!(ids(&sent(&ann.connect(&welcome()))), Vec::<String>::new());
    assert_eq!(ids(&sent(&ann.hear(&resumed(1)))), ["p1", "p2"]);

    ann.lose();
    ann.connect(&welcome());
    let actions = ann.hear(&joined_in("e2", 1, vec![message(1, "ann", "of another log")], false));
    assert_eq!(ids(&sent(&actions)), ["p2"], "the numbers mean something else now");
    let Progress::Failed(refusal) = progress(&ann, "p1") else { panic!("the edit did not fail") };
    assert_eq!(refusal.code, RefusalCode::BadAbout);
}

#[test]
fn a_post_that_was_stored_in_a_lost_epoch_is_not_pending_for_ever() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.hear(&posted("p1", 2));
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&joined_in("e2", 0, Vec::new(), false));
    assert_eq!(ann.pending(), Vec::<String>::new());
    assert_eq!(ann.client.view().me(), Some(&user("ann")));
    assert!(ann.client.view().room(&lobby()).unwrap().timeline().entries().is_empty());
}

#[test]
fn what_waits_in_a_slow_room_is_tried_at_once_when_the_room_is_less_slow() {
    let mut ann = Ann::with(messages([1]));
    let slow = |slow_seconds| {
        let info = RoomInfo { slow_seconds, ..RoomInfo::default() };
        FromServer::Room(RoomSummary { info, ..RoomSummary::empty(lobby()) })
    };
    ann.hear(&slow(3_600));
    write(&mut ann, "p1");
    ann.hear(&refused("p1", RefusalCode::TooFast, Some(3_600_000)));
    assert_eq!(write(&mut ann, "p2"), Vec::<String>::new(), "it does not overtake");
    ann.wait(1_000);
    // A minute is still to be waited for. Only the server knows since when.
    assert_eq!(ids(&sent(&ann.hear(&slow(60)))), ["p1", "p2"]);
    ann.hear(&refused("p1", RefusalCode::TooFast, Some(59_000)));
    assert_eq!(progress(&ann, "p1"), Progress::Deferred { until: ann.now + 59_000 });
    let other = RoomSummary::empty("attic".parse().unwrap());
    assert_eq!(sent(&ann.hear(&FromServer::Room(other))), Vec::<&str>::new(), "it is about another room");
    assert_eq!(ids(&sent(&ann.hear(&slow(0)))), ["p1"]);

    // The room may be joined anew instead, for example after it was left.
    ann.hear(&refused("p1", RefusalCode::TooFast, Some(59_000)));
    assert_eq!(ids(&sent(&ann.hear(&joined(1, messages([1]), false)))), ["p1"]);
}
