//! The texts of the list of members.

use crate::i18n::{Plural, Text, texts};

texts! {
    /// The list of members.
    members: Text = "Members", "成员", "成員";
    /// The number of members that are not named.
    and_more: Plural = Plural::same("and {} more"), Plural::same("还有 {} 人"), Plural::same("還有 {} 人");
    /// Next to the user's own name.
    you: Text = "you", "你", "你";
}
