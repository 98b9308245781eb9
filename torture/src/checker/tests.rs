//! Each test breaks one promise in a history that keeps all, and sees that the checker finds it.

use std::{collections::BTreeMap, time::Duration};

use shared::{
    Authorship, Timestamp,
    message::{About, AboutKind},
};

use super::*;
use crate::history::{Joined, Record};

const ROOM: &str = "lobby";

fn name(name: &str) -> Username {
    Username::parse(name).unwrap()
}

fn room() -> RoomName {
    RoomName::parse(ROOM).unwrap()
}

fn epoch(epoch: &str) -> Epoch {
    Epoch::parse(epoch).unwrap()
}

/// A log of six messages, and the records of two clients: ann posted everything, and bob saw everything over two
/// connections.
struct Story {
    ann: Vec<Event>,
    bob: Vec<Event>,
    log: Vec<Stored>,
    epoch: Epoch,
}

fn about(seq: u64, kind: AboutKind) -> About {
    About { seq: Seq(seq), kind }
}

fn post(number: u64) -> Arc<Post> {
    let (text, about) = match number {
        12 => ("better".to_owned(), Some(about(11, AboutKind::Edit))),
        14 | 16 => ("🎉".to_owned(), Some(about(11, AboutKind::Reaction))),
        15 => (String::new(), Some(about(13, AboutKind::Retraction))),
        _ => (format!("text {number}"), None),
    };
    let id = MessageId::parse(&format!("id-{number}")).unwrap();
    Arc::new(Post { room: room(), id, text, about })
}

fn message(number: u64) -> Message {
    let Post { room, id, text, about } = Post::clone(&post(number));
    let sent_at = Timestamp::from_millis(0);
    let (username, seq, authorship) = (name("ann"), Seq(number), Authorship::Proven);
    Message { room, seq, id, username, text, sent_at, about, authorship }
}

/// As the store has it: 13 is retracted by 15, 11 is edited by 12, and 16 repeats the reaction 14.
fn stored(number: u64) -> Stored {
    let mut message = message(number);
    if number == 13 || number == 16 {
        message.text.clear();
    }
    let (edit, retraction) = match number {
        11 => (Some(Seq(12)), None),
        13 => (None, Some(Seq(15))),
        _ => (None, None),
    };
    Stored { message, edit, retraction }
}

fn saw(number: u64) -> Event {
    let text = if number == 16 { String::new() } else { message(number).text };
    Event::Saw(Arc::new(Message { text, ..message(number) }))
}

fn joined(asked: Option<u64>, head: u64, resumed: bool, page: &[u64]) -> Joined {
    Joined {
        room: room(),
        asked: asked.map(|seq| (epoch("e1"), Seq(seq))),
        epoch: epoch("e1"),
        head: Seq(head),
        resumed,
        page: page.iter().map(|number| message(*number)).collect(),
    }
}

fn join(asked: Option<u64>, head: u64, resumed: bool, page: &[u64]) -> Event {
    Event::Joined(Box::new(joined(asked, head, resumed, page)))
}

fn acknowledged(number: u64, seq: u64) -> Event {
    Event::Acknowledged { post: post(number), seq: Seq(seq), epoch: Some(epoch("e1")) }
}

impl Story {
    fn right() -> Self {
        let ann = (11..=16).flat_map(|number| [Event::Posted(post(number)), acknowledged(number, number)]);
        let bob = vec![
            join(None, 11, false, &[11]),
            saw(12),
            saw(13),
            Event::Disconnected(1006),
            join(Some(13), 15, true, &[]),
            saw(14),
            saw(15),
            saw(16),
        ];
        Self { ann: ann.collect(), bob, log: (11..=16).map(stored).collect(), epoch: epoch("e1") }
    }

    #[track_caller]
    fn finds(self, expected: &[Kind]) {
        assert_eq!(self.kinds(), expected);
    }

    fn kinds(self) -> Vec<Kind> {
        let history = |author, events: Vec<Event>| History {
            author: name(author),
            records: events.into_iter().map(|event| Record { at: Duration::ZERO, event }).collect(),
        };
        let log = Log { epoch: self.epoch, rooms: BTreeMap::from([(room(), self.log)]) };
        let faults = check(&[history("ann", self.ann), history("bob", self.bob)], &log);
        faults.iter().map(|fault| fault.kind).collect()
    }
}

#[test]
fn a_right_history_has_no_fault() {
    Story::right().finds(&[]);
}

#[test]
fn an_acknowledged_post_that_is_not_stored_is_lost() {
    let mut story = Story::right();
    story.ann.extend([Event::Posted(post(17)), acknowledged(17, 17)]);
    story.finds(&[Kind::Lost]);
}

#[test]
fn a_post_without_an_answer_may_be_stored_or_not() {
    let mut story = Story::right();
    story.ann.push(Event::Posted(post(17)));
    story.finds(&[]);
    let mut story = Story::right();
    story.ann.push(Event::Posted(post(17)));
    story.log.push(stored(17));
    story.finds(&[]);
}

#[test]
fn a_post_that_is_stored_twice_is_found() {
    let mut story = Story::right();
    let mut again = stored(14);
    again.message.seq = Seq(17);
    again.message.text.clear();
    story.log.push(again);
    // The place in the log and the number are both wrong, and so is what bob saw.
    let kinds = story.kinds();
    assert!(kinds.contains(&Kind::Doubled), "{kinds:?}");
}

#[test]
fn a_post_with_two_numbers_is_found() {
    let mut story = Story::right();
    story.ann.push(acknowledged(16, 17));
    story.finds(&[Kind::Doubled]);
}

#[test]
fn a_number_of_two_messages_is_found() {
    let mut story = Story::right();
    story.ann.extend([Event::Posted(post(17)), acknowledged(17, 16)]);
    story.finds(&[Kind::Lost, Kind::NumberReused]);
    // In another epoch, a number may mean another message.
    let mut story = Story::right();
    story.epoch = epoch("e2");
    story.log.push(Stored { message: Message { seq: Seq(18), ..message(17) }, ..stored(17) });
    story.ann.extend([Event::Posted(post(17)), acknowledged(17, 17)]);
    story.finds(&[]);
}

#[test]
fn a_refused_post_that_is_stored_is_found() {
    let mut story = Story::right();
    story
        .ann
        .extend([Event::Posted(post(17)), Event::Refused { post: post(17), reason: "Forbidden".into() }]);
    story.log.push(stored(17));
    story.finds(&[Kind::RefusedButStored]);
}

#[test]
fn a_message_that_nobody_has_posted_is_found() {
    let mut story = Story::right();
    story.log.push(stored(17));
    story.finds(&[Kind::Invented]);
}

#[test]
fn a_text_that_differs_is_found_in_the_log_and_before_readers() {
    let mut story = Story::right();
    story.log[0].message.text = "something else".into();
    story.finds(&[Kind::TextDiffers]);
    let mut story = Story::right();
    story.bob[1] = Event::Saw(Arc::new(Message { text: "something else".into(), ..message(12) }));
    story.finds(&[Kind::TextDiffers]);
    // A text may be gone only if it was retracted.
    let mut story = Story::right();
    story.log[0].message.text.clear();
    story.finds(&[Kind::TextDiffers]);
    // What it is about belongs to a post.
    let mut story = Story::right();
    story.bob[5] =
        Event::Saw(Arc::new(Message { about: Some(about(12, AboutKind::Reaction)), ..message(14) }));
    story.finds(&[Kind::TextDiffers]);
}

#[test]
fn a_log_and_a_reader_out_of_order_are_found() {
    let mut story = Story::right();
    story.log.swap(3, 4);
    assert!(story.kinds().contains(&Kind::OutOfOrder));
    let mut story = Story::right();
    story.bob.push(saw(12));
    story.finds(&[Kind::OutOfOrder]);
    let mut story = Story::right();
    story.bob.insert(0, saw(11));
    story.finds(&[Kind::OutOfOrder]);
}

#[test]
fn a_message_that_is_seen_twice_is_found() {
    let mut story = Story::right();
    story.bob.push(saw(16));
    story.finds(&[Kind::SeenTwice]);
}

#[test]
fn a_gap_is_found_in_messages_and_in_pages() {
    let mut story = Story::right();
    story.bob.remove(6);
    story.finds(&[Kind::Gap]);
    let mut story = Story::right();
    story.bob[0] = join(None, 14, false, &[11, 14]);
    story.bob.truncate(1);
    story.finds(&[Kind::Gap]);
    let mut story = Story::right();
    story.bob[0] = join(None, 12, false, &[11]);
    story.finds(&[Kind::Gap]);
}

#[test]
fn a_reader_may_stop_anywhere_and_start_afresh_where_it_is_told_so() {
    let mut story = Story::right();
    story.bob.truncate(5);
    story.bob.push(join(Some(13), 15, false, &[14, 15]));
    story.bob.push(saw(16));
    story.finds(&[]);
}

#[test]
fn a_resume_that_skips_is_found() {
    let mut story = Story::right();
    story.bob.remove(5);
    story.finds(&[Kind::SkippedByResume]);
}

#[test]
fn a_resume_from_another_epoch_or_from_nothing_is_found() {
    let mut story = Story::right();
    let asked = Some((epoch("e0"), Seq(13)));
    story.bob[4] = Event::Joined(Box::new(Joined { asked, ..joined(None, 15, true, &[]) }));
    story.finds(&[Kind::WronglyResumed]);
    let mut story = Story::right();
    story.bob[4] = join(None, 15, true, &[]);
    story.finds(&[Kind::WronglyResumed]);
}

#[test]
fn a_message_that_was_seen_and_is_not_stored_is_found() {
    let mut story = Story::right();
    story.ann.push(Event::Posted(post(17)));
    story.bob.push(saw(17));
    story.finds(&[Kind::SeenNotStored]);
}

#[test]
fn an_edit_that_is_lost_is_found() {
    let mut story = Story::right();
    story.log[0].edit = None;
    story.finds(&[Kind::EditLost]);
    let mut story = Story::right();
    story.log[2].edit = Some(Seq(12));
    story.finds(&[Kind::EditLost]);
}

#[test]
fn a_retraction_that_is_lost_is_found() {
    let mut story = Story::right();
    story.log[2].retraction = None;
    story.finds(&[Kind::RetractionLost]);
    let mut story = Story::right();
    story.log[2].message.text = "text 13".into();
    story.finds(&[Kind::RetractionLost]);
    let mut story = Story::right();
    story.log[0].retraction = Some(Seq(15));
    story.finds(&[Kind::RetractionLost]);
}

#[test]
fn a_reaction_that_is_lost_is_found() {
    let mut story = Story::right();
    story.log[3].message.text.clear();
    story.finds(&[Kind::ReactionLost]);
}

#[test]
fn what_is_applied_twice_is_found() {
    let mut story = Story::right();
    story.log[5].message.text = "🎉".into();
    story.finds(&[Kind::AppliedTwice]);
    let mut story = Story::right();
    let again = Arc::new(Post {
        about: Some(about(13, AboutKind::Retraction)),
        text: String::new(),
        ..Post::clone(&post(17))
    });
    story.ann.push(Event::Posted(again.clone()));
    let message = Message { about: again.about, text: String::new(), ..message(17) };
    story.log.push(Stored { message, ..stored(17) });
    story.finds(&[Kind::AppliedTwice]);
}

#[test]
fn every_kind_is_counted() {
    let fault = Fault { kind: Kind::Gap, what: String::new() };
    let counts = count(&[fault.clone(), fault]);
    assert_eq!(counts.len(), Kind::ALL.len());
    assert_eq!((counts[&Kind::Gap], counts[&Kind::Lost]), (2, 0));
}
