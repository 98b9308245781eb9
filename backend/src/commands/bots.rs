//! `parlor bot`: programs with an account.

use clap::{Args, Subcommand};
use shared::{
    Act, RoomName, Token, Username,
    house::{ActDone, Bot},
};

use super::{
    connection::{Connection, ServerArgs},
    failure::Failure,
    print::{self, Table, confirm},
    rooms::do_act,
};

/// Make accounts for programs.
///
/// A bot reads and posts in the rooms that it was added to. `parlor room add` and `parlor room remove` change them.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct BotArgs {
    #[command(subcommand)]
    command: BotCommand,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor bot add deploy-bot --rooms deploys
      Prints its token, and the `curl` line that posts with it.
  parlor bot token deploy-bot
      Gives it another token. The old one ends.";

#[derive(Debug, Clone, Subcommand)]
enum BotCommand {
    /// Make a bot. Prints its token, which is shown once.
    Add {
        /// Its name.
        name: Username,
        /// The rooms that it reads and posts in.
        #[arg(long, value_name = "ROOM,ROOM", value_delimiter = ',')]
        rooms: Vec<RoomName>,
    },
    /// List the bots with their rooms.
    List,
    /// Give a bot a new token. The old one ends.
    Token {
        /// Its name.
        name: Username,
    },
    /// Delete a bot, with its webhooks. Its messages stay, or are blanked, as the settings say.
    Remove {
        /// Its name.
        name: Username,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(args: BotArgs) -> Result<(), Failure> {
    let BotArgs { command, server } = args;
    if let BotCommand::Remove { name, yes } = &command {
        confirm(*yes, &format!("Deleting the bot {name}"))?;
    }
    let connection = server.connect()?;
    match command {
        BotCommand::Add { name: username, rooms } => {
            let done =
                connection.act(&Act::AddBot { username: username.clone(), rooms: rooms.clone() }).await?;
            if server.json {
                return print::json(&done);
            }
            let rooms_of = if rooms.is_empty() {
                "no room yet".into()
            } else {
                format!("the rooms {}", print::list(&rooms))
            };
            let added = format!("The bot {username} is made, in {rooms_of}.");
            print_token(&connection, &added, &username, &rooms, done).await
        }
        BotCommand::List => {
            let bots = connection.ask(connection.api().bots()).await?;
            if server.json {
                return print::json(&bots);
            }
            let mut table = Table::new(&["NAME", "ROOMS", "WEBHOOKS"]);
            for Bot { username, rooms, webhooks } in &bots.bots {
                let rooms = if rooms.is_empty() { "-".into() } else { print::list(rooms) };
                table.row(&[username, &rooms, &webhooks.len()]);
            }
            table.print("There are no bots. `parlor bot add NAME --rooms ROOM` makes one.")
        }
        BotCommand::Token { name } => {
            let bot = find(&connection, &name).await?;
            let done = connection.act(&Act::RevokeTokens { username: bot.username.clone() }).await?;
            if server.json {
                return print::json(&done);
            }
            let renewed = format!("The bot {name} has a new token; the old one is over.");
            print_token(&connection, &renewed, &name, &bot.rooms, done).await
        }
        BotCommand::Remove { name, .. } => {
            let Bot { username, .. } = find(&connection, &name).await?;
            let sentence = format!("The bot {username} is deleted.");
            do_act(&connection, &Act::DeleteAccount { username }, server.json, sentence).await
        }
    }
}

/// The bot of this name. What is done to a bot must not be done to a person by mistake.
async fn find(connection: &Connection, name: &Username) -> Result<Bot, Failure> {
    let bots = connection.ask(connection.api().bots()).await?.bots;
    bots.into_iter()
        .find(|bot| bot.username == *name)
        .ok_or_else(|| Failure::Failed(format!("there is no bot {name}; `parlor bot list` lists the bots")))
}

async fn print_token(
    connection: &Connection,
    what: &str,
    name: &Username,
    rooms: &[RoomName],
    done: ActDone,
) -> Result<(), Failure> {
    let token = done.token.ok_or_else(|| {
        Failure::Failed(format!("the server gave no token; `parlor bot token {name}` asks for another one"))
    })?;
    let next = match rooms.first() {
        Some(room) => format!("It posts with:\n\n{}", curl(connection, room, &token).await),
        None => format!("`parlor room add ROOM {name}` adds it to a room.\n"),
    };
    print::text(&format!("{what}\nIts token, which is not shown again:\n\n    {}\n\n{next}", token.as_str()))
}

async fn curl(connection: &Connection, room: &RoomName, token: &Token) -> String {
    let path = format!("/api/rooms/{room}/messages");
    // The bot may run on another machine.
    let house = connection.api().house().await.ok().filter(|house| !house.url.is_empty());
    let url = house
        .map_or_else(|| connection.url(&path), |house| house.url.trim_end_matches('/').to_owned() + &path);
    format!(
        "    curl -H 'Authorization: Bearer {}' \\\n         -H 'content-type: application/json' \\\n         -d '{{\"text\":\"Hello\"}}' {}\n",
        token.as_str(),
        url
    )
}
