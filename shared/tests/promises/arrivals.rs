//! What a client notifies its user of is what came, wherever the user has scrolled to.

use shared::{AboutKind, FromServer, Seq, Side, view::MAX_ARRIVALS};

use crate::samples::{Ann, about, joined, lobby, message, messages, page, resumed, welcome};

impl Ann {
    fn arrivals(&mut self) -> Vec<(u64, String, bool)> {
        let arrivals = self.client.take_arrivals().into_iter();
        arrivals.map(|arrival| (arrival.seq.0, arrival.text, arrival.mentions_me)).collect()
    }
}

/// In the lobby, whose newest message is 20 and read.
fn ann() -> Ann {
    let mut ann = Ann::new();
    ann.client.enter(&lobby());
    ann.connect(&welcome());
    ann.hear(&joined(20, messages(1..=20), false));
    ann
}

#[test]
fn messages_of_others_arrive_once_in_order_and_also_after_a_jump() {
    let mut ann = ann();
    assert_eq!(ann.arrivals(), []);
    ann.client.jump(&lobby(), Seq(5));
    ann.hear(&page(Side::Before(Seq(6)), messages(1..=5), false));
    ann.hear(&page(Side::After(Seq(5)), messages(6..=10), true));
    assert_eq!(ann.arrivals(), [], "pages did not come");
    for seq in [21, 22, 21, 22] {
        ann.hear(&FromServer::Message(message(seq, "bob", &format!("@ann {seq}"))));
    }
    assert_eq!(ann.arrivals(), [(21, "@ann 21".into(), true), (22, "@ann 22".into(), true)]);
    assert_eq!(ann.arrivals(), []);
}

#[test]
fn own_messages_reactions_and_what_is_read_elsewhere_are_no_arrivals() {
    let mut ann = ann();
    ann.hear(&FromServer::Message(message(21, "ann", "mine")));
    ann.hear(&FromServer::Message(about(message(22, "bob", "👍"), 21, AboutKind::Reaction)));
    ann.hear(&FromServer::Message(message(23, "bob", "read on the phone")));
    ann.hear(&FromServer::Message(message(24, "bob", "not read")));
    ann.hear(&FromServer::Seen { room: lobby(), seq: Seq(23) });
    assert_eq!(ann.arrivals(), [(24, "not read".into(), false)]);
}

#[test]
fn what_was_missed_arrives_when_the_room_is_resumed() {
    let mut ann = ann();
    ann.lose();
    ann.connect(&welcome());
    ann.hear(&resumed(22));
    ann.hear(&FromServer::Message(message(21, "bob", "missed")));
    ann.hear(&FromServer::Message(message(22, "bob", "missed too")));
    assert_eq!(ann.arrivals().len(), 2);
}

#[test]
fn a_burst_is_bounded_and_the_newest_stay() {
    let mut ann = ann();
    for seq in 21..=300 {
        ann.hear(&FromServer::Message(message(seq, "bob", &"x".repeat(5_000))));
    }
    let arrivals = ann.arrivals();
    assert_eq!((arrivals.len(), arrivals.last().unwrap().0), (MAX_ARRIVALS, 300));
    assert!(arrivals.iter().all(|(_, text, _)| text.len() == 300));
}
