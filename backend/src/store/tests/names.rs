use super::{super::ClaimError, *};
use crate::store::Imported;

fn open_draft(username: &str, id: &str) -> Draft {
    Draft { proven: false, ..draft(username, id, "hi", None) }
}

fn is_taken(result: Result<(), ClaimError>) -> bool {
    match result {
        Err(ClaimError::Taken(reason)) => reason.contains("choose another name"),
        _ => false,
    }
}

#[tokio::test]
async fn a_claimed_name_is_its_owners_alone_across_restarts() {
    let house = House::new();
    house.store.claim(&user("Ann")).await.unwrap();
    let house = house.again();
    for lookalike in ["Ann", "ann", "аnn", "ANN"] {
        assert!(is_taken(house.store.claim(&user(lookalike)).await), "{lookalike}");
        assert!(is_taken(house.store.may_use_open(&user(lookalike)).await), "{lookalike}");
        let outcome = append(&house.store, open_draft(lookalike, "theft")).await;
        assert_eq!(refused(outcome), RefusalCode::NameTaken, "{lookalike}");
    }
    house.store.recognise(&user("Ann")).await.unwrap();
    stored(post(&house.store, "Ann", "own", "hi", None).await);
    assert!(is_taken(house.store.recognise(&user("ann")).await));
    assert_eq!(refused(post(&house.store, "ann", "own", "hi", None).await), RefusalCode::NameTaken);
}

#[tokio::test]
async fn a_token_made_elsewhere_brings_its_name_unless_it_looks_like_another() {
    let house = House::new();
    house.store.recognise(&user("bob")).await.unwrap();
    assert!(is_taken(house.store.claim(&user("bob")).await));
    stored(post(&house.store, "cem", "a", "hi", None).await);
    assert!(is_taken(house.store.claim(&user("Cem")).await));
    assert_eq!(refused(post(&house.store, "Bob", "a", "hi", None).await), RefusalCode::NameTaken);
}

#[tokio::test]
async fn a_name_used_without_a_token_is_everybodys_and_nobodys_own() {
    let house = House::new();
    house.store.may_use_open(&user("bot")).await.unwrap();
    stored(append(&house.store, open_draft("bot", "a")).await);
    stored(append(&house.store, open_draft("bot", "b")).await);
    house.store.may_use_open(&user("bot")).await.unwrap();
    // Nobody owns either, so they may look alike.
    house.store.may_use_open(&user("Bot")).await.unwrap();
    stored(append(&house.store, open_draft("BOT", "d")).await);
    assert!(is_taken(house.store.claim(&user("bot")).await));
    assert!(is_taken(house.store.claim(&user("bOT")).await));
    assert!(is_taken(house.store.recognise(&user("bot")).await));
    assert_eq!(refused(post(&house.store, "bot", "c", "hi", None).await), RefusalCode::NameTaken);
}

#[tokio::test]
async fn imported_authors_keep_their_spelling_and_nobody_can_claim_them() {
    let house = House::new();
    let store = house.store.clone();
    let authors = ["dan", "Dan", "DAN", "dan "];
    let history = authors.map(|name| Imported {
        room: lobby(),
        username: user(name),
        id: MessageId::parse(&format!("id-{}", name.replace(' ', "_"))).unwrap(),
        text: "hi".into(),
        said_at: Timestamp::from_millis(0),
    });
    tokio::task::spawn_blocking(move || store.add_history(history.into())).await.unwrap().unwrap();
    let page = house.latest().await;
    assert_eq!(page.messages.iter().map(|message| message.username.as_str()).collect::<Vec<_>>(), authors);
    for name in ["dan", "Dan", "dAn"] {
        assert!(is_taken(house.store.claim(&user(name)).await), "{name}");
        // A program that goes on where the history ends, a bridge, may speak as they did.
        stored(append(&house.store, open_draft(name, &format!("on-{name}"))).await);
        assert_eq!(
            refused(post(&house.store, name, "x", "hi", None).await),
            RefusalCode::NameTaken,
            "{name}"
        );
    }
}

#[tokio::test]
async fn two_claims_of_one_name_at_once_have_one_winner() {
    let house = House::new();
    let (a, b) = (user("eve"), user("Eve"));
    let (a, b) = tokio::join!(house.store.claim(&a), house.store.claim(&b));
    assert_ne!(a.is_ok(), b.is_ok());
}
