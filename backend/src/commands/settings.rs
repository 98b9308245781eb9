//! `parlor settings`: what owners change while the server runs.

use clap::{Args, ValueEnum};
use shared::{
    Act,
    house::{DeletedMessages, DeletedNames, HouseSettings},
};

use super::{
    connection::ServerArgs,
    failure::Failure,
    print::{self, Table},
};

/// See and change the settings of the house. Without an option it prints them.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct SettingsArgs {
    /// What the house is called: at most 64 characters. '' removes the name.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Whether members may make rooms.
    #[arg(long, value_name = "true|false")]
    members_make_rooms: Option<bool>,
    /// Whether members may invite people.
    #[arg(long, value_name = "true|false")]
    members_invite: Option<bool>,
    /// What becomes of the name of an account that is deleted.
    #[arg(long, value_name = "WHAT")]
    deleted_names: Option<Names>,
    /// What becomes of the messages of an account that is deleted.
    #[arg(long, value_name = "WHAT")]
    deleted_messages: Option<Messages>,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor settings
  parlor settings --name 'Chess club' --members-invite true
  parlor settings --deleted-messages blanked";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Names {
    /// Nobody can use it any more.
    Reserved,
    /// Anybody can use it.
    Free,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Messages {
    /// They stay, without the name.
    Kept,
    /// Their texts are deleted.
    Blanked,
}

pub(super) async fn run(args: SettingsArgs) -> Result<(), Failure> {
    let connection = args.server.connect()?;
    let before = connection.ask(connection.api().settings()).await?;
    let is_question = !args.has_changes();
    if is_question && args.server.json {
        return print::json(&before);
    }
    if is_question {
        return show(&before);
    }
    let json = args.server.json;
    let settings = args.changed(before);
    let done = connection.act(&Act::ChangeSettings { settings: settings.clone() }).await?;
    if json { print::json(&done) } else { show(&settings) }
}

impl SettingsArgs {
    fn has_changes(&self) -> bool {
        self.name.is_some()
            || self.members_make_rooms.is_some()
            || self.members_invite.is_some()
            || self.deleted_names.is_some()
            || self.deleted_messages.is_some()
    }

    fn changed(self, before: HouseSettings) -> HouseSettings {
        let names = self.deleted_names.map(|names| match names {
            Names::Reserved => DeletedNames::Reserved,
            Names::Free => DeletedNames::Free,
        });
        let messages = self.deleted_messages.map(|messages| match messages {
            Messages::Kept => DeletedMessages::Kept,
            Messages::Blanked => DeletedMessages::Blanked,
        });
        HouseSettings {
            name: self.name.unwrap_or(before.name),
            members_make_rooms: self.members_make_rooms.unwrap_or(before.members_make_rooms),
            members_invite: self.members_invite.unwrap_or(before.members_invite),
            deleted_names: names.unwrap_or(before.deleted_names),
            deleted_messages: messages.unwrap_or(before.deleted_messages),
        }
    }
}

fn show(settings: &HouseSettings) -> Result<(), Failure> {
    let name = if settings.name.is_empty() { "-" } else { &settings.name };
    let names = match settings.deleted_names {
        DeletedNames::Reserved => "reserved",
        DeletedNames::Free => "free",
    };
    let messages = match settings.deleted_messages {
        DeletedMessages::Kept => "kept",
        DeletedMessages::Blanked => "blanked",
    };
    let mut table = Table::new(&["SETTING", "VALUE"]);
    table.row(&[&"name", &name]);
    table.row(&[&"members-make-rooms", &settings.members_make_rooms]);
    table.row(&[&"members-invite", &settings.members_invite]);
    table.row(&[&"deleted-names", &names]);
    table.row(&[&"deleted-messages", &messages]);
    table.print("")
}
