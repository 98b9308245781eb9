//! The log applied: the same entries make the same rows, however they come.

mod exports;

use std::collections::BTreeMap;

use proptest::prelude::*;
use rusqlite::{Connection, Transaction, TransactionBehavior, types::Value};

use super::{
    super::{entry::Entry, model::ReadModel, schema},
    *,
};
use crate::store::{Actor, Drawn, Imported, Invitee, SecretHash};
use shared::{
    Act, Keep, Role, RoomKind,
    house::{DeletedMessages, DeletedNames, HouseSettings, NewInvitation},
};

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
        let tables = [
            "store",
            "rooms",
            "authors",
            "messages",
            "seen",
            "members",
            "slow",
            "invitations",
            "bars",
            "acts",
            "webhooks",
        ];
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
        // What is deleted leaves the rows in each node's own time, too.
        while self.model.has_purges() {
            self.model.purge(&self.db).unwrap();
        }
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
        0 => Author::Unproven(user(name)),
        _ => Author::Account { username: user(name), number: Seq(account) },
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

fn grant() -> impl Strategy<Value = Grant> {
    let rooms =
        prop::collection::vec(prop::sample::select(vec!["lobby", "team", "app-1"]).prop_map(room), 0..3);
    let role = prop::sample::select(vec![None, Some(Role::Guest), Some(Role::Owner)]);
    (role, prop::option::of(rooms), 0..3_u64).prop_map(|(role, rooms, issued_at)| Grant {
        role,
        rooms,
        issued_at,
    })
}

fn actor() -> impl Strategy<Value = Actor> {
    prop::option::weighted(0.6, 1..40_u64)
        .prop_map(|number| number.map_or(Actor::Operator, |number| Actor::Account(Seq(number))))
}

/// Acts of every kind, on few rooms and people.
fn act() -> impl Strategy<Value = (Act, Drawn)> {
    let rooms = || prop::sample::select(vec!["lobby", "team", "plan.abc", "direct.abc"]).prop_map(room);
    let names = || prop::sample::select(vec!["ann", "Ann", "bob", "cem", "dan"]).prop_map(user);
    let kind = prop::sample::select(vec![RoomKind::Open, RoomKind::Closed]);
    let role = || prop::sample::select(vec![Role::Owner, Role::Moderator, Role::Member, Role::Guest]);
    let suffix = || Drawn::RoomSuffix("abc".into());
    let invite = (role(), prop::collection::vec(rooms(), 0..2), 0..3_u8).prop_map(|(role, rooms, hash)| {
        let invitation = NewInvitation { role, rooms, uses: 2, ..NewInvitation::default() };
        (Act::Invite(invitation), Drawn::Invitation(SecretHash([hash; 32])))
    });
    let settings = any::<(bool, bool, bool)>().prop_map(|(free, blanked, makes)| {
        let settings = HouseSettings {
            deleted_names: if free { DeletedNames::Free } else { DeletedNames::Reserved },
            deleted_messages: if blanked { DeletedMessages::Blanked } else { DeletedMessages::Kept },
            members_make_rooms: makes,
            ..HouseSettings::default()
        };
        (Act::ChangeSettings { settings }, Drawn::Nothing)
    });
    let plain = |act: Act| (act, Drawn::Nothing);
    prop_oneof![
        (kind.clone(), any::<bool>()).prop_map(move |(kind, plan)| {
            let name = room(if plan { "plan" } else { "team" });
            (Act::MakeRoom { room: name, kind, topic: None }, suffix())
        }),
        prop::collection::vec(names(), 1..3).prop_map(move |people| (Act::OpenDirect { people }, suffix())),
        (rooms(), kind).prop_map(move |(room, kind)| plain(Act::SetKind { room, kind })),
        (rooms(), any::<bool>()).prop_map(move |(room, archived)| plain(Act::Archive { room, archived })),
        (rooms(), 0..3_u32).prop_map(move |(room, seconds)| plain(Act::SlowDown { room, seconds })),
        rooms().prop_map(move |room| plain(Act::DeleteRoom { room })),
        rooms().prop_map(move |room| plain(Act::SetKeep { room, keep: Some(Keep::Forever) })),
        (rooms(), names()).prop_map(move |(room, username)| plain(Act::AddMember { room, username })),
        (rooms(), names()).prop_map(move |(room, username)| plain(Act::RemoveMember { room, username })),
        (names(), role(), prop::option::of(any::<bool>()))
            .prop_map(move |(username, role, limited)| plain(Act::SetRole { username, role, limited })),
        (names(), any::<bool>()).prop_map(move |(username, bars)| {
            plain(if bars { Act::Bar { username } } else { Act::Unbar { username } })
        }),
        names().prop_map(move |username| plain(Act::RevokeTokens { username })),
        names().prop_map(move |username| plain(Act::DeleteAccount { username })),
        (names(), rooms())
            .prop_map(move |(username, room)| plain(Act::AddBot { username, rooms: vec![room] })),
        invite,
        settings,
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let room_name = || prop::sample::select(vec!["lobby", "team"]);
    let id = || (0..8_u8).prop_map(|id| MessageId::parse(&format!("i{id}")).unwrap());
    let text = || prop::sample::select(vec!["hi", "你好世界", "👍", "a longer text with words"]);
    let post = (author(), room_name(), id(), text(), about(), 0..100_i64, any::<bool>()).prop_map(
        |(author, name, id, text, about, at, makes_room)| {
            let empty = about.is_some_and(|about| about.kind == AboutKind::Retraction);
            let text = if empty { String::new() } else { text.into() };
            let post = Post { room: room(name), id, text, about };
            Entry::Post { at: Timestamp::from_millis(at), author, post, makes_room }
        },
    );
    let name = || prop::sample::select(vec!["ann", "Ann", "bob", "cem", "dan"]);
    let secret = || prop::option::of((0..3_u8).prop_map(|byte| SecretHash([byte; 32])));
    let import = (room_name(), name(), id(), text()).prop_map(|(name, author, id, text)| {
        let said_at = Timestamp::from_millis(-5);
        Entry::Import(Imported { room: room(name), username: user(author), id, text: text.into(), said_at })
    });
    prop_oneof![
        12 => post,
        3 => (name(), secret(), 0..9_i64).prop_map(|(name, secret, at)| {
            Entry::Claim { at: Timestamp::from_millis(at), username: user(name), secret }
        }),
        2 => (name(), grant(), 0..9_i64).prop_map(|(name, grant, at)| {
            Entry::Recognize { at: Timestamp::from_millis(at), username: user(name), grant }
        }),
        2 => (name(), secret(), 0..3_u8, actor(), any::<bool>()).prop_map(|(name, secret, hash, actor, is_new)| {
            let by = match actor {
                Actor::Account(number) if !is_new => Invitee::Account(number),
                _ => Invitee::New { username: user(name), secret },
            };
            Entry::Accept { at: Timestamp::from_millis(5), invitation: SecretHash([hash; 32]), by }
        }),
        8 => (actor(), act()).prop_map(|(by, (act, drawn))| {
            Entry::Act { at: Timestamp::from_millis(3), by, act: Box::new(act), drawn }
        }),
        1 => import,
        2 => (room_name(), 1..40_u64, any::<bool>()).prop_map(|(name, upto, has_own)| {
            Entry::Expire { room: room(name), upto: Seq(upto), own: has_own.then_some(Keep::Forever) }
        }),
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
    test.store.claim(&user("dan"), None).await.unwrap();
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
        let author = Author::Unproven(user(&format!("user{}", n % 1_000)));
        Entry::Post { at: Timestamp::from_millis(0), author, post, makes_room: true }
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

fn by_operator(act: Act) -> Entry {
    Entry::Act {
        at: Timestamp::from_millis(9),
        by: Actor::Operator,
        act: Box::new(act),
        drawn: Drawn::Nothing,
    }
}

fn claim(name: &str) -> Entry {
    Entry::Claim { at: Timestamp::from_millis(1), username: user(name), secret: None }
}

fn settings(deleted_names: DeletedNames, deleted_messages: DeletedMessages) -> Entry {
    let settings = HouseSettings { deleted_names, deleted_messages, ..HouseSettings::default() };
    by_operator(Act::ChangeSettings { settings })
}

#[test]
fn two_accounts_that_are_deleted_one_after_the_other_leave_no_text_in_the_rows() {
    let mut node = Node::new();
    let says = |name: &str, number: u64| {
        let post =
            Post { room: lobby(), id: MessageId::parse("i").unwrap(), text: "a secret".into(), about: None };
        let author = Author::Account { username: user(name), number: Seq(number) };
        Entry::Post { at: Timestamp::from_millis(2), author, post, makes_room: true }
    };
    let delete = |name: &str| by_operator(Act::DeleteAccount { username: user(name) });
    let blanked = settings(DeletedNames::Reserved, DeletedMessages::Blanked);
    node.apply(0, &[claim("low"), claim("high"), blanked, says("low", 1)], true);
    // The log is gone through part by part, and the second account's messages are in another part.
    node.apply(60_000, &[says("high", 2), delete("high")], true);
    node.model.purge(&node.db).unwrap();
    node.apply(60_010, &[delete("low")], true);
    while node.model.has_purges() {
        node.model.purge(&node.db).unwrap();
    }
    let left: i64 =
        node.db.query_row("SELECT count(*) FROM messages WHERE text <> ''", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_name_can_be_taken_over_by_the_application_as_often_as_it_is_claimed() {
    let mut node = Node::new();
    let recognize =
        || Entry::Recognize { at: Timestamp::from_millis(1), username: user("cto"), grant: Grant::default() };
    let delete = || by_operator(Act::DeleteAccount { username: user("cto") });
    node.apply(0, &[settings(DeletedNames::Free, DeletedMessages::Kept)], true);
    for from in [10, 20, 30] {
        let outcomes = node.apply(from, &[claim("cto"), recognize(), delete()], true);
        let done = |outcome: &Option<Outcome>| !matches!(outcome, Some(Outcome::Refused(_)) | None);
        assert!(outcomes.iter().all(done), "{outcomes:?}");
    }
}
