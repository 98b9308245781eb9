//! What a token says, once its signature is right.
//!
//! Claims that the server does not know are ignored. A claim that it knows and that is `null` is refused: a program that has lost
//! an end or a limit on the way must not hand out a token without them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::{Role, RoomName, Seq, Username, house::is_direct_name};

use super::{
    Grant, ISSUER, LEEWAY_SECONDS, MAX_ROOMS, ProofKind,
    error::{BadToken, Stated},
};
use crate::{clock::since_1970, names};

/// No time of a token is so far away: it is after the year 5000, and in milliseconds it would be today's.
const MAX_SECONDS: f64 = 1e11;

/// The claims of a token whose signature is right.
#[derive(Debug)]
pub(super) struct Claims(pub Map<String, Value>);

/// The claims of the server's own tokens that say whose one is.
#[derive(Deserialize)]
struct OwnKind {
    acc: Option<Seq>,
    r#gen: Option<u32>,
    guest: Option<bool>,
    op: Option<bool>,
}

impl Claims {
    fn get(&self, claim: &str) -> Option<&Value> {
        self.0.get(claim)
    }

    fn text(&self, claim: &'static str) -> Result<Option<&str>, BadToken> {
        match self.get(claim) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(BadToken::Claim { claim, allowed: "a text" }),
        }
    }

    fn seconds(&self, claim: &'static str) -> Result<Option<f64>, BadToken> {
        let allowed = "a number of seconds since 1970 (not of milliseconds)";
        let Some(value) = self.get(claim) else { return Ok(None) };
        let seconds = value.as_f64().filter(|seconds| seconds.abs() < MAX_SECONDS);
        seconds.map(Some).ok_or(BadToken::Claim { claim, allowed })
    }

    /// Checks that the token is valid now, and says until when. `None`: for ever.
    pub fn expires_at(&self) -> Result<Option<SystemTime>, BadToken> {
        let now = since_1970();
        let leeway = Duration::from_secs(LEEWAY_SECONDS);
        let exp = self.seconds("exp")?;
        // There is no leeway here: a session ends when its token does, and must not begin again with it.
        if exp.is_some_and(|exp| now.as_secs_f64() >= exp) {
            return Err(BadToken::Expired);
        }
        if self.seconds("nbf")?.is_some_and(|nbf| (now + leeway).as_secs_f64() < nbf) {
            return Err(BadToken::NotYet);
        }
        let expires_at = exp.and_then(|exp| Duration::try_from_secs_f64(exp).ok());
        Ok(expires_at.and_then(|exp| UNIX_EPOCH.checked_add(exp)))
    }

    /// Whether the issuer is the server itself.
    pub fn is_own(&self) -> bool {
        self.get("iss").is_some_and(|issuer| issuer == ISSUER)
    }

    /// Whose token of the server's own it is.
    pub fn own_kind(&self) -> Result<ProofKind, BadToken> {
        match OwnKind::deserialize(&self.0).map_err(|_| BadToken::Own)? {
            OwnKind { acc: Some(number), r#gen, guest: None, op: None } => {
                Ok(ProofKind::Account { number, generation: r#gen.unwrap_or_default() })
            }
            OwnKind { acc: None, guest: Some(true), op: None, .. } => Ok(ProofKind::Guest),
            OwnKind { acc: None, guest: None, op: Some(true), .. } => Ok(ProofKind::Operator),
            _ => Err(BadToken::Own),
        }
    }

    /// The username of one of the server's own tokens.
    pub fn own_username(&self) -> Result<Username, BadToken> {
        let sub = self.text("sub")?.ok_or(BadToken::Nobody)?;
        // The name was checked before it was signed; a newer version's rules do not shut its owner out.
        Username::parse(sub).map_err(|error| BadToken::Name("sub", error.into()))
    }

    /// Checks that an application's token is from one of these issuers, if there are any.
    pub fn check_issuer(&self, issuers: &[String]) -> Result<(), BadToken> {
        let issuer = self.text("iss")?;
        if issuer == Some(ISSUER) {
            return Err(BadToken::Posing);
        }
        let is_one = |issuer: &str| issuers.iter().any(|known| known == issuer);
        if issuers.is_empty() || issuer.is_some_and(is_one) {
            return Ok(());
        }
        Err(BadToken::Issuer(Stated(issuer.map(shortened))))
    }

    /// Checks that an application's token is for one of these audiences. Without any, a token that is for somebody is for
    /// somebody else (RFC 7519 §4.1.3).
    pub fn check_audience(&self, audiences: &[String]) -> Result<(), BadToken> {
        let wrong = BadToken::Claim { claim: "aud", allowed: "a text or an array of texts" };
        let stated: Vec<&str> = match self.get("aud") {
            None if audiences.is_empty() => return Ok(()),
            None => return Err(BadToken::Audience(Stated(None))),
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => {
                several.iter().map(Value::as_str).collect::<Option<_>>().ok_or(wrong)?
            }
            Some(_) => return Err(wrong),
        };
        if stated.iter().any(|stated| audiences.iter().any(|own| own == stated)) {
            return Ok(());
        }
        Err(BadToken::Audience(Stated(Some(shortened(&stated.join(", "))))))
    }

    /// The username of an application's token: its `name`, or else its `sub`.
    pub fn username(&self) -> Result<Username, BadToken> {
        let (claim, name) = match (self.text("name")?, self.text("sub")?) {
            (Some(name), _) => ("name", name),
            (None, Some(sub)) => ("sub", sub),
            (None, None) => return Err(BadToken::Nobody),
        };
        names::username(name).map_err(|error| BadToken::Name(claim, error))
    }

    /// What an application's token grants.
    pub fn grant(&self) -> Result<Grant, BadToken> {
        Ok(Grant { role: self.role()?, rooms: self.rooms()?, issued_at: self.issued_at()? })
    }

    fn role(&self) -> Result<Option<Role>, BadToken> {
        let wrong = BadToken::Claim { claim: "role", allowed: "owner, moderator, member or guest" };
        match self.get("role") {
            None => Ok(None),
            // Bots are accounts, which owners make.
            Some(role) => match role.as_str().and_then(Role::parse) {
                Some(Role::Bot) | None => Err(wrong),
                role => Ok(role),
            },
        }
    }

    fn rooms(&self) -> Result<Option<Vec<RoomName>>, BadToken> {
        let wrong = BadToken::Claim { claim: "rooms", allowed: "an array of room names" };
        let rooms = match self.get("rooms") {
            None => return Ok(None),
            Some(Value::Array(rooms)) if rooms.len() > MAX_ROOMS => {
                return Err(BadToken::TooManyRooms(rooms.len()));
            }
            Some(Value::Array(rooms)) => rooms,
            Some(_) => return Err(wrong),
        };
        let name = |room: &Value| match room.as_str() {
            Some(room) if is_direct_name(room) => Err(BadToken::DirectRoom),
            Some(room) => RoomName::parse(room).map_err(BadToken::Room),
            None => Err(wrong.clone()),
        };
        let mut rooms = rooms.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        // It is a set, and some programs have no order for one.
        rooms.sort_unstable();
        rooms.dedup();
        Ok(Some(rooms))
    }

    /// A time to come would make this grant count more than every later one.
    fn issued_at(&self) -> Result<u64, BadToken> {
        let allowed = "the time of signing in seconds since 1970, which is not in the future";
        let wrong = BadToken::Claim { claim: "iat", allowed };
        let latest = since_1970() + Duration::from_secs(LEEWAY_SECONDS);
        let issued_at = self.seconds("iat").map_err(|_| wrong.clone())?.unwrap_or_default();
        match Duration::try_from_secs_f64(issued_at) {
            Ok(time) if time <= latest => Ok(time.as_secs()),
            _ => Err(wrong),
        }
    }
}

/// As much of a text as a sentence can show.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
