//! `parlor webhook`: addresses that the server calls for a bot.

use clap::{Args, Subcommand};
use shared::{
    Act, RoomName, Seq, Username,
    house::{WebhookState, WebhookTrigger},
};

use super::{
    connection::ServerArgs,
    failure::Failure,
    print::{self, Table, number},
    rooms::do_act,
};

/// Let the server call an address for a bot's messages.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct WebhookArgs {
    #[command(subcommand)]
    command: WebhookCommand,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor webhook add deploy-bot deploys https://ci.example.org/parlor
      Calls the address for each message of the room that mentions @deploy-bot.
  parlor webhook add archive-bot lobby https://archive.example.org/in --every-message
  parlor webhook list
  parlor webhook on 17
      Calls again what was switched off.";

#[derive(Debug, Clone, Subcommand)]
enum WebhookCommand {
    /// Call an address for the messages of a room. Prints the secret that the calls are signed with, which is shown once.
    Add {
        /// The bot that the webhook belongs to. It must be in the room.
        bot: Username,
        /// The room.
        room: RoomName,
        /// The address: https or http.
        url: String,
        /// Call it for every message but the bot's own, not only for those that mention the bot.
        #[arg(long)]
        every_message: bool,
    },
    /// List the webhooks, with why the last call failed.
    List,
    /// Remove a webhook.
    Remove {
        /// Its number, from `parlor webhook list`.
        #[arg(value_parser = number)]
        number: Seq,
    },
    /// Switch a webhook on. The server switches off what fails for a day.
    On {
        /// Its number, from `parlor webhook list`.
        #[arg(value_parser = number)]
        number: Seq,
    },
    /// Switch a webhook off.
    Off {
        /// Its number, from `parlor webhook list`.
        #[arg(value_parser = number)]
        number: Seq,
    },
}

pub(super) async fn run(args: WebhookArgs) -> Result<(), Failure> {
    let WebhookArgs { command, server } = args;
    let connection = server.connect()?;
    let (act, sentence) = match command {
        WebhookCommand::Add { bot: username, room, url, every_message } => {
            let when = if every_message { WebhookTrigger::Message } else { WebhookTrigger::Mention };
            let done = connection.act(&Act::AddWebhook { username, room, when, url }).await?;
            if server.json {
                return print::json(&done);
            }
            return print::text(&format!(
                "Webhook {} is made. Its calls are signed with this secret, which is not shown again:\n\n    {}\n",
                done.number,
                done.webhook_secret.unwrap_or_default()
            ));
        }
        WebhookCommand::List => {
            let bots = connection.ask(connection.api().bots()).await?;
            if server.json {
                return print::json(&bots);
            }
            let mut table = Table::new(&["NUMBER", "BOT", "ROOM", "WHEN", "STATE", "ADDRESS", "LAST ERROR"]);
            for bot in &bots.bots {
                for hook in &bot.webhooks {
                    let when = match hook.when {
                        WebhookTrigger::Mention => "mention",
                        WebhookTrigger::Message => "message",
                    };
                    let state = match hook.state {
                        WebhookState::On => "on",
                        WebhookState::Failing => "failing",
                        WebhookState::Off => "off",
                    };
                    let error = hook.error.as_deref().unwrap_or("-");
                    table.row(&[&hook.number, &bot.username, &hook.room, &when, &state, &hook.url, &error]);
                }
            }
            return table.print("There are no webhooks. `parlor webhook add BOT ROOM URL` makes one.");
        }
        WebhookCommand::Remove { number } => {
            (Act::RemoveWebhook { number }, format!("Webhook {number} is removed."))
        }
        WebhookCommand::On { number } => {
            (Act::SwitchWebhook { number, on: true }, format!("Webhook {number} is on."))
        }
        WebhookCommand::Off { number } => {
            (Act::SwitchWebhook { number, on: false }, format!("Webhook {number} is off."))
        }
    };
    do_act(&connection, &act, server.json, sentence).await
}
