//! Posts that were not acknowledged survive the page.

use frontend::Driver;
use shared::Credentials;
use shared::MessageId;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{clear_storage, room, until, user};

/// Nothing listens on this port, so nothing is acknowledged.
fn offline() -> Driver {
    Driver::new("ws://127.0.0.1:9/ws?v=1")
}

fn kept(driver: &Driver) -> Vec<MessageId> {
    driver.read(|client| {
        client.link().outbox().posts().iter().map(|outgoing| outgoing.post.id.clone()).collect()
    })
}

#[wasm_bindgen_test]
async fn a_closed_page_leaves_its_posts_to_the_next_page() {
    clear_storage();
    let (room, me) = (room("kept"), user("outbox_storage"));
    let first = offline();
    first.identify(Credentials::named(me.clone()));
    let ids = [first.post(&room, "one", None), first.post(&room, "two", None)];
    first.stop();

    let second = offline();
    second.identify(Credentials::named(me));
    until("the posts are adopted", || kept(&second) == ids).await;
    second.stop();
    drop(first);

    // Another user of this browser does not post them as its own.
    let other = offline();
    other.identify(Credentials::named(user("somebody")));
    until("the posts are adopted", || kept(&other) == ids).await;
    other.read(|client| {
        let authors: Vec<_> = client.link().outbox().posts().iter().map(|post| post.author.clone()).collect();
        assert_eq!(authors, [Some(user("outbox_storage")), Some(user("outbox_storage"))]);
    });
    other.stop();
}

#[wasm_bindgen_test]
async fn two_pages_keep_their_posts_apart() {
    clear_storage();
    let (room, me) = (room("apart"), user("twice"));
    let (first, second) = (offline(), offline());
    first.identify(Credentials::named(me.clone()));
    let of_first = first.post(&room, "from the first", None);
    second.identify(Credentials::named(me.clone()));
    let of_second = second.post(&room, "from the second", None);
    assert_eq!(kept(&first), std::slice::from_ref(&of_first));
    assert_eq!(kept(&second), std::slice::from_ref(&of_second));
    first.stop();
    second.stop();

    let third = offline();
    third.identify(Credentials::named(me));
    let mut found = kept(&third);
    found.sort();
    let mut both = vec![of_first, of_second];
    both.sort();
    assert_eq!(found, both);
    third.stop();
}
