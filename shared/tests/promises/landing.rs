//! A user who enters a room lands at the first unread message, and only what they have seen counts as read.

use shared::{
    FromServer, Refusal, RefusalCode, Seq,
    view::{IDLE_WINDOW, WINDOW},
};

use crate::{
    samples::{Ann, joined, lobby, messages, resumed, sent, summary, welcome, welcome_with},
    shelf::Shelf,
};

fn pages(frames: &[String]) -> usize {
    frames.iter().filter(|frame| frame.contains(r#""type":"page""#)).count()
}

#[test]
fn a_user_lands_at_the_first_unread_message_however_many_there_are() {
    for (entries, read) in [(40, 20), (49, 0), (200, 150), (600, 100), (3_000, 30)] {
        let mut shelf = Shelf::new(entries, read);
        let ann = shelf.device();
        let room = ann.room();
        assert!(!room.is_landing());
        assert_eq!(room.new_marker(), shelf.seen, "{entries} entries");
        let first = shelf.log.iter().find(|m| m.is_entry() && Some(m.seq) > shelf.seen).unwrap().seq;
        assert_eq!(room.first_unread(), Some(first), "{entries} entries");
        assert!(room.continues_from_seen());
        let above = room.timeline().position(first).unwrap();
        assert!(above > 0 || read == 0, "what was read before it is shown above it");
        assert_eq!(room.unread(), shelf.unread().min(1_000));
    }
}

#[test]
fn nothing_is_requested_where_the_first_unread_message_is_loaded() {
    let mut shelf = Shelf::new(100, 80);
    let mut ann = Ann::new();
    ann.client.enter(&lobby());
    let actions = ann.connect(&shelf.welcome());
    assert_eq!(pages(&shelf.serve(&mut ann, actions)), 0);
    assert_eq!(ann.client.enter(&lobby()), []);
    assert!(!ann.room().timeline().has_newer());
}

#[test]
fn a_user_who_was_never_in_the_room_starts_at_its_end() {
    let mut ann = Ann::new();
    ann.client.enter(&lobby());
    ann.connect(&welcome());
    assert_eq!(sent(&ann.hear(&joined(99, messages([98, 99]), true))).len(), 1, "the read mark only");
    assert!(!ann.room().is_landing());
    assert_eq!((ann.shown(), ann.room().first_unread(), ann.room().unread()), (vec![98, 99], None, 0));
}

#[test]
fn a_room_that_is_followed_already_is_searched_for_the_first_unread_message_when_it_is_entered() {
    let mut shelf = Shelf::new(600, 100);
    let mut ann = Ann::new();
    let actions = ann.connect(&shelf.welcome());
    assert_eq!(pages(&shelf.serve(&mut ann, actions)), 0, "nobody looks at it");
    let actions = ann.client.enter(&lobby());
    assert!(ann.room().is_landing() && ann.room().first_unread().is_none());
    assert_eq!(pages(&shelf.serve(&mut ann, actions)), 2);
    assert!(!ann.room().is_landing() && ann.room().first_unread().is_some());
}

#[test]
fn a_permalink_is_shown_instead_of_the_first_unread_message() {
    let shelf = Shelf::new(600, 100);
    let target = shelf.log[300].seq;
    let mut ann = Ann::new();
    ann.client.enter(&lobby());
    ann.client.jump(&lobby(), target);
    let mut later = Ann::new();
    later.client.enter(&lobby());
    for (mut ann, jumps_later) in [(ann, false), (later, true)] {
        let mut shelf = Shelf::new(600, 100);
        let mut actions = ann.connect(&shelf.welcome());
        if jumps_later {
            actions = ann.hear(&shelf.answer(sent(&actions)[0]).unwrap());
            assert!(ann.room().is_landing());
            actions.extend(ann.client.jump(&lobby(), target));
            assert!(!ann.room().is_landing());
        }
        shelf.serve(&mut ann, actions);
        assert!(ann.room().timeline().get(target).is_some());
        assert!(!ann.room().is_landing() && !ann.room().continues_from_seen());
        assert_eq!(ann.room().unread(), 500);
    }
}

#[test]
fn a_user_who_goes_to_the_newest_messages_is_not_brought_back() {
    let mut shelf = Shelf::new(600, 100);
    let mut ann = Ann::new();
    ann.client.enter(&lobby());
    let actions = ann.connect(&shelf.welcome());
    let mut actions = ann.hear(&shelf.answer(sent(&actions)[0]).unwrap());
    actions.extend(ann.client.jump_to_latest(&lobby()));
    shelf.serve(&mut ann, actions);
    assert!(!ann.room().is_landing() && !ann.room().timeline().has_newer());
}

#[test]
fn landing_outlives_a_lost_connection_and_a_refused_page() {
    for lost in [0, 1] {
        let mut shelf = Shelf::new(600, 100);
        let mut ann = Ann::new();
        ann.client.enter(&lobby());
        let actions = ann.connect(&shelf.welcome());
        let actions = ann.hear(&shelf.answer(sent(&actions)[0]).unwrap());
        for text in &sent(&actions)[..lost] {
            ann.hear(&shelf.answer(text).unwrap());
        }
        assert!(ann.room().is_landing());
        shelf.reconnect(&mut ann);
        assert!(!ann.room().is_landing() && ann.room().first_unread().is_some(), "after {lost} pages");
    }
    let mut shelf = Shelf::new(600, 100);
    let mut ann = Ann::new();
    ann.client.enter(&lobby());
    let actions = ann.connect(&shelf.welcome());
    ann.hear(&shelf.answer(sent(&actions)[0]).unwrap());
    let refusal = Refusal { room: Some(lobby()), ..Refusal::new(RefusalCode::Busy, "no") };
    ann.hear(&FromServer::Refused(Refusal { retry_after_ms: Some(700), ..refusal.clone() }));
    let actions = ann.wait(700);
    shelf.serve(&mut ann, actions);
    assert!(!ann.room().is_landing() && ann.room().first_unread().is_some());
}

#[test]
fn a_reconnection_leaves_the_user_where_they_are() {
    let mut shelf = Shelf::new(600, 100);
    let mut ann = shelf.device();
    let old = shelf.log[20].seq;
    let actions = ann.client.jump(&lobby(), old);
    shelf.serve(&mut ann, actions);
    let shown = ann.shown();
    assert_eq!(pages(&shelf.reconnect(&mut ann)), 0);
    assert_eq!(ann.shown(), shown);
    assert_eq!(ann.room().unread(), 500);
}

#[test]
fn what_is_read_of_a_long_backlog_is_subtracted_message_by_message() {
    let mut shelf = Shelf::new(600, 100);
    let mut ann = shelf.device();
    for left in [440, 439, 390, 200, 40, 3] {
        let count = usize::try_from(ann.room().unread() - left).unwrap();
        shelf.read(&mut ann, count);
        assert_eq!((ann.room().unread(), shelf.unread()), (left, left));
        assert!(!ann.room().unread_is_at_least());
    }
    shelf.read(&mut ann, 3);
    assert_eq!((ann.room().unread(), ann.room().unread_mentions()), (0, 0));
}

#[test]
fn what_was_not_seen_stays_unread_on_every_device_and_after_a_reload() {
    let mut shelf = Shelf::new(600, 100);
    let (mut phone, mut desktop) = (shelf.device(), Ann::new());
    // On the desktop, the room is followed and another one is on the screen.
    let actions = desktop.connect(&shelf.welcome());
    shelf.serve(&mut desktop, actions);
    for left in [440, 437, 300] {
        let count = usize::try_from(phone.room().unread() - left).unwrap();
        let seq = shelf.read(&mut phone, count);
        let actions = desktop.hear(&FromServer::Seen { room: lobby(), seq });
        shelf.serve(&mut desktop, actions);
        assert_eq!((phone.room().unread(), desktop.room().unread()), (left, left));
        assert_eq!(shelf.device().room().unread(), left, "after a reload");
    }
    shelf.reconnect(&mut desktop);
    assert_eq!(desktop.room().unread(), 300);

    desktop.lose();
    let actions = shelf.read(&mut phone, 100);
    assert_eq!(desktop.room().unread(), 300, "it does not know yet: {actions}");
    let actions = desktop.connect(&shelf.welcome());
    shelf.serve(&mut desktop, actions);
    assert_eq!(desktop.room().unread(), 200);
    let actions = desktop.client.enter(&lobby());
    shelf.serve(&mut desktop, actions);
    assert_eq!(desktop.room().new_marker(), phone.room().seen());
}

#[test]
fn marks_that_come_while_messages_are_counted_are_counted_too() {
    let mut shelf = Shelf::new(600, 100);
    let mut ann = Ann::new();
    let actions = ann.connect(&shelf.welcome());
    shelf.serve(&mut ann, actions);
    let (first, second) = (shelf.log[200].seq, shelf.log[400].seq);
    let first = ann.hear(&FromServer::Seen { room: lobby(), seq: first });
    assert_eq!(pages(&sent(&first).into_iter().map(str::to_owned).collect::<Vec<_>>()), 1);
    assert_eq!(ann.hear(&FromServer::Seen { room: lobby(), seq: second }), [], "one page at a time");
    shelf.serve(&mut ann, first);
    shelf.seen = Some(second);
    assert_eq!(ann.room().unread(), shelf.unread());
}

#[test]
fn a_room_that_is_joined_after_it_was_read_elsewhere_has_the_right_count() {
    let mut shelf = Shelf::new(600, 100);
    let mut ann = Ann::new();
    let actions = ann.connect(&shelf.welcome());
    shelf.seen = Some(shelf.log[300].seq);
    shelf.serve(&mut ann, actions);
    assert_eq!(ann.room().unread(), shelf.unread());
}

#[test]
fn more_than_the_server_counts_is_shown_as_at_least_so_many() {
    let mut shelf = Shelf::new(3_000, 100);
    let mut ann = shelf.device();
    assert_eq!((ann.room().unread(), ann.room().unread_is_at_least()), (1_000, true));
    shelf.read(&mut ann, 60);
    assert_eq!((ann.room().unread(), ann.room().unread_is_at_least()), (940, true));
    shelf.reconnect(&mut ann);
    assert_eq!((ann.room().unread(), ann.room().unread_is_at_least()), (1_000, true), "there are 2,840");
    shelf.read(&mut ann, 2_800);
    assert!(ann.room().unread() <= 40 && ann.room().unread_is_at_least());
    let actions = ann.client.load_newer(&lobby());
    shelf.serve(&mut ann, actions);
    assert!(!ann.room().timeline().has_newer());
    assert_eq!((ann.room().unread(), ann.room().unread_is_at_least()), (40, false));
}

#[test]
fn missed_messages_are_in_the_count_before_they_come() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.lose();
    ann.connect(&welcome_with(vec![summary(5, Some(2), 3)]));
    assert_eq!(ann.room().unread(), 3);
    ann.hear(&resumed(5));
    for message in messages([3, 4, 5, 6]) {
        ann.hear_message(message);
    }
    assert_eq!(ann.room().unread(), 4);
    ann.client.seen(&lobby(), Seq(4), ann.now);
    assert_eq!(ann.room().unread(), 2);
}

#[test]
fn the_list_of_rooms_follows_what_is_read_elsewhere() {
    let mut ann = Ann::new();
    ann.client.leave(&lobby());
    ann.connect(&welcome_with(vec![summary(9, Some(4), 3)]));
    ann.hear(&FromServer::Seen { room: lobby(), seq: Seq(9) });
    let listed = &ann.client.view().directory()[0];
    assert_eq!((listed.seen, listed.unread), (Some(Seq(9)), 0));
}

#[test]
fn a_room_that_is_not_on_the_screen_keeps_a_few_pages_and_loads_the_rest_when_it_is_entered() {
    let mut shelf = Shelf::new(2_000, 1_990);
    let mut ann = shelf.device();
    for _ in 0..10 {
        let actions = ann.client.load_older(&lobby());
        shelf.serve(&mut ann, actions);
    }
    let held = ann.shown().len();
    assert!(held > 2 * IDLE_WINDOW && held < WINDOW);
    let late = ann.client.load_older(&lobby());
    ann.client.enter(&"elsewhere".parse().unwrap());
    let kept = ann.shown();
    assert_eq!(kept.len(), IDLE_WINDOW);
    assert!(ann.room().timeline().has_older() && !ann.room().timeline().has_newer());
    shelf.serve(&mut ann, late);
    assert_eq!(ann.shown(), kept, "a page that was on its way changes nothing");
    let newest = shelf.head().0;
    for message in messages(newest + 1..=newest + 1_000) {
        ann.hear_message(message);
    }
    assert_eq!((ann.shown().len(), ann.room().unread()), (IDLE_WINDOW, 1_010));
    assert_eq!(*ann.shown().last().unwrap(), newest + 1_000, "it follows the head");

    shelf.log.extend(messages(newest + 1..=newest + 1_000));
    let actions = ann.client.enter(&lobby());
    shelf.serve(&mut ann, actions);
    let first = ann.room().first_unread().unwrap();
    assert!(Some(first) > shelf.seen && ann.room().continues_from_seen());
    shelf.read(&mut ann, 1_000);
    assert_eq!(ann.room().unread(), 10);
    assert!(ann.shown().len() > IDLE_WINDOW);
}
