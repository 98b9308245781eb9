//! Data folders of earlier versions, made by the last programs that wrote them: `testdata/store-v1.db.gz` and those beside it.

use std::{fs::File, io};

use flate2::read::GzDecoder;
use shared::{Act, Authorship, ClaimSecret, Role, RoomKind};

use super::*;

/// The repository's `testdata`.
fn testdata(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").join(name)
}

fn version_1() -> TestStore {
    version_1_with("")
}

/// The same after these statements.
fn version_1_with(statements: &str) -> TestStore {
    unpacked("store-v1.db.gz", statements)
}

/// A copy would begin a new epoch: it is taken for the file itself.
fn version_2() -> TestStore {
    unpacked("store-v2.db.gz", "UPDATE store SET inode = 0")
}

fn version_3() -> TestStore {
    unpacked("store-v3.db.gz", "UPDATE store SET inode = 0")
}

/// Opens a packed database after these statements.
fn unpacked(name: &str, statements: &str) -> TestStore {
    let folder = tempfile::tempdir().unwrap();
    let mut packed = GzDecoder::new(File::open(testdata(name)).unwrap());
    let mut file = File::create(folder.path().join("parlor.db")).unwrap();
    io::copy(&mut packed, &mut file).unwrap();
    drop(file);
    rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap().execute_batch(statements).unwrap();
    let (store, delivered) = open(&Place::Folder(folder.path().into()));
    TestStore { store, delivered, folder }
}

#[tokio::test]
async fn imported_messages_do_not_become_those_of_a_user_with_the_name() {
    let test = version_1_with(
        "UPDATE users SET kind = 0 WHERE name = 'crimsun'; INSERT INTO rooms(name, newest) VALUES('room-4', 0)",
    );
    let history = test.store.page(&room("ubuntu"), Side::Before(Seq::MAX), 200).await.unwrap();
    let of_crimsun: Vec<_> =
        history.messages.iter().filter(|message| message.username == user("crimsun")).collect();
    assert!(!of_crimsun.is_empty());
    assert!(of_crimsun.iter().all(|message| message.authorship == Authorship::Imported));
    // The name is still the user's.
    test.store.recognize(&user("crimsun"), &Grant::default()).await.unwrap();
    let rooms = test.store.rooms(ANYBODY, None).await.unwrap();
    assert_eq!(rooms.iter().filter(|room| room.room.as_str().starts_with("room-")).count(), 2);
}

#[tokio::test]
async fn everything_of_version_1_is_there_under_a_new_epoch() {
    let test = version_1();
    assert_ne!(test.store.epoch().as_str(), "084dec91381e5230", "the numbers are others");
    let page = test.latest().await;
    let texts: Vec<_> = page.messages.iter().map(|message| message.text.as_str()).collect();
    let expected = [
        "hello from version one",
        "你好世界 first draft",
        "",
        "你好世界 second draft",
        "",
        "👍",
        "👍",
        "a reply",
        "Version 7 is live",
        "🎉",
    ];
    assert_eq!(texts, expected);
    let about: Vec<_> =
        page.messages.iter().map(|message| message.about.map(|about| (about.seq, about.kind))).collect();
    let [first, second, third] = [0, 1, 2].map(|at: usize| page.messages[at].seq);
    assert_eq!(about[3], Some((second, AboutKind::Edit)));
    assert_eq!(about[4], Some((third, AboutKind::Retraction)));
    assert_eq!((about[5], about[7]), (Some((first, AboutKind::Reaction)), Some((first, AboutKind::Reply))));
    assert!(page.messages.is_sorted_by_key(|message| message.seq));
    assert_eq!(page.messages[0].authorship, Authorship::Proven);
    assert_eq!(page.messages[8].authorship, Authorship::Unproven);
    let history = test.store.page(&room("ubuntu"), Side::Before(Seq::MAX), 200).await.unwrap();
    assert_eq!(history.messages.len(), 60);
    assert!(history.messages.iter().all(|message| message.authorship == Authorship::Imported));

    let rooms = test.store.rooms(ANYBODY, Some(&user("ann"))).await.unwrap();
    let names: Vec<_> = rooms.iter().map(|room| room.room.as_str()).collect();
    assert_eq!(names, ["lobby", "room-4", "team", "ubuntu"], "a room named .. has another name now");
    assert_eq!((rooms[0].head, rooms[0].seen), (page.head, Some(second)));
    assert_eq!(rooms[0].unread, 1, "deploy-bot's message; ann's own do not count");
    assert_eq!(rooms[0].last.as_ref().unwrap().text, "Version 7 is live");
    test.indexed().await;
    assert_eq!(test.found("second draft").await, [second.0]);
    assert_eq!(test.found("taken").await, [0; 0]);
    assert_eq!(test.found("live").await, [page.messages[8].seq.0]);
}

#[tokio::test]
async fn users_of_version_1_keep_their_names_and_messages() {
    let test = version_1();
    let page = test.latest().await;
    let first = page.messages[0].seq;
    // Tokens of version 1 do not say who signed them; they are taken for an application's.
    test.store.recognize(&user("ann"), &Grant::default()).await.unwrap();
    assert!(test.store.claim(&user("Ann"), None).await.is_err());
    let edit = stored(
        post(&test.store, "ann", "e9", "hello again", Some(About { seq: first, kind: AboutKind::Edit }))
            .await,
    );
    assert!(edit > page.head);
    assert_eq!(
        stored(post(&test.store, "ann", "a1", "hello from version one", None).await),
        first,
        "a retry"
    );
    test.store.check_unproven(&user("deploy-bot")).await.unwrap();
    assert!(test.store.check_unproven(&user("crimsun")).await.is_err(), "imported");
    let test = test.again();
    assert!(stored(post(&test.store, "ann", "a10", "later", None).await) > edit);
}

#[tokio::test]
async fn everything_of_version_2_is_there_under_the_same_epoch_and_numbers() {
    let test = version_2();
    assert_eq!(test.store.epoch().as_str(), "f96af964c85b150c");
    let page = test.latest().await;
    let shown: Vec<_> = page
        .messages
        .iter()
        .map(|message| (message.seq.0, message.username.as_str(), message.text.as_str(), message.authorship))
        .collect();
    let expected = [
        (2, "zoe", "hello from version two", Authorship::Proven),
        (3, "guest-1", "a guest was here", Authorship::Unproven),
        (4, "zoe", "a first draft", Authorship::Proven),
        (5, "zoe", "a second draft", Authorship::Proven),
        (6, "zoe", "", Authorship::Proven),
        (7, "zoe", "", Authorship::Proven),
        (9, "zoe", "👍", Authorship::Proven),
        (11, "ann", "ann was here", Authorship::Proven),
    ];
    assert_eq!(shown, expected);
    let about: Vec<_> =
        page.messages.iter().filter_map(|message| Some((message.seq.0, message.about?))).collect();
    let expected = [
        (5, About { seq: Seq(4), kind: AboutKind::Edit }),
        (7, About { seq: Seq(6), kind: AboutKind::Retraction }),
        (9, About { seq: Seq(2), kind: AboutKind::Reaction }),
    ];
    assert_eq!(about, expected);
    let rooms = test.store.rooms(ANYBODY, None).await.unwrap();
    let rooms: Vec<_> = rooms.iter().map(|room| (room.room.as_str(), room.head.0, room.info.kind)).collect();
    assert_eq!(rooms, [("lobby", 11, RoomKind::Open), ("team", 8, RoomKind::Open)]);
    test.indexed().await;
    assert_eq!(test.found("second draft").await, [4]);
    assert_eq!(test.found("team").await, [8]);
}

#[tokio::test]
async fn accounts_of_version_2_are_members_and_act_as_such() {
    let test = version_2();
    let (zoe, ann) = (Seq(1), Seq(10));
    for (number, name, by_application) in [(zoe, "zoe", true), (ann, "ann", false)] {
        let account = test.store.account(number).await.unwrap().unwrap();
        assert_eq!((account.username, account.by_application), (user(name), by_application));
        assert_eq!((account.role, account.limited, account.barred), (Role::Member, false, false));
        assert_eq!(account.generation, 0, "tokens of version 2 are valid");
    }
    assert_eq!(test.store.account(Seq(3)).await.unwrap(), None, "an unproven author is no account");
    assert_eq!(test.store.recognize(&user("zoe"), &Grant::default()).await.unwrap(), zoe);
    let draft = Draft {
        author: Author::Account { username: user("ann"), number: ann },
        ..draft("ann", "later", "ann is here", None)
    };
    assert_eq!(stored(append(&test.store, draft).await), Seq(12), "the numbers go on");
    let other = ClaimSecret::parse(&"x".repeat(32)).unwrap();
    assert!(test.store.claim(&user("ann"), Some(&other)).await.is_err());
    let name = room("plans");
    let make = Act::MakeRoom { room: name.clone(), kind: RoomKind::Open, topic: None };
    let outcome = test.store.act(Actor::Account(ann), make, Drawn::Nothing).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let rude = Act::SetRole { username: user("zoe"), role: Role::Guest, limited: None };
    assert!(matches!(
        test.store.act(Actor::Account(ann), rude.clone(), Drawn::Nothing).await,
        Outcome::Refused(_)
    ));
    let done = test.store.act(Actor::Operator, rude, Drawn::Nothing).await;
    assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
    let test = test.again();
    assert_eq!(test.store.account(zoe).await.unwrap().unwrap().role, Role::Guest);
    assert!(test.store.known_room(&name).await.unwrap().is_some());
    assert_eq!(test.store.epoch().as_str(), "f96af964c85b150c");
}

#[tokio::test]
async fn everything_of_version_3_is_there_and_nothing_of_it_is_deleted() {
    let test = version_3();
    assert_eq!(test.store.epoch().as_str(), "b6bd551fe2f100db");
    let page = test.latest().await;
    assert_eq!((page.floor, page.head), (Seq::ZERO, Seq(1)));
    assert_eq!(page.messages[0].text, "hello from version three");
    let plans = test.store.known_room(&room("plans")).await.unwrap().unwrap();
    assert_eq!((plans.info.slow_seconds, plans.info.keep, plans.info.floor), (30, None, Seq::ZERO));
    assert_eq!(plans.info.topic.as_ref().unwrap().as_str(), "What comes next");
    let helper = test.store.account(Seq(7)).await.unwrap().unwrap();
    assert_eq!((helper.username, helper.role), (user("helper"), Role::Bot));
    test.indexed().await;
    assert_eq!(test.found("the plan").await, [8]);
    let keep = shared::Keep::parse("30d").unwrap();
    let set = Act::SetKeep { room: room("plans"), keep: Some(keep) };
    let done = test.store.act(Actor::Operator, set, Drawn::Nothing).await;
    assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
    assert_eq!(test.store.expire(room("plans"), Seq(8), Some(keep)).await, Ok(1));
    let test = test.again();
    let plans = test.store.known_room(&room("plans")).await.unwrap().unwrap();
    assert_eq!((plans.info.keep, plans.info.floor), (Some(keep), Seq(8)));
    assert_eq!(test.found("plan").await, [0; 0]);
}
