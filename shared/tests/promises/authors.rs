//! Every post has an author, and is never stored under another name, whoever is signed in.

use shared::{
    About, AboutKind, Action, ClaimSecret, Client, Connection, Credentials, Event, FromServer, Link, Message,
    Post, Refusal, RefusalCode, Seq, Side, Timestamp,
    link::{Outgoing, Progress},
};

use crate::samples::{
    Ann, joined, joined_in, lobby, message, messages, page, post, posted, resumed, sent, summary, user,
    welcome, welcome_as, welcome_with,
};

fn write(ann: &mut Ann, id: &str) -> Vec<Action> {
    ann.client.post(post(id, "hello"), Timestamp::default(), ann.now)
}

/// The person at ann's device signs in under another name.
fn switch(ann: &mut Ann, name: &str) -> Vec<Action> {
    ann.client.identify(Credentials::named(user(name)), ann.now);
    ann.event(&Event::Opened);
    ann.hear(&welcome_as(name, Vec::new()))
}

fn outgoing(ann: &Ann, id: &str) -> Outgoing {
    let posts = ann.client.link().outbox().posts();
    posts.iter().find(|outgoing| outgoing.post.id.as_str() == id).unwrap().clone()
}

fn foreign(ann: &Ann) -> Vec<String> {
    ann.client.foreign_posts().map(|outgoing| outgoing.post.id.to_string()).collect()
}

fn posts(actions: &[Action]) -> Vec<&str> {
    sent(actions).into_iter().filter(|text| text.contains(r#""type":"post""#)).collect()
}

fn of(username: &str, seq: u64, id: &str) -> Message {
    Message { id: id.parse().unwrap(), ..message(seq, username, "hello") }
}

#[test]
fn a_post_that_was_written_under_another_name_is_never_sent_under_this_one() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "in-flight");
    ann.lose();
    write(&mut ann, "offline");
    assert_eq!(posts(&switch(&mut ann, "frank")), Vec::<&str>::new());
    assert_eq!(posts(&ann.hear(&resumed(1))), Vec::<&str>::new());
    assert_eq!(ann.pending(), ["in-flight", "offline"], "they are shown as pending");
    assert_eq!(foreign(&ann), ["in-flight", "offline"]);
    assert_eq!(outgoing(&ann, "in-flight").progress, Progress::Unknown);
    assert!(foreign(&ann).iter().all(|id| outgoing(&ann, id).author == Some(user("ann"))));
    assert_eq!(posts(&write(&mut ann, "as-frank")).len(), 1, "nothing of ann's blocks frank");
    assert_eq!(outgoing(&ann, "as-frank").author, Some(user("frank")));
    let actions = switch(&mut ann, "ann");
    assert!(!posts(&actions).iter().any(|text| text.contains("as-frank")), "that is frank's: {actions:?}");
    assert_eq!(foreign(&ann), ["as-frank"]);
}

#[test]
fn an_author_who_comes_back_has_their_posts_sent_in_order_with_the_same_ids() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    ann.lose();
    write(&mut ann, "p2");
    switch(&mut ann, "frank");
    let actions = switch(&mut ann, "ann");
    let sent = posts(&actions);
    assert!(sent.len() == 2 && sent[0].contains("p1") && sent[1].contains("p2"), "{sent:?}");
    assert_eq!(foreign(&ann), Vec::<String>::new());
}

#[test]
fn what_is_seen_in_the_log_settles_the_post_of_its_author_only() {
    for way in ["message", "join", "page"] {
        let mut ann = Ann::with(messages([1, 2]));
        write(&mut ann, "p1");
        switch(&mut ann, "frank");
        ann.hear(&resumed(2));
        ann.hear_message(of("frank", 3, "p1"));
        ann.hear_message(of("bob", 4, "p1"));
        assert_eq!(foreign(&ann), ["p1"], "ids are an author's own");
        match way {
            "message" => drop(ann.hear_message(of("ann", 5, "p1"))),
            "join" => drop(ann.hear(&joined(5, vec![of("ann", 5, "p1")], true))),
            _ => drop(ann.hear(&page(Side::After(Seq(4)), vec![of("ann", 5, "p1")], false))),
        }
        assert_eq!(ann.client.link().outbox().posts().len(), usize::from(way == "page"), "{way}");
        assert_eq!(foreign(&ann), Vec::<String>::new(), "{way}");
        if way == "page" {
            assert_eq!(outgoing(&ann, "p1").progress, Progress::Stored(Seq(5)), "it is not shown yet");
        }
    }
}

#[test]
fn an_answer_to_this_connections_user_does_not_settle_another_authors_post() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    switch(&mut ann, "frank");
    ann.hear(&resumed(1));
    ann.hear(&posted("p1", 2));
    ann.hear(&crate::samples::refused("p1", RefusalCode::Forbidden, None));
    assert_eq!(outgoing(&ann, "p1").progress, Progress::Unknown);
}

#[test]
fn a_post_that_was_written_before_the_welcome_belongs_to_the_requested_name() {
    let mut ann = Ann::new();
    write(&mut ann, "p1");
    assert_eq!(outgoing(&ann, "p1").author, Some(user("ann")));
    ann.client.identify(Credentials::named(user("frank")), ann.now);
    assert_eq!(posts(&ann.connect(&welcome_as("frank", Vec::new()))), Vec::<&str>::new());
    assert_eq!(foreign(&ann), ["p1"]);
}

#[test]
fn a_name_that_the_server_writes_in_its_normal_form_keeps_its_posts() {
    let mut ann = Ann::new();
    ann.client.identify(Credentials::named(user("Ame\u{301}lie")), ann.now);
    write(&mut ann, "p1");
    assert_eq!(posts(&ann.connect(&welcome_as("Am\u{e9}lie", Vec::new()))).len(), 1);
    assert_eq!(outgoing(&ann, "p1").author, Some(user("Am\u{e9}lie")));
}

#[test]
fn a_token_of_another_name_does_not_take_over_the_requested_names_posts() {
    let mut ann = Ann::new();
    let token = Some("franks-token".parse().unwrap());
    ann.client.identify(Credentials { token, ..Credentials::named(user("emma")) }, ann.now);
    write(&mut ann, "p1");
    assert_eq!(posts(&ann.connect(&welcome_as("frank", Vec::new()))), Vec::<&str>::new());
    assert_eq!(foreign(&ann), ["p1"]);
}

#[test]
fn a_guests_posts_belong_to_the_name_of_the_welcome() {
    let mut ann = Ann { client: Client::new(1), now: 0 };
    ann.client.identify(Credentials::default(), 0);
    write(&mut ann, "p1");
    assert_eq!(outgoing(&ann, "p1").author, None);
    assert_eq!(posts(&ann.connect(&welcome_as("guest-17", Vec::new()))).len(), 1);
    assert_eq!(outgoing(&ann, "p1").author, Some(user("guest-17")));
    switch(&mut ann, "ann");
    assert_eq!(foreign(&ann), ["p1"]);
}

#[test]
fn an_outbox_of_an_older_version_belongs_to_the_next_welcome_or_to_whom_the_caller_says() {
    let stored = r#"[{"post":{"room":"lobby","id":"p1","text":"hi"},"written_at":"2026-11-21T09:30:00.123Z","progress":"sent"}]"#;
    let kept: Vec<Outgoing> = shared::json::read(stored).unwrap();
    for is_live in [false, true] {
        let mut ann = if is_live { Ann::live() } else { Ann::new() };
        let mut actions = ann.client.restore(kept.clone(), 0);
        if !is_live {
            actions = ann.connect(&welcome());
        }
        assert_eq!(posts(&actions).len(), 1);
        assert_eq!(outgoing(&ann, "p1").author, Some(user("ann")));
    }
    let mut ann = Ann::live();
    let of_emma = kept.into_iter().map(|kept| Outgoing { author: Some(user("emma")), ..kept }).collect();
    assert_eq!(ann.client.restore(of_emma, 0), []);
    assert_eq!((foreign(&ann), outgoing(&ann, "p1").progress), (vec!["p1".into()], Progress::Unknown));
}

/// A link that claims a name, or delivers another author's posts.
struct Other {
    link: Link,
    now: u64,
}

impl Other {
    fn new(credentials: Credentials) -> Self {
        let mut other = Self { link: Link::new(2), now: 0 };
        assert_eq!(other.link.identify(credentials, 0), [Action::Open]);
        other
    }

    fn event(&mut self, event: &Event<'_>) -> Vec<Action> {
        self.link.feed(event, self.now)
    }

    fn hear(&mut self, frame: &FromServer) -> Vec<Action> {
        self.event(&Event::Frame(&frame.encode()))
    }
}

#[test]
fn a_second_connection_delivers_the_posts_of_another_author() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    write(&mut ann, "p2");
    write(&mut ann, "p3");
    switch(&mut ann, "frank");
    ann.hear(&resumed(1));
    let token = Some("anns-token".parse().unwrap());
    let mut courier = Other::new(Credentials { token, ..Credentials::named(user("ann")) });
    courier.link.outbox_mut().restore(ann.client.foreign_posts().cloned().collect());
    courier.event(&Event::Opened);
    let actions = courier.hear(&welcome());
    assert_eq!(posts(&actions).len(), 3, "in their order, and with their ids: {actions:?}");
    courier.hear(&posted("p1", 2));
    courier.hear(&crate::samples::refused("p2", RefusalCode::Forbidden, None));
    for outgoing in courier.link.outbox().posts() {
        ann.client.settle(&outgoing.post.id, &outgoing.progress);
    }
    assert_eq!(outgoing(&ann, "p1").progress, Progress::Stored(Seq(2)), "it is not shown yet");
    assert!(matches!(outgoing(&ann, "p2").progress, Progress::Failed(_)));
    assert_eq!(outgoing(&ann, "p3").progress, Progress::Unknown, "it may be stored");
    assert_eq!(foreign(&ann), ["p3"]);
    ann.hear_message(of("ann", 2, "p1"));
    assert_eq!(ann.pending(), ["p2", "p3"]);

    ann.client.discard(&"p3".parse().unwrap());
    let sent = posts(&ann.retry("p2")).len();
    assert_eq!((foreign(&ann), sent), (vec!["p3".into()], 1), "what may be stored cannot be discarded");
    assert_eq!(ann.pending(), ["p3", "fresh"], "a retry is a new post of the present name");
    assert_eq!(outgoing(&ann, "fresh").author, Some(user("frank")));
}

#[test]
fn posts_that_nobody_can_deliver_can_be_discarded() {
    let mut ann = Ann::with(messages([1]));
    write(&mut ann, "p1");
    switch(&mut ann, "frank");
    let refusal = Refusal::new(RefusalCode::BadToken, "the token of ann is lost");
    let version = ann.client.link().outbox().version();
    ann.client.settle(&"p1".parse().unwrap(), &Progress::Failed(refusal));
    assert_ne!(ann.client.link().outbox().version(), version, "that is stored");
    assert_eq!(foreign(&ann), Vec::<String>::new());
    ann.client.discard(&"p1".parse().unwrap());
    assert_eq!(ann.pending(), Vec::<String>::new());
}

#[test]
fn a_post_about_a_message_of_a_lost_epoch_is_not_handed_out() {
    let edit = Post { about: Some(About { seq: Seq(1), kind: AboutKind::Edit }), ..post("p1", "hello") };
    let mut ann = Ann::with(vec![of("ann", 1, "p0")]);
    ann.lose();
    ann.client.post(edit, Timestamp::default(), 0);
    write(&mut ann, "p2");
    switch(&mut ann, "frank");
    assert_eq!(foreign(&ann), Vec::<String>::new(), "what the seq means is not known yet");
    ann.hear(&joined_in("e2", 1, messages([1]), false));
    assert_eq!(foreign(&ann), ["p2"]);
    assert!(matches!(outgoing(&ann, "p1").progress, Progress::Failed(_)));
}

#[test]
fn identifying_as_somebody_else_loses_no_room_and_no_position_and_no_read_mark() {
    let mut ann = Ann::with(messages([1, 2]));
    for message in messages([3, 4, 5]) {
        ann.hear_message(message);
    }
    ann.client.seen(&lobby(), Seq(4), 0);
    ann.client.seen(&lobby(), Seq(5), 0);
    let actions = ann.client.identify(Credentials::named(user("frank")), ann.now);
    assert_eq!(sent(&actions), [r#"{"type":"seen","room":"lobby","seq":5}"#], "ann's mark is not lost");
    ann.event(&Event::Opened);
    let actions = ann.hear(&welcome_as("frank", vec![summary(7, Some(3), 4)]));
    assert_eq!(sent(&actions), [r#"{"type":"join","room":"lobby","epoch":"e1","after":5}"#]);
    assert_eq!((ann.room().seen(), ann.room().unread()), (Some(Seq(3)), 4), "frank's own");
    ann.hear(&resumed(7));
    for message in messages([6, 7]) {
        ann.hear_message(message);
    }
    assert_eq!((ann.shown(), ann.room().unread()), (vec![1, 2, 3, 4, 5, 6, 7], 4));
    ann.client.seen(&lobby(), Seq(6), 0);
    assert_eq!(ann.room().unread(), 1);
}

#[test]
fn a_name_is_claimed_on_a_link_of_its_own_and_a_refusal_changes_nothing_else() {
    let mut ann = Ann::with(messages([1]));
    ann.lose();
    write(&mut ann, "p1");
    let before = format!("{:?}", ann.client);
    let mut claim = Other::new(Credentials::named(user("bob")));
    claim.event(&Event::Opened);
    let refusal = Refusal::new(RefusalCode::NameTaken, "somebody has that name");
    claim.hear(&FromServer::Refused(refusal.clone()));
    assert_eq!(claim.link.connection(), Connection::Refused(refusal));
    assert_eq!((claim.link.wakes_at(), claim.link.token()), (None, None));
    assert_eq!(claim.link.stop(), [Action::Close(shared::CloseCode::NORMAL)], "the user cancels");
    assert_eq!(format!("{:?}", ann.client), before);
    assert_eq!(posts(&ann.connect(&welcome())).len(), 1, "ann is still ann");
}

#[test]
fn a_claim_is_repeated_with_its_secret_until_it_is_answered() {
    let secret: ClaimSecret = "0123456789abcdef".parse().unwrap();
    let mut claim = Other::new(Credentials { secret: Some(secret), ..Credentials::named(user("anna")) });
    let hello = r#"{"type":"hello","username":"anna","secret":"0123456789abcdef"}"#;
    for longest in [500, 1_000, 2_000] {
        assert_eq!(sent(&claim.event(&Event::Opened)), [hello]);
        claim.event(&Event::Closed(shared::CloseCode::ABNORMAL));
        let Connection::Waiting { retry_at } = claim.link.connection() else { panic!("it does not wait") };
        assert!((longest / 2..longest).contains(&(retry_at - claim.now)));
        claim.now = retry_at;
        assert_eq!(claim.event(&Event::Tick), [Action::Open]);
    }
    claim.event(&Event::Opened);
    assert_eq!(claim.hear(&welcome_as("anna", Vec::new())), [], "it joins no room and sends no post");
    assert_eq!(claim.link.connection(), Connection::Live);

    // Now, and not before, the main connection changes its name.
    let mut ann = Ann::with(messages([1]));
    let actions = ann.client.identify(claim.link.credentials().clone(), ann.now);
    assert_eq!(actions, [Action::Close(shared::CloseCode::NORMAL), Action::Open]);
    let hello = r#"{"type":"hello","username":"anna","token":"token","secret":"0123456789abcdef"}"#;
    assert_eq!(sent(&ann.event(&Event::Opened)), [hello]);
    assert_eq!(sent(&ann.hear(&welcome_with(Vec::new()))).len(), 1);
}
