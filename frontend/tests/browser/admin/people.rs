//! People: found, given roles, kept out.

use frontend::admin::{Part, Place};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use super::{Shown, asked, dispatch, run};
use crate::fixtures::{all, one, settled};

const PEOPLE: &str = "'/api/people': {people: [{username: 'Ann', role: 'owner', online: true}, {username: 'bob', role: 'member'},
    {username: '王小明', role: 'guest', limited: true, barred: true}]}";

async fn people(answers: &str) -> Shown {
    let shown = Shown::new(Place::Part(Part::People), answers).await;
    asked();
    shown
}

/// The rooms' module has a connection again.
fn reconnect() {
    dispatch(&web_sys::window().expect("a window"), "parlor:connected");
}

/// The requests for people since the last call.
fn people_asked() -> Vec<String> {
    asked().into_iter().filter(|request| request.contains("/api/people")).collect()
}

fn names(shown: &Shown) -> Vec<String> {
    shown.texts_of("[data-testid=person] .name")
}

/// Opens the dialog about one of the people.
async fn open(shown: &Shown, index: usize) {
    let rows = all(&shown.page, "[data-testid=person]");
    shown.click_in(&rows[index], "manage").await;
}

#[wasm_bindgen_test]
async fn people_are_found_by_a_part_of_their_name_whatever_its_case() {
    let shown = people(PEOPLE).await;
    assert_eq!(names(&shown), ["Ann", "bob", "王小明"]);
    assert!(shown.text_of("people-count").contains("1 here now"));
    shown.write("people-search", "BO").await;
    assert_eq!(names(&shown), ["bob"]);
    shown.write("people-search", "小").await;
    assert_eq!(names(&shown), ["王小明"]);
    shown.write("people-search", "zoe").await;
    assert!(names(&shown).is_empty());
    assert!(asked().is_empty(), "all people are loaded");
}

const PAGES: &str = "'/api/people': {people: [{username: 'Ann', role: 'owner'}], more: true},
    '/api/people?after=Ann': {people: [{username: 'bob', role: 'member'}], more: true},
    '/api/people?after=bob': [{people: [{username: 'cy', role: 'member'}], more: true}, {people: [{username: 'cy', role: 'guest'}]}]";

#[wasm_bindgen_test]
async fn as_many_people_as_were_loaded_are_loaded_again_after_a_reconnect() {
    let shown = people(PAGES).await;
    shown.click("more").await;
    shown.click("more").await;
    let all = [
        "GET /api/people  Bearer T0K",
        "GET /api/people?after=Ann  Bearer T0K",
        "GET /api/people?after=bob  Bearer T0K",
    ];
    assert_eq!(
        (names(&shown), asked()),
        (
            vec!["Ann".into(), "bob".into(), "cy".into()],
            all[1..].iter().map(ToString::to_string).collect::<Vec<_>>()
        )
    );
    reconnect();
    assert_eq!(names(&shown).len(), 3, "it stays until all of it has come");
    settled().await;
    assert_eq!(people_asked(), all);
    assert_eq!(names(&shown), ["Ann", "bob", "cy"]);
    assert!(!shown.has("more"), "they are the people of now");
}

#[wasm_bindgen_test]
async fn a_page_that_is_on_its_way_at_a_reconnect_is_loaded_too() {
    let shown = people(PAGES).await;
    one(&shown.page, "[data-testid=more]").dyn_into::<HtmlElement>().expect("html").click();
    reconnect();
    settled().await;
    assert_eq!(names(&shown), ["Ann", "bob"]);
}

#[wasm_bindgen_test]
async fn people_are_listed_by_their_letters_upper_or_lower_case() {
    let answers = "'/api/people': {people: [{username: 'Ann', role: 'owner'}, {username: 'Zoe', role: 'member'}, {username: 'bob', role: 'member'}]}";
    let shown = people(answers).await;
    assert_eq!(names(&shown), ["Ann", "bob", "Zoe"]);
}

#[wasm_bindgen_test]
async fn a_search_is_among_the_people_that_are_not_loaded_yet_too() {
    let answers = "'/api/people': {people: [{username: 'Ann', role: 'owner'}, {username: 'b c', role: 'member'}], more: true},
        '/api/people?after=b%20c': {people: [{username: 'zoe', role: 'member'}]}";
    let shown = people(answers).await;
    assert!(shown.has("more"));
    shown.write("people-search", "zo").await;
    assert_eq!(names(&shown), ["zoe"]);
    assert_eq!(asked(), ["GET /api/people?after=b%20c  Bearer T0K"]);
    assert!(!shown.has("more"));
}

#[wasm_bindgen_test]
async fn nobody_is_barred_before_the_question_is_answered() {
    let shown = people(&format!("{PEOPLE}, '/api/acts': {{status: 201, body: {{number: 7}}}}")).await;
    open(&shown, 1).await;
    shown.click("bar").await;
    assert!(shown.text().contains("Bar bob?"));
    shown.click("confirm-cancel").await;
    assert!(!shown.has("confirm") && asked().is_empty());
    shown.click("bar").await;
    shown.click("confirm").await;
    let requests = asked();
    assert_eq!(requests[0], r#"POST /api/acts {"act":"bar","username":"bob"} Bearer T0K"#);
    assert_eq!(requests[1..], ["GET /api/people  Bearer T0K"], "the list is loaded again");
    assert!(!shown.has("confirm") && !shown.has("bar"), "both dialogs are closed");
}

#[wasm_bindgen_test]
async fn a_role_is_saved_and_a_refusal_is_shown_as_it_is() {
    let refused = "{status: 403, body: {error: {code: 'forbidden', reason: 'the house needs an owner'}}}";
    let shown =
        people(&format!("{PEOPLE}, '/api/acts': [{refused}, {{status: 201, body: {{number: 7}}}}]")).await;
    open(&shown, 1).await;
    shown.click("save-role").await;
    assert!(asked().is_empty(), "nothing has changed");
    shown.choose("role", "moderator").await;
    shown.click("save-role").await;
    let act =
        r#"POST /api/acts {"act":"set_role","username":"bob","role":"moderator","limited":false} Bearer T0K"#;
    assert_eq!(asked(), [act]);
    assert_eq!(shown.text_of("act-error"), "The house needs an owner.");
    shown.click("save-role").await;
    assert_eq!(asked()[0], act);
    assert!(!shown.has("save-role"));
}

#[wasm_bindgen_test]
async fn making_an_owner_asks_first() {
    let shown = people(PEOPLE).await;
    open(&shown, 1).await;
    shown.choose("role", "owner").await;
    shown.click("save-role").await;
    assert!(shown.text().contains("Make bob an owner?") && asked().is_empty());
    assert_eq!(shown.text_of("confirm"), "Make owner");
    assert!(!shown.has("save-role"), "the question takes the place of the form");
    shown.click("confirm-cancel").await;
    assert!(shown.has("save-role"));
}

#[wasm_bindgen_test]
async fn a_moderator_acts_only_upon_those_below() {
    let people_of_moderator = "'/api/me': {username: 'bob', role: 'moderator', settings: {}},
        '/api/people': {people: [{username: 'Ann', role: 'owner'}, {username: 'bob', role: 'moderator'},
            {username: 'eve', role: 'member', barred: true}]},
        '/api/acts': {status: 201, body: {number: 7}}";
    let shown = people(people_of_moderator).await;
    let manageable = all(&shown.page, "[data-testid=person]:has([data-testid=manage]) .name");
    assert_eq!(manageable.len(), 1);
    open(&shown, 2).await;
    assert!(!shown.has("role") && !shown.has("sign-out"), "these are for owners");
    shown.click("unbar").await;
    assert_eq!(asked()[0], r#"POST /api/acts {"act":"unbar","username":"eve"} Bearer T0K"#);
}

#[wasm_bindgen_test]
async fn an_answer_that_comes_late_changes_nothing() {
    let shown = people(PEOPLE).await;
    // The next list is answered only when the one after it has been.
    run("globalThis.answerNow = globalThis.fetch;
        globalThis.fetch = (path, init) => {
            const answer = globalThis.answerNow(path, init);
            if (path !== '/api/people' || globalThis.held) return answer;
            globalThis.held = new Promise(resolve => { globalThis.release = resolve; });
            return globalThis.held.then(() => new Response(JSON.stringify({people: [{username: 'old', role: 'guest'}]})));
        };
        globalThis.answers['/api/acts'] = {status: 201, body: {number: 7}};");
    for _ in 0..2 {
        open(&shown, 2).await;
        shown.click("unbar").await;
    }
    run("globalThis.release()");
    settled().await;
    assert_eq!(names(&shown), ["Ann", "bob", "王小明"]);
    run("delete globalThis.held");
}

#[wasm_bindgen_test]
async fn the_list_is_loaded_again_when_the_server_is_there_again() {
    let person = |name: &str| format!("'/api/people': {{people: [{{username: '{name}', role: 'member'}}]}}");
    let shown = people(&person("bob")).await;
    assert_eq!(names(&shown), ["bob"]);
    run(&format!("Object.assign(globalThis.answers, {{{}}})", person("eve")));
    let event = web_sys::Event::new("parlor:connected").expect("an event can be made");
    web_sys::window().expect("a window").dispatch_event(&event).expect("it can be heard");
    settled().await;
    assert_eq!(names(&shown), ["eve"]);
}
