//! The network between a browser and the server is cut and comes back.

use parlor_e2e::{Network, Stage, Weather, wait_for};

#[test]
fn one_goes_on_writing_without_a_network_and_everything_arrives_once_after_it() {
    let stage = Stage::new();
    let bos_network = Network::to(stage.server.address());
    let (ann, bo) = (stage.visitor("Ann"), Stage::visitor_of(&bos_network, "Bo"));
    ann.say("ann 0");
    bo.wait_for_message("ann 0");
    assert_eq!(ann.connection(), "live");

    stage.network.set(Weather::Cut);
    wait_for("the page to notice", || (ann.connection() == "offline").then_some(()));
    for number in 1..=3 {
        ann.say(&format!("ann {number}"));
    }
    wait_for("the count of what waits", || {
        ann.text_of("[data-testid='waiting']").filter(|said| said.contains("3 waiting to be sent"))
    });
    // While a try is under way there is nothing to be hurried: the button is there between the tries.
    wait_for("a way not to wait", || ann.has("retry-now").then_some(()));
    assert_eq!(ann.pending(), ["ann 1", "ann 2", "ann 3"]);
    for number in 1..=3 {
        bo.say(&format!("bo {number}"));
        bo.wait_for_message(&format!("bo {number}"));
    }
    assert_ne!(ann.connection(), "live", "the page does not pretend");
    assert_eq!(ann.texts(), ["ann 0"]);

    stage.network.set(Weather::Fair);
    ann.wait_until_live();
    let expected = wait_for("everything to arrive", || {
        let (texts, _) = stage.server.texts("lobby");
        (texts.len() == 7).then_some(texts)
    });
    assert_eq!(expected, ["ann 0", "bo 1", "bo 2", "bo 3", "ann 1", "ann 2", "ann 3"]);
    ann.wait_for_texts(&expected);
    bo.wait_for_texts(&expected);
    assert!(!ann.has("waiting"), "nothing waits any more");
    assert!(!ann.has("gap"), "nothing is missing, and nothing says so");
}

#[test]
fn a_network_that_stalls_delays_and_loses_nothing() {
    let stage = Stage::new();
    let bos_network = Network::to(stage.server.address());
    let (ann, bo) = (stage.visitor("Ann"), Stage::visitor_of(&bos_network, "Bo"));
    stage.network.set(Weather::Held);
    ann.say("on its way");
    wait_for("the post to be shown", || (ann.pending() == ["on its way"]).then_some(()));
    bo.say("meanwhile");
    bo.wait_for_message("meanwhile");
    assert_eq!(ann.pending(), ["on its way"], "what is not acknowledged is not shown as sent");
    stage.network.set(Weather::Fair);
    let expected = ["meanwhile".to_owned(), "on its way".to_owned()];
    ann.wait_for_texts(&expected);
    bo.wait_for_texts(&expected);
}

#[test]
fn a_network_that_comes_and_goes_while_both_talk_leaves_one_log() {
    let stage = Stage::new();
    let bos_network = Network::to(stage.server.address());
    let (ann, bo) = (stage.visitor("Ann"), Stage::visitor_of(&bos_network, "Bo"));
    for page in [&ann, &bo] {
        page.browser.resize(1280, 3000);
    }
    for round in 0..3 {
        stage.network.set(Weather::Cut);
        ann.say(&format!("ann {round}"));
        bo.say(&format!("bo {round}"));
        stage.network.set(Weather::Fair);
        bos_network.set(Weather::Cut);
        bo.say(&format!("bo {round} again"));
        bos_network.set(Weather::Fair);
        ann.say(&format!("ann {round} again"));
    }
    let texts = wait_for("everything to arrive", || {
        let (texts, _) = stage.server.texts("lobby");
        (texts.len() >= 12).then_some(texts)
    });
    ann.wait_for_texts(&texts);
    bo.wait_for_texts(&texts);
    let (again, counts) = stage.server.texts("lobby");
    assert_eq!((again.len(), counts.len()), (12, 12), "each once: {again:?}");
    for who in ["ann", "bo"] {
        let said: Vec<_> = again.iter().filter(|text| text.starts_with(who)).cloned().collect();
        let expected: Vec<_> =
            (0..3).flat_map(|round| [format!("{who} {round}"), format!("{who} {round} again")]).collect();
        assert_eq!(said, expected, "in the order in which it was written");
    }
}
