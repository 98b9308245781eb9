//! The keys of the operator's applications, and what their tokens prove.

use std::{
    fs, iter,
    path::{Path, PathBuf},
    slice,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use parking_lot::Mutex;
use shared::Token;
use tracing::{info, warn};

use super::ApplicationSettings;
use super::{
    Proof, ProofKind,
    claims::{Claims, shortened},
    error::{ApplicationKeyError, BadToken},
    key_file,
    own_key::OwnKey,
    signed::{Header, VerifyingKey},
};

/// How often at most a key set's file is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The keys that applications sign their users' tokens with. Without any, no application's token is valid.
#[derive(Debug, Clone, Default)]
pub struct ApplicationKeys {
    keys: Arc<[VerifyingKey]>,
    sets: Vec<Arc<KeySet>>,
    audiences: Vec<String>,
    issuers: Vec<String>,
}

impl ApplicationKeys {
    /// Reads the files. None of the secrets may be the server's own.
    pub(super) fn load(settings: &ApplicationSettings, own: &OwnKey) -> Result<Self, ApplicationKeyError> {
        let mut keys = Vec::new();
        for path in &settings.secret_files {
            let key = read(path, key_file::secret)?;
            refuse_own(own, path, slice::from_ref(&key))?;
            keys.push(key);
        }
        for path in &settings.public_keys {
            keys.push(read(path, key_file::public_key)?);
        }
        let mut sets = Vec::new();
        for path in &settings.key_sets {
            let set = KeySet::load(path)?;
            refuse_own(own, path, &set.keys(Instant::now()))?;
            sets.push(Arc::new(set));
        }
        Ok(Self {
            keys: keys.into(),
            sets,
            audiences: settings.audiences.clone(),
            issuers: settings.issuers.clone(),
        })
    }

    /// Every key, as the files are now.
    fn groups(&self, now: Instant) -> Vec<Arc<[VerifyingKey]>> {
        let sets = self.sets.iter().map(|set| set.keys(now));
        iter::once(self.keys.clone()).chain(sets).collect()
    }

    /// What a token proves that is signed with one of these keys.
    pub(super) fn verify(&self, header: &Header, token: &Token) -> Result<Proof, BadToken> {
        self.verify_at(header, token, Instant::now())
    }

    /// The same at this time, which decides whether key sets are looked at again.
    pub(super) fn verify_at(&self, header: &Header, token: &Token, now: Instant) -> Result<Proof, BadToken> {
        let groups = self.groups(now);
        let keys = || groups.iter().flat_map(|group| group.iter());
        let meant: Vec<_> = keys().filter(|key| key.is_meant(header)).collect();
        if let Some(kid) = &header.kid
            && meant.is_empty()
            && keys().next().is_some()
        {
            return Err(BadToken::UnknownKey(shortened(kid)));
        }
        let mut fitting = meant.into_iter().filter(|key| key.is_for(header)).peekable();
        // The server's own key is of HS256.
        if fitting.peek().is_none() && header.alg != "HS256" {
            return Err(BadToken::Algorithm(shortened(&header.alg)));
        }
        for key in fitting {
            if let Some(claims) = key.claims(token)? {
                return self.proof(&claims);
            }
        }
        Err(BadToken::Signature)
    }

    fn proof(&self, claims: &Claims) -> Result<Proof, BadToken> {
        claims.check_issuer(&self.issuers)?;
        claims.check_audience(&self.audiences)?;
        let expires_at = claims.expires_at()?;
        Ok(Proof { username: claims.username()?, kind: ProofKind::Application(claims.grant()?), expires_at })
    }
}

/// An application that has the server's own key can sign as anybody, the operator included.
fn refuse_own(own: &OwnKey, path: &Path, keys: &[VerifyingKey]) -> Result<(), ApplicationKeyError> {
    if !keys.iter().any(|key| own.is(key)) {
        return Ok(());
    }
    let reason = "it is the server's own, the file `key` in the data folder; make another one for the application \
                  with `openssl rand -hex 32`";
    Err(ApplicationKeyError { path: path.to_owned(), reason: reason.into() })
}

fn read<T>(path: &Path, parse: fn(&str) -> Result<T, String>) -> Result<T, ApplicationKeyError> {
    let failed = |reason| ApplicationKeyError { path: path.to_owned(), reason };
    parse(&key_file::read(path).map_err(failed)?).map_err(failed)
}

/// A file with a JSON Web Key Set, which is read again when it has changed.
#[derive(Debug)]
struct KeySet {
    path: PathBuf,
    state: Mutex<KeySetState>,
}

#[derive(Debug)]
struct KeySetState {
    keys: Arc<[VerifyingKey]>,
    /// What the file was like when it was read. `None`: it was not there.
    stamp: Option<Stamp>,
    looked_at: Instant,
}

/// When a file was written, and its length.
type Stamp = (SystemTime, u64);

impl KeySet {
    fn load(path: &Path) -> Result<Self, ApplicationKeyError> {
        // A change while the file is read is seen the next time.
        let stamp = stamp(path);
        let keys = read(path, key_file::key_set)?.into();
        let state = KeySetState { keys, stamp, looked_at: Instant::now() };
        Ok(Self { path: path.to_owned(), state: Mutex::new(state) })
    }

    /// The keys. While the file cannot be used, they are those that it had before.
    fn keys(&self, now: Instant) -> Arc<[VerifyingKey]> {
        let mut state = self.state.lock();
        if now.saturating_duration_since(state.looked_at) >= LOOK_AGAIN {
            state.looked_at = now;
            let stamp = stamp(&self.path);
            if stamp != state.stamp {
                state.stamp = stamp;
                match read(&self.path, key_file::key_set) {
                    Ok(keys) => {
                        info!("{} has changed, and has {} keys now", self.path.display(), keys.len());
                        state.keys = keys.into();
                    }
                    Err(error) => warn!("{error}; the keys that it had before stay valid"),
                }
            }
        }
        state.keys.clone()
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
