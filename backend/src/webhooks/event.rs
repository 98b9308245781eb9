//! Which messages a webhook is called for, and what a call says.

use serde::Serialize;
use shared::{AboutKind, Authorship, Epoch, Message, Seq, house::WebhookTrigger, view::mentions};

use crate::store::ActiveWebhook;

/// The body of a call.
#[derive(Serialize)]
#[serde(tag = "type", rename = "message")]
struct Body<'a> {
    webhook: Seq,
    message: &'a Message,
}

/// Whether a webhook is called for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It is called for the retraction of this message, unless that is a reaction.
    UnlessReaction(Seq),
}

/// Whether a webhook is called for a message. The bot's own messages are left out: an answer must not cause the next
/// call. So are imported ones, which are history, and reactions.
pub(super) fn wanted(webhook: &ActiveWebhook, message: &Message) -> Wanted {
    let is_own = message.username == webhook.bot && message.authorship.is_proven();
    if is_own || message.authorship == Authorship::Imported {
        return Wanted::No;
    }
    match (webhook.when, message.about) {
        (WebhookTrigger::Mention, _) if message.is_entry() && mentions(&message.text, &webhook.bot) => {
            Wanted::Yes
        }
        (WebhookTrigger::Mention, _) => Wanted::No,
        (WebhookTrigger::Message, Some(about)) => match about.kind {
            AboutKind::Reply | AboutKind::Edit => Wanted::Yes,
            AboutKind::Retraction => Wanted::UnlessReaction(about.seq),
            AboutKind::Reaction => Wanted::No,
        },
        (WebhookTrigger::Message, None) => Wanted::Yes,
    }
}

/// The id of the call for a message. It is the same for each attempt, also of a later run, so that receivers know
/// repetitions.
pub(super) fn call_id(epoch: &Epoch, webhook: Seq, message: Seq) -> String {
    format!("{epoch}-{message}-{webhook}")
}

/// The body of the call for a message.
pub(super) fn body(webhook: Seq, message: &Message) -> Vec<u8> {
    serde_json::to_vec(&Body { webhook, message }).expect("a message has string keys and no failing parts")
}

#[cfg(test)]
mod tests {
    use shared::{About, Timestamp};

    use super::*;

    fn webhook(when: WebhookTrigger) -> ActiveWebhook {
        ActiveWebhook {
            number: Seq(3),
            bot: "deploy-bot".parse().unwrap(),
            account: Seq(2),
            room: "lobby".parse().unwrap(),
            when,
            url: "https://ci.example.org/".into(),
            secret: [0; 24],
            position: Seq(3),
            failing: None,
        }
    }

    fn message(username: &str, text: &str, kind: Option<AboutKind>) -> Message {
        Message {
            room: "lobby".parse().unwrap(),
            seq: Seq(9),
            id: "k1".parse().unwrap(),
            username: username.parse().unwrap(),
            text: text.into(),
            sent_at: Timestamp::from_millis(0),
            about: kind.map(|kind| About { seq: Seq(7), kind }),
            authorship: Authorship::Proven,
        }
    }

    #[test]
    fn a_webhook_on_mentions_is_called_for_messages_and_replies_that_mention_the_bot() {
        let webhook = webhook(WebhookTrigger::Mention);
        for (username, text, kind, expected) in [
            ("ann", "@deploy-bot please", None, Wanted::Yes),
            ("ann", "yes, @deploy-bot.", Some(AboutKind::Reply), Wanted::Yes),
            ("ann", "deploy-bot please", None, Wanted::No),
            ("ann", "@deploy-bots", None, Wanted::No),
            ("ann", "`@deploy-bot`", None, Wanted::No),
            ("ann", "@deploy-bot", Some(AboutKind::Edit), Wanted::No),
            ("ann", "", Some(AboutKind::Retraction), Wanted::No),
            ("deploy-bot", "@deploy-bot", None, Wanted::No),
        ] {
            assert_eq!(wanted(&webhook, &message(username, text, kind)), expected, "{text:?} {kind:?}");
        }
    }

    #[test]
    fn a_webhook_on_messages_is_called_for_what_others_say_edit_and_retract() {
        let webhook = webhook(WebhookTrigger::Message);
        for (username, text, kind, expected) in [
            ("ann", "hello", None, Wanted::Yes),
            ("ann", "hello", Some(AboutKind::Reply), Wanted::Yes),
            ("ann", "hallo", Some(AboutKind::Edit), Wanted::Yes),
            ("ann", "", Some(AboutKind::Retraction), Wanted::UnlessReaction(Seq(7))),
            ("ann", "👍", Some(AboutKind::Reaction), Wanted::No),
            ("deploy-bot", "done", None, Wanted::No),
            ("deploy-bot", "", Some(AboutKind::Retraction), Wanted::No),
        ] {
            assert_eq!(wanted(&webhook, &message(username, text, kind)), expected, "{text:?} {kind:?}");
        }
        let of = |authorship| Message { authorship, ..message("deploy-bot", "hello", None) };
        assert_eq!(wanted(&webhook, &of(Authorship::Unproven)), Wanted::Yes);
        assert_eq!(wanted(&webhook, &of(Authorship::Imported)), Wanted::No);
    }

    #[test]
    fn a_body_names_its_type_and_the_webhook_and_has_the_message_as_the_api_has_it() {
        let message = message("ann", "hello", Some(AboutKind::Reply));
        let body: serde_json::Value = serde_json::from_slice(&body(Seq(3), &message)).unwrap();
        let expected = serde_json::json!({
            "type": "message",
            "webhook": 3,
            "message": {
                "room": "lobby", "seq": 9, "id": "k1", "username": "ann", "text": "hello",
                "sent_at": "1970-01-01T00:00:00.000Z", "about": {"seq": 7, "as": "reply"},
            },
        });
        assert_eq!(body, expected);
        let epoch = Epoch::parse("0f3a").unwrap();
        assert_eq!(call_id(&epoch, Seq(3), Seq(9)), "0f3a-9-3");
    }
}
