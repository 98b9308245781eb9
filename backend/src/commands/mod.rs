//! The operator's commands: people, rooms, invitations and bots of a running server, over its HTTP API.
//!
//! | file | what it is |
//! |---|---|
//! | `connection.rs` | which server a command talks to, and by which right |
//! | `failure.rs` | why a command ends, and its exit code |
//! | `print.rs`, `qr.rs` | what is shown |
//! | `sentence.rs` | acts in words |
//! | the rest | a file for each command |

mod acts;
mod bots;
mod connection;
mod failure;
mod invite;
mod people;
mod print;
mod printable;
mod qr;
mod rooms;
mod sentence;
mod settings;
mod webhooks;

use std::process::ExitCode;

use clap::Subcommand;

use self::failure::Failure;

/// What an operator or an owner does with a running server.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "clap would show a comment here instead of the help of the arguments")]
pub enum Command {
    Invite(invite::InviteArgs),
    Invitation(invite::InvitationArgs),
    Room(rooms::RoomArgs),
    People(people::PeopleArgs),
    Address(people::AddressArgs),
    Bot(bots::BotArgs),
    Webhook(webhooks::WebhookArgs),
    Acts(acts::ActsArgs),
    Settings(settings::SettingsArgs),
}

/// Runs a command to its end.
pub fn run(command: Command) -> ExitCode {
    let done = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("cannot start: {error}")))
        .and_then(|runtime| {
            runtime.block_on(async {
                match command {
                    Command::Invite(args) => invite::invite(args).await,
                    Command::Invitation(args) => invite::run(args).await,
                    Command::Room(args) => rooms::run(args).await,
                    Command::People(args) => people::run(args).await,
                    Command::Address(args) => people::run_address(args).await,
                    Command::Bot(args) => bots::run(args).await,
                    Command::Webhook(args) => webhooks::run(args).await,
                    Command::Acts(args) => acts::run(args).await,
                    Command::Settings(args) => settings::run(args).await,
                }
            })
        });
    done.map_or_else(Failure::code, |()| ExitCode::SUCCESS)
}
