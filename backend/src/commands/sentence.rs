//! Acts in words, for the record.

use shared::{
    Act, Keep, RoomKind,
    house::{NewInvitation, WebhookTrigger},
};

use super::print::{count, list};

/// What an act has done.
pub(super) fn sentence(act: &Act) -> String {
    match act {
        Act::MakeRoom { room, kind, topic } => {
            let closed = if *kind == RoomKind::Closed { "closed " } else { "" };
            let topic = topic.as_ref().map_or_else(String::new, |topic| format!(", about: {topic}"));
            format!("made the {closed}room {room}{topic}")
        }
        Act::OpenDirect { people } => format!("opened a direct room with {}", list(people)),
        Act::SetTopic { room, topic: Some(topic) } => format!("gave the room {room} the topic: {topic}"),
        Act::SetTopic { room, topic: None } => format!("removed the topic of the room {room}"),
        Act::SetKind { room, kind: RoomKind::Open } => format!("opened the room {room}"),
        Act::SetKind { room, .. } => format!("closed the room {room}"),
        Act::Archive { room, archived: true } => format!("archived the room {room}"),
        Act::Archive { room, archived: false } => format!("brought the room {room} back"),
        Act::SlowDown { room, seconds: 0 } => format!("ended the slow mode of the room {room}"),
        Act::SlowDown { room, seconds } => format!("slowed the room {room} down: one post in {seconds} s"),
        Act::SetKeep { room, keep: None } => {
            format!("let the house say how long the messages of the room {room} are kept")
        }
        Act::SetKeep { room, keep: Some(Keep::Forever) } => {
            format!("had the messages of the room {room} kept forever")
        }
        Act::SetKeep { room, keep: Some(Keep::Seconds(seconds)) } => {
            format!("had the messages of the room {room} kept for {}", Keep::Seconds(*seconds))
        }
        Act::SetKeep { room, keep: Some(keep) } => {
            format!("had the messages of the room {room} kept up to {keep}")
        }
        Act::DeleteRoom { room } => format!("deleted the room {room}"),
        Act::AddMember { room, username } => format!("added {username} to the room {room}"),
        Act::RemoveMember { room, username } => format!("removed {username} from the room {room}"),
        Act::SetRole { username, role, limited } => {
            let rooms = match limited {
                Some(true) => ", limited to their rooms",
                Some(false) => ", for all open rooms",
                None => "",
            };
            format!("made {username} {role}{rooms}")
        }
        Act::Bar { username } => format!("barred {username}"),
        Act::Unbar { username } => format!("let {username} in again"),
        Act::BarAddress { address } => format!("barred the address {address}"),
        Act::UnbarAddress { address } => format!("let the address {address} in again"),
        Act::RevokeTokens { username } => format!("ended the tokens of {username}"),
        Act::Invite(NewInvitation { username, role, rooms, days, uses }) => {
            let who = username.as_ref().map_or_else(String::new, |name| format!(" {name}"));
            let rooms = if rooms.is_empty() { String::new() } else { format!(" to {}", list(rooms)) };
            format!("invited{who} as {role}{rooms}, {}, {}", count(*uses, "use"), count(*days, "day"))
        }
        Act::RevokeInvitation { number } => format!("ended the invitation {number}"),
        Act::AddBot { username, rooms } if rooms.is_empty() => format!("made the bot {username}"),
        Act::AddBot { username, rooms } => format!("made the bot {username} in {}", list(rooms)),
        Act::AddWebhook { username, room, when, url } => {
            let when = match when {
                WebhookTrigger::Mention => "mentions of it",
                WebhookTrigger::Message => "every message",
            };
            format!("made a webhook of {username} for {when} in {room}: {url}")
        }
        Act::RemoveWebhook { number } => format!("removed the webhook {number}"),
        Act::SwitchWebhook { number, on } => {
            format!("switched the webhook {number} {}", if *on { "on" } else { "off" })
        }
        Act::ChangeSettings { settings } => {
            let settings = serde_json::to_string(settings).unwrap_or_default();
            format!("changed the settings to {settings}")
        }
        Act::DeleteAccount { username } => format!("deleted the account {username}"),
        Act::AcceptInvitation { number, username, role } => {
            format!("accepted the invitation {number} as {username}, and is {role}")
        }
        Act::Retract { room, seq, username } => {
            format!("retracted message {seq} of {username} in the room {room}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_told_in_words() {
        for (json, words) in [
            (
                r#"{"act":"make_room","room":"board.x","kind":"closed","topic":"Money"}"#,
                "made the closed room board.x, about: Money",
            ),
            (
                r#"{"act":"set_role","username":"ann","role":"guest","limited":true}"#,
                "made ann guest, limited to their rooms",
            ),
            (r#"{"act":"invite","rooms":["a","b"],"uses":2}"#, "invited as member to a, b, 2 uses, 7 days"),
            (
                r#"{"act":"invite","username":"ann","role":"owner","days":1}"#,
                "invited ann as owner, 1 use, 1 day",
            ),
            (r#"{"act":"switch_webhook","webhook":3,"on":false}"#, "switched the webhook 3 off"),
            (r#"{"act":"slow_down","room":"a","seconds":0}"#, "ended the slow mode of the room a"),
        ] {
            let act: Act = serde_json::from_str(json).unwrap();
            assert_eq!(sentence(&act), words, "{json}");
        }
    }
}
