use std::{cell::Cell, collections::BTreeSet};

use proptest::prelude::*;

use super::super::{
    entry::{Entry, Reaction},
    timeline::Timeline,
};
use crate::{
    frames::Side,
    message::{About, AboutKind, Authorship, Message},
    names::{Seq, Username},
    time::Timestamp,
};

thread_local! {
    /// The number of changes that were applied to entries.
    pub static APPLIED: Cell<usize> = const { Cell::new(0) };
}

fn applied_by(act: impl FnOnce()) -> usize {
    let before = APPLIED.get();
    act();
    APPLIED.get() - before
}

fn user(number: u64) -> Username {
    format!("user{number}").parse().unwrap()
}

fn message(seq: u64, by: u64, text: &str, about: Option<(u64, AboutKind)>) -> Message {
    Message {
        room: "lobby".parse().unwrap(),
        seq: Seq(seq),
        id: "m".parse().unwrap(),
        username: user(by),
        text: text.into(),
        sent_at: Timestamp::from_millis(i64::try_from(seq).unwrap()),
        about: about.map(|(seq, kind)| About { seq: Seq(seq), kind }),
        authorship: Authorship::Proven,
    }
}

/// Folds all annotations of a message into it, in the order of their seqs, in the simplest way.
fn fold(mut message: Message, known: &[Message]) -> Entry {
    let of = |seq: Seq, kind: AboutKind| {
        let is_it = move |about: About| about.seq == seq && about.kind == kind;
        let mut found: Vec<&Message> = known.iter().filter(|m| m.about.is_some_and(is_it)).collect();
        found.sort_by_key(|message| message.seq);
        found
    };
    let is_retracted = |seq: Seq| {
        !of(seq, AboutKind::Retraction).is_empty()
            || known.iter().any(|m| m.seq == seq && is_blank_reaction(m))
    };
    let mut edited_at = None;
    for edit in of(message.seq, AboutKind::Edit).into_iter().filter(|edit| !edit.text.is_empty()) {
        message.text.clone_from(&edit.text);
        edited_at = Some(edit.sent_at);
    }
    let mut reactions: Vec<Reaction> = Vec::new();
    let mut counted = BTreeSet::new();
    for reaction in of(message.seq, AboutKind::Reaction) {
        let Message { text: emoji, username, seq, .. } = reaction;
        if is_retracted(*seq) || !counted.insert((emoji, username)) {
            continue;
        }
        let by = (username.clone(), *seq);
        match reactions.iter_mut().find(|reaction| reaction.emoji == *emoji) {
            Some(reaction) => reaction.by.push(by),
            None => reactions.push(Reaction { emoji: emoji.clone(), by: vec![by] }),
        }
    }
    let retracted = !of(message.seq, AboutKind::Retraction).is_empty();
    if retracted {
        message.text.clear();
        (edited_at, reactions) = (None, Vec::new());
    }
    Entry { message, edited_at, retracted, reactions }
}

fn is_blank_reaction(message: &Message) -> bool {
    message.text.is_empty() && message.about.is_some_and(|about| about.kind == AboutKind::Reaction)
}

/// The annotations of a log with entries 1 to 3, in the order in which they come: each once or several times, in any order, and
/// also as the store has blanked them.
fn annotations() -> impl Strategy<Value = Vec<Message>> {
    let reaction = |seq: u64| {
        (1_u64..4, 0_u64..3, 0_usize..2).prop_map(move |(of, by, emoji)| {
            message(seq, by, ["👍", "🎉"][emoji], Some((of, AboutKind::Reaction)))
        })
    };
    let other = |seq: u64| {
        (1_u64..seq, 0_usize..6).prop_map(move |(of, kind)| match kind {
            // Only reactions and, seldom, entries are retracted.
            0..4 => message(
                seq,
                0,
                "",
                Some((if of < 4 && kind > 0 { seq - 1 } else { of }, AboutKind::Retraction)),
            ),
            _ => message(seq, 0, &format!("edit {seq}"), Some((of.min(3), AboutKind::Edit))),
        })
    };
    let log: Vec<_> = (10_u64..30).map(|seq| prop_oneof![3 => reaction(seq), 2 => other(seq)]).collect();
    (log, prop::collection::vec((0_usize..20, prop::bool::weighted(0.1)), 1..60)).prop_map(|(log, order)| {
        let come = order.into_iter().map(|(at, is_blank)| {
            let mut message = log[at].clone();
            if is_blank {
                message.text.clear();
            }
            message
        });
        come.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn annotations_one_by_one_in_any_order_are_what_all_of_them_fold_to(
        come in annotations(),
        loaded_at in 0_usize..30,
    ) {
        let mut timeline = Timeline::default();
        timeline.start(vec![message(3, 9, "text 3", None)], Vec::new(), true, Seq(9));
        for number in 0..come.len() {
            if number == loaded_at {
                let older = vec![message(1, 9, "text 1", None), message(2, 9, "text 2", None)];
                timeline.page(Side::Before(Seq(3)), older, Vec::new(), false, Seq(9));
            }
            timeline.message(come[number].clone());
            for entry in timeline.entries() {
                let seq = entry.message.seq.0;
                let original = message(seq, 9, &format!("text {seq}"), None);
                prop_assert_eq!(&**entry, &fold(original, &come[..=number]));
            }
        }
    }
}

#[test]
fn one_more_annotation_is_one_change_however_many_there_are() {
    let mut timeline = Timeline::default();
    timeline.start(vec![message(1, 9, "text", None)], Vec::new(), false, Seq(1));
    let all = applied_by(|| {
        for seq in 2..=10_001 {
            timeline.message(message(seq, seq, "👍", Some((1, AboutKind::Reaction))));
        }
    });
    assert_eq!(all, 10_000);
    for (next, changes) in [
        (message(20_000, 0, "🎉", Some((1, AboutKind::Reaction))), 1),
        (message(20_000, 0, "🎉", Some((1, AboutKind::Reaction))), 0),
        (message(20_001, 9, "edited", Some((1, AboutKind::Edit))), 1),
        (message(20_002, 77, "", Some((77, AboutKind::Retraction))), 1),
        (message(15_000, 9, "an older edit", Some((1, AboutKind::Edit))), 0),
        (message(15_001, 0, "🎉", Some((1, AboutKind::Reaction))), 1),
    ] {
        assert_eq!(applied_by(|| timeline.message(next.clone())), changes, "{next:?}");
    }
    let entry = timeline.get(Seq(1)).unwrap();
    assert_eq!((entry.message.text.as_str(), entry.reactions[0].by.len()), ("edited", 9_999));
    assert_eq!(entry.reactions[1].by, [(user(0), Seq(15_001))]);
}
