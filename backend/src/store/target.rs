//! What can be said of an earlier message, and by whom.

use rusqlite::{Connection, OptionalExtension};
use shared::{About, AboutKind, RefusalCode, Seq};

use super::{
    authors::Recorded,
    rows::{Kind, code, number, optional_seq, seq},
};

/// A message that another one is about.
pub(super) struct Target {
    pub(super) seq: Seq,
    pub(super) author: Seq,
    /// What it is itself about an earlier one, as SQLite has it.
    kind: Option<i64>,
    retraction: Option<Seq>,
}

impl Target {
    /// Whether it is a message or a reply, not an annotation.
    pub(super) fn is_entry(&self) -> bool {
        self.kind.is_none_or(|kind| kind == code(AboutKind::Reply))
    }
}

/// The message that a post is about, if that can be said of it by this author; or why not. `moderates`: the
/// author may retract the messages of others.
pub(super) fn find(
    db: &Connection,
    room: Option<i64>,
    author: Option<Recorded>,
    moderates: bool,
    about: About,
) -> rusqlite::Result<Result<Target, (RefusalCode, String)>> {
    let found = db
        .prepare_cached("SELECT seq, author, kind, retraction FROM messages WHERE seq = ?1 AND room = ?2")?
        .query_row((number(about.seq), room), |row| {
            Ok(Target {
                seq: seq(row, 0)?,
                author: seq(row, 1)?,
                kind: row.get(2)?,
                retraction: optional_seq(row, 3)?,
            })
        })
        .optional()?;
    let Some(target) = found else {
        let floor: Option<i64> = db
            .prepare_cached("SELECT floor FROM rooms WHERE id = ?1")?
            .query_row([room], |row| row.get(0))
            .optional()?;
        let reason = if floor.is_some_and(|floor| number(about.seq) <= floor) {
            format!("message {} is not kept any more: this room keeps later ones only", about.seq)
        } else {
            format!("there is no message {} in this room", about.seq)
        };
        return Ok(Err((RefusalCode::BadAbout, reason)));
    };
    let entry = target.is_entry();
    let reaction = target.kind == Some(code(AboutKind::Reaction));
    let seq = about.seq;
    let bad = match about.kind {
        AboutKind::Reply if !entry => format!("message {seq} cannot be answered"),
        AboutKind::Reply => return Ok(Ok(target)),
        AboutKind::Edit if !entry => format!("message {seq} cannot be edited"),
        AboutKind::Reaction if !entry => format!("nobody can react to message {seq}"),
        AboutKind::Retraction if !entry && !reaction => {
            format!("message {seq} cannot be retracted")
        }
        // Who keeps order takes back what others wrote, and never rewrites it.
        AboutKind::Retraction if moderates && entry && target.retraction.is_none() => {
            return Ok(Ok(target));
        }
        AboutKind::Edit | AboutKind::Retraction if !owns(author, &target) => {
            let reason = match author {
                Some(Recorded { kind: Kind::Unproven, .. }) | None => {
                    "changing a message needs the token of its author's name".to_owned()
                }
                Some(_) => format!("message {seq} is somebody else's; only its author can change it"),
            };
            return Ok(Err((RefusalCode::Forbidden, reason)));
        }
        _ if target.retraction.is_some() => format!("message {seq} was retracted"),
        _ => return Ok(Ok(target)),
    };
    Ok(Err((RefusalCode::BadAbout, bad)))
}

/// An author owns a message only with proof of the name, now and when it was posted.
fn owns(author: Option<Recorded>, target: &Target) -> bool {
    author.is_some_and(|author| author.id == target.author && author.kind.authorship().is_proven())
}
