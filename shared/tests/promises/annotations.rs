//! Edits, retractions and reactions are folded into the message that they are about.

use shared::{AboutKind, FromServer, Message, RoomSummary, Seq, Side};

use crate::samples::{Ann, about, joined, lobby, message, messages, page_with, summary, welcome_with};

fn edit(seq: u64, of: u64, text: &str) -> Message {
    about(message(seq, "bob", text), of, AboutKind::Edit)
}

fn retraction(seq: u64, username: &str, of: u64) -> Message {
    about(message(seq, username, ""), of, AboutKind::Retraction)
}

fn reaction(seq: u64, username: &str, to: u64, emoji: &str) -> Message {
    about(message(seq, username, emoji), to, AboutKind::Reaction)
}

/// The reactions to a message: each emoji and who reacted with it.
fn reactions(ann: &Ann, to: u64) -> Vec<(String, Vec<String>)> {
    let by =
        |by: &Vec<(shared::Username, Seq)>| by.iter().map(|(username, _)| username.to_string()).collect();
    ann.entry(to).reactions.iter().map(|reaction| (reaction.emoji.clone(), by(&reaction.by))).collect()
}

#[test]
fn the_newest_edit_is_the_text_whatever_order_they_come_in() {
    let mut ann = Ann::with(messages([1]));
    ann.hear_message(edit(4, 1, "second"));
    ann.hear_message(edit(3, 1, "first"));
    ann.hear_message(edit(4, 1, "second"));
    assert_eq!(ann.entry(1).message.text, "second");
    assert_eq!(ann.entry(1).edited_at.unwrap().millis(), 4);
    assert_eq!(ann.shown(), [1], "an edit is no entry");
}

#[test]
fn a_retraction_takes_text_edits_and_reactions_with_it() {
    let mut ann = Ann::with(messages([1]));
    ann.hear_message(edit(2, 1, "edited"));
    ann.hear_message(reaction(3, "ann", 1, "👍"));
    ann.hear_message(retraction(4, "bob", 1));
    let entry = ann.entry(1);
    assert!(entry.retracted && entry.message.text.is_empty() && entry.edited_at.is_none());
    assert!(entry.reactions.is_empty());
    ann.hear_message(edit(2, 1, "edited"));
    assert!(ann.entry(1).message.text.is_empty(), "what is taken back does not come back");
}

#[test]
fn what_the_store_has_blanked_is_shown_as_retracted() {
    let ann = Ann::with(vec![message(1, "bob", ""), message(2, "bob", "text")]);
    assert!(ann.entry(1).retracted && !ann.entry(2).retracted);
}

#[test]
fn each_user_reacts_once_with_an_emoji_and_can_retract_it() {
    let mut ann = Ann::with(messages([1]));
    for message in [
        reaction(2, "ann", 1, "🎉"),
        reaction(3, "bob", 1, "👍"),
        reaction(4, "ann", 1, "👍"),
        reaction(5, "bob", 1, "👍"),
    ] {
        ann.hear_message(message);
    }
    let of =
        |emoji: &str, by: &[&str]| (emoji.to_owned(), by.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(reactions(&ann, 1), [of("🎉", &["ann"]), of("👍", &["bob", "ann"])]);
    ann.hear_message(retraction(6, "ann", 2));
    ann.hear_message(retraction(7, "bob", 3));
    assert_eq!(reactions(&ann, 1), [of("👍", &["ann", "bob"])], "bob's second one still counts");
    ann.hear_message(retraction(8, "bob", 5));
    ann.hear_message(reaction(9, "ann", 1, "🎉"));
    assert_eq!(reactions(&ann, 1), [of("👍", &["ann"]), of("🎉", &["ann"])]);
}

#[test]
fn an_annotation_of_a_message_that_is_not_loaded_is_kept_for_it() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([9]), true));
    ann.hear_message(edit(10, 4, "edited"));
    ann.hear_message(reaction(11, "ann", 4, "👍"));
    ann.hear_message(reaction(12, "bob", 4, "👍"));
    ann.hear_message(retraction(13, "bob", 12));
    ann.hear_message(retraction(14, "bob", 5));
    assert_eq!(ann.shown(), [9]);
    ann.client.load_older(&lobby());
    ann.hear(&page_with(Side::Before(Seq(9)), messages([4, 5]), Vec::new()));
    assert_eq!(ann.entry(4).message.text, "edited");
    assert_eq!(reactions(&ann, 4), [("👍".to_owned(), vec!["ann".to_owned()])]);
    assert!(ann.entry(5).retracted);
}

#[test]
fn a_page_brings_the_annotations_of_its_messages() {
    let mut ann = Ann::live();
    ann.hear(&joined(9, messages([9]), true));
    ann.client.load_older(&lobby());
    let context = vec![edit(6, 4, "edited"), reaction(7, "ann", 5, "👍"), reaction(8, "bob", 5, "")];
    ann.hear(&page_with(Side::Before(Seq(9)), messages([4, 5]), context));
    assert_eq!(ann.entry(4).message.text, "edited");
    assert_eq!(reactions(&ann, 5), [("👍".to_owned(), vec!["ann".to_owned()])]);
}

#[test]
fn annotations_of_messages_that_are_not_loaded_are_bounded() {
    let mut ann = Ann::with(messages([1]));
    for seq in 0..30_000 {
        ann.hear_message(reaction(20_000 + seq, "bob", 2 + seq % 10_000, "👍"));
    }
    ann.hear_message(reaction(60_000, "bob", 1, "👍"));
    assert_eq!(ann.entry(1).reactions.len(), 1);
    assert_eq!(ann.shown(), [1]);
}

#[test]
fn the_list_of_rooms_shows_last_messages_in_their_current_state() {
    let mut ann = Ann::new();
    ann.connect(&welcome_with(vec![RoomSummary {
        last: Some(message(9, "bob", "last")),
        ..summary(9, None, 0)
    }]));
    ann.hear(&joined(9, messages([9]), false));
    let last = |ann: &Ann| ann.client.view().directory()[0].last.clone().unwrap();
    ann.hear_message(message(10, "bob", "newer"));
    assert_eq!((last(&ann).seq, ann.client.view().directory()[0].head), (Seq(10), Seq(10)));
    ann.hear(&FromServer::Message(message(9, "bob", "late")));
    ann.hear_message(reaction(11, "ann", 10, "👍"));
    assert_eq!(last(&ann).text, "newer");
    ann.hear_message(edit(12, 10, "edited"));
    assert_eq!(last(&ann).text, "edited");
    ann.hear_message(retraction(13, "bob", 10));
    assert_eq!(last(&ann).text, "");
    assert_eq!(ann.client.view().directory()[0].head, Seq(13));
}
