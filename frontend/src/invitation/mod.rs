//! How somebody comes in by a link: an invitation, and the page that it opens, or a token of the operator's application.

mod page;
mod texts;

pub use page::{InvitationPage, InvitationProps};
use shared::{
    Token,
    house::{INVITATION_FRAGMENT, TOKEN_FRAGMENT},
};

use crate::browser::fragment::Fragment;

/// The secret of an invitation's link.
const INVITATION: Fragment = Fragment { prefix: INVITATION_FRAGMENT, key: "parlor.invitation" };
/// The token in a link of the operator's application.
const TOKEN: Fragment = Fragment { prefix: TOKEN_FRAGMENT, key: "parlor.link-token" };

/// The secret of the invitation that this tab was opened with, also after a reload, until [`forget_invitation`]. It may be no
/// valid secret, because the link was copied in part.
pub fn take_invitation() -> Option<String> {
    INVITATION.take(|_| true)
}

/// The invitation was accepted, or is not wanted.
pub fn forget_invitation() {
    INVITATION.forget();
}

/// The token of the link that this tab was opened with, also after a reload, until [`forget_token`].
pub fn take_token() -> Option<Token> {
    Token::parse(&TOKEN.take(|token| Token::parse(token).is_ok())?).ok()
}

/// The token is stored under the name that it proves, or is not valid.
pub fn forget_token() {
    TOKEN.forget();
}
