//! `parlor invite` and `parlor invitation`.

use std::io::{self, IsTerminal};

use clap::{Args, Subcommand};
use shared::{
    Act, Role, RoomName, Seq, Username,
    house::{ActDone, Invitation, InvitationState, Invitations, NewInvitation},
    limits,
};

use super::{
    connection::{ServerArgs, all_pages},
    failure::Failure,
    people::{everybody, role},
    print::{self, Table, count, number},
    qr,
};

/// Invite somebody: prints a link and its QR code.
///
/// Who opens the link comes in. It is shown once: the server keeps only a hash of its secret.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct InviteArgs {
    /// The name that is kept for who is invited. Without it they choose one.
    name: Option<Username>,
    /// The rooms that they are added to. A guest with rooms sees no others.
    #[arg(long, value_name = "ROOM,ROOM", value_delimiter = ',')]
    rooms: Vec<RoomName>,
    /// What they may do: owner, moderator, member or guest.
    #[arg(long, value_name = "ROLE", default_value = "member", value_parser = role)]
    role: Role,
    /// How many days the link is valid, at most 3650.
    #[arg(long, value_name = "N", default_value_t = limits::INVITATION_DAYS_DEFAULT)]
    days: u32,
    /// How many people can use it, at most 100000.
    #[arg(long, value_name = "N", default_value_t = 1)]
    uses: u32,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor invite
      A link for one person, who chooses a name.
  parlor invite ann --role owner
      A link for ann, who may do everything.
  parlor invite --rooms exam,help --role guest --uses 30 --days 1
      A link for a class, today, into two rooms.";

/// See the invitations, and end them.
#[derive(Debug, Clone, Args)]
pub struct InvitationArgs {
    #[command(subcommand)]
    command: InvitationCommand,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum InvitationCommand {
    /// List the invitations, the newest first.
    List,
    /// End an invitation. Who has come with it stays.
    Revoke {
        /// Its number, from `parlor invitation list`.
        #[arg(value_parser = number)]
        number: Seq,
    },
}

pub(super) async fn invite(args: InviteArgs) -> Result<(), Failure> {
    let InviteArgs { name: username, rooms, role, days, uses, server } = args;
    let new = NewInvitation { username, role, rooms, days, uses };
    let connection = server.connect()?;
    let done = connection.act(&Act::Invite(new.clone())).await?;
    if server.json {
        return print::json(&done);
    }
    // Somebody with an account is let back in, and keeps the role.
    let known = match &new.username {
        // Who may invite may not see everybody. The invitation is made, and its link is shown only now.
        Some(name) => {
            let everybody = everybody(&connection).await.unwrap_or_default();
            everybody.into_iter().find(|person| person.username == *name)
        }
        None => None,
    };
    print::text(&shown(&new, known.map(|person| person.role), &done))
}

/// What is printed for an invitation that was made.
fn shown(new: &NewInvitation, known: Option<Role>, done: &ActDone) -> String {
    let number = done.number;
    let link = done.link.as_deref().unwrap_or_default();
    // In a file or a pipe it would be noise.
    let code = if io::stdout().is_terminal() { qr::lines(link).map(|code| code + "\n") } else { None };
    let code = code.unwrap_or_default();
    let who = new.username.as_ref().map_or_else(|| "whom you invite".to_owned(), ToString::to_string);
    format!(
        "Invitation {number}: {}.\n\n{code}    {link}\n\nWhoever has the link can use it: send it to {who} only. It is not \
         shown again.\n`parlor invitation revoke {number}` ends it.\n",
        offer(new, known)
    )
}

/// What an invitation offers, in words. `known`: the role of whom it is for, if they have an account.
fn offer(new: &NewInvitation, known: Option<Role>) -> String {
    let NewInvitation { username, role, rooms, days, uses } = new;
    let who = username.as_ref().map_or_else(|| "whoever opens the link".to_owned(), ToString::to_string);
    let role = match known {
        // One for several people raises nobody.
        Some(known) if *uses != 1 || rank(known) <= rank(*role) => {
            format!("who has an account and stays {known}")
        }
        Some(_) => format!("who has an account, and becomes {role} if signed in when the link is opened"),
        None => format!("as {role}"),
    };
    let rooms =
        if rooms.is_empty() { String::new() } else { format!(", in the rooms {}", print::list(rooms)) };
    format!("for {who}, {role}{rooms}; {}, {}", count(*uses, "use"), count(*days, "day"))
}

/// The place of a role among all, from the one that may do most.
fn rank(role: Role) -> Option<usize> {
    Role::ALL.iter().position(|one| *one == role)
}

pub(super) async fn run(args: InvitationArgs) -> Result<(), Failure> {
    let InvitationArgs { command, server } = args;
    let connection = server.connect()?;
    match command {
        InvitationCommand::List => {
            let invitations = all_pages(async |last: Option<&Invitation>| {
                let page = connection.ask(connection.api().invitations(last.map(|last| last.number))).await?;
                Ok((page.invitations, page.more))
            })
            .await?;
            let list = Invitations { invitations, more: false };
            if server.json {
                return print::json(&list);
            }
            let mut table = Table::new(&["NUMBER", "STATE", "FOR", "ROLE", "ROOMS", "USED", "UNTIL", "BY"]);
            for one in &list.invitations {
                let state = match one.state {
                    InvitationState::Valid => "valid",
                    InvitationState::Used => "used",
                    InvitationState::Expired => "expired",
                    InvitationState::Revoked => "revoked",
                };
                table.row(&[
                    &one.number,
                    &state,
                    &one.username.as_ref().map_or("-", Username::as_str),
                    &one.role,
                    &if one.rooms.is_empty() { "-".into() } else { print::list(&one.rooms) },
                    &format!("{} of {}", one.used, one.uses),
                    &print::time(one.expires_at),
                    &one.by.as_ref().map_or("the operator", Username::as_str),
                ]);
            }
            table.print("There are no invitations. `parlor invite` makes one.")
        }
        InvitationCommand::Revoke { number } => {
            let done = connection.act(&Act::RevokeInvitation { number }).await?;
            if server.json {
                print::json(&done)
            } else {
                print::line(format!("Invitation {number} is over."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_says_whom_it_is_for() {
        assert_eq!(
            offer(&NewInvitation::default(), None),
            "for whoever opens the link, as member; 1 use, 7 days"
        );
        let rooms = ["exam", "help"].map(|room| room.parse().unwrap()).to_vec();
        let new = NewInvitation {
            username: Some("ann".parse().unwrap()),
            role: Role::Guest,
            rooms,
            days: 1,
            uses: 30,
        };
        assert_eq!(offer(&new, None), "for ann, as guest, in the rooms exam, help; 30 uses, 1 day");
        assert_eq!(
            offer(&new, Some(Role::Owner)),
            "for ann, who has an account and stays owner, in the rooms exam, help; 30 uses, 1 day"
        );
        let for_many = NewInvitation { role: Role::Owner, ..new };
        let said = offer(&for_many, Some(Role::Member));
        assert!(said.starts_with("for ann, who has an account and stays member, "), "{said}");
        let for_one = NewInvitation { uses: 1, ..for_many };
        let said = offer(&for_one, Some(Role::Member));
        let begin = "for ann, who has an account, and becomes owner if signed in when the link is opened, ";
        assert!(said.starts_with(begin), "{said}");
    }
}
