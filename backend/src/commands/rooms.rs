//! `parlor room`.

use clap::{Args, Subcommand};
use shared::{
    Act, Keep, RoomInfo, RoomKind, RoomName, RoomSummary, Seq, Topic, Username,
    house::{Expiring, Rooms},
};

use super::{
    connection::{Connection, ServerArgs, all_pages},
    failure::Failure,
    print::{self, Table, confirm},
};

/// Make rooms, change and delete them, and say who is in them.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct RoomArgs {
    #[command(subcommand)]
    command: RoomCommand,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor room make deploys --topic 'What went live'
  parlor room make board --closed
      Prints the room's whole name, as board.k3v9x2qd: a closed room's name cannot be guessed.
  parlor room add board.k3v9x2qd ann bob
  parlor room slow lobby 30
      Everybody posts at most once in 30 seconds.
  parlor room keep chatter 30d
      Messages of this room go when they are 30 days old.
  parlor room delete test --yes";

#[derive(Debug, Clone, Subcommand)]
enum RoomCommand {
    /// List the rooms, the closed and the archived ones, too. Direct rooms are their people's own and not listed.
    List,
    /// Make a room.
    Make {
        /// Its name: 1 to 64 of a-z, 0-9, dot, underscore and hyphen; for a closed room at most 54.
        room: RoomName,
        /// Only its members know that it exists.
        #[arg(long)]
        closed: bool,
        /// What it is about.
        #[arg(long, value_name = "TEXT")]
        topic: Option<Topic>,
    },
    /// Say what a room is about. Without a text the topic is removed.
    Topic {
        /// The room.
        room: RoomName,
        /// The topic: at most 200 characters.
        topic: Option<Topic>,
    },
    /// Open a closed room: everybody in the house may read it from now on, its whole history included.
    Open {
        /// The room.
        room: RoomName,
    },
    /// Close an open room: who has posted there becomes a member, and for all others it does not exist.
    Close {
        /// The room.
        room: RoomName,
    },
    /// Archive a room: it can be read, but nothing is posted there any more, and it is not listed.
    Archive {
        /// The room.
        room: RoomName,
    },
    /// Bring an archived room back.
    Unarchive {
        /// The room.
        room: RoomName,
    },
    /// Let everybody post only once in some seconds.
    Slow {
        /// The room.
        room: RoomName,
        /// The seconds, at most 86400. 0 ends it.
        seconds: u32,
    },
    /// Say how long a room's messages are kept: the older ones go within minutes, and do not come back.
    Keep {
        /// The room.
        room: RoomName,
        /// A time as `12h`, `30d` or `2y`; a size as `500MB` or `1GB`; `forever`; or `house`: as long as `--keep` of the server says.
        #[arg(value_name = "TIME|SIZE|forever|house", value_parser = keep)]
        keep: KeepChoice,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Delete a room with its messages. Its name is not used again.
    Delete {
        /// The room.
        room: RoomName,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Add people to a closed room, or let them back into an open one.
    Add {
        /// The room.
        room: RoomName,
        /// Who.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<Username>,
    },
    /// Remove people from a room. They cannot come back by themselves.
    Remove {
        /// The room.
        room: RoomName,
        /// Who.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<Username>,
    },
    /// List a closed room's members, and who was removed from a room.
    Members {
        /// The room.
        room: RoomName,
    },
}

pub(super) async fn run(args: RoomArgs) -> Result<(), Failure> {
    let RoomArgs { command, server } = args;
    if let RoomCommand::Delete { room, yes } = &command {
        confirm(*yes, &format!("Deleting the room {room} and its messages"))?;
    }
    let connection = server.connect()?;
    let act = match command {
        RoomCommand::List => return list(&connection, server.json).await,
        RoomCommand::Members { room } => return members(&connection, &room, server.json).await,
        RoomCommand::Add { room, names } => {
            for username in names {
                let sentence = format!("{username} is in the room {room}.");
                let act = Act::AddMember { room: room.clone(), username };
                do_act(&connection, &act, server.json, sentence).await?;
            }
            return Ok(());
        }
        RoomCommand::Remove { room, names } => {
            for username in names {
                let sentence = format!("{username} is removed from the room {room}.");
                let act = Act::RemoveMember { room: room.clone(), username };
                do_act(&connection, &act, server.json, sentence).await?;
            }
            return Ok(());
        }
        RoomCommand::Make { room, closed, topic } => {
            return make(&connection, room, closed, topic, server.json).await;
        }
        RoomCommand::Topic { room, topic } => Act::SetTopic { room, topic },
        RoomCommand::Open { room } => Act::SetKind { room, kind: RoomKind::Open },
        RoomCommand::Close { room } => Act::SetKind { room, kind: RoomKind::Closed },
        RoomCommand::Archive { room } => Act::Archive { room, archived: true },
        RoomCommand::Unarchive { room } => Act::Archive { room, archived: false },
        RoomCommand::Slow { room, seconds } => Act::SlowDown { room, seconds },
        RoomCommand::Keep { room, keep: KeepChoice(keep), yes } => {
            confirm_keep(&connection, &room, keep, yes).await?;
            Act::SetKeep { room, keep }
        }
        RoomCommand::Delete { room, .. } => Act::DeleteRoom { room },
    };
    let sentence = match &act {
        Act::SetTopic { room, topic: Some(topic) } => format!("The room {room} is about: {topic}"),
        Act::SetTopic { room, topic: None } => format!("The room {room} has no topic."),
        Act::SetKind { room, kind } => format!("The room {room} is {}.", kind.as_str()),
        Act::Archive { room, archived: true } => format!("The room {room} is archived."),
        Act::Archive { room, archived: false } => format!("The room {room} is no longer archived."),
        Act::SlowDown { room, seconds: 0 } => format!("Everybody posts in {room} as often as they like."),
        Act::SlowDown { room, seconds } => {
            format!("Everybody posts in {room} at most once in {seconds} seconds.")
        }
        Act::SetKeep { room, keep: None } => {
            format!("The messages of the room {room} are kept as long as the house keeps messages.")
        }
        Act::SetKeep { room, keep: Some(keep) } => format!("The room {room} {}.", keeps(*keep)),
        Act::DeleteRoom { room } => format!("The room {room} is deleted."),
        _ => String::new(),
    };
    do_act(&connection, &act, server.json, sentence).await
}

/// How long a room keeps its messages, or `None` for the house's setting.
#[derive(Debug, Clone, Copy)]
struct KeepChoice(Option<Keep>);

fn keep(text: &str) -> Result<KeepChoice, String> {
    if text.eq_ignore_ascii_case("house") {
        return Ok(KeepChoice(None));
    }
    let keep = Keep::parse(text).map_err(|error| format!("{error}; `house` means the server's --keep"))?;
    Ok(KeepChoice(Some(keep)))
}

fn keeps(keep: Keep) -> String {
    match keep {
        Keep::Forever => "keeps its messages forever".into(),
        Keep::Seconds(_) => format!("keeps its messages for {keep}"),
        Keep::Bytes(_) => format!("keeps up to {keep} of its messages"),
    }
}

/// Asks before messages are deleted, and says how many.
async fn confirm_keep(
    connection: &Connection,
    room: &RoomName,
    keep: Option<Keep>,
    yes: bool,
) -> Result<(), Failure> {
    let Expiring { messages, at_least, .. } = connection.ask(connection.api().expiring(room, keep)).await?;
    let what = match messages {
        Some(0) => return Ok(()),
        Some(1) => "Deleting 1 message".to_owned(),
        Some(messages) if at_least => format!("Deleting {messages} messages or more"),
        Some(messages) => format!("Deleting {messages} messages"),
        None => "Deleting the oldest messages when the store is too large".to_owned(),
    };
    confirm(yes, &format!("{what} of the room {room}"))
}

/// Does an act and says what is so now.
pub(super) async fn do_act(
    connection: &Connection,
    act: &Act,
    json: bool,
    sentence: String,
) -> Result<(), Failure> {
    let done = connection.act(act).await?;
    if json { print::json(&done) } else { print::line(sentence) }
}

async fn make(
    connection: &Connection,
    room: RoomName,
    closed: bool,
    topic: Option<Topic>,
    json: bool,
) -> Result<(), Failure> {
    let kind = if closed { RoomKind::Closed } else { RoomKind::Open };
    let done = connection.act(&Act::MakeRoom { room: room.clone(), kind, topic }).await?;
    if json {
        return print::json(&done);
    }
    let room = done.room.unwrap_or(room);
    if closed {
        print::text(&format!(
            "The closed room {room} is made. `parlor room add {room} NAME` adds people to it.\n"
        ))
    } else {
        print::line(format!("The room {room} is made."))
    }
}

async fn list(connection: &Connection, json: bool) -> Result<(), Failure> {
    let rooms = all_pages(async |last: Option<&RoomSummary>| {
        let page = connection.ask(connection.api().all_rooms(last.map(|last| &last.room))).await?;
        Ok((page.rooms, page.more))
    })
    .await?;
    if json {
        return print::json(&Rooms { rooms, more: false });
    }
    let mut table = Table::new(&["ROOM", "KIND", "STATE", "NEWEST", "TOPIC"]);
    for RoomSummary { room, head, info, .. } in &rooms {
        let topic = info.topic.as_ref().map_or("-", Topic::as_str);
        // The number of the newest message. Numbers are not counted from one, so it is no count.
        let newest = if *head == Seq::ZERO { "-".to_owned() } else { format!("#{head}") };
        table.row(&[room, &info.kind.as_str(), &state(info), &newest, &topic]);
    }
    table.print("There are no rooms. `parlor room make NAME` makes one.")
}

fn state(info: &RoomInfo) -> String {
    let mut words = Vec::new();
    if info.archived {
        words.push("archived".to_owned());
    }
    if info.slow_seconds > 0 {
        words.push(format!("one post in {} s", info.slow_seconds));
    }
    if let Some(keep) = info.keep {
        words.push(keeps(keep));
    }
    if words.is_empty() { "-".into() } else { words.join(", ") }
}

async fn members(connection: &Connection, room: &RoomName, json: bool) -> Result<(), Failure> {
    let mut members = connection.ask(connection.api().members(room, None)).await?;
    while let Some(last) = members.last_of_more() {
        let page = connection.ask(connection.api().members(room, Some(last))).await?;
        members.more = page.last_of_more().is_some();
        members.members.extend(page.members);
        members.removed.extend(page.removed);
    }
    if json {
        return print::json(&members);
    }
    let mut table = Table::new(&["NAME", "STATE"]);
    for name in &members.members {
        table.row(&[name, &"member"]);
    }
    for name in &members.removed {
        table.row(&[name, &"removed"]);
    }
    table.print(match members.info.kind {
        RoomKind::Open => {
            "Everybody in the house may read this room, and nobody was added to it or removed from it."
        }
        _ => "The room has no members.",
    })
}
