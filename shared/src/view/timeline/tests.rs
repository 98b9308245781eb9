use super::{eviction::MAX_IDLE_DETACHED_ANNOTATIONS, *};
use crate::{
    message::{About, Authorship},
    time::Timestamp,
};

fn message(seq: u64, about: Option<(u64, AboutKind)>) -> Message {
    Message {
        room: "lobby".parse().unwrap(),
        seq: Seq(seq),
        id: "m".parse().unwrap(),
        username: "bob".parse().unwrap(),
        text: "x".into(),
        sent_at: Timestamp::default(),
        about: about.map(|(seq, kind)| About { seq: Seq(seq), kind }),
        authorship: Authorship::Proven,
    }
}

#[test]
fn annotations_of_messages_that_are_not_loaded_are_bounded() {
    let mut timeline = Timeline::default();
    for seq in 1..=50_000 {
        timeline.message(message(100_000 + seq, Some((seq % 20_000, AboutKind::Reaction))));
        let kept = timeline.annotations.len() + timeline.reactions.len();
        assert!(kept <= MAX_IDLE_DETACHED_ANNOTATIONS + 1, "{kept}");
    }
    assert!(timeline.reactions.len() > MAX_IDLE_DETACHED_ANNOTATIONS / 8);
    let is_known = |(_, about): &(Seq, Seq)| timeline.find(*about).is_ok();
    assert!(timeline.reactions.iter().all(is_known));
}

#[test]
fn quoted_messages_that_no_loaded_reply_answers_are_bounded() {
    let mut timeline = Timeline::default();
    timeline.set_entered(true);
    timeline.start(Vec::new(), Vec::new(), true, Seq(1_000_000));
    for seq in (0..5_000).rev() {
        let reply = message(500_000 + seq, Some((seq, AboutKind::Reply)));
        let side = timeline.older_side();
        timeline.page(side, vec![reply], vec![message(seq, None)], true, Seq(1_000_000));
    }
    assert!((0..5_000).all(|seq| timeline.answered(Seq(seq)).is_some()));
    timeline.entries.clear();
    timeline.take(vec![message(1, None)], vec![message(2, None)]);
    assert_eq!(timeline.quoted.len(), 0);
}
