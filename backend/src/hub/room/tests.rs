use shared::Seq;

use super::*;
use crate::hub::Tally;

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn room() -> Room {
    let room = Room::new(RoomName::parse("r").unwrap(), Arc::default());
    room.start_at(Seq::ZERO);
    room
}

fn tell_presence(room: &Room) {
    if let Some(frame) = room.presence() {
        let _ = room.tell(&frame);
    }
}

/// What the room has told since the last time, as frames.
fn told(room: &Room, cursor: &mut Cursor) -> Vec<FromServer> {
    let mut slices = [const { Bytes::new() }; 8];
    match room.with_ring(|ring| cursor.take(ring, &mut slices, &mut Tally::default())) {
        super::super::Taken::Slices(count) => {
            let decode = |frame: &Bytes| {
                FromServer::decode(std::str::from_utf8(&wire::payload(frame)).unwrap()).unwrap()
            };
            slices[..count].iter().map(decode).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn presence_is_told_once_for_all_who_came_and_went_meanwhile() {
    let room = room();
    let mut cursor = room.cursor(None, true);
    let outbound = || Arc::new(Outbound::default());
    let ann = room.enter(outbound(), Some(&name("ann"))).unwrap();
    assert!(ann.presence_due);
    let again = room.enter(outbound(), Some(&name("ann"))).unwrap();
    assert!(!again.presence_due, "a second connection of the same name is no news");
    let bob = room.enter(outbound(), Some(&name("bob"))).unwrap();
    room.exit(bob.place, Some(&name("bob")));
    room.exit(ann.place, Some(&name("ann")));
    tell_presence(&room);
    let frames = told(&room, &mut cursor);
    let [FromServer::Presence { count: 1, arrived, departed, names: None, .. }] = &frames[..] else {
        panic!("one presence of one member: {frames:?}");
    };
    assert_eq!((&arrived[..], &departed[..]), (&[name("ann")][..], &[][..]));
    tell_presence(&room);
    assert!(told(&room, &mut cursor).is_empty(), "nothing has changed since");
}

#[test]
fn followers_are_told_once_of_all_that_was_deleted_meanwhile() {
    let room = room();
    assert!(room.expire(Seq(200)));
    assert!(!room.expire(Seq(400)), "that it is to be told is known");
    assert_eq!(room.presence(), None);
    assert!(room.expire(Seq(500)), "what comes while it is told is told later, or now");
    let expired = FromServer::Expired { room: room.name().clone(), floor: Seq(500) };
    assert_eq!((room.expired(), room.expired()), (Some(expired), None));
}

#[test]
fn a_crowd_is_counted_and_named_again_when_it_is_small() {
    let room = room();
    let mut cursor = room.cursor(None, true);
    let places: Vec<_> = (0..=limits::MEMBERS_NAMED)
        .map(|number| {
            let who = name(&format!("user{number}"));
            (room.enter(Arc::default(), Some(&who)).unwrap().place, who)
        })
        .collect();
    tell_presence(&room);
    let frames = told(&room, &mut cursor);
    let [FromServer::Presence { count: 101, arrived, names: None, .. }] = &frames[..] else {
        panic!("a count alone: {frames:?}");
    };
    assert!(arrived.is_empty());
    assert_eq!(room.members().names.len(), limits::MEMBERS_NAMED);
    let (place, who) = &places[7];
    room.exit(*place, Some(who));
    tell_presence(&room);
    let frames = told(&room, &mut cursor);
    let [FromServer::Presence { count: 100, names: Some(names), .. }] = &frames[..] else {
        panic!("all names anew: {frames:?}");
    };
    assert!(!names.contains(who) && names.len() == 100);
}

#[test]
fn a_nameless_follower_is_no_member_but_is_notified() {
    let room = room();
    let outbound = Arc::new(Outbound::default());
    assert!(!room.enter(outbound.clone(), None).unwrap().presence_due);
    assert_eq!(room.members().count, 0);
    assert!(room.tell(&FromServer::Heartbeat {}));
    assert!(!room.tell(&FromServer::Heartbeat {}), "it is notified once for both");
    assert_eq!(room.notify_some(0), None);
    let waker = std::task::Waker::noop();
    let context = std::task::Context::from_waker(waker);
    assert!(outbound.poll_notified(&context).is_ready());
    assert!(outbound.poll_notified(&context).is_pending(), "it was notified once");
    assert_eq!(room.with_ring(Ring::head), Seq::ZERO);
}

#[test]
fn a_room_that_was_a_crowd_between_two_announcements_names_all_anew() {
    let room = room();
    let mut cursor = room.cursor(None, true);
    let enter = |number: usize| {
        let who = name(&format!("user{number}"));
        (room.enter(Arc::default(), Some(&who)).unwrap().place, who)
    };
    let members: Vec<_> = (0..limits::MEMBERS_NAMED).map(enter).collect();
    tell_presence(&room);
    told(&room, &mut cursor);
    // One more, and one of the others less, before presence is announced again.
    let (_, last) = enter(limits::MEMBERS_NAMED);
    let (place, who) = &members[7];
    room.exit(*place, Some(who));
    tell_presence(&room);
    let frames = told(&room, &mut cursor);
    let [FromServer::Presence { count: 100, names: Some(names), .. }] = &frames[..] else {
        panic!("all names anew: {frames:?}");
    };
    assert!(names.contains(&last) && !names.contains(who));
}
