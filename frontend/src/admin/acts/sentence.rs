//! An act as a sentence.

use shared::{
    Act, Keep, Role, RoomKind, RoomName, Username,
    house::{DeletedMessages, DeletedNames, HouseSettings, RecordedAct},
};

use super::texts::{Texts, texts};
use crate::{
    Locale,
    admin::{
        known::KnownRooms,
        words::{isolated, role_name},
    },
    i18n::{Text, fill},
};

/// Who did what.
pub(super) fn sentence(recorded: &RecordedAct, known: &KnownRooms, locale: &Locale) -> String {
    let texts = texts(locale.language);
    let (template, what) = words(recorded, known, texts, locale);
    let mut values = vec![who(recorded, texts)];
    values.extend(what);
    fill(template, &values.iter().map(String::as_str).collect::<Vec<_>>())
}

fn who(recorded: &RecordedAct, texts: &Texts) -> String {
    match (&recorded.by, &recorded.act) {
        (Some(by), _) => isolated(by.as_str()),
        // Nobody else switches off what fails for a day.
        (None, Act::SwitchWebhook { on: false, .. }) => texts.server.to_owned(),
        (None, _) => texts.operator.to_owned(),
    }
}

/// The sentence of an act, and what is in it after who did it.
fn words(
    recorded: &RecordedAct,
    known: &KnownRooms,
    texts: &Texts,
    locale: &Locale,
) -> (&'static str, Vec<String>) {
    let name = |username: &Username| isolated(username.as_str());
    let called = |room: &RoomName| known.recorded(room);
    let role = |role: Role| role_name(role, locale).to_owned();
    let is_own = |username: &Username| recorded.by.as_ref() == Some(username);
    match &recorded.act {
        Act::MakeRoom { room, kind, .. } => {
            (if *kind == RoomKind::Open { texts.made_open } else { texts.made_closed }, vec![called(room)])
        }
        Act::OpenDirect { people } => {
            (texts.opened_direct, vec![people.iter().map(name).collect::<Vec<_>>().join(", ")])
        }
        Act::SetTopic { room, topic: Some(topic) } => {
            (texts.topic, vec![called(room), isolated(topic.as_str())])
        }
        Act::SetTopic { room, topic: None } => (texts.no_topic, vec![called(room)]),
        Act::SetKind { room, kind } => {
            (if *kind == RoomKind::Open { texts.opened } else { texts.closed }, vec![called(room)])
        }
        Act::Archive { room, archived } => {
            (if *archived { texts.archived } else { texts.unarchived }, vec![called(room)])
        }
        Act::SlowDown { room, seconds: 0 } => (texts.fast, vec![called(room)]),
        Act::SlowDown { room, seconds } => (texts.slow, vec![called(room), seconds.to_string()]),
        Act::SetKeep { room, keep: None } => (texts.keep_house, vec![called(room)]),
        Act::SetKeep { room, keep: Some(Keep::Forever) } => (texts.keep_forever, vec![called(room)]),
        Act::SetKeep { room, keep: Some(keep) } => (texts.keep, vec![called(room), keep.to_string()]),
        Act::DeleteRoom { room } => (texts.deleted_room, vec![called(room)]),
        Act::AddMember { room, username } => (texts.added, vec![name(username), called(room)]),
        Act::RemoveMember { room, username } if is_own(username) => (texts.left, vec![called(room)]),
        Act::RemoveMember { room, username } => (texts.removed, vec![name(username), called(room)]),
        Act::SetRole { username, role: new, limited } => {
            let text = if *limited == Some(true) { texts.role_limited } else { texts.role };
            (text, vec![name(username), role(*new)])
        }
        Act::Bar { username } => (texts.barred, vec![name(username)]),
        Act::Unbar { username } => (texts.unbarred, vec![name(username)]),
        Act::BarAddress { address } => (texts.barred_address, vec![isolated(address)]),
        Act::UnbarAddress { address } => (texts.unbarred_address, vec![isolated(address)]),
        Act::RevokeTokens { username } if is_own(username) => (texts.revoked_own, Vec::new()),
        Act::RevokeTokens { username } => (texts.revoked, vec![name(username)]),
        // An invitation has the number of the act that made it.
        Act::Invite(invitation) => match &invitation.username {
            Some(username) => {
                let number = recorded.number.to_string();
                (texts.invited_name, vec![number, name(username), role(invitation.role)])
            }
            None => (texts.invited, vec![recorded.number.to_string(), role(invitation.role)]),
        },
        Act::RevokeInvitation { number } => (texts.revoked_invitation, vec![number.to_string()]),
        Act::AddBot { username, .. } => (texts.bot, vec![name(username)]),
        Act::AddWebhook { username, room, url, .. } => {
            (texts.webhook, vec![name(username), called(room), isolated(without_query(url))])
        }
        Act::RemoveWebhook { number } => (texts.removed_webhook, vec![number.to_string()]),
        Act::SwitchWebhook { number, on } => {
            (if *on { texts.webhook_on } else { texts.webhook_off }, vec![number.to_string()])
        }
        Act::ChangeSettings { settings } => (texts.settings, vec![settings_words(settings, texts)]),
        Act::DeleteAccount { username } if is_own(username) => (texts.deleted_own, Vec::new()),
        Act::DeleteAccount { username } => (texts.deleted, vec![name(username)]),
        Act::AcceptInvitation { number, role: given, .. } => {
            (texts.accepted, vec![number.to_string(), role(*given)])
        }
        Act::Retract { room, username, .. } => (texts.retracted, vec![name(username), called(room)]),
    }
}

/// An address without what may be a secret of the program behind it.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// The settings that an act has set.
fn settings_words(settings: &HouseSettings, texts: &Texts) -> String {
    let either = |is_first: bool, [first, second]: [Text; 2]| if is_first { first } else { second };
    let name = match settings.name.as_str() {
        "" => texts.setting_no_name.to_owned(),
        name => fill(texts.setting_name, &[&isolated(name)]),
    };
    let others = [
        either(settings.members_make_rooms, texts.setting_rooms),
        either(settings.members_invite, texts.setting_invite),
        either(settings.deleted_names == DeletedNames::Reserved, texts.setting_names),
        either(settings.deleted_messages == DeletedMessages::Kept, texts.setting_messages),
    ];
    let all: Vec<&str> = std::iter::once(name.as_str()).chain(others).collect();
    all.join(texts.setting_separator)
}
