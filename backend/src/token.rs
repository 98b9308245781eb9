//! Who somebody is: names as the server takes them, and the tokens that prove them.
//!
//! A token is a JSON Web Token (RFC 7519) signed by HMAC-SHA-256, with the name in `sub`. Whoever has the key can
//! make one in any language, so an application can sign its own users in: the secret is the text of the file `key`
//! in the data folder, without white space around it. `exp` and `nbf` are honoured where they are registration.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use shared::{NameError, Token, Username};
use unicode_normalization::UnicodeNormalization;

/// The fewest characters of a key: as many as a key's 32 bytes would be.
pub const KEY_CHARACTERS: usize = 32;
/// Clocks of different machines may differ by so much, in seconds, for `exp` and `nbf`.
pub const LEEWAY_SECONDS: u64 = 60;

/// The name that somebody asks for, in NFC.
pub fn username(raw: &str) -> Result<Username, NameError> {
    // NFC can make a text longer, but not by much; what is far too long is not worth the work.
    let bounded = raw.char_indices().nth(256).map_or(raw, |(end, _)| &raw[..end]);
    Username::parse(&bounded.nfc().collect::<String>())
}

/// A friendly name for somebody who has none, `quiet-otter-417`; `random` decides which.
pub fn guest_name(random: u64) -> Username {
    const MANNERS: [&str; 32] = [
        "amber", "brave", "bright", "calm", "clever", "cosy", "curious", "daring", "eager", "early", "fair",
        "gentle", "glad", "happy", "honest", "humble", "jolly", "keen", "kind", "lively", "lucky", "merry",
        "mild", "nimble", "patient", "proud", "quick", "quiet", "sunny", "swift", "warm", "wise",
    ];
    const ANIMALS: [&str; 32] = [
        "badger", "beaver", "bison", "crane", "deer", "dolphin", "eagle", "falcon", "finch", "fox", "gecko",
        "hare", "hedgehog", "heron", "ibis", "koala", "lark", "lemur", "lynx", "marten", "mole", "newt",
        "otter", "owl", "panda", "puffin", "raven", "robin", "seal", "swan", "tiger", "wren",
    ];
    let [manner, animal, low, high, ..] = random.to_le_bytes();
    let (manner, animal) = (MANNERS[usize::from(manner % 32)], ANIMALS[usize::from(animal % 32)]);
    let name = format!("{manner}-{animal}-{}", u16::from_le_bytes([low, high]) % 1000);
    Username::parse(&name).expect("these words make short plain names")
}

/// The secret that signs tokens.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why there is no key, in a sentence that says what to do.
#[derive(Debug)]
pub enum KeyError {
    /// The file cannot be read or made.
    File(PathBuf, io::Error),
    /// The file holds something too short or unprintable.
    Weak(PathBuf),
    /// The system gave no randomness.
    Random(getrandom::Error),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => {
                write!(f, "the key file {} cannot be used ({error}); check its permissions", path.display())
            }
            Self::Weak(path) => write!(
                f,
                "the key file {} must hold at least {KEY_CHARACTERS} printable ASCII characters; \
                 put the right key back, or remove the file to make a new one (all tokens end with the old one)",
                path.display()
            ),
            Self::Random(error) => write!(f, "the system gives no random numbers: {error}"),
        }
    }
}

impl std::error::Error for KeyError {}

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadToken {
    /// It is no JSON Web Token.
    Malformed,
    /// It is signed in another way than HS256.
    Algorithm,
    /// It is signed with another key, or was changed.
    Signature,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// Its `sub` is no username.
    Name(NameError),
}

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the token is no JSON Web Token with a sub"),
            Self::Algorithm => f.write_str("the token is not signed by HS256"),
            Self::Signature => f.write_str("the token is not signed with this server's key"),
            Self::Expired => f.write_str("the token has expired"),
            Self::NotYet => f.write_str("the token is not valid yet"),
            Self::Name(error) => write!(f, "the token's sub is no username: {error}"),
        }
    }
}

impl std::error::Error for BadToken {}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Signed<'a> {
    sub: &'a str,
    iat: u64,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    exp: Option<f64>,
    #[serde(default)]
    nbf: Option<f64>,
}

impl Key {
    /// A key that nobody else has, for as long as the process runs.
    pub fn random() -> Result<Self, KeyError> {
        Ok(Self::new(random_text().map_err(KeyError::Random)?.as_bytes()))
    }

    /// The key in the file `key` of this folder, which is made if it is absent.
    pub fn load_or_make(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join("key");
        let failed = |error| KeyError::File(path.clone(), error);
        let text = match File::open(&path) {
            Ok(file) => {
                let mut text = String::new();
                file.take(4096).read_to_string(&mut text).map_err(failed)?;
                text
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = random_text().map_err(KeyError::Random)?;
                write_secret(folder, &path, &text).map_err(failed)?;
                text
            }
            Err(error) => return Err(failed(error)),
        };
        let secret = text.trim();
        if secret.len() < KEY_CHARACTERS || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Weak(path));
        }
        Ok(Self::new(secret.as_bytes()))
    }

    fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// The proof of a name from now on.
    pub fn sign(&self, username: &Username) -> Token {
        let claims = Signed { sub: username.as_str(), iat: since_1970().as_secs() };
        let claims = serde_json::to_vec(&claims).expect("a name and a number are JSON");
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let body = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.0.clone().chain_update(&body).finalize().into_bytes();
        let token = format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature));
        Token::parse(&token).expect("a name has few bytes and Base64 is ASCII")
    }

    /// The name that a token proves, in NFC.
    pub fn verify(&self, token: &Token) -> Result<Username, BadToken> {
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| BadToken::Malformed);
        let (body, signature) = token.as_str().rsplit_once('.').ok_or(BadToken::Malformed)?;
        let (header, claims) = body.split_once('.').ok_or(BadToken::Malformed)?;
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| BadToken::Malformed)?;
        if header.alg != "HS256" || header.crit.is_some() {
            return Err(BadToken::Algorithm);
        }
        // Compares in constant time.
        let mac = self.0.clone().chain_update(body);
        mac.verify_slice(&decode(signature)?).map_err(|_| BadToken::Signature)?;
        let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| BadToken::Malformed)?;
        let now = since_1970();
        let leeway = Duration::from_secs(LEEWAY_SECONDS);
        if claims.exp.is_some_and(|exp| now.saturating_sub(leeway).as_secs_f64() >= exp) {
            return Err(BadToken::Expired);
        }
        if claims.nbf.is_some_and(|nbf| (now + leeway).as_secs_f64() < nbf) {
            return Err(BadToken::NotYet);
        }
        username(&claims.sub).map_err(BadToken::Name)
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Writes the file whole or not at all, for its owner's eyes only.
fn write_secret(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The name is on disk when the folder is.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minted(key: &Key, header: &str, claims: &str) -> Token {
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = key.0.clone().chain_update(&body).finalize().into_bytes();
        Token::parse(&format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))).unwrap()
    }

    #[test]
    fn a_token_proves_the_name_that_it_was_signed_for() {
        let key = Key::random().unwrap();
        for name in ["ann", "王小明", &"𠮷".repeat(32)] {
            let name = Username::parse(name).unwrap();
            assert_eq!(key.verify(&key.sign(&name)), Ok(name));
        }
    }

    #[test]
    fn a_token_of_any_other_library_is_taken() {
        // Made by Python's hmac over {"sub":"ann","iat":1700000000}.
        let key = Key::new(b"your-256-bit-secret-your-256-bit-secret");
        let token = concat!(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            "eyJzdWIiOiJhbm4iLCJpYXQiOjE3MDAwMDAwMDB9.",
            "tUhedKQ33dRb4lgzZOFiwlLnJwGzd_Li1q74vQErmSI"
        );
        assert_eq!(key.verify(&Token::parse(token).unwrap()), Ok(Username::parse("ann").unwrap()));
    }

    #[test]
    fn what_was_changed_or_signed_otherwise_proves_nothing() {
        let key = Key::random().unwrap();
        let token = key.sign(&Username::parse("ann").unwrap());
        assert_eq!(Key::random().unwrap().verify(&token), Err(BadToken::Signature));
        let text = token.as_str();
        for end in 0..text.len() {
            let bent = Token::parse(&format!("{}{}", &text[..end], "x")).unwrap();
            assert!(key.verify(&bent).is_err(), "{end}");
        }
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"hs256"}"#, r#"{"alg":"HS256","crit":["b64"]}"#] {
            assert_eq!(key.verify(&minted(&key, header, r#"{"sub":"ann"}"#)), Err(BadToken::Algorithm));
        }
        for other in ["a", "a.b", "a.b.c", "..", "a.b.c.d"] {
            assert_eq!(key.verify(&Token::parse(other).unwrap()), Err(BadToken::Malformed));
        }
    }

    #[test]
    fn a_token_keeps_to_its_times_and_names_a_user() {
        let key = Key::random().unwrap();
        let now = since_1970().as_secs();
        let verify = |claims: &str| key.verify(&minted(&key, r#"{"alg":"HS256"}"#, claims));
        assert!(verify(&format!(r#"{{"sub":"ann","exp":{}.5,"nbf":{}}}"#, now + 5, now - 5)).is_ok());
        assert_eq!(verify(&format!(r#"{{"sub":"ann","exp":{}}}"#, now - 100)), Err(BadToken::Expired));
        assert_eq!(verify(&format!(r#"{{"sub":"ann","nbf":{}}}"#, now + 100)), Err(BadToken::NotYet));
        assert!(matches!(verify(r#"{"sub":"a\u200bnn"}"#), Err(BadToken::Name(_))));
        assert_eq!(verify("{}"), Err(BadToken::Malformed));
        assert_eq!(verify("{\"sub\":\"e\u{301}va\"}").unwrap().as_str(), "éva");
    }

    #[test]
    fn the_key_is_made_once_and_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let token = Key::load_or_make(folder.path()).unwrap().sign(&Username::parse("ann").unwrap());
        assert!(Key::load_or_make(folder.path()).unwrap().verify(&token).is_ok());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(folder.path().join("key"), "short\n").unwrap();
        assert!(matches!(Key::load_or_make(folder.path()), Err(KeyError::Weak(_))));
    }

    #[test]
    fn names_are_brought_into_nfc_and_guests_get_valid_ones() {
        assert_eq!(username("e\u{301}va").unwrap().as_str(), "éva");
        assert!(username(&"e\u{301}".repeat(32)).is_ok());
        assert_eq!(username("ann ").unwrap().as_str(), "ann ");
        assert!(username("a\tnn").is_err());
        assert_eq!(guest_name(0).as_str(), "amber-badger-0");
        assert_ne!(guest_name(1), guest_name(2));
    }
}
