//! The server is killed while people post.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use parlor_e2e::{TestEnvironment, wait_for};

/// The number of messages that the browser posts in sequence while the server is killed.
const TYPED: usize = 14;

#[test]
fn a_server_that_is_killed_while_somebody_posts_loses_and_doubles_nothing() {
    let environment = TestEnvironment::new();
    let server = &environment.server;
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("Bo"));
    for page in [&ann, &bo] {
        // Tall enough for all rows to be in the page.
        page.browser.resize(1280, 6000);
    }

    let (over, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (pushed, seen) = thread::scope(|scope| {
        let typing = scope.spawn(|| (0..TYPED).for_each(|number| ann.post(&format!("typed {number}"))));
        // A program posts at the same time, each message with its own id until it is acknowledged.
        let pushing = scope.spawn(|| {
            let mut pushed = Vec::new();
            while !over.load(Ordering::Relaxed) && pushed.len() < 60 {
                let number = pushed.len();
                let (id, text) = (format!("push-{number}"), format!("pushed {number}"));
                pushed.push(wait_for("an acknowledgement", || server.try_post("lobby", "robot", &id, &text)));
                acknowledged.store(pushed.len(), Ordering::Relaxed);
            }
            pushed
        });
        wait_for("both to be in the middle", || {
            let typed = bo.texts().iter().filter(|text| text.starts_with("typed")).count();
            (typed >= 4 && acknowledged.load(Ordering::Relaxed) >= 10).then_some(())
        });
        server.kill();
        // Everything that a reader was shown was committed before.
        let seen: BTreeSet<String> = bo.messages().into_iter().map(|message| message.id).collect();
        wait_for("the browser to notice", || (bo.connection() != "live").then_some(()));
        server.restart();
        typing.join().expect("the page takes what is typed");
        over.store(true, Ordering::Relaxed);
        (pushing.join().expect("the program gets its acknowledgements"), seen)
    });

    for page in [&ann, &bo] {
        page.wait_until_live();
    }
    bo.post("the end");
    // The end is typed by another browser than the rest, so neither implies the other.
    let (texts, counts) = wait_for("everything that was typed", || {
        let (texts, counts) = server.texts("lobby");
        let mut typed = (0..TYPED).map(|number| format!("typed {number}")).chain(["the end".to_owned()]);
        typed.all(|text| counts.contains_key(&text)).then_some((texts, counts))
    });
    assert!(counts.values().all(|count| *count == 1), "each once: {counts:?}");
    assert_eq!(texts.len(), TYPED + pushed.len() + 1);
    let typed: Vec<_> = texts.iter().filter(|text| text.starts_with("typed")).cloned().collect();
    assert_eq!(typed, (0..TYPED).map(|number| format!("typed {number}")).collect::<Vec<_>>());

    let log = server.log("lobby");
    let stored: BTreeSet<(u64, String)> = log
        .iter()
        .map(|message| (message["seq"].as_u64().unwrap(), message["id"].as_str().unwrap().to_owned()))
        .collect();
    for posted in pushed {
        assert!(stored.contains(&(posted.seq, posted.id.clone())), "{posted:?} was acknowledged");
    }
    let stored: BTreeSet<String> = stored.into_iter().map(|(_, id)| id).collect();
    assert!(seen.is_subset(&stored), "what was shown is stored");
    ann.wait_for_texts(&texts);
    bo.wait_for_texts(&texts);
}

#[test]
fn a_draft_and_the_room_stay_while_the_server_is_away() {
    let environment = TestEnvironment::new();
    let ann = environment.signed_in("Ann");
    ann.post("before");
    ann.to_composer();
    ann.browser.type_keys("half a sent");
    environment.server.kill();
    wait_for("the browser to notice", || (ann.connection() != "live").then_some(()));
    ann.browser.type_keys("ence");
    assert_eq!(ann.draft(), "half a sentence");
    assert_eq!(ann.texts(), ["before"], "what was said stays in sight");
    environment.server.restart();
    ann.wait_until_live();
    assert_eq!(ann.draft(), "half a sentence");
    assert_eq!(ann.texts(), ["before"]);
}
