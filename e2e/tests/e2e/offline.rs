//! The network between a browser and the server fails and recovers.

use parlor_e2e::{Device, Network, NetworkMode, TestEnvironment, wait_for};

on_each_device!(posts_that_are_written_offline_arrive_once_when_the_network_is_back);

fn posts_that_are_written_offline_arrive_once_when_the_network_is_back(device: Device) {
    let environment = TestEnvironment::on(device);
    let bos_network = Network::to(environment.server.address());
    let (ann, bo) = (environment.signed_in("Ann"), TestEnvironment::signed_in_over(&bos_network, "Bo"));
    ann.post("ann 0");
    bo.wait_for_message("ann 0");
    assert_eq!(ann.connection(), "live");

    environment.network.set(NetworkMode::Down);
    wait_for("the page to notice", || (ann.connection() == "offline").then_some(()));
    for number in 1..=3 {
        ann.post(&format!("ann {number}"));
    }
    wait_for("the count of what waits", || {
        ann.text_of("[data-testid='waiting']").filter(|said| said.contains("3 waiting to be sent"))
    });
    // The button exists only between two attempts.
    wait_for("a way not to wait", || ann.has("retry-now").then_some(()));
    assert_eq!(ann.pending(), ["ann 1", "ann 2", "ann 3"]);
    for number in 1..=3 {
        bo.post(&format!("bo {number}"));
        bo.wait_for_message(&format!("bo {number}"));
    }
    assert_ne!(ann.connection(), "live", "the page does not pretend");
    assert_eq!(ann.texts(), ["ann 0"]);

    environment.network.set(NetworkMode::Normal);
    ann.wait_until_live();
    let expected = wait_for("everything to arrive", || {
        let (texts, _) = environment.server.texts("lobby");
        (texts.len() == 7).then_some(texts)
    });
    assert_eq!(expected, ["ann 0", "bo 1", "bo 2", "bo 3", "ann 1", "ann 2", "ann 3"]);
    ann.wait_for_texts(&expected);
    bo.wait_for_texts(&expected);
    assert!(!ann.has("waiting"), "nothing waits any more");
    assert!(!ann.has("gap"), "nothing is missing, and nothing says so");
}

#[test]
fn a_stalled_network_delays_posts_and_loses_none() {
    let environment = TestEnvironment::new();
    let bos_network = Network::to(environment.server.address());
    let (ann, bo) = (environment.signed_in("Ann"), TestEnvironment::signed_in_over(&bos_network, "Bo"));
    environment.network.set(NetworkMode::Stalled);
    ann.post("on its way");
    wait_for("the post to be shown", || (ann.pending() == ["on its way"]).then_some(()));
    bo.post("meanwhile");
    bo.wait_for_message("meanwhile");
    assert_eq!(ann.pending(), ["on its way"], "what is not acknowledged is not shown as sent");
    environment.network.set(NetworkMode::Normal);
    let expected = ["meanwhile".to_owned(), "on its way".to_owned()];
    ann.wait_for_texts(&expected);
    bo.wait_for_texts(&expected);
}

#[test]
fn an_unstable_network_leaves_one_log() {
    let environment = TestEnvironment::new();
    let bos_network = Network::to(environment.server.address());
    let (ann, bo) = (environment.signed_in("Ann"), TestEnvironment::signed_in_over(&bos_network, "Bo"));
    for page in [&ann, &bo] {
        page.browser.resize(1280, 3000);
    }
    for round in 0..3 {
        environment.network.set(NetworkMode::Down);
        ann.post(&format!("ann {round}"));
        bo.post(&format!("bo {round}"));
        environment.network.set(NetworkMode::Normal);
        bos_network.set(NetworkMode::Down);
        bo.post(&format!("bo {round} again"));
        bos_network.set(NetworkMode::Normal);
        ann.post(&format!("ann {round} again"));
    }
    let texts = wait_for("everything to arrive", || {
        let (texts, _) = environment.server.texts("lobby");
        (texts.len() >= 12).then_some(texts)
    });
    ann.wait_for_texts(&texts);
    bo.wait_for_texts(&texts);
    let (again, counts) = environment.server.texts("lobby");
    assert_eq!((again.len(), counts.len()), (12, 12), "each once: {again:?}");
    for who in ["ann", "bo"] {
        let said: Vec<_> = again.iter().filter(|text| text.starts_with(who)).cloned().collect();
        let expected: Vec<_> =
            (0..3).flat_map(|round| [format!("{who} {round}"), format!("{who} {round} again")]).collect();
        assert_eq!(said, expected, "in the order in which it was written");
    }
}
