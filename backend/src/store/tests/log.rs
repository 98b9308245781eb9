//! The log applied: the same entries make the same rows, however they come.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rusqlite::{Connection, Transaction, TransactionBehavior, types::Value};

use super::{
    super::{entry::Entry, model::ReadModel, schema},
    *,
};
use crate::store::{Imported, SecretHash};

/// A read model over its own database, as each node has one.
struct Node {
    db: Connection,
    model: ReadModel,
}

impl Node {
    fn new() -> Self {
        let db = Connection::open_in_memory().unwrap();
        schema::create(&db, "e").unwrap();
        let model = ReadModel::read(&db).unwrap();
        Self { db, model }
    }

    /// Applies entries from a position on in one transaction, and commits it or not, as a crash would.
    fn apply(&mut self, from: usize, entries: &[Entry], commits: bool) -> Vec<Option<Outcome>> {
        let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).unwrap();
        let apply = |(n, entry): (usize, &Entry)| {
            let position = Seq((from + n + 1) as u64);
            self.model.apply(&tx, position, entry.clone()).unwrap()
        };
        let outcomes = entries.iter().enumerate().map(apply).collect();
        self.model.finish(&tx).unwrap();
        if commits {
            tx.commit().unwrap();
            self.model.take_commit();
        } else {
            tx.rollback().unwrap();
            self.model = ReadModel::read(&self.db).unwrap();
        }
        outcomes
    }

    /// Everything in the database but the search index, which each node makes in its own time.
    fn rows(&self) -> BTreeMap<String, Vec<Vec<Value>>> {
        let tables = ["store", "rooms", "authors", "messages", "seen"];
        let rows = |table: &str| {
            let mut select = self.db.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
            let columns = select.column_count();
            let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
            select.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
        };
        tables.iter().map(|table| ((*table).to_owned(), rows(table))).collect()
    }

    /// Brings the index up to date, and gives what is in it.
    fn words(&mut self) -> Vec<(String, String, i64)> {
        let head = self.model.position();
        while self.model.index_is_behind() {
            self.model.index.extend(&self.db, head, usize::MAX, usize::MAX).unwrap();
        }
        self.db
            .execute_batch("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'words', 'instance')")
            .unwrap();
        let mut select =
            self.db.prepare("SELECT term, col, doc FROM vocabulary ORDER BY doc, term, col").unwrap();
        select
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }
}

fn author() -> impl Strategy<Value = Author> {
    let name = prop::sample::select(vec!["ann", "Ann", "bob", "cem"]);
    (name, 0..4_u8, 1..40_u64).prop_map(|(name, kind, account)| match kind {
        0 => Author::Application(user(name)),
        1 => Author::Unproven(user(name)),
        _ => Author::Account { username: user(name), account: Seq(account) },
    })
}

fn about() -> impl Strategy<Value = Option<About>> {
    let kind = prop::sample::select(vec![
        AboutKind::Reply,
        AboutKind::Edit,
        AboutKind::Retraction,
        AboutKind::Reaction,
    ]);
    prop::option::weighted(0.6, (1..40_u64, kind).prop_map(|(seq, kind)| About { seq: Seq(seq), kind }))
}

fn entry() -> impl Strategy<Value = Entry> {
    let room_name = || prop::sample::select(vec!["lobby", "team"]);
    let id = || (0..8_u8).prop_map(|id| MessageId::parse(&format!("i{id}")).unwrap());
    let text = || prop::sample::select(vec!["hi", "你好世界", "👍", "a longer text with words"]);
    let post = (author(), room_name(), id(), text(), about(), 0..100_i64).prop_map(
        |(author, name, id, text, about, at)| {
            let empty = about.is_some_and(|about| about.kind == AboutKind::Retraction);
            let text = if empty { String::new() } else { text.into() };
            let post = Post { room: room(name), id, text, about };
            Entry::Post { at: Timestamp::from_millis(at), author, post }
        },
    );
    let name = || prop::sample::select(vec!["ann", "Ann", "bob", "cem", "dan"]);
    let secret = prop::option::of((0..3_u8).prop_map(|byte| SecretHash([byte; 32])));
    let import = (room_name(), name(), id(), text()).prop_map(|(name, author, id, text)| {
        let said_at = Timestamp::from_millis(-5);
        Entry::Import(Imported { room: room(name), username: user(author), id, text: text.into(), said_at })
    });
    prop_oneof![
        12 => post,
        2 => (name(), secret).prop_map(|(name, secret)| Entry::Claim { username: user(name), secret }),
        1 => name().prop_map(|name| Entry::Recognize { username: user(name) }),
        1 => (room_name(), 0..9_i64).prop_map(|(name, at)| {
            Entry::CreateRoom { at: Timestamp::from_millis(at), room: room(name) }
        }),
        1 => import,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// One node applies all entries in one transaction. The other applies them in pieces, some of them twice, with
    /// crashes before a commit, and makes its index in between.
    #[test]
    fn the_same_entries_make_the_same_rows_at_once_in_pieces_twice_and_after_crashes(
        entries in prop::collection::vec(entry(), 1..60),
        cuts in prop::collection::vec((1..12_usize, 0..5_u8), 1..40),
    ) {
        let mut once = Node::new();
        let expected = once.apply(0, &entries, true);

        let mut pieces = Node::new();
        let (mut done, mut cuts) = (0, cuts.iter().cycle());
        while done < entries.len() {
            let (length, fate) = cuts.next().unwrap();
            let end = (done + length).min(entries.len());
            if *fate == 0 {
                pieces.apply(done, &entries[done..end], false);
            }
            let outcomes = pieces.apply(done, &entries[done..end], true);
            prop_assert_eq!(&outcomes[..], &expected[done..end]);
            if *fate == 1 {
                // Again, from anywhere before: nothing has an effect.
                let from = done / 2;
                let again = pieces.apply(from, &entries[from..end], true);
                prop_assert!(again.iter().all(Option::is_none));
            }
            if *fate == 2 {
                pieces.words();
            }
            if *fate == 3 {
                // A restart: nothing is known but the rows.
                pieces.model = ReadModel::read(&pieces.db).unwrap();
            }
            done = end;
        }
        // How far the index is differs from node to node.
        prop_assert_eq!(once.words(), pieces.words());
        prop_assert_eq!(once.rows(), pieces.rows());
    }
}

#[tokio::test]
async fn a_seq_is_the_position_in_the_log_over_all_rooms() {
    let test = TestStore::new();
    let first = test.say("one").await;
    let mut elsewhere = draft("ann", "x", "two", None);
    elsewhere.post.room = room("other");
    let second = stored(append(&test.store, elsewhere).await);
    test.store.claim(&user("bob"), None).await.unwrap();
    let third = test.say("three").await;
    assert!(first < second && second.next() < third, "{first} {second} {third}");
    assert_eq!(test.store.head(&lobby()).await, Ok(third));
}

/// The steps of SQLite's virtual machine that an entry costs.
fn steps(node: &mut Node, from: usize, entry: Entry) -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    node.db.progress_handler(1, Some(count)).unwrap();
    node.apply(from, &[entry], true);
    node.db.progress_handler(0, None::<fn() -> bool>).unwrap();
    steps.load(Ordering::Relaxed)
}

#[test]
fn what_is_said_about_a_message_costs_the_same_however_much_was_said_about_it_before() {
    let mut node = Node::new();
    let entry = |n: usize, text: &str, about: Option<(u64, AboutKind)>| {
        let about = about.map(|(seq, kind)| About { seq: Seq(seq), kind });
        let id = MessageId::parse(&format!("i{n}")).unwrap();
        let post = Post { room: lobby(), id, text: text.into(), about };
        let author = Author::Application(user(&format!("user{}", n % 1_000)));
        Entry::Post { at: Timestamp::from_millis(0), author, post }
    };
    node.apply(0, &[entry(0, "hi", None)], true);
    let mut done = 1;
    let mut cost = |node: &mut Node, text: &str, kind| {
        done += 1;
        steps(node, done - 1, entry(done - 1, text, Some((1, kind))))
    };
    // The first ones fill caches.
    for _ in 0..3_000 {
        cost(&mut node, "👍", AboutKind::Reaction);
    }
    let few = cost(&mut node, "🎉", AboutKind::Reaction);
    for n in 0..20_000 {
        cost(&mut node, ["👍", "🎉", "🚀", "👀", "🙈"][n % 5], AboutKind::Reaction);
    }
    let many = cost(&mut node, "🌍", AboutKind::Reaction);
    assert!(few > 0 && many <= few * 2, "{few} steps, then {many}");
    let reply = cost(&mut node, "yes", AboutKind::Reply);
    assert!(reply <= few * 2, "{reply}");
}
