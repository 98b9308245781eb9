use proptest::prelude::*;
use shared::{About, MessageId, RoomName, Timestamp, Username};

use super::*;

fn message(seq: u64) -> Message {
    Message {
        room: RoomName::parse("r").unwrap(),
        seq: Seq(seq),
        id: MessageId::parse(&format!("m{seq}")).unwrap(),
        username: Username::parse("ann").unwrap(),
        text: format!("text {seq}"),
        sent_at: Timestamp::from_millis(0),
        about: None,
        authorship: shared::Authorship::Proven,
    }
}

fn messages(seqs: impl IntoIterator<Item = u64>) -> Vec<Message> {
    seqs.into_iter().map(message).collect()
}

/// A ring that holds these messages, the newest of its room's log.
fn ring(newest: impl IntoIterator<Item = u64>) -> Ring {
    let mut ring = Ring::default();
    let newest = messages(newest);
    ring.start_at(newest.first().map_or(Seq::ZERO, |first| first.seq.before()));
    ring.publish(&newest);
    ring
}

/// The seqs of whole frames, one after the other; a told frame is 0.
fn seqs(bytes: &Bytes) -> Vec<u64> {
    let mut rest = bytes.clone();
    let mut seqs = Vec::new();
    while !rest.is_empty() {
        let payload = wire::payload(&rest);
        let len = match rest[1] {
            126 => usize::from(u16::from_be_bytes([rest[2], rest[3]])),
            short => usize::from(short),
        };
        let text = std::str::from_utf8(&payload[..len]).unwrap();
        seqs.push(match FromServer::decode(text).unwrap() {
            FromServer::Message(message) => message.seq.0,
            _ => 0,
        });
        rest = payload.slice(len..);
    }
    seqs
}

fn take(cursor: &mut Cursor, ring: &Ring) -> Option<Vec<u64>> {
    let mut all = Vec::new();
    let mut slices = [const { Bytes::new() }; 3];
    loop {
        match cursor.take(ring, &mut slices, &mut Tally::default()) {
            Taken::Level => return Some(all),
            Taken::Behind => return None,
            Taken::Slices(count) => all.extend(slices[..count].iter().flat_map(seqs)),
        }
    }
}

fn heartbeat() -> Bytes {
    let mut frame = Vec::new();
    wire::put_text(&mut frame, &FromServer::Heartbeat {}.encode());
    frame.into()
}

#[test]
fn a_reader_at_the_head_gets_what_comes_and_nothing_twice() {
    let mut ring = ring([]);
    let mut cursor = Cursor::new(&ring, None, false);
    assert_eq!(take(&mut cursor, &ring), Some(vec![]));
    ring.publish(&messages([1, 2]));
    ring.publish(&messages([3]));
    assert_eq!(take(&mut cursor, &ring), Some(vec![1, 2, 3]));
    assert_eq!(take(&mut cursor, &ring), Some(vec![]));
    assert_eq!(ring.head(), Seq(3));
}

#[test]
fn a_reader_who_returns_gets_what_came_after_even_from_within_a_batch() {
    let mut ring = ring([5, 6, 7]);
    ring.publish(&messages([8, 9]));
    for after in 4..=9 {
        let mut cursor = Cursor::new(&ring, Some(Seq(after)), false);
        assert_eq!(take(&mut cursor, &ring), Some((after + 1..=9).collect()), "after {after}");
    }
    let mut behind = Cursor::new(&ring, Some(Seq(3)), false);
    assert_eq!(take(&mut behind, &ring), None, "4 is in the log only");
    behind.has_read(Seq(6));
    assert_eq!(take(&mut behind, &ring), Some(vec![7, 8, 9]));
}

#[test]
fn what_is_published_while_the_head_is_read_is_neither_lost_nor_doubled() {
    // The head was read before the publication, and after it.
    for head in [3, 5] {
        let mut ring = Ring::default();
        ring.publish(&messages([4, 5]));
        ring.start_at(Seq(head));
        ring.publish(&messages([6]));
        assert_eq!(take(&mut Cursor::new(&ring, Some(Seq(3)), false), &ring), Some(vec![4, 5, 6]));
        assert_eq!(take(&mut Cursor::new(&ring, Some(Seq(2)), false), &ring), None, "3 is in the log only");
    }
    // The head was committed when it was read, and is published later.
    let mut ring = Ring::default();
    ring.start_at(Seq(5));
    assert!(!ring.publish(&messages([5])));
    ring.publish(&messages([6]));
    assert_eq!(take(&mut Cursor::new(&ring, Some(Seq(5)), false), &ring), Some(vec![6]));
    assert_eq!(take(&mut Cursor::new(&ring, Some(Seq(4)), false), &ring), None, "5 is in the log only");
}

#[test]
fn what_is_told_reaches_those_who_hear_it_from_when_they_came() {
    let mut ring = ring([1]);
    ring.tell(heartbeat());
    let mut wants_presence = Cursor::new(&ring, Some(Seq(0)), true);
    let mut reads = Cursor::new(&ring, Some(Seq(0)), false);
    ring.tell(heartbeat());
    ring.publish(&messages([2]));
    assert_eq!(take(&mut wants_presence, &ring), Some(vec![1, 0, 2]));
    assert_eq!(take(&mut reads, &ring), Some(vec![1, 2]));
}

#[test]
fn a_retraction_blanks_the_message_and_its_edits_and_nothing_else() {
    let mut ring = ring([1, 2]);
    let mut level = Cursor::new(&ring, None, false);
    let mut slow = Cursor::new(&ring, Some(Seq(0)), false);
    let about = |seq, kind| {
        let about = Some(About { seq: Seq(1), kind });
        Message { about, ..message(seq) }
    };
    ring.publish(&[about(3, AboutKind::Edit), message(4)]);
    ring.publish(&[Message { text: String::new(), ..about(5, AboutKind::Retraction) }]);
    assert_eq!(take(&mut level, &ring), Some(vec![3, 4, 5]));
    let payloads = slow.clone().take_payloads(&ring, &mut Tally::default()).unwrap();
    let texts: Vec<_> = payloads
        .iter()
        .map(|(_, payload)| match FromServer::decode(std::str::from_utf8(payload).unwrap()).unwrap() {
            FromServer::Message(message) => message.text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["", "text 2", "", "text 4", ""]);
    assert_eq!(take(&mut slow, &ring), Some(vec![1, 2, 3, 4, 5]), "nobody has to read the log");
    let bytes = ring.batches.iter().map(|batch| batch.bytes.len()).sum::<usize>();
    assert_eq!((ring.bytes, ring.total.load(Ordering::Relaxed)), (bytes, bytes));
}

#[test]
fn a_ring_that_is_dropped_or_trimmed_is_not_counted_any_more() {
    let total = TotalBytes::default();
    let mut ring = Ring::new(total.clone());
    for seq in 1..100 {
        ring.publish(&messages([seq]));
    }
    assert_eq!(total.load(Ordering::Relaxed), ring.bytes);
    ring.trim(1000);
    assert!(ring.bytes <= 1000);
    assert_eq!(total.load(Ordering::Relaxed), ring.bytes);
    drop(ring);
    assert_eq!(total.load(Ordering::Relaxed), 0);
}

#[test]
fn a_ring_is_bounded_in_batches_and_in_bytes() {
    let mut ring = ring([]);
    let mut cursor = Cursor::new(&ring, None, false);
    for seq in 1..=2 * RING_BATCHES as u64 {
        ring.publish(&messages([seq]));
    }
    assert_eq!(ring.batches.len(), RING_BATCHES);
    assert_eq!(take(&mut cursor, &ring), None);
    let mut large = message(1_000_000);
    large.text = "x".repeat(RING_BYTES);
    ring.publish(&[large]);
    assert_eq!(ring.batches.len(), 1, "one batch is kept however large it is");
    assert_eq!(ring.bytes, ring.batches[0].bytes.len());
}

#[test]
fn payloads_are_the_same_messages_without_their_frames() {
    let mut ring = ring([1, 2]);
    ring.tell(heartbeat());
    ring.publish(&messages([3]));
    let mut cursor = Cursor::new(&ring, Some(Seq(1)), false);
    let payloads = cursor.take_payloads(&ring, &mut Tally::default()).unwrap();
    let texts: Vec<_> = payloads.iter().map(|(_, payload)| payload.clone()).collect();
    assert_eq!(payloads.iter().map(|(seq, _)| seq.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(texts[1], FromServer::Message(message(3)).encode());
    assert!(cursor.take_payloads(&ring, &mut Tally::default()).unwrap().is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    Publish(u64),
    Tell,
    Read(usize),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Readers who start anywhere and read now and then, from the log where the ring does not reach back, get every
    /// message after their start once and in order.
    #[test]
    fn every_reader_gets_the_log_in_order(
        old in 0..50_u64,
        starts in prop::collection::vec(0..50_u64, 1..4),
        steps in prop::collection::vec(prop_oneof![
            (1..400_u64).prop_map(Step::Publish),
            Just(Step::Tell),
            (0..4_usize).prop_map(Step::Read),
        ], 1..40),
    ) {
        let mut ring = Ring::default();
        ring.start_at(Seq(old.saturating_sub(5)));
        ring.publish(&messages(old.saturating_sub(5) + 1..=old));
        let mut head = old;
        let begin = |start: &u64| (start.min(&old).to_owned(), Vec::new());
        let mut readers: Vec<(u64, Vec<u64>)> = starts.iter().map(begin).collect();
        let mut cursors: Vec<Cursor> =
            readers.iter().map(|(start, _)| Cursor::new(&ring, Some(Seq(*start)), true)).collect();
        for step in steps.iter().chain(&[Step::Read(0), Step::Read(1), Step::Read(2)]) {
            match step {
                // Large batches make the ring drop its oldest.
                Step::Publish(count) => {
                    ring.publish(&messages(head + 1..=head + count));
                    head += count;
                }
                Step::Tell => ring.tell(heartbeat()),
                Step::Read(reader) => {
                    let Some(cursor) = cursors.get_mut(*reader) else { continue };
                    let got = &mut readers[*reader].1;
                    loop {
                        if let Some(seqs) = take(cursor, &ring) {
                            got.extend(seqs.into_iter().filter(|seq| *seq > 0));
                            break;
                        }
                        let next = cursor.seq().0 + 1;
                        got.push(next);
                        cursor.has_read(Seq(next));
                    }
                }
            }
        }
        for (start, got) in readers.iter().take(3) {
            prop_assert_eq!(got, &(start + 1..=head).collect::<Vec<_>>());
        }
    }
}
