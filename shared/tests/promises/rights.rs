//! Rights that begin and end while somebody is connected: rooms that come and go, invitations, bars, deleted accounts.

use shared::{
    AboutKind, Action, Authorship, Client, CloseCode, Connection, Credentials, Event, FromServer, Message,
    Refusal, RefusalCode, Role, RoomInfo, RoomKind, RoomName, RoomSummary, Side, Timestamp,
    house::LeftReason, link::Progress,
};

use crate::samples::{
    Ann, about, joined, lobby, message, messages, page_with, post, posted, refused, sent, summary, user,
    welcome, welcome_as, welcome_with,
};

const JOIN: &str = r#"{"type":"join","room":"lobby"}"#;

fn left() -> FromServer {
    FromServer::Left { room: lobby(), reason: LeftReason::Removed }
}

fn no_room() -> Refusal {
    Refusal { room: Some(lobby()), ..Refusal::new(RefusalCode::NoRoom, "there is no room lobby") }
}

fn topic(text: &str) -> RoomInfo {
    RoomInfo { topic: Some(text.parse().unwrap()), ..RoomInfo::default() }
}

fn room(name: &str, info: RoomInfo) -> FromServer {
    FromServer::Room(RoomSummary { info, ..RoomSummary::empty(name.parse().unwrap()) })
}

fn account_deleted(name: &str, blanked: bool) -> FromServer {
    FromServer::AccountDeleted { username: user(name), blanked }
}

fn write(ann: &mut Ann, id: &str) -> Vec<Action> {
    ann.client.post(post(id, "hello"), Timestamp::default(), ann.now)
}

fn progress(ann: &Ann, id: &str) -> Progress {
    let posts = ann.client.link().outbox().posts();
    posts.iter().find(|outgoing| outgoing.post.id.as_str() == id).unwrap().progress.clone()
}

fn listed(ann: &Ann) -> Vec<String> {
    ann.client.view().directory().iter().map(|summary| summary.room.to_string()).collect()
}

fn names(ann: &Ann) -> Vec<(u64, String, String)> {
    let entries = ann.room().timeline().entries().iter().map(|entry| &entry.message);
    entries.map(|m| (m.seq.0, m.username.to_string(), m.text.clone())).collect()
}

/// Nothing of the lobby is left in what ann sees.
fn assert_forgotten(ann: &mut Ann) {
    assert_eq!(ann.shown(), Vec::<u64>::new());
    assert_eq!((ann.room().unread(), ann.room().unread_mentions(), ann.room().seen()), (0, 0, None));
    assert_eq!((ann.room().epoch(), ann.room().members().count), (None, 0));
    assert_eq!(ann.room().info(), &RoomInfo::default());
    assert_eq!(listed(ann), Vec::<String>::new());
    assert_eq!(ann.client.take_arrivals(), []);
}

#[test]
fn a_room_that_was_left_is_forgotten_and_not_joined_again() {
    let mut ann = Ann::new();
    ann.connect(&welcome_with(vec![summary(3, Some(1), 2)]));
    ann.hear(&joined(3, messages([1, 2, 3]), false));
    ann.hear(&room("lobby", topic("Everything")));
    ann.hear_message(message(4, "bob", "@ann look"));
    ann.hear(&FromServer::Typing { room: lobby(), username: user("bob") });
    assert!(ann.room().unread() > 0 && ann.room().info().topic.is_some());
    assert_eq!(ann.hear(&left()), []);
    assert_eq!(ann.room().left_because(), Some(LeftReason::Removed));
    assert_eq!(ann.room().typing().count(), 0);
    assert_forgotten(&mut ann);
    ann.hear_message(message(5, "bob", "still on its way"));
    assert_forgotten(&mut ann);
    ann.lose();
    assert_eq!(ann.connect(&welcome()), []);
    assert_eq!(ann.room().left_because(), Some(LeftReason::Removed));
    assert_eq!(ann.client.leave(&lobby()), [], "there is nothing to unsubscribe from");
}

#[test]
fn the_read_mark_of_a_room_that_was_left_is_not_sent() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.hear_message(message(3, "bob", "one"));
    ann.hear_message(message(4, "bob", "two"));
    ann.client.seen(&lobby(), shared::Seq(3), 0);
    assert_eq!(ann.client.seen(&lobby(), shared::Seq(4), 0), [], "it waits");
    ann.hear(&left());
    assert_eq!(ann.wait(10_000), []);
}

#[test]
fn posts_into_a_room_that_was_left_are_kept_until_the_server_refuses_them() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.lose();
    let mut reply = post("p2", "an answer");
    reply.about = Some(shared::About { seq: shared::Seq(1), kind: AboutKind::Reply });
    ann.client.post(reply, Timestamp::default(), ann.now);
    write(&mut ann, "p3");
    let actions = ann.connect(&welcome());
    let again = |actions: &[Action]| sent(actions).iter().filter(|text| text.contains("\"post\"")).count();
    assert_eq!(again(&actions), 1, "the reply waits for the answer to the join");
    let actions = ann.hear(&left());
    assert_eq!(again(&actions), 2, "it does not wait for a join that is over");
    assert_eq!(ann.pending(), ["p1", "p2", "p3"]);
    for id in ["p1", "p2", "p3"] {
        ann.hear(&refused(id, RefusalCode::NoRoom, None));
        assert!(
            matches!(progress(&ann, id), Progress::Failed(refusal) if refusal.code == RefusalCode::NoRoom)
        );
    }
    assert_eq!(ann.pending(), ["p1", "p2", "p3"], "the user can read what was not posted");
}

#[test]
fn a_room_that_was_left_without_a_connection_is_forgotten_at_the_next_join() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.hear_message(message(3, "bob", "@ann look"));
    ann.lose();
    assert_eq!(sent(&ann.connect(&welcome())).len(), 1);
    ann.hear(&FromServer::Refused(no_room()));
    assert_eq!(ann.room().refusal(), Some(&no_room()));
    assert_eq!(ann.room().left_because(), Some(LeftReason::Removed));
    assert_forgotten(&mut ann);
    ann.lose();
    assert_eq!(ann.connect(&welcome()), [], "it is not tried at every connection");
}

#[test]
fn a_room_that_does_not_exist_for_the_user_was_not_left() {
    let mut ann = Ann::live();
    ann.hear(&FromServer::Refused(no_room()));
    assert_eq!((ann.room().refusal(), ann.room().left_because()), (Some(&no_room()), None));
}

#[test]
fn a_room_that_is_listed_again_is_joined_again() {
    let mut ann = Ann::with(messages([1, 2]));
    ann.hear(&left());
    assert_eq!(sent(&ann.hear(&room("lobby", topic("Back")))), [JOIN], "from the beginning");
    ann.hear(&joined(3, messages([1, 2, 3]), false));
    assert_eq!((ann.room().left_because(), ann.room().refusal()), (None, None));
    assert_eq!((ann.shown(), ann.room().gap()), (vec![1, 2, 3], None));
    assert_eq!(ann.hear(&room("lobby", topic("Here"))), [], "it is joined already");

    ann.hear(&left());
    ann.lose();
    assert_eq!(sent(&ann.connect(&welcome_with(vec![summary(3, Some(3), 0)]))), [JOIN]);
    ann.hear(&FromServer::Refused(no_room()));
    assert_eq!(sent(&ann.hear(&room("lobby", RoomInfo::default()))), [JOIN]);
}

#[test]
fn a_room_on_the_screen_keeps_its_place_there_while_it_is_left() {
    let mut ann = Ann::with(messages(1..=400));
    ann.client.enter(&lobby());
    ann.hear(&left());
    assert!(!ann.room().is_landing(), "there is nothing to load");
    ann.hear(&room("lobby", RoomInfo::default()));
    ann.hear(&joined(400, messages(1..=400), false));
    ann.hear_message(message(401, "bob", "one more"));
    assert_eq!(ann.shown().len(), 401, "more than a room may keep that is not on the screen");
}

#[test]
fn rooms_come_into_the_list_and_go_out_of_it() {
    let mut ann = Ann::with(messages([1]));
    let closed = RoomInfo { kind: RoomKind::Closed, ..topic("The move") };
    ann.hear(&room("plan", closed.clone()));
    assert_eq!(listed(&ann), ["plan"]);
    assert_eq!(ann.client.view().directory()[0].info, closed);
    let plan: RoomName = "plan".parse().unwrap();
    ann.client.join(&plan);
    assert_eq!(ann.client.view().room(&plan).unwrap().info(), &closed, "known before the join is answered");

    let mut changed = RoomSummary { info: topic("The party"), unread: 9, ..RoomSummary::empty(plan.clone()) };
    ann.hear(&FromServer::Room(changed.clone()));
    assert_eq!(ann.client.view().room(&plan).unwrap().info(), &topic("The party"));
    assert_eq!(ann.client.view().directory()[0].info, topic("The party"));
    assert_eq!(
        ann.client.view().directory()[0].unread,
        0,
        "the count belongs to the messages that are known"
    );

    changed.info.archived = true;
    ann.hear(&FromServer::Room(changed.clone()));
    assert_eq!(listed(&ann), Vec::<String>::new());
    assert!(ann.client.view().room(&plan).unwrap().info().archived, "it can still be read");
    ann.hear(&FromServer::Room(changed.clone()));
    assert_eq!(listed(&ann), Vec::<String>::new(), "an archived room is not listed");
    changed.info.archived = false;
    ann.hear(&FromServer::Room(changed));
    assert_eq!(listed(&ann), ["plan"]);
}

#[test]
fn a_join_tells_what_is_known_of_the_room() {
    let mut ann = Ann::live();
    let mut frame = joined(1, messages([1]), false);
    let FromServer::Joined { info, .. } = &mut frame else { unreachable!() };
    *info = RoomInfo { slow_seconds: 30, ..topic("Everything") };
    let told = info.clone();
    ann.hear(&frame);
    assert_eq!(ann.room().info(), &told);
    ann.hear(&joined(1, messages([1]), false));
    assert_eq!(ann.room().info(), &RoomInfo::default(), "what is not told has its default");
}

#[test]
fn the_role_is_the_one_of_the_last_welcome() {
    let mut ann = Ann::live();
    assert_eq!(ann.client.view().role(), Role::Member);
    ann.lose();
    let mut answer = welcome();
    let FromServer::Welcome { role, .. } = &mut answer else { unreachable!() };
    *role = Role::Guest;
    ann.connect(&answer);
    assert_eq!(ann.client.view().role(), Role::Guest);
}

/// A lobby of bob and cy: an edited message, a reply to a message outside the page, and reactions.
fn lobby_of_bob() -> Ann {
    let mut ann = Ann::live();
    let unproven = Message { authorship: Authorship::Unproven, ..message(3, "bob", "not bob's") };
    let reply = about(message(5, "cy", "why?"), 2, AboutKind::Reply);
    ann.hear(&joined(5, vec![unproven, message(4, "bob", "teh text"), reply], true));
    let (edit, quoted) = (about(message(6, "bob", "the text"), 4, AboutKind::Edit), message(2, "bob", "so"));
    ann.hear_message(edit);
    for (seq, by) in [(7, "bob"), (8, "cy")] {
        ann.hear_message(about(message(seq, by, "👍"), 5, AboutKind::Reaction));
    }
    ann.hear_message(about(message(9, "cy", "a reply to another"), 2, AboutKind::Reply));
    ann.hear(&page_with(Side::Before(shared::Seq(3)), vec![quoted], vec![]));
    assert!(ann.room().quote(&ann.entry(9).message).unwrap().entry.is_some());
    ann
}

fn thumbs(ann: &Ann, seq: u64) -> Vec<String> {
    let reactions = ann.entry(seq).reactions.iter().flat_map(|reaction| &reaction.by);
    reactions.map(|(username, _)| username.to_string()).collect()
}

#[test]
fn the_messages_of_a_deleted_account_lose_its_name() {
    let mut ann = lobby_of_bob();
    ann.hear(&account_deleted("bob", false));
    let of = |seq, name: &str, text: &str| (seq, name.to_owned(), text.to_owned());
    let shown = [
        of(3, "bob", "not bob's"),
        of(4, "deleted", "the text"),
        of(5, "cy", "why?"),
        of(9, "cy", "a reply to another"),
    ];
    assert_eq!(names(&ann), shown);
    assert_eq!(ann.entry(4).message.authorship, Authorship::Deleted);
    assert!(ann.entry(4).edited_at.is_some() && !ann.entry(4).retracted);
    let quote = ann.room().quote(&ann.entry(9).message).unwrap().entry.unwrap();
    assert_eq!((quote.message.username.as_str(), quote.message.text.as_str()), ("deleted", "so"));
    assert_eq!(thumbs(&ann, 5), ["deleted", "cy"]);
    assert!(!ann.entry(4).is_by(Some(&user("deleted"))), "nobody can change them");
}

#[test]
fn the_texts_of_a_deleted_account_are_blanked_everywhere_if_the_house_wants_it() {
    let mut ann = lobby_of_bob();
    ann.hear(&account_deleted("bob", true));
    assert_eq!(ann.entry(3).message.text, "not bob's", "no token proved that it is");
    assert_eq!((ann.entry(4).message.text.as_str(), ann.entry(4).retracted), ("", true));
    assert_eq!(ann.entry(4).edited_at, None);
    let quote = ann.room().quote(&ann.entry(9).message).unwrap().entry.unwrap();
    assert_eq!((quote.message.username.as_str(), quote.message.text.as_str()), ("deleted", ""));
    assert!(quote.retracted);
    assert_eq!(thumbs(&ann, 5), ["cy"]);
    ann.hear_message(about(message(10, "bob", "an edit on its way"), 4, AboutKind::Edit));
    assert_eq!(ann.entry(4).message.text, "");
}

#[test]
fn the_list_of_rooms_does_not_name_a_deleted_account() {
    for (blanked, text) in [(false, "hello"), (true, "")] {
        let mut ann = Ann::new();
        let last = Some(message(3, "bob", "hello"));
        ann.connect(&welcome_with(vec![RoomSummary { last, ..summary(3, Some(1), 2) }]));
        ann.hear(&account_deleted("bob", blanked));
        let last = ann.client.view().directory()[0].last.clone().unwrap();
        assert_eq!((last.username.as_str(), last.text.as_str()), ("deleted", text));
    }
}

#[test]
fn a_deleted_account_is_no_longer_one_of_the_people_of_a_direct_room() {
    let mut ann = Ann::with(messages([1]));
    let people = vec![user("ann"), user("bob"), user("cy")];
    let direct = RoomInfo { kind: RoomKind::Direct, people, ..RoomInfo::default() };
    ann.hear(&room("lobby", direct));
    ann.hear(&account_deleted("bob", false));
    let left = [user("ann"), user("cy")];
    assert_eq!(ann.room().info().people, left);
    assert_eq!(ann.client.view().directory()[0].info.people, left);
}

#[test]
fn a_post_into_a_slowed_room_is_sent_again_by_itself_with_the_same_id() {
    let mut ann = Ann::with(messages([1]));
    let first = sent(&write(&mut ann, "p1")).concat();
    write(&mut ann, "p2");
    ann.hear(&refused("p1", RefusalCode::TooFast, Some(30_000)));
    ann.hear(&refused("p2", RefusalCode::TooFast, Some(29_999)));
    let mut again = Vec::new();
    for _ in 0..10 {
        ann.hear(&FromServer::Heartbeat {});
        again.extend(ann.wait(2_999));
    }
    assert_eq!(again, [], "not before its time, and none overtakes another");
    assert_eq!(ann.wait(9), [], "the second one waits for the first");
    assert_eq!(ann.client.wakes_at(), Some(30_000));
    let again = ann.wait(1);
    assert_eq!(sent(&again)[0], first);
    assert_eq!(sent(&again).len(), 2);
    ann.hear(&posted("p1", 2));
    ann.hear(&refused("p2", RefusalCode::TooFast, Some(30_000)));
    assert!(matches!(progress(&ann, "p2"), Progress::Deferred { .. }));
}

const INVITED: &str =
    r#"{"type":"hello","username":"ann","secret":"0123456789abcdef","invitation":"fedcba9876543210"}"#;

/// Ann's client, with an invitation.
fn invited() -> Ann {
    let mut client = Client::new(1);
    client.identify(
        Credentials {
            secret: Some("0123456789abcdef".parse().unwrap()),
            invitation: Some("fedcba9876543210".parse().unwrap()),
            ..Credentials::named(user("ann"))
        },
        0,
    );
    Ann { client, now: 0 }
}

#[test]
fn an_invitation_is_sent_until_the_welcome_and_not_again() {
    let mut ann = invited();
    assert_eq!(sent(&ann.event(&Event::Opened)), [INVITED]);
    ann.lose();
    ann.event(&Event::Retry);
    assert_eq!(sent(&ann.event(&Event::Opened)), [INVITED], "its welcome may have been lost");
    ann.hear(&welcome_as("ann", Vec::new()));
    assert_eq!(ann.client.link().credentials().invitation, None);
    ann.lose();
    ann.event(&Event::Retry);
    let hello = r#"{"type":"hello","username":"ann","token":"token","secret":"0123456789abcdef"}"#;
    assert_eq!(sent(&ann.event(&Event::Opened)), [hello]);
}

#[test]
fn who_is_not_let_in_does_not_knock_again() {
    for code in [RefusalCode::Barred, RefusalCode::InvitationNeeded, RefusalCode::BadInvitation] {
        let mut ann = invited();
        ann.event(&Event::Opened);
        let refusal = Refusal::new(code, "no");
        assert_eq!(ann.hear(&FromServer::Refused(refusal.clone())), []);
        assert_eq!(ann.client.connection(), Connection::Refused(refusal.clone()));
        assert_eq!(ann.event(&Event::Closed(CloseCode::HELLO_TIMEOUT)), []);
        assert_eq!((ann.wait(60_000), ann.client.wakes_at()), (vec![], None));
        assert_eq!(ann.client.connection(), Connection::Refused(refusal), "another invitation can be tried");
        let other = Some("another-invitation".parse().unwrap());
        let credentials = Credentials { invitation: other, ..Credentials::named(user("ann")) };
        assert_eq!(ann.client.identify(credentials, ann.now), [Action::Open]);
        let hello = r#"{"type":"hello","username":"ann","invitation":"another-invitation"}"#;
        assert_eq!(sent(&ann.event(&Event::Opened)), [hello]);
    }
}

#[test]
fn who_is_barred_while_connected_asks_once_and_is_told_why() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.event(&Event::Closed(CloseCode::BARRED));
    let Connection::Waiting { retry_at } = ann.client.connection() else { panic!("it does not wait") };
    assert!(retry_at < 500);
    assert_eq!(ann.wait(retry_at), [Action::Open]);
    ann.event(&Event::Opened);
    let refusal = Refusal::new(RefusalCode::Barred, "ann is barred");
    ann.hear(&FromServer::Refused(refusal.clone()));
    assert_eq!(ann.client.connection(), Connection::Refused(refusal));
    ann.event(&Event::Closed(CloseCode::HELLO_TIMEOUT));
    assert_eq!((ann.wait(3_600_000), ann.client.wakes_at()), (vec![], None));
    assert_eq!(ann.pending(), ["p1"], "what was not posted is not lost");
}
