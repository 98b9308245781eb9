use shared::Seq;

use super::*;

fn name(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn room() -> Room {
    let room = Room::new(RoomName::parse("r").unwrap());
    room.load(&[]);
    room
}

/// What the room has told since the last time, as frames.
fn told(room: &Room, cursor: &mut Cursor) -> Vec<FromServer> {
    let mut slices = [const { Bytes::new() }; 8];
    match room.with_ring(|ring| cursor.take(ring, &mut slices)) {
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
    let (ann, changed) = room.enter(outbound(), Some(&name("ann")));
    assert!(changed);
    let (_, changed) = room.enter(outbound(), Some(&name("ann")));
    assert!(!changed, "a second connection of the same name is no news");
    let (bob, _) = room.enter(outbound(), Some(&name("bob")));
    room.exit(bob, Some(&name("bob")));
    room.exit(ann, Some(&name("ann")));
    room.tell_presence();
    let frames = told(&room, &mut cursor);
    let [FromServer::Presence { count: 1, arrived, departed, names: None, .. }] = &frames[..] else {
        panic!("one presence of one member: {frames:?}");
    };
    assert_eq!((&arrived[..], &departed[..]), (&[name("ann")][..], &[][..]));
    room.tell_presence();
    assert!(told(&room, &mut cursor).is_empty(), "nothing has changed since");
}

#[test]
fn a_crowd_is_counted_and_named_again_when_it_is_small() {
    let room = room();
    let mut cursor = room.cursor(None, true);
    let places: Vec<_> = (0..=limits::MEMBERS_NAMED)
        .map(|number| {
            let who = name(&format!("user{number}"));
            (room.enter(Arc::default(), Some(&who)).0, who)
        })
        .collect();
    room.tell_presence();
    let frames = told(&room, &mut cursor);
    let [FromServer::Presence { count: 101, arrived, names: None, .. }] = &frames[..] else {
        panic!("a count alone: {frames:?}");
    };
    assert!(arrived.is_empty());
    assert_eq!(room.members().names.len(), limits::MEMBERS_NAMED);
    let (place, who) = &places[7];
    room.exit(*place, Some(who));
    room.tell_presence();
    let frames = told(&room, &mut cursor);
    let [FromServer::Presence { count: 100, names: Some(names), .. }] = &frames[..] else {
        panic!("all names anew: {frames:?}");
    };
    assert!(!names.contains(who) && names.len() == 100);
}

#[test]
fn whoever_is_nameless_is_no_member_but_hears_the_bell() {
    let room = room();
    let outbound = Arc::new(Outbound::default());
    let (_, changed) = room.enter(outbound.clone(), None);
    assert!(!changed);
    assert_eq!(room.members().count, 0);
    room.tell(&FromServer::Heartbeat {});
    let waker = std::task::Waker::noop();
    let context = std::task::Context::from_waker(waker);
    assert!(outbound.poll_notified(&context).is_ready());
    assert!(outbound.poll_notified(&context).is_pending(), "a bell rings once");
    assert_eq!(room.with_ring(Ring::head), Seq::ZERO);
}
