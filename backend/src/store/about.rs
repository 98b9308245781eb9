//! What can be said of an earlier message, and by whom.

use rusqlite::{Connection, OptionalExtension};
use shared::{About, AboutKind, RefusalCode};

use super::{
    names::User,
    reading::{code, number},
};

/// A message that another one is about.
pub(super) struct Target {
    pub(super) n: i64,
    pub(super) seq: i64,
    user: i64,
    /// What it is itself about an earlier one, as SQLite has it.
    kind: Option<i64>,
    retracted: bool,
}

impl Target {
    /// Whether it stands for itself in a timeline.
    pub(super) fn is_entry(&self) -> bool {
        self.kind.is_none_or(|kind| kind == code(AboutKind::Reply))
    }
}

/// The message that a post is about, if that can be said of it by this user; or why not.
pub(super) fn find_target(
    db: &Connection,
    room: Option<i64>,
    user: Option<User>,
    about: About,
) -> rusqlite::Result<Result<Target, (RefusalCode, String)>> {
    let found = match room {
        Some(room) => db
            .prepare_cached(
                "SELECT n, seq, user, kind, EXISTS(SELECT 1 FROM messages r
                 WHERE r.room = m.room AND r.about = m.seq AND r.kind = 2)
                 FROM messages m WHERE room = ?1 AND seq = ?2",
            )?
            .query_row((room, number(about.seq)), |row| {
                Ok(Target {
                    n: row.get(0)?,
                    seq: row.get(1)?,
                    user: row.get(2)?,
                    kind: row.get(3)?,
                    retracted: row.get(4)?,
                })
            })
            .optional()?,
        None => None,
    };
    let Some(target) = found else {
        let reason = format!("there is no message {} in this room", about.seq);
        return Ok(Err((RefusalCode::BadAbout, reason)));
    };
    let own = user.is_some_and(|user| user.id == target.user);
    let entry = target.is_entry();
    let reaction = target.kind == Some(code(AboutKind::Reaction));
    let seq = about.seq;
    let bad = match about.kind {
        AboutKind::Reply if !entry => format!("{seq} is no message that can be answered"),
        AboutKind::Reply => return Ok(Ok(target)),
        AboutKind::Edit if !entry => format!("{seq} is no message that can be edited"),
        AboutKind::Reaction if !entry => format!("{seq} is no message to react to"),
        AboutKind::Retraction if !entry && !reaction => {
            format!("{seq} is no message or reaction that can be retracted")
        }
        AboutKind::Edit | AboutKind::Retraction if !own => {
            let reason = format!("message {seq} is somebody else's; only its author can change it");
            return Ok(Err((RefusalCode::Forbidden, reason)));
        }
        _ if target.retracted => format!("message {seq} was retracted"),
        _ => return Ok(Ok(target)),
    };
    Ok(Err((RefusalCode::BadAbout, bad)))
}
