//! `parlor people` and `parlor address`: roles, bars, tokens.

use clap::{Args, Subcommand};
use shared::{
    Act, Role, Username,
    house::{People, Person},
};

use super::{
    connection::{Connection, ServerArgs, all_pages},
    failure::Failure,
    print::{self, Table, confirm},
    rooms::do_act,
};

/// See who has an account, give roles, and keep people out.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct PeopleArgs {
    #[command(subcommand)]
    command: PeopleCommand,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor people list
  parlor people role ann moderator
  parlor people role kim guest --limited true
      kim sees only the rooms that she was added to.
  parlor people bar troll
      troll's sessions end within 5 seconds.";

#[derive(Debug, Clone, Subcommand)]
enum PeopleCommand {
    /// List the accounts by name.
    List,
    /// Change what somebody may do.
    Role {
        /// Who.
        name: Username,
        /// owner, moderator, member or guest.
        #[arg(value_parser = role)]
        role: Role,
        /// Whether they see only the rooms that they were added to. Default: as before.
        #[arg(long, value_name = "true|false")]
        limited: Option<bool>,
    },
    /// Keep somebody out. Their sessions end, and their messages stay.
    Bar {
        /// Who.
        name: Username,
    },
    /// Let somebody in again.
    Unbar {
        /// Who.
        name: Username,
    },
    /// End all tokens of somebody: a device was lost, or a token was seen by others.
    Revoke {
        /// Whose.
        name: Username,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Delete an account. The settings say what becomes of its name and its messages.
    Delete {
        /// Whose.
        name: Username,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Keep addresses out.
#[derive(Debug, Clone, Args)]
pub struct AddressArgs {
    #[command(subcommand)]
    command: AddressCommand,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum AddressCommand {
    /// List the addresses that are kept out.
    List,
    /// Keep an address out: an IPv4 address, or the /64 network of an IPv6 address. Its sessions end.
    Bar {
        /// As `192.0.2.7` or `2001:db8::1`. Everybody behind the same router has the same IPv4 address.
        address: String,
    },
    /// Let an address in again.
    Unbar {
        /// As it is listed.
        address: String,
    },
}

/// Reads a role that a person can have.
pub(super) fn role(word: &str) -> Result<Role, String> {
    Role::parse(word)
        .filter(|role| *role != Role::Bot)
        .ok_or_else(|| "a role is owner, moderator, member or guest".into())
}

pub(super) async fn run(args: PeopleArgs) -> Result<(), Failure> {
    let PeopleArgs { command, server } = args;
    match &command {
        PeopleCommand::Delete { name, yes } => confirm(*yes, &format!("Deleting the account {name}"))?,
        PeopleCommand::Revoke { name, yes } => confirm(*yes, &format!("Ending the tokens of {name}"))?,
        _ => {}
    }
    let connection = server.connect()?;
    let (act, sentence) = match command {
        PeopleCommand::List => return list(&connection, server.json).await,
        PeopleCommand::Role { name: username, role, limited } => {
            let rooms = match limited {
                Some(true) => ", and sees only the rooms that they were added to",
                Some(false) => ", and sees all open rooms",
                None => "",
            };
            let sentence = format!("{username} is {role} now{rooms}.");
            (Act::SetRole { username, role, limited }, sentence)
        }
        PeopleCommand::Bar { name: username } => {
            let sentence = format!("{username} is kept out.");
            (Act::Bar { username }, sentence)
        }
        PeopleCommand::Unbar { name: username } => {
            let sentence = format!("{username} may come in.");
            (Act::Unbar { username }, sentence)
        }
        PeopleCommand::Revoke { name: username, .. } => {
            let sentence = format!("The tokens of {username} are over.");
            (Act::RevokeTokens { username }, sentence)
        }
        PeopleCommand::Delete { name: username, .. } => {
            let sentence = format!("The account {username} is deleted.");
            (Act::DeleteAccount { username }, sentence)
        }
    };
    do_act(&connection, &act, server.json, sentence).await
}

async fn list(connection: &Connection, json: bool) -> Result<(), Failure> {
    let people = everybody(connection).await?;
    if json {
        return print::json(&People { people, more: false });
    }
    let mut table = Table::new(&["NAME", "ROLE", "STATE"]);
    for person in &people {
        table.row(&[&person.username, &person.role, &state(person)]);
    }
    table.print("There are no accounts. `parlor invite` invites somebody.")
}

/// Everybody with an account.
pub(super) async fn everybody(connection: &Connection) -> Result<Vec<Person>, Failure> {
    all_pages(async |last: Option<&Person>| {
        let after = last.map(|person| &person.username);
        let page = connection.ask(connection.api().people(after)).await?;
        Ok((page.people, page.more))
    })
    .await
}

fn state(person: &Person) -> String {
    let states = [
        (person.barred, "barred"),
        (person.limited, "limited to its rooms"),
        (person.application, "of your application"),
        (person.online, "online"),
    ];
    let words: Vec<&str> = states.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    if words.is_empty() { "-".into() } else { words.join(", ") }
}

pub(super) async fn run_address(args: AddressArgs) -> Result<(), Failure> {
    let AddressArgs { command, server } = args;
    let connection = server.connect()?;
    let (act, sentence) = match command {
        AddressCommand::List => {
            let bars = connection.ask(connection.api().bars()).await?;
            if server.json {
                return print::json(&bars);
            }
            let mut table = Table::new(&["ADDRESS", "SINCE"]);
            for bar in &bars.addresses {
                table.row(&[&bar.address, &print::time(bar.at)]);
            }
            return table.print("No address is kept out.");
        }
        AddressCommand::Bar { address } => {
            let sentence = format!("{address} is kept out.");
            (Act::BarAddress { address }, sentence)
        }
        AddressCommand::Unbar { address } => {
            let sentence = format!("{address} may come in.");
            (Act::UnbarAddress { address }, sentence)
        }
    };
    do_act(&connection, &act, server.json, sentence).await
}
