//! The parts of the Admin page, as the window's title and the module know them.

use shared::{Role, house::Me};

/// A part of the Admin page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The people.
    People,
    /// The rooms.
    Rooms,
    /// The invitations.
    Invitations,
    /// The bots and their webhooks.
    Bots,
    /// The addresses that are kept out.
    Bars,
    /// Who did what.
    Acts,
    /// The house's settings.
    House,
}

impl Part {
    /// All parts, in the order of the menu.
    pub const ALL: [Self; 7] =
        [Self::People, Self::Rooms, Self::Invitations, Self::Bots, Self::Bars, Self::Acts, Self::House];

    /// The path of its address.
    pub const fn path(self) -> &'static str {
        match self {
            Self::People => "/admin/people",
            Self::Rooms => "/admin/rooms",
            Self::Invitations => "/admin/invitations",
            Self::Bots => "/admin/bots",
            Self::Bars => "/admin/bars",
            Self::Acts => "/admin/acts",
            Self::House => "/admin/house",
        }
    }

    /// Whether the server shows this part to somebody. Who may invite sees their own invitations.
    pub fn is_for(self, me: &Me) -> bool {
        match self {
            Self::People | Self::Rooms | Self::Bars => me.role.moderates(),
            Self::Invitations => me.role.moderates() || me.invites,
            Self::Bots | Self::Acts | Self::House => me.role == Role::Owner,
        }
    }
}
