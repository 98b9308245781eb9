//! Who the user is: the name in use, a token for each name that this browser has proven, and the secret of its claims.
//!
//! Only the user's choice changes the name in use. A token is stored under the name that it proves, so a name that was given
//! up, or that another tab has given up, is never lost.

use shared::{ClaimSecret, Credentials, Token, Username};

use super::{get, set};

/// The name in use. The page's first script in `index.html` reads it too.
const NAME: &str = "parlor.name";
/// The token of each name: the name follows.
const TOKEN: &str = "parlor.token.";
/// Where the only token was before each name had its own.
const ONLY_TOKEN: &str = "parlor.token";
const SECRET: &str = "parlor.secret";

/// The name in use.
pub fn name() -> Option<Username> {
    Username::parse(&get(NAME)?).ok()
}

/// The user chooses a name. All tabs follow.
pub fn choose_name(name: &Username) {
    migrate();
    set(NAME, Some(name.as_str()));
}

/// The token of a name, if this browser has proven it.
pub fn token(name: &Username) -> Option<Token> {
    migrate();
    Token::parse(&get(&format!("{TOKEN}{name}"))?).ok()
}

/// Stores the token of a name.
pub fn set_token(name: &Username, token: &Token) {
    set(&format!("{TOKEN}{name}"), Some(token.as_str()));
}

/// Forgets a name that does not exist any more, and its token.
pub fn forget(username: &Username) {
    set(&format!("{TOKEN}{username}"), None);
    if name().as_ref() == Some(username) {
        set(NAME, None);
    }
}

/// Gives the only token of an earlier version to the name in use.
fn migrate() {
    let Some(token) = get(ONLY_TOKEN) else { return };
    let kept = name().is_none_or(|name| set(&format!("{TOKEN}{name}"), Some(&token)));
    if kept {
        set(ONLY_TOKEN, None);
    }
}

/// What proves a name: its token, or else the secret, with which it is claimed.
pub fn credentials(name: &Username) -> Credentials {
    match token(name) {
        Some(token) => Credentials { token: Some(token), ..Credentials::named(name.clone()) },
        None => claim(name),
    }
}

/// What may prove a name whose token was refused: a newer token from another tab, or else the claim's secret. `None`: there
/// was no token, so nothing is left to try.
pub fn without_token(name: &Username, refused: &Credentials) -> Option<Credentials> {
    let refused = refused.token.as_ref()?;
    let newer = token(name).filter(|token| token != refused);
    Some(match newer {
        Some(token) => Credentials { token: Some(token), ..Credentials::named(name.clone()) },
        None => claim(name),
    })
}

fn claim(name: &Username) -> Credentials {
    Credentials { secret: claim_secret(), ..Credentials::named(name.clone()) }
}

/// The secret for this browser's claims of names. It is created at the first call and stored before it is returned, so that
/// a claim can be repeated if its answer was lost, also after a reload or in another tab. `None`: the browser has no
/// random generator.
pub fn claim_secret() -> Option<ClaimSecret> {
    let kept = get(SECRET).and_then(|secret| ClaimSecret::parse(&secret).ok());
    kept.or_else(|| {
        let bits = u128::from_be_bytes(crate::browser::random_bytes()?);
        let secret = ClaimSecret::parse(&format!("{bits:032x}")).ok()?;
        set(SECRET, Some(secret.as_str()));
        Some(secret)
    })
}

/// Whether another tab that changes this key has changed who the user is, or how it is proven.
pub fn is_identity_key(key: &str) -> bool {
    key == NAME || key.starts_with(TOKEN)
}

/// Whether the user's name is lost without this key.
pub(super) fn matters(key: &str) -> bool {
    is_identity_key(key) || key == SECRET
}
