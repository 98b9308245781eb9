use super::{super::ClaimError, *};
use crate::store::Imported;
use shared::{Authorship, ClaimSecret};

fn unproven(username: &str, id: &str) -> Draft {
    Draft { author: Author::Unproven(user(username)), ..draft(username, id, "hi", None) }
}

fn account(username: &str, account: Seq, id: &str) -> Draft {
    let author = Author::Account { username: user(username), number: account };
    Draft { author, ..draft(username, id, "hi", None) }
}

fn secret(text: &str) -> ClaimSecret {
    ClaimSecret::parse(&text.repeat(16)).unwrap()
}

fn is_taken<T>(result: Result<T, ClaimError>) -> bool {
    match result {
        Err(ClaimError::Refused(refusal)) => refusal.reason.contains("choose another name"),
        _ => false,
    }
}

#[tokio::test]
async fn a_claimed_name_is_its_owners_alone_across_restarts() {
    let test = TestStore::empty();
    let ann = test.store.claim(&user("Ann"), None).await.unwrap();
    let test = test.again();
    for lookalike in ["Ann", "ann", "аnn", "Ann "] {
        assert!(is_taken(test.store.claim(&user(lookalike), None).await), "{lookalike}");
        assert!(is_taken(test.store.check_unproven(&user(lookalike)).await), "{lookalike}");
        let outcome = append(&test.store, unproven(lookalike, "theft")).await;
        assert_eq!(refused(outcome), RefusalCode::NameTaken, "{lookalike}");
    }
    assert_eq!(test.store.account(ann).await.unwrap().unwrap().username, user("Ann"));
    stored(append(&test.store, account("Ann", ann, "own")).await);
    assert_eq!(test.store.account(ann.next()).await, Ok(None));
    let forged = append(&test.store, account("Ann", ann.next(), "forged")).await;
    assert_eq!(refused(forged), RefusalCode::BadToken);
}

#[tokio::test]
async fn a_claim_is_repeated_with_its_secret_and_with_no_other() {
    let test = TestStore::empty();
    let first = test.store.claim(&user("ann"), Some(&secret("a"))).await.unwrap();
    let test = test.again();
    assert_eq!(test.store.claim(&user("ann"), Some(&secret("a"))).await, Ok(first));
    assert!(is_taken(test.store.claim(&user("ann"), Some(&secret("b"))).await));
    assert!(is_taken(test.store.claim(&user("ann"), None).await));
    // What was claimed without a secret cannot be had with one.
    test.store.claim(&user("bob"), None).await.unwrap();
    assert!(is_taken(test.store.claim(&user("bob"), Some(&secret("b"))).await));
}

#[tokio::test]
async fn an_application_outranks_whoever_claimed_the_name_before_and_shares_nothing_with_them() {
    let test = TestStore::empty();
    let stranger = test.store.claim(&user("cto"), None).await.unwrap();
    let strange = stored(append(&test.store, account("cto", stranger, "1")).await);
    test.store.recognize(&user("cto"), &Grant::default()).await.unwrap();
    let outcome = append(&test.store, account("cto", stranger, "2")).await;
    assert_eq!(refused(outcome), RefusalCode::BadToken);
    assert_eq!(test.store.account(stranger).await, Ok(None));
    let own = stored(post(&test.store, "cto", "1", "hi", None).await);
    assert_ne!(own, strange, "ids of different authors are different posts");
    let about = Some(About { seq: strange, kind: AboutKind::Edit });
    assert_eq!(refused(post(&test.store, "cto", "e", "mine", about).await), RefusalCode::Forbidden);
    let page = test.latest().await;
    let authorship: Vec<_> = page.messages.iter().map(|message| message.authorship).collect();
    assert_eq!(
        authorship,
        [Authorship::Unproven, Authorship::Proven],
        "what the stranger wrote is not the cto's"
    );
}

#[tokio::test]
async fn an_application_also_outranks_claims_of_names_that_look_like_its_own() {
    let test = TestStore::empty();
    let stranger = test.store.claim(&user("Cto"), None).await.unwrap();
    stored(append(&test.store, account("Cto", stranger, "1")).await);
    test.store.recognize(&user("cto"), &Grant::default()).await.unwrap();
    assert_eq!(refused(append(&test.store, account("Cto", stranger, "2")).await), RefusalCode::BadToken);
    assert!(is_taken(test.store.claim(&user("Cto"), None).await));
    assert_eq!(test.latest().await.messages[0].authorship, Authorship::Unproven);
}

#[tokio::test]
async fn an_application_brings_its_names_unless_they_look_like_others() {
    let test = TestStore::empty();
    let bob = test.store.recognize(&user("bob"), &Grant::default()).await.unwrap();
    assert_eq!(test.store.recognize(&user("bob"), &Grant::default()).await, Ok(bob));
    assert!(is_taken(test.store.claim(&user("bob"), None).await));
    // A post records the name, too: reading needed no record.
    stored(post(&test.store, "cem", "a", "hi", None).await);
    assert!(is_taken(test.store.claim(&user("Cem"), None).await));
    assert_eq!(refused(post(&test.store, "Bob", "a", "hi", None).await), RefusalCode::NameTaken);
    assert!(is_taken(test.store.recognize(&user("Bob"), &Grant::default()).await));
}

#[tokio::test]
async fn a_name_that_was_used_without_proof_can_be_claimed_and_its_posts_stay_nobodys() {
    let test = TestStore::empty();
    let before = stored(append(&test.store, unproven("deploy-bot", "build-7")).await);
    test.store.check_unproven(&user("deploy-bot")).await.unwrap();
    // Nobody owns either, so they may look alike.
    stored(append(&test.store, unproven("Deploy-Bot", "1")).await);
    let bot = test.store.claim(&user("deploy-bot"), None).await.unwrap();
    for name in ["deploy-bot", "Deploy-Bot"] {
        assert_eq!(refused(append(&test.store, unproven(name, "2")).await), RefusalCode::NameTaken, "{name}");
    }
    // An id that somebody used without proof is free for the owner of the name.
    assert_ne!(stored(append(&test.store, account("deploy-bot", bot, "build-7")).await), before);
    for kind in [AboutKind::Edit, AboutKind::Retraction] {
        let change = if kind == AboutKind::Edit { "mine" } else { "" };
        let about = Some(About { seq: before, kind });
        let author = Author::Account { username: user("deploy-bot"), number: bot };
        let change = Draft { author, ..draft("deploy-bot", kind.as_str(), change, about) };
        assert_eq!(refused(append(&test.store, change).await), RefusalCode::Forbidden);
    }
}

#[tokio::test]
async fn nobody_changes_what_was_posted_without_proof_or_imported() {
    let test = TestStore::empty();
    let open = stored(append(&test.store, unproven("bot", "a")).await);
    let store = test.store.clone();
    let cicero = Imported {
        room: lobby(),
        username: user("Cicero"),
        id: MessageId::parse("import-1").unwrap(),
        text: "O tempora".into(),
        said_at: Timestamp::from_millis(0),
    };
    tokio::task::spawn_blocking(move || store.import(vec![cicero])).await.unwrap().unwrap();
    let imported = test.store.head(&lobby()).await.unwrap();
    for (target, name) in [(open, "bot"), (imported, "Cicero"), (imported, "bot"), (open, "new")] {
        for (kind, text) in [(AboutKind::Edit, "forged"), (AboutKind::Retraction, "")] {
            let about = Some(About { seq: target, kind });
            let change = Draft { author: Author::Unproven(user(name)), ..draft(name, "x", text, about) };
            let code = refused(append(&test.store, change).await);
            let expected = if name == "Cicero" { RefusalCode::NameTaken } else { RefusalCode::Forbidden };
            assert_eq!(code, expected, "{name} {target}");
        }
    }
    let texts: Vec<_> = test.latest().await.messages.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["hi", "O tempora"]);
}

#[tokio::test]
async fn an_id_that_is_known_with_another_text_is_no_retry() {
    let test = TestStore::empty();
    let first = stored(append(&test.store, unproven("bot", "build-419")).await);
    let other =
        Draft { author: Author::Unproven(user("bot")), ..draft("bot", "build-419", "the real one", None) };
    assert_eq!(refused(append(&test.store, other).await), RefusalCode::IdTaken);
    assert_eq!(stored(append(&test.store, unproven("bot", "build-419")).await), first);
    // About another message, it is another post, too.
    let about = Some(About { seq: first, kind: AboutKind::Reply });
    let reply = Draft { author: Author::Unproven(user("bot")), ..draft("bot", "build-419", "hi", about) };
    assert_eq!(refused(append(&test.store, reply).await), RefusalCode::IdTaken);
}

#[tokio::test]
async fn imported_authors_keep_their_spelling_and_nobody_is_them() {
    let test = TestStore::empty();
    let store = test.store.clone();
    let authors = ["dan", "Dan", "DAN", "dan "];
    let history = authors.map(|name| Imported {
        room: lobby(),
        username: user(name),
        id: MessageId::parse(&format!("id-{}", name.replace(' ', "_"))).unwrap(),
        text: "hi".into(),
        said_at: Timestamp::from_millis(0),
    });
    tokio::task::spawn_blocking(move || store.import(history.into())).await.unwrap().unwrap();
    let page = test.latest().await;
    assert_eq!(page.messages.iter().map(|message| message.username.as_str()).collect::<Vec<_>>(), authors);
    assert!(page.messages.iter().all(|message| message.authorship == Authorship::Imported));
    for name in ["dan", "Dan", "dAn"] {
        assert!(is_taken(test.store.claim(&user(name), None).await), "{name}");
        assert!(is_taken(test.store.recognize(&user(name), &Grant::default()).await), "{name}");
        for draft in [unproven(name, "on"), draft(name, "x", "hi", None)] {
            assert_eq!(refused(append(&test.store, draft).await), RefusalCode::NameTaken, "{name}");
        }
    }
}

#[tokio::test]
async fn an_import_ends_the_use_of_its_names_at_once() {
    let test = TestStore::empty();
    stored(append(&test.store, unproven("eve", "1")).await);
    let store = test.store.clone();
    let message = Imported {
        room: lobby(),
        username: user("Eve"),
        id: MessageId::parse("i").unwrap(),
        text: "hi".into(),
        said_at: Timestamp::from_millis(0),
    };
    tokio::task::spawn_blocking(move || store.import(vec![message])).await.unwrap().unwrap();
    assert_eq!(refused(append(&test.store, unproven("eve", "2")).await), RefusalCode::NameTaken);
}

#[tokio::test]
async fn two_claims_of_one_name_at_once_have_one_winner() {
    let test = TestStore::empty();
    let (a, b) = (user("eve"), user("Eve"));
    let (a, b) = tokio::join!(test.store.claim(&a, None), test.store.claim(&b, None));
    assert_ne!(a.is_ok(), b.is_ok());
}
