//! Where a command connects to, and as whom.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;
use shared::{Connection, Credentials, RefusalCode, Token, Username};

use super::{ending::Ending, tokens::Tokens};
use crate::{Address, Client, ConnectError, Events, Options};

/// Where the server is where no URL is given.
const HERE: &str = "ws://127.0.0.1:8080/ws";

/// Who connects.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// The name to go by. Without one: the name that was last used at this server, or a guest's.
    #[arg(long, env = "PARLOR_NAME", value_name = "NAME")]
    name: Option<Username>,
    /// A file with the token that proves the name. Without one, the token that an earlier run was given is used.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The token itself; better in the environment than on the command line, which others can see.
    #[arg(long, env = "PARLOR_TOKEN", hide_env_values = true, value_name = "TOKEN", hide = true)]
    token: Option<String>,
}

/// The URL of the server, where it is an argument of its own.
#[derive(Debug, Clone, Args)]
pub struct UrlArgs {
    /// The server: `ws://`, `wss://`, `http://` or `https://`, with or without the path `/ws`.
    #[arg(env = "PARLOR_URL", default_value = HERE)]
    pub(crate) url: Address,
}

/// The server where no URL was given: `PARLOR_URL`, or this machine's.
#[derive(Debug, Clone, Args)]
pub struct DefaultUrl {
    /// The server, where no URL is given.
    #[arg(long, env = "PARLOR_URL", default_value = HERE, hide = true)]
    pub(crate) default_url: Address,
}

impl ServerArgs {
    /// Connects, and keeps the token that the server gives. Gives up after `patience`, if there is any; meanwhile
    /// `notice` hears, once each, why it does not succeed.
    pub(crate) async fn connect(
        &self,
        address: &Address,
        patience: Option<Duration>,
        notice: impl FnMut(&str),
    ) -> Result<(Client, Events), Ending> {
        let tokens = Tokens::of_this_user();
        let server = address.server();
        let own = self.token()?;
        let kept = match &own {
            Some(_) => None,
            None => tokens.find(&server, self.name.as_ref())?,
        };
        let was_kept = kept.is_some();
        let (name, token) = kept.map_or((self.name.clone(), own), |(name, token)| (Some(name), Some(token)));
        let (client, events) =
            Client::start(address, Options { username: name.clone(), token, secret: None });
        let mut welcomed = wait(&client, patience, notice).await?;
        if was_kept && welcomed.as_ref().is_err_and(|error| error.0.code == RefusalCode::BadToken) {
            // The server was set up anew since the token was kept: the name is free again, or somebody else's.
            client.dispatch(|state, now| {
                state.identify(Credentials { username: name.clone(), ..Credentials::default() }, now)
            });
            welcomed = wait(&client, patience, |_| {}).await?;
        }
        welcomed.map_err(|error| Ending::Failed(self.explain(&error)))?;
        if let (Some(username), Some(token)) = (client.username(), client.token()) {
            tokens.keep(&server, name.as_ref(), &username, &token).map_err(|error| {
                Ending::Failed(format!("cannot keep the token of {username}, which proves the name: {error}"))
            })?;
        }
        Ok((client, events))
    }

    fn token(&self) -> Result<Option<Token>, Ending> {
        let text = match (&self.token_file, &self.token) {
            (Some(file), _) => fs::read_to_string(file)
                .map_err(|error| Ending::Failed(format!("cannot read {}: {error}", file.display())))?,
            (None, Some(token)) => token.clone(),
            (None, None) => return Ok(None),
        };
        let token = Token::parse(text.trim());
        token.map(Some).map_err(|error| Ending::Usage(format!("this is no token: {error}")))
    }

    fn explain(&self, error: &ConnectError) -> String {
        match error.0.code {
            RefusalCode::NameTaken => {
                let name = self.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
                format!(
                    "the name{name} is taken, or looks like one that is: choose another one with --name, or prove \
                     with --token-file that it is yours"
                )
            }
            RefusalCode::BadToken => format!("{error}: leave it out, or get a new one"),
            _ => error.to_string(),
        }
    }
}

async fn wait(
    client: &Client,
    patience: Option<Duration>,
    mut notice: impl FnMut(&str),
) -> Result<Result<(), ConnectError>, Ending> {
    let mut changes = client.changes();
    let ready = async {
        let mut told = None;
        loop {
            match client.connection() {
                Connection::Live => return Ok(()),
                Connection::Refused(refusal) => return Err(ConnectError(refusal)),
                Connection::Waiting { .. } if told != client.failure() => {
                    told = client.failure();
                    notice(told.as_deref().unwrap_or("the connection was lost"));
                }
                _ => {}
            }
            let _ = changes.changed().await;
        }
    };
    let Some(patience) = patience else { return Ok(ready.await) };
    tokio::time::timeout(patience, ready).await.map_err(|_| {
        let failure = client.failure().unwrap_or_else(|| "the server does not answer".into());
        Ending::Failed(format!("{failure}; gave up after {} s", patience.as_secs_f32()))
    })
}
