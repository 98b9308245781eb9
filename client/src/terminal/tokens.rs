//! The tokens that prove our names, kept for later runs: one file, readable by its owner alone.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use shared::{Token, Username};

use super::environment;

/// What is kept of one server.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// The name that was used last.
    last: Option<Username>,
    /// The proof of each name.
    tokens: BTreeMap<Username, Token>,
}

/// See the module's page. `None`: there is no folder to keep anything in.
#[derive(Debug, Clone)]
pub(crate) struct Tokens(Option<PathBuf>);

impl Tokens {
    pub(crate) fn of_this_user() -> Self {
        Self(environment::state_folder())
    }

    /// The name, and its proof, to use at a server: the named one's, or the one that was used last.
    pub(crate) fn find(
        &self,
        server: &str,
        name: Option<&Username>,
    ) -> io::Result<Option<(Username, Token)>> {
        let mut all = self.read()?;
        let Some(kept) = all.remove(server) else { return Ok(None) };
        let name = name.cloned().or(kept.last);
        Ok(name.and_then(|name| kept.tokens.get(&name).map(|token| (name.clone(), token.clone()))))
    }

    /// Keeps a name's proof. `asked` is the name as it was written, where the server has it in another normal form.
    pub(crate) fn keep(
        &self,
        server: &str,
        asked: Option<&Username>,
        name: &Username,
        token: &Token,
    ) -> io::Result<()> {
        let Some(folder) = &self.0 else { return Ok(()) };
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Two commands at once must not lose each other's tokens: a name without its token is lost for good.
        let lock = private(folder.join("tokens.lock"))?;
        lock.lock()?;
        let mut all = self.read()?;
        let kept = all.entry(server.to_owned()).or_default();
        let mut news = kept.last.as_ref() != Some(name);
        kept.last = Some(name.clone());
        for name in [Some(name), asked].into_iter().flatten() {
            news |= kept.tokens.insert(name.clone(), token.clone()).as_ref() != Some(token);
        }
        if news {
            let new = folder.join("tokens.new");
            let mut file = private(new.clone())?;
            file.set_len(0)?;
            serde_json::to_writer_pretty(&mut file, &all)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(new, folder.join("tokens.json"))?;
        }
        Ok(())
    }

    fn read(&self) -> io::Result<BTreeMap<String, Kept>> {
        let Some(file) = self.0.as_ref().map(|folder| folder.join("tokens.json")) else {
            return Ok(BTreeMap::new());
        };
        let about = |error: &dyn std::fmt::Display| {
            io::Error::other(format!("cannot read {}, where tokens are kept: {error}", file.display()))
        };
        match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| about(&error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(about(&error)),
        }
    }
}

fn private(path: PathBuf) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_found_by_its_server_and_name_and_only_its_owner_may_read_it() {
        let folder = std::env::temp_dir().join(format!("parlor-tokens-{}", crate::client::new_id()));
        let tokens = Tokens(Some(folder.clone()));
        let (ann, bob) = (Username::parse("ann").unwrap(), Username::parse("bob").unwrap());
        let (a, b) = (Token::parse("token-a").unwrap(), Token::parse("token-b").unwrap());
        tokens.keep("ws://one", None, &ann, &a).unwrap();
        tokens.keep("ws://one", None, &bob, &b).unwrap();
        assert_eq!(tokens.find("ws://one", Some(&ann)).unwrap(), Some((ann, a)));
        assert_eq!(tokens.find("ws://one", None).unwrap(), Some((bob.clone(), b)));
        assert_eq!(tokens.find("ws://two", Some(&bob)).unwrap(), None);
        let mode = fs::metadata(folder.join("tokens.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }
}
