//! Replies, edits, retractions, reactions and mentions.

use parlor_e2e::{Key, Page, ShownMessage, TestEnvironment, wait_for};

/// Moves the pointer over a message and clicks one of its buttons.
#[track_caller]
fn act(page: &Page, message: &ShownMessage, action: &str) {
    let row = format!("[data-testid='message'][data-seq='{}']", message.seq);
    page.browser.hover(&row);
    page.browser.click(&format!("{row} [data-testid='{action}']"));
}

#[test]
fn a_reply_quotes_the_message_that_it_answers_and_links_to_it() {
    let environment = TestEnvironment::new();
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("Bo"));
    ann.post("Shall we meet?");
    let question = bo.wait_for_message("Shall we meet?");
    act(&bo, &question, "reply");
    bo.wait("composer-about");
    bo.browser.press(&[Key::Escape]);
    bo.wait_without("composer-about");
    act(&bo, &question, "reply");
    bo.wait("composer-about");
    bo.post("At noon");
    bo.wait_without("composer-about");
    ann.wait_for_message("At noon");
    let quote = ann.text_of("[data-testid='quote']").unwrap();
    assert!(quote.contains("Ann") && quote.contains("Shall we meet?"), "{quote}");
    ann.click("quote");
    wait_for("the question to be marked", || {
        ann.text_of(".message.highlighted [data-testid='text']").filter(|text| text == "Shall we meet?")
    });
    let about = &environment.server.log("lobby")[1]["about"];
    assert_eq!((&about["seq"], &about["as"]), (&question.seq.into(), &"reply".into()));
}

#[test]
fn an_edit_and_a_retraction_reach_everybody_and_survive_a_reload() {
    let environment = TestEnvironment::new();
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("Bo"));
    ann.post("The moon is of cheese");
    ann.post("Please forget this secret");
    bo.wait_for_message("Please forget this secret");
    ann.wait_for_message("Please forget this secret");

    // Up in an empty composer edits the newest message; the older one is edited with its button.
    let older = ann.wait_for_message("The moon is of cheese");
    act(&ann, &older, "edit");
    wait_for("its text", || (ann.draft() == "The moon is of cheese").then_some(()));
    ann.browser.run("document.querySelector(\"[data-testid='composer']\").select()", &[]);
    ann.browser.type_keys("The moon is of stone");
    ann.browser.press(&[Key::Enter]);
    let edited = bo.wait_for_message("The moon is of stone");
    assert_eq!(edited.seq, older.seq, "the same message says something else");
    wait_for("the word for it", || bo.text_of(".edited").filter(|said| said.contains("edited")));

    let secret = ann.wait_for_message("Please forget this secret");
    act(&ann, &secret, "delete");
    ann.click("delete-confirm");
    wait_for("it to be gone", || {
        bo.messages().iter().all(|shown| !shown.text.contains("secret")).then_some(())
    });
    bo.browser.reload();
    bo.wait_until_live();
    bo.wait_for_message("The moon is of stone");
    assert_eq!(bo.messages().len(), 2);
    let log = environment.server.log("lobby");
    assert!(
        !log.iter().any(|message| message["text"].as_str().unwrap().contains("secret")),
        "gone from the store"
    );
}

#[test]
fn a_reaction_is_counted_and_can_be_retracted() {
    let environment = TestEnvironment::new();
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("Bo"));
    ann.post("We have won!");
    let won = bo.wait_for_message("We have won!");
    act(&bo, &won, "react");
    bo.wait("picker");
    bo.click("emoji");
    let chip = "[data-testid='reaction']";
    wait_for("the reaction", || ann.text_of(chip).filter(|said| said.ends_with('1')));
    ann.click("reaction");
    wait_for("both to be counted", || bo.text_of(chip).filter(|said| said.ends_with('2')));
    assert_eq!(bo.count(chip), 1, "one kind, one chip");
    bo.click("reaction");
    wait_for("one to be left", || ann.text_of(chip).filter(|said| said.ends_with('1')));
    ann.click("reaction");
    for page in [&ann, &bo] {
        page.wait_without("reaction");
        assert_eq!(page.messages().len(), 1, "reactions are not messages of their own");
    }
}

#[test]
fn a_mention_is_completed_with_the_keyboard_and_highlighted_for_the_mentioned_user() {
    let environment = TestEnvironment::new();
    let (ann, bo) = (environment.signed_in("Ann"), environment.signed_in("小明"));
    ann.go_to_room("kitchen");
    bo.to_composer();
    bo.browser.type_keys("Hey @An");
    bo.wait("completion");
    bo.browser.press(&[Key::Enter]);
    bo.wait_without("completion");
    assert_eq!(bo.draft(), "Hey @Ann ");
    bo.browser.type_keys("dinner is ready");
    bo.browser.press(&[Key::Enter]);
    bo.wait_for_message("Hey @Ann dinner is ready");
    let badge = "[data-testid='room-item'][data-room='lobby'] .mention-badge";
    wait_for("the mention to be announced", || ann.text_of(badge));
    ann.go_to_room("lobby");
    ann.wait_for_message("Hey @Ann dinner is ready");
    assert_eq!(ann.text_of(".mentions-me .mention.of-me").as_deref(), Some("@Ann"));
    assert_eq!(bo.count(".mentions-me"), 0, "it stands out for Ann alone");
}
