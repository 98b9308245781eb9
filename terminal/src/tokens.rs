//! The tokens that prove this user's names, and the secrets that their claims were made with.

use std::{collections::BTreeMap, io};

use client::{ClaimSecret, Token, Username, new_claim_secret};
use serde::{Deserialize, Serialize};

use crate::state_file::StateFile;

/// What is kept for each server.
type Servers = BTreeMap<String, Kept>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// The name that was used last.
    last: Option<Username>,
    /// The proof of each name.
    tokens: BTreeMap<Username, Token>,
    /// The secret of each name's claim.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secrets: BTreeMap<Username, ClaimSecret>,
}

#[derive(Debug, Clone)]
pub(crate) struct Tokens(StateFile<Servers>);

impl Tokens {
    pub(crate) fn of_this_user() -> Self {
        Self(StateFile::of_this_user("tokens"))
    }

    /// The name to use at a server and its token: the given name's, or those that were used last.
    pub(crate) fn find(
        &self,
        server: &str,
        name: Option<&Username>,
    ) -> io::Result<Option<(Username, Token)>> {
        let mut servers = self.0.read()?;
        let Some(kept) = servers.remove(server) else { return Ok(None) };
        let name = name.cloned().or(kept.last);
        Ok(name.and_then(|name| kept.tokens.get(&name).map(|token| (name.clone(), token.clone()))))
    }

    /// The secret to claim a name with. It is on disk before this returns, and stays the same from call to call.
    pub(crate) fn claim_secret(&self, server: &str, name: &Username) -> io::Result<ClaimSecret> {
        self.0.update(|servers| {
            let kept = servers.entry(server.to_owned()).or_default();
            kept.secrets.entry(name.clone()).or_insert_with(new_claim_secret).clone()
        })
    }

    /// Keeps a name's token. `asked` is the name as the user wrote it; the server may use another normal form.
    pub(crate) fn keep(
        &self,
        server: &str,
        asked: Option<&Username>,
        name: &Username,
        token: &Token,
    ) -> io::Result<()> {
        self.0.update(|servers| {
            let kept = servers.entry(server.to_owned()).or_default();
            kept.last = Some(name.clone());
            for name in [Some(name), asked].into_iter().flatten() {
                kept.tokens.insert(name.clone(), token.clone());
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_server_and_name_and_a_secret_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens(StateFile::in_folder(folder.path(), "tokens"));
        let (ann, bob) = (Username::parse("ann").unwrap(), Username::parse("bob").unwrap());
        let (a, b) = (Token::parse("token-a").unwrap(), Token::parse("token-b").unwrap());
        let secret = tokens.claim_secret("ws://one", &ann).unwrap();
        assert_eq!(tokens.find("ws://one", Some(&ann)).unwrap(), None);
        tokens.keep("ws://one", None, &ann, &a).unwrap();
        tokens.keep("ws://one", None, &bob, &b).unwrap();
        assert_eq!(tokens.find("ws://one", Some(&ann)).unwrap(), Some((ann.clone(), a)));
        assert_eq!(tokens.find("ws://one", None).unwrap(), Some((bob.clone(), b)));
        assert_eq!(tokens.find("ws://two", Some(&bob)).unwrap(), None);
        assert_eq!(tokens.claim_secret("ws://one", &ann).unwrap(), secret);
        assert_ne!(tokens.claim_secret("ws://two", &ann).unwrap(), secret);
    }
}
