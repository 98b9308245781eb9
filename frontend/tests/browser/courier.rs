//! Posts of an earlier name are delivered under that name, or not at all.

use frontend::{Driver, driver::Undelivered, storage};
use shared::{Credentials, Message, RoomName, Username, link::Progress};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    fixtures::{clear_storage, room, store, until, user},
    server::{fresh, is_live, server},
};

fn log(driver: &Driver, room: &RoomName) -> Vec<Message> {
    driver.read(|client| {
        let entries = client.view().room(room).map(|room| room.timeline().entries().iter().cloned());
        entries.into_iter().flatten().map(|entry| entry.message.clone()).collect()
    })
}

fn written(driver: &Driver, room: &RoomName) -> Vec<(String, String)> {
    let log = log(driver, room);
    log.into_iter().map(|message| (message.username.to_string(), message.text)).collect()
}

fn waits(driver: &Driver) -> usize {
    driver.read(|client| client.link().outbox().posts().len())
}

async fn signed_in(url: &str, name: &Username, room: &RoomName) -> Driver {
    let driver = Driver::new(url);
    driver.dispatch(|client, _| client.enter(room));
    driver.sign_in(name);
    until("it is connected", || is_live(&driver)).await;
    driver
}

/// An outbox as a closed page of the version before has left it: its posts name no author.
fn leave_outbox(tab: &str, name: &Username, room: &RoomName, posts: &[(&str, &str, &str)]) {
    let posts = posts.iter().map(|(id, text, progress)| {
        format!(
            r#"{{"post":{{"room":"{room}","id":"{id}","text":"{text}"}},"written_at":"2026-11-21T09:30:00.000Z","progress":"{progress}"}}"#
        )
    });
    let posts = posts.collect::<Vec<_>>().join(",");
    store(&format!("parlor.outbox.{tab}"), &format!(r#"{{"username":"{name}","posts":[{posts}]}}"#));
}

#[wasm_bindgen_test]
async fn posts_of_an_earlier_name_arrive_once_in_order_under_that_name() {
    let Some(url) = server() else { return };
    clear_storage();
    let (emma, frank, room) = (user(&fresh("emma")), user(&fresh("frank")), room(&fresh("names")));
    signed_in(&url, &emma, &room).await.stop();
    let offline = Driver::new("ws://127.0.0.1:9/ws?v=1");
    offline.follow_name();
    for text in ["one", "two", "three"] {
        offline.post(&room, text, None);
    }
    offline.stop();
    drop(offline);

    let driver = signed_in(&url, &frank, &room).await;
    let expected: Vec<_> = ["one", "two", "three"].map(|text| (emma.to_string(), text.to_owned())).into();
    until("all have arrived", || written(&driver, &room) == expected).await;
    until("nothing waits", || waits(&driver) == 0).await;
    driver.post(&room, "mine", None);
    until("the present name posts too", || {
        written(&driver, &room).last() == Some(&(frank.to_string(), "mine".to_owned()))
    })
    .await;
    assert_eq!(storage::name(), Some(frank));
    driver.stop();
}

#[wasm_bindgen_test]
async fn a_post_whose_answer_was_lost_before_the_rename_is_stored_once() {
    let Some(url) = server() else { return };
    clear_storage();
    let (emma, frank, room) = (user(&fresh("emma")), user(&fresh("frank")), room(&fresh("lost")));
    let driver = signed_in(&url, &emma, &room).await;
    let id = driver.post(&room, "stored", None);
    until("it is stored", || log(&driver, &room).len() == 1).await;
    driver.stop();
    leave_outbox("lost", &emma, &room, &[(id.as_str(), "stored", "sent"), ("second", "new", "waiting")]);

    let driver = signed_in(&url, &frank, &room).await;
    let expected = [(emma.to_string(), "stored".to_owned()), (emma.to_string(), "new".to_owned())];
    until("both are there", || written(&driver, &room) == expected).await;
    until("nothing waits", || waits(&driver) == 0).await;
    assert_eq!(written(&driver, &room), expected, "each once");
    driver.stop();
}

#[wasm_bindgen_test]
async fn posts_of_a_name_that_nothing_proves_fail_and_can_be_sent_as_new_ones() {
    let Some(url) = server() else { return };
    clear_storage();
    let (emma, frank, room) = (user(&fresh("emma")), user(&fresh("frank")), room(&fresh("unproven")));
    // Without a secret and with no token kept, nobody can prove this name.
    let other = Driver::new(url.as_str());
    other.identify(Credentials::named(emma.clone()));
    until("emma is somebody", || is_live(&other)).await;
    other.stop();
    clear_storage();
    leave_outbox(
        "closed",
        &emma,
        &room,
        &[("first", "never sent", "waiting"), ("second", "perhaps", "sent")],
    );

    let driver = signed_in(&url, &frank, &room).await;
    let undelivered = || {
        driver.read(|client| {
            let posts = client.link().outbox().posts();
            posts.iter().map(|post| Undelivered::of(post, &frank)).collect::<Vec<_>>()
        })
    };
    until("both have failed", || undelivered() == [Some(Undelivered::NotProven), Some(Undelivered::Unknown)])
        .await;
    assert!(log(&driver, &room).is_empty());

    let (first, second) = driver.read(|client| {
        let posts = client.link().outbox().posts();
        assert!(posts.iter().all(|post| matches!(post.progress, Progress::Failed(_))));
        (posts[0].post.id.clone(), posts[1].post.id.clone())
    });
    driver.retry(&first);
    driver.discard(&second);
    let expected = [(frank.to_string(), "never sent".to_owned())];
    until("it is sent under the present name", || written(&driver, &room) == expected).await;
    assert_ne!(log(&driver, &room)[0].id, first, "it is another post");
    until("nothing waits", || waits(&driver) == 0).await;
    driver.stop();
}
