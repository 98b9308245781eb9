//! docs/protocol.md is correct: its examples are replayed through the codec, and its tables are compared with the code.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use shared::{
    About, Act, CloseCode, Epoch, FromClient, FromServer, Message, MessageId, RoomName, Seq, Timestamp,
    Username,
    close::Advice,
    device_link::{DeviceLink, NewDeviceLink, RedeemDeviceCode, RedeemedDeviceCode},
    house::{
        ActDone, Acts, Bars, Bots, Expiring, House, HouseSettings, InvitationOffer, Invitations,
        LookAtInvitation, Me, People, RoomMembers, Rooms,
    },
};

use crate::frames::{client_type, from_client, from_server, server_type};

const DOCUMENT: &str = include_str!("../../../docs/protocol.md");

/// The JSON examples, each with its kind.
fn examples() -> Vec<(&'static str, String)> {
    let mut examples = Vec::new();
    let mut lines = DOCUMENT.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```json") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            examples.push((kind.trim(), text.join("\n")));
        }
    }
    examples
}

/// The text under a heading, up to the next heading of the same or a higher level.
fn section(heading: &str) -> &'static str {
    let start = DOCUMENT.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("there is no {heading}"));
    let text = &DOCUMENT[start + heading.len() + 2..];
    let rank = heading.bytes().take_while(|b| *b == b'#').count();
    let ends = (1..=rank).filter_map(|rank| text.find(&format!("\n{} ", "#".repeat(rank))));
    &text[..ends.min().unwrap_or(text.len())]
}

/// The cells of the rows of a section's table.
fn rows(section: &str) -> Vec<Vec<&str>> {
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("|---")).skip(1);
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// The name and the value of a constant in a line of code.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.trim().strip_prefix("pub const ")?.split_once(": ")?;
    Some((name, rest.split_once(" = ")?.1.strip_suffix(';')?))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Username>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<About>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    room: RoomName,
    id: MessageId,
    seq: Seq,
    sent_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    room: RoomName,
    epoch: Epoch,
    head: Seq,
    messages: Vec<Message>,
    context: Vec<Message>,
    more: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    messages: Vec<Message>,
}

fn again<T: Serialize + DeserializeOwned>(text: &str) -> String {
    serde_json::to_string(&serde_json::from_str::<T>(text).unwrap()).unwrap()
}

#[test]
fn every_example_is_what_the_code_reads_and_writes() {
    for (kind, text) in examples() {
        let said: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let again = match kind {
            "client" => FromClient::decode(&text).unwrap().encode(),
            "server" => FromServer::decode(&text).unwrap().encode(),
            "plain" | "http-post" => again::<Written>(&text),
            "http-posted" => again::<Posted>(&text),
            "http-read" => again::<Read>(&text),
            "http-rooms" => again::<Rooms>(&text),
            "http-search" => again::<Found>(&text),
            "http-new-device-link" => again::<NewDeviceLink>(&text),
            "http-device-link" => again::<DeviceLink>(&text),
            "http-redeem" => again::<RedeemDeviceCode>(&text),
            "http-redeemed" => again::<RedeemedDeviceCode>(&text),
            "http-house" => again::<House>(&text),
            "http-look" => again::<LookAtInvitation>(&text),
            "http-offer" => again::<InvitationOffer>(&text),
            "http-invitations" => again::<Invitations>(&text),
            "http-me" => again::<Me>(&text),
            "http-act" => again::<Act>(&text),
            "http-act-done" => again::<ActDone>(&text),
            "http-acts" => again::<Acts>(&text),
            "http-people" => again::<People>(&text),
            "http-members" => again::<RoomMembers>(&text),
            "http-expiring" => again::<Expiring>(&text),
            "http-bars" => again::<Bars>(&text),
            "http-bots" => again::<Bots>(&text),
            "http-settings" => again::<HouseSettings>(&text),
            "http-error" | "claims" => text.clone(),
            other => panic!("an example is of the kind {other:?}, which nothing replays"),
        };
        assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), said, "{text}");
    }
}

#[test]
fn a_post_of_an_example_can_be_posted() {
    for (kind, text) in examples().into_iter().filter(|(kind, _)| *kind == "client") {
        if let FromClient::Post(post) = FromClient::decode(&text).unwrap() {
            assert_eq!(post.check(), Ok(()), "{kind}: {text}");
        }
    }
}

#[test]
fn every_type_of_frame_has_a_section_with_its_fields_and_an_example() {
    let client = from_client().into_iter().map(|(frame, text)| (client_type(&frame), text));
    let server = from_server().into_iter().map(|(frame, text)| (server_type(&frame), text));
    check_sections("### Frames from the client", "client", client.collect());
    check_sections("### Frames from the server", "server", server.collect());
}

fn check_sections(part: &str, kind: &str, frames: Vec<(&'static str, String)>) {
    let part = section(part);
    let mut types: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (frame_type, text) in frames {
        let fields: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
        types.entry(frame_type).or_default().extend(fields.into_iter().map(|(field, _)| field));
    }
    let sections: BTreeMap<&str, &str> = part
        .split("\n#### `")
        .skip(1)
        .map(|section| section.split_once("`\n").expect("a heading is the name of a type"))
        .collect();
    assert_eq!(types.keys().collect::<Vec<_>>(), sections.keys().collect::<Vec<_>>());
    for (frame_type, fields) in types {
        let text = sections[frame_type];
        let example = format!("```json {kind}\n");
        assert!(text.contains(&example), "{frame_type} has no example");
        let told = if frame_type == "message" { section("### Message") } else { text };
        let table: String = rows(told).iter().map(|row| row[0]).collect();
        for field in fields.iter().filter(|field| *field != "type") {
            assert!(table.contains(&format!("`{field}`")), "the table of {frame_type} lacks {field}");
        }
    }
}

#[test]
fn every_refusal_is_in_the_table() {
    let source = include_str!("../../src/frames/refusal.rs");
    let words = source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
    let words: BTreeSet<String> =
        words.filter(|word| *word != "other").map(|word| format!("`{word}`")).collect();
    let told: BTreeSet<String> = rows(section("## Refusals")).iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(told, words);
    assert!(told.len() >= 12, "{told:?}");
}

/// The fields of each act, by its word.
type Fields = BTreeMap<String, BTreeSet<String>>;

fn add_fields(of: &mut Fields, act: &str) {
    let act: serde_json::Map<String, Value> =
        serde_json::from_str(act).unwrap_or_else(|error| panic!("{error}: {act}"));
    let word = act["act"].as_str().expect("an act is a text").to_owned();
    of.entry(word).or_default().extend(act.into_iter().map(|(field, _)| field));
}

#[test]
fn every_act_is_in_the_table_with_all_its_fields() {
    let mut told = Fields::new();
    for row in rows(section("#### Acts")) {
        let text = row[0].trim_matches('`');
        let act: Act = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let (written, said): (Value, Value) =
            (serde_json::to_value(&act).unwrap(), serde_json::from_str(text).unwrap());
        assert_eq!(written, said);
        // These are only recorded.
        let is_proposed = !matches!(act, Act::Retract { .. } | Act::AcceptInvitation { .. });
        assert_eq!(act.check().is_ok(), is_proposed, "{text}");
        assert!(row.len() == 3 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        add_fields(&mut told, text);
    }
    // The acts whose encoding a test of the crate holds fast.
    let golden = include_str!("../../src/house/tests.rs");
    let golden = golden.split_once("fn acts()").and_then(|(_, rest)| rest.split_once("\n}\n")).unwrap().0;
    let mut acts = Fields::new();
    for text in golden.split("r#\"").skip(1).filter_map(|rest| rest.split("\"#").next()) {
        add_fields(&mut acts, text);
    }
    assert_eq!(told, acts);
    assert!(told.len() >= 24, "{told:?}");
}

#[test]
fn every_setting_is_in_the_table_with_its_default() {
    let defaults = serde_json::to_value(HouseSettings::default()).unwrap();
    let defaults = defaults.as_object().unwrap().iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (format!("`{name}`"), if value.is_empty() { "empty".to_owned() } else { format!("`{value}`") })
    });
    let told = rows(section("#### Settings")).into_iter().map(|row| (row[0].to_owned(), row[2].to_owned()));
    assert_eq!(told.collect::<BTreeMap<_, _>>(), defaults.collect());
}

/// A refusal has the same code over HTTP as in a frame.
#[test]
fn every_refusal_that_http_can_answer_has_a_status() {
    let table = rows(section("### Errors"));
    let told: BTreeSet<&str> = table.iter().flat_map(|row| row[1].split('`').skip(1).step_by(2)).collect();
    // These belong to frames of a connection.
    let frames = ["unknown_type", "hello_first", "too_many_rooms", "not_joined"];
    for row in rows(section("## Refusals")) {
        let code = row[0].trim_matches('`');
        assert_ne!(told.contains(code), frames.contains(&code), "{code}");
    }
}

#[test]
fn every_close_code_is_in_the_table_with_what_to_do() {
    let constants = include_str!("../../src/close.rs").lines().filter_map(constant);
    let codes: BTreeSet<u16> =
        constants.map(|(_, value)| value[5..value.len() - 1].parse().unwrap()).collect();
    let mut told = BTreeSet::new();
    for row in rows(section("## Close codes")) {
        let code = CloseCode(row[0].parse().unwrap());
        told.insert(code.0);
        let advice = match code.advice() {
            Advice::Stop => "nothing",
            Advice::Reconnect => "connect again",
            Advice::Fix => "fix the program",
        };
        assert!(row[2].starts_with(advice), "{code}: {}", row[2]);
    }
    assert_eq!(told, codes);
}

#[test]
fn every_limit_is_in_the_table_with_its_value() {
    let constants = include_str!("../../src/limits.rs").lines().filter_map(constant);
    let limits: BTreeMap<String, String> = constants
        .map(|(name, value)| (format!("`{}`", name.to_ascii_lowercase()), value.replace('_', "")))
        .collect();
    let told: BTreeMap<String, String> =
        rows(section("## Limits")).iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(told, limits);
    assert!(told.len() >= 15, "{told:?}");
}

#[test]
fn every_kind_of_annotation_is_in_the_table() {
    let told: Vec<&str> =
        rows(section("### Annotations")).iter().map(|row| row[0].trim_matches('`')).collect();
    for word in &told {
        let about: About = serde_json::from_str(&format!(r#"{{"seq":1,"as":"{word}"}}"#)).unwrap();
        assert_eq!(about.kind.as_str(), *word);
    }
    assert_eq!(told, ["reply", "edit", "retraction", "reaction"]);
}

#[test]
fn every_link_inside_the_document_leads_somewhere() {
    let mut anchors: BTreeMap<String, usize> = BTreeMap::new();
    let mut there = BTreeSet::new();
    for heading in DOCUMENT.lines().filter(|line| line.starts_with('#')) {
        let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let anchor: String = words.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
        let times = anchors.entry(anchor.clone()).or_default();
        there.insert(if *times == 0 { anchor } else { format!("{anchor}-{times}") });
        *times += 1;
    }
    for link in DOCUMENT.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(there.contains(link), "#{link} leads nowhere; there are {there:?}");
    }
}
