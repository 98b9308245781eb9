//! The texts of the page that an invitation opens.

use crate::i18n::{Text, texts};

texts! {
    /// The heading.
    title: Text = "You are invited", "你收到了邀请", "你收到了邀請";
    /// The heading if the link leads to no invitation.
    bad_title: Text = "This link does not work", "此链接无法使用", "此連結無法使用";
    /// While the server is asked about the invitation.
    looking: Text = "Looking at the invitation…", "正在查看邀请…", "正在查看邀請…";
    /// Who invites, and to what.
    by: Text = "{} invites you to {}.", "{} 邀请你加入 {}。", "{} 邀請你加入 {}。";
    /// The same if the operator invites.
    by_nobody: Text = "You are invited to {}.", "邀请你加入 {}。", "邀請你加入 {}。";
    /// The rooms that the invitation leads to.
    rooms: Text = "You will be in {}.", "你将进入 {}。", "你將進入 {}。";
    /// The role that it gives.
    owner: Text = "You become an owner.", "你将成为所有者。", "你將成為擁有者。";
    /// The role that it gives.
    moderator: Text = "You become a moderator.", "你将成为版主。", "你將成為版主。";
    /// The role that it gives.
    guest: Text = "You come as a guest.", "你将以访客身份加入。", "你將以訪客身分加入。";
    /// The label of the name field.
    your_name: Text = "Your name, as others will see it", "别人会看到的名字", "別人會看到的名字";
    /// The same if the invitation reserves a name.
    reserved_name: Text = "The name that is reserved for you", "为你预留的名字", "為你預留的名字";
    /// Accepts it for the account that the browser has.
    accept_as: Text = "Accept as {}", "以 {} 的身份接受", "以 {} 的身分接受";
    /// Asks for another name.
    new_name: Text = "With a new name", "使用新名字", "使用新名字";
    /// While the server is asked.
    entering: Text = "Asking the server…", "正在询问服务器…", "正在詢問伺服器…";
    /// Goes on without the invitation.
    without: Text = "Go on without it", "不使用邀请", "不使用邀請";
    /// The invitation is not valid.
    bad: Text =
        "This invitation does not work: it was used, has expired, was withdrawn, or its link is not complete. Ask whoever sent it for a new one.",
        "此邀请无法使用：它已被使用、已过期、已被撤回，或链接不完整。请向发送者索取新的邀请。",
        "此邀請無法使用：它已被使用、已過期、已被撤回，或連結不完整。請向傳送者索取新的邀請。";
}
