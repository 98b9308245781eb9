//! Exports: whatever was done, an export makes the same rows in an empty house.

use super::*;

impl Node {
    /// All lines of an export.
    fn export(&self) -> Vec<String> {
        let mut lines = Vec::new();
        crate::store::maintenance::export::write(&self.db, &mut lines, &mut |_| {}).unwrap();
        String::from_utf8(lines).unwrap().lines().map(str::to_owned).collect()
    }
}

/// An export without what says when it was made, and where the log was.
fn without_first(export: &[String]) -> &[String] {
    assert!(export[0].starts_with(r#"{"type":"export","version":1,"#), "{}", export[0]);
    &export[1..]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_done_a_check_finds_nothing_wrong_and_an_export_makes_the_same_rows_in_an_empty_house(
        entries in prop::collection::vec(entry(), 1..60),
    ) {
        let mut from = Node::new();
        from.apply(0, &entries, true);
        // What no entry of these has made.
        from.db.execute_batch(
            "INSERT INTO seen SELECT a.id, r.id, min(r.head, a.id) FROM authors a, rooms r WHERE a.kind <= 1 AND r.deleted = 0;
             INSERT INTO bars VALUES('192.0.2.1', 5);
             INSERT INTO webhooks SELECT max(a.id), a.id, r.id, 1, 'http://192.0.2.1/', zeroblob(24), 1, NULL, NULL, 1
             FROM authors a, rooms r WHERE r.deleted = 0 GROUP BY r.id HAVING r.id = min(r.id) LIMIT 1",
        ).unwrap();
        from.words();
        let faults = crate::store::maintenance::check::faults(&from.db, &mut |_| {}).unwrap();
        prop_assert_eq!(faults, vec![]);

        let exported = from.export();
        let records: Vec<_> = exported
            .iter()
            .map(|line| Entry::Record(Box::new(serde_json::from_str(line).unwrap())))
            .collect();
        let mut to = Node::new();
        let outcomes: Vec<_> = (0..)
            .zip(&records)
            .map(|(n, record)| {
                let from = usize::try_from(to.model.position().0).unwrap().max(n);
                to.apply(from, std::slice::from_ref(record), true).remove(0)
            })
            .collect();
        prop_assert!(outcomes.iter().all(|outcome| *outcome == Some(Outcome::Noted)), "{:?}", outcomes);
        let again = to.export();
        prop_assert_eq!(without_first(&again), without_first(&exported));
        // It may say so of a room that nobody is removed from any more, and means nothing then.
        let normal = "UPDATE rooms SET has_removed = EXISTS(SELECT 1 FROM members WHERE room = rooms.id AND state = 2)";
        from.db.execute_batch(normal).unwrap();
        to.db.execute_batch(normal).unwrap();
        let (mut theirs, mut ours) = (from.rows(), to.rows());
        for rows in [&mut theirs, &mut ours] {
            // The position is another one, and the record of acts is written in another order of its fields.
            rows.remove("store");
            rows.remove("acts");
        }
        prop_assert_eq!(theirs, ours);
        prop_assert_eq!(from.words(), to.words());
    }
}

#[test]
fn how_long_a_room_keeps_its_messages_and_what_is_gone_go_with_an_export() {
    let mut from = Node::new();
    let make = Act::MakeRoom { room: lobby(), kind: RoomKind::Open, topic: None };
    from.apply(0, &[by_operator(make)], true);
    from.db.execute_batch("UPDATE rooms SET floor = 7, keep = '30d'").unwrap();
    let record = |line: &String| Entry::Record(Box::new(serde_json::from_str(line).unwrap()));
    let entries: Vec<_> = from.export().iter().map(record).collect();
    let mut to = Node::new();
    for outcome in to.apply(0, &entries[..1], true).into_iter().chain(to.apply(5, &entries[1..], true)) {
        assert_eq!(outcome, Some(Outcome::Noted));
    }
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let found = to.db.query_row("SELECT floor, keep FROM rooms", [], row).unwrap();
    assert_eq!(found, (7, "30d".into()));
}

#[test]
fn a_record_that_cannot_be_is_refused_with_the_reason() {
    let begin =
        r#"{"type":"export","version":1,"parlor":"0","made_at":"2026-11-22T00:00:00Z","position":50}"#;
    let ann = r#"{"type":"person","number":3,"kind":"claimed","username":"ann","role":"owner"}"#;
    let lobby =
        r#"{"type":"room","number":4,"room":"lobby","kind":"open","newest_at":"2026-11-22T00:00:00Z"}"#;
    let act = r#"{"type":"act","number":99,"at":"2026-11-22T00:00:00Z","by":null,"act":{"act":"delete_room","room":"x"}}"#;
    let message = |seq: u64, person: u64, room: &str| {
        format!(
            r#"{{"type":"message","room":"{room}","seq":{seq},"person":{person},"id":"i{seq}","text":"hi","sent_at":"2026-11-22T00:00:00Z"}}"#
        )
    };
    let refusal = |lines: &[&str]| {
        let mut node = Node::new();
        let mut last = None;
        for line in lines {
            let from = usize::try_from(node.model.position().0).unwrap();
            let entry = Entry::Record(Box::new(serde_json::from_str(line).unwrap()));
            last = node.apply(from, &[entry], true).remove(0);
        }
        match last {
            Some(Outcome::Refused(refusal)) => refusal.reason,
            other => panic!("{other:?}"),
        }
    };
    for (lines, expected) in [
        (vec![begin, ann, ann], "number or name is there already"),
        (vec![begin, lobby, lobby], "number or name is there already"),
        (vec![begin, ann, begin], "goes into an empty house"),
        (vec![begin, ann, &message(9, 3, "lobby")], "no room lobby"),
        (vec![begin, lobby, &message(9, 3, "lobby")], "no person 3"),
        (vec![begin, ann, lobby, &message(99, 3, "lobby")], "not within the position"),
        (vec![begin, &ann.replace(":3,", ":99,")], "not within the position"),
        (vec![begin, act], "not within the position"),
        (vec![begin, ann, lobby, &message(9, 3, "lobby"), &message(8, 3, "lobby")], "comes behind 9"),
    ] {
        let said = refusal(&lines);
        assert!(said.contains(expected), "{said}");
    }
}
