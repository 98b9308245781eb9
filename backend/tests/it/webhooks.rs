//! Outgoing webhooks: called for what is said, at least once and in order, and nowhere where they must not reach.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Stdio,
    time::{SystemTime, UNIX_EPOCH},
};

use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::{io::AsyncWriteExt, process::Command};

use self::scene::{Api, Scene, lobby};
use crate::{
    bound::soon,
    child::Child,
    receiver::{Receiver, Reply},
};

mod scene;

const TO_PRIVATE: &[&str] = &["--webhooks-to-private"];

#[tokio::test]
async fn a_webhook_is_called_for_mentions_or_for_every_message_of_others_and_signed() {
    let mut scene = Scene::open().await;
    let (mentions, secret) = scene.operator.add_webhook("mention", &scene.receiver.url("/mention?a=1")).await;
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    scene.ann.say("not for you").await;
    scene.bot.say("I am @deploy-bot").await;
    let asked = scene.ann.say("@deploy-bot please deploy").await;
    let call = scene.receiver.call().await;
    assert_eq!(call.path, "/mention?a=1");
    assert_eq!(call.header("host"), scene.receiver.address.to_string());
    assert_eq!(call.header("content-type"), "application/json");
    assert!(call.header("user-agent").starts_with("Parlor/"));
    assert!(call.id().ends_with(&format!("-{asked}-{mentions}")), "{}", call.id());
    assert!(call.header("webhook-timestamp").parse::<u64>().unwrap() >= before);
    assert!(call.is_signed_with(&secret));
    assert!(!call.is_signed_with("whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw"));
    let body = call.json();
    assert_eq!((&body["type"], &body["webhook"]), (&json!("message"), &json!(mentions)));
    let message = call.message();
    assert_eq!((message.username.as_str(), message.seq.0), ("ann", asked));
    assert_eq!(message.text, "@deploy-bot please deploy");
    scene.operator.act(json!({"act": "remove_webhook", "webhook": mentions})).await;

    let (_, other) = scene.operator.add_webhook("message", &scene.receiver.url("/message")).await;
    assert_ne!(secret, other);
    let hello = scene.ann.say("hello @deploy-bot").await;
    scene.bot.say("hello, ann").await;
    let about = |kind: &str, text: &str, seq: u64| json!({"text": text, "about": {"seq": seq, "as": kind}});
    scene.ann.post(about("reply", "are you there?", hello)).await;
    let like = scene.ann.post(about("reaction", "👍", hello)).await;
    scene.ann.post(about("retraction", "", like)).await;
    scene.ann.post(about("edit", "hi", hello)).await;
    scene.ann.post(about("retraction", "", hello)).await;
    let mut heard = Vec::new();
    for _ in 0..4 {
        let call = scene.receiver.call().await;
        assert_eq!(call.path, "/message");
        assert!(call.is_signed_with(&other));
        let message = call.message();
        heard.push(message.about.map(|about| (about.kind.as_str(), about.seq.0)));
    }
    let hello = |kind| Some((kind, hello));
    assert_eq!(heard, [None, hello("reply"), hello("edit"), hello("retraction")]);
    assert!(scene.receiver.waiting().is_empty());
}

/// The page's program, with lines behind it that call it.
const PROGRAM: &str = r#"
import json, sys
call = json.load(sys.stdin)
body = call["body"].encode()
print(is_genuine(call["secret"], call["headers"], body), is_genuine(call["secret"], call["headers"], body + b" "))
"#;

#[tokio::test]
async fn the_pages_program_knows_calls_from_forgeries() {
    let page = include_str!("../../../docs/bots.md");
    let (_, rest) = page.split_once("```py\n").unwrap();
    let program = rest.split_once("```").unwrap().0.to_owned() + PROGRAM;
    let mut scene = Scene::open().await;
    let (_, secret) = scene.operator.add_webhook("message", &scene.receiver.url("/")).await;
    scene.ann.say("Grüße").await;
    let call = scene.receiver.call().await;
    let headers: BTreeMap<_, _> =
        call.headers.keys().map(|name| (name.as_str(), call.header(name.as_str()))).collect();
    let input =
        json!({"secret": secret, "headers": headers, "body": String::from_utf8(call.body.clone()).unwrap()});
    let mut python = Command::new("python3");
    python.args(["-c", &program]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let Ok(mut python) = python.spawn() else {
        println!("skipped: python3 does not run here");
        return;
    };
    python.stdin.take().unwrap().write_all(input.to_string().as_bytes()).await.unwrap();
    let output = soon("what the program says", python.wait_with_output()).await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "True False\n");
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_with_the_same_id_and_a_redirect_is_not_followed() {
    let mut scene = Scene::open().await;
    let (number, secret) = scene.operator.add_webhook("message", &scene.receiver.url("/secret-path")).await;
    scene
        .receiver
        .will(&[Reply::Status(302, "location: /elsewhere", ""), Reply::Status(500, "", "out of\norder")]);
    scene.ann.say("one").await;
    scene.ann.say("two").await;
    let first = scene.receiver.call().await;
    let failing = scene.operator.webhook_that_is(number, "failing").await;
    let error = failing["error"].as_str().unwrap();
    assert!(error.contains("302 Found") && error.contains("redirects"), "{error}");
    let second = scene.receiver.call().await;
    let third = scene.receiver.call().await;
    for call in [&first, &second, &third] {
        assert_eq!((call.id(), call.path.as_str()), (first.id(), "/secret-path"));
        assert_eq!(call.text(), "one");
        assert!(call.is_signed_with(&secret));
    }
    let next = scene.receiver.call().await;
    assert_eq!(next.text(), "two");
    assert_ne!(next.id(), first.id());
    let well = scene.operator.webhook_that_is(number, "on").await;
    assert_eq!(well.get("error"), None);

    scene.receiver.will(&[Reply::Status(500, "", "out of\norder")]);
    scene.ann.say("three").await;
    let failing = scene.operator.webhook_that_is(number, "failing").await;
    let error = failing["error"].as_str().unwrap();
    let expected = format!("{} answered 500 Internal Server Error: out of order", scene.receiver.address);
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_message_that_is_retracted_before_its_call_succeeds_is_sent_without_its_text() {
    let mut scene = Scene::open().await;
    scene.operator.add_webhook("message", &scene.receiver.url("/")).await;
    scene.receiver.will(&[Reply::Status(503, "retry-after: 2", "")]);
    let slip = scene.ann.say("my password is …").await;
    assert_eq!(scene.receiver.call().await.text(), "my password is …");
    scene.ann.post(json!({"text": "", "about": {"seq": slip, "as": "retraction"}})).await;
    let again = scene.receiver.call().await;
    assert_eq!((again.message().seq.0, again.text().as_str()), (slip, ""));
    assert_eq!(scene.receiver.call().await.message().about.unwrap().seq.0, slip);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_switched_off_and_goes_on_from_now_when_it_is_switched_on() {
    let mut scene = Scene::open().await;
    let (number, _) = scene.operator.add_webhook("message", &scene.receiver.url("/")).await;
    let (other, _) = scene.operator.add_webhook("mention", &scene.receiver.url("/other")).await;
    scene.receiver.will(&[Reply::Status(410, "", "no longer here")]);
    scene.ann.say("one").await;
    assert_eq!(scene.receiver.call().await.text(), "one");
    let off = scene.operator.webhook_that_is(number, "off").await;
    assert!(off["error"].as_str().unwrap().ends_with("410 Gone: no longer here"), "{off}");
    // The other webhook is still called: when its call comes, the first one's would have come.
    scene.ann.say("two @deploy-bot").await;
    assert_eq!(scene.receiver.call().await.path, "/other");
    assert_eq!(scene.operator.webhook(other).await["state"], "on");

    scene.operator.act(json!({"act": "switch_webhook", "webhook": number, "on": true})).await;
    scene.ann.say("three").await;
    let call = scene.receiver.call().await;
    assert_eq!((call.path.as_str(), call.text().as_str()), ("/", "three"));
    assert!(scene.receiver.waiting().is_empty());
    assert_eq!(scene.operator.webhook(number).await["state"], "on");
}

#[tokio::test]
async fn switching_a_failing_webhook_on_tries_it_at_once() {
    let mut scene = Scene::open().await;
    let (number, _) = scene.operator.add_webhook("message", &scene.receiver.url("/")).await;
    // The receiver asks for longer than a test waits.
    scene.receiver.will(&[Reply::Status(429, "retry-after: 600", "")]);
    scene.ann.say("one").await;
    let id = scene.receiver.call().await.id().to_owned();
    scene.operator.webhook_that_is(number, "failing").await;
    scene.operator.act(json!({"act": "switch_webhook", "webhook": number, "on": true})).await;
    assert_eq!(scene.receiver.call().await.id(), id);
}

#[tokio::test]
async fn a_webhook_never_reaches_private_addresses_unless_a_setting_says_so() {
    let mut scene = Scene::open().await;
    let (number, _) = scene.operator.add_webhook("message", &scene.receiver.url("/")).await;
    scene.ann.say("one").await;
    assert_eq!(scene.receiver.call().await.text(), "one");

    // The webhook is there, and the setting is not any more.
    let server = scene.server.restart().await;
    let operator = Api::operator(server.address, server.folder());
    Api { address: server.address, bearer: scene.ann.bearer.clone() }.say("two").await;
    let failing = operator.webhook_that_is(number, "failing").await;
    let error = failing["error"].as_str().unwrap();
    assert!(error.contains("127.0.0.1") && error.contains("--webhooks-to-private"), "{error}");
    assert!(scene.receiver.waiting().is_empty());

    for url in [
        scene.receiver.url("/"),
        "http://localhost/".into(),
        "http://[::1]/".into(),
        "http://169.254.169.254/latest/meta-data".into(),
        "http://2130706433/".into(),
        "http://user:password@ci.example.org/".into(),
    ] {
        let act = json!({"act": "add_webhook", "username": "deploy-bot", "room": "lobby", "url": url});
        let answer = operator.request(Method::POST, "/api/acts", act.to_string()).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::BAD_REQUEST, "bad_request"),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_bot_that_was_removed_hears_nothing_more_until_it_is_added_again() {
    let mut scene = Scene::open().await;
    scene.operator.add_bot("other-bot").await;
    scene.operator.add_webhook("message", &scene.receiver.url("/removed")).await;
    let other = json!({
        "act": "add_webhook", "username": "other-bot", "room": "lobby", "when": "message",
        "url": scene.receiver.url("/other"),
    });
    scene.operator.act(other).await;
    scene.ann.say("one").await;
    let paths = BTreeSet::from([scene.receiver.call().await.path, scene.receiver.call().await.path]);
    assert_eq!(paths.len(), 2, "{paths:?}");

    scene.operator.act(json!({"act": "remove_member", "room": "lobby", "username": "deploy-bot"})).await;
    for n in 0..10 {
        scene.ann.say(&format!("secret {n}")).await;
        let call = scene.receiver.call().await;
        assert_eq!((call.path.as_str(), call.text()), ("/other", format!("secret {n}")));
    }
    scene.operator.act(json!({"act": "delete_account", "username": "other-bot"})).await;
    scene.operator.act(json!({"act": "add_member", "room": "lobby", "username": "deploy-bot"})).await;
    // As a member it may read what was said meanwhile.
    for n in 0..10 {
        let call = scene.receiver.call().await;
        assert_eq!((call.path.as_str(), call.text()), ("/removed", format!("secret {n}")));
    }
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_keeps_no_other_one_waiting() {
    let mut scene = Scene::open().await;
    let mut silent = Receiver::open().await;
    silent.will(&[Reply::Silence]);
    scene.operator.add_webhook("message", &silent.url("/")).await;
    scene.operator.add_webhook("message", &scene.receiver.url("/")).await;
    scene.ann.say("one").await;
    silent.call().await;
    for n in 0..20 {
        scene.ann.say(&format!("{n}")).await;
    }
    assert_eq!(scene.receiver.call().await.text(), "one");
    for n in 0..20 {
        assert_eq!(scene.receiver.call().await.text(), format!("{n}"));
    }
    assert!(silent.waiting().is_empty());
}

#[tokio::test]
async fn after_a_restart_a_webhook_goes_on_where_it_was() {
    let mut scene = Scene::open().await;
    scene.operator.add_webhook("message", &scene.receiver.url("/")).await;
    for n in 0..5 {
        scene.ann.say(&format!("{n}")).await;
        assert_eq!(scene.receiver.call().await.text(), format!("{n}"));
    }
    let server = scene.server.restart_with(TO_PRIVATE).await;
    Api { address: server.address, ..scene.ann }.say("5").await;
    assert_eq!(scene.receiver.call().await.text(), "5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_every_message_was_called_for_in_order_and_repetitions_have_the_same_id() {
    const ROUNDS: usize = 4;
    const EACH: usize = 30;
    let folder = tempfile::tempdir().unwrap();
    let to_private = [("PARLOR_WEBHOOKS_TO_PRIVATE", Path::new("true"))];
    let mut receiver = Receiver::open().await;
    let mut bearer = String::new();
    // What was said, by seq; what was heard; and which id came for which seq.
    let (mut said, mut heard, mut ids) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
    for round in 0..=ROUNDS {
        let server = Child::start_with(folder.path(), &to_private).await;
        if round == 0 {
            let operator = Api::operator(server.address, folder.path());
            bearer = lobby(&operator).await.0.bearer;
            operator.add_webhook("message", &receiver.url("/")).await;
        }
        let ann = Api { address: server.address, bearer: bearer.clone() };
        if round < ROUNDS {
            receiver.will(&[Reply::Status(204, "", ""); EACH / 2]);
            receiver.will(&[Reply::Silence]);
        }
        for n in 0..EACH {
            let text = format!("{n} of round {round}");
            said.insert(ann.say(&text).await, text);
        }
        if round < ROUNDS {
            // It dies while the receiver thinks about a call, with others behind it.
            heard.extend(hear(&mut receiver, EACH / 2 + 1).await);
        } else {
            while heard.last().map(|(seq, ..)| seq) != said.keys().last() {
                heard.extend(hear(&mut receiver, 1).await);
            }
        }
        server.kill().await;
    }
    for (seq, id, text) in &heard {
        assert_eq!(said.get(seq), Some(text));
        assert_eq!(ids.entry(*seq).or_insert(id), &id);
    }
    let mut once = BTreeSet::new();
    let first: Vec<u64> = heard.iter().map(|(seq, ..)| *seq).filter(|seq| once.insert(*seq)).collect();
    assert!(first.iter().copied().eq(said.keys().copied()), "each was called for, and in order");
    assert!(ids.values().collect::<BTreeSet<_>>().len() == said.len(), "each has an id of its own");
}

/// The seq, id and text of the next calls.
async fn hear(receiver: &mut Receiver, count: usize) -> Vec<(u64, String, String)> {
    let mut heard = Vec::new();
    for _ in 0..count {
        let call = receiver.call().await;
        heard.push((call.message().seq.0, call.id().to_owned(), call.text()));
    }
    heard
}
