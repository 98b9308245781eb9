//! Which server a command talks to, and by which right: on the server's machine by the key file, from anywhere by an owner's
//! token.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use client::{Address, Api, ApiError, Token};
use shared::{Act, house::ActDone};

use super::failure::Failure;
use crate::{address_file, store, token::Key};

/// Which server, and how to print what it says.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Which server")]
pub(super) struct ServerArgs {
    /// The data folder of the server that runs on this machine. Whoever can read its key may do everything.
    #[arg(long, global = true, env = "PARLOR_DATA", default_value = "./parlor-data", value_name = "FOLDER")]
    data: PathBuf,
    /// A server anywhere, as `https://chat.example.org`, instead of the one on the data folder. The environment variable
    /// `PARLOR_TOKEN` gives an owner's token.
    #[arg(long, global = true, value_name = "URL")]
    server: Option<Address>,
    /// A file with the token for --server, instead of `PARLOR_TOKEN`.
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The token itself. Use the environment variable: other users can see command lines.
    #[arg(
        long,
        global = true,
        env = "PARLOR_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        hide = true
    )]
    token: Option<String>,
    /// Print the server's JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// A server that a command may talk to.
pub(super) struct Connection {
    api: Api,
    address: Address,
    /// The data folder, if the server was found there.
    folder: Option<PathBuf>,
}

impl ServerArgs {
    /// Finds the server. Nothing is sent yet.
    pub(super) fn connect(&self) -> Result<Connection, Failure> {
        let Some(address) = &self.server else { return self.connect_locally() };
        let token = match (&self.token_file, &self.token) {
            (Some(file), _) => fs::read_to_string(file)
                .map_err(|error| Failure::Failed(format!("cannot read {}: {error}", file.display())))?,
            (None, Some(token)) => token.clone(),
            (None, None) => {
                return Err(Failure::Usage(
                    "--server needs an owner's token: set PARLOR_TOKEN, or give a file with --token-file"
                        .into(),
                ));
            }
        };
        let token = Token::parse(token.trim())
            .map_err(|error| Failure::Usage(format!("this is no token: {error}")))?;
        Ok(Connection { api: Api::new(address, Some(token)), address: address.clone(), folder: None })
    }

    fn connect_locally(&self) -> Result<Connection, Failure> {
        let folder = &self.data;
        if self.token_file.is_some() {
            return Err(Failure::Usage("--token-file is for a server that --server names".into()));
        }
        // A folder below one that may not be looked into is not said to be missing.
        if let Err(error) = fs::metadata(folder)
            && error.kind() == io::ErrorKind::PermissionDenied
        {
            return Err(Failure::Failed(cannot_read(folder, &error)));
        }
        if !folder.is_dir() {
            return Err(Failure::Failed(format!(
                "there is no data folder {}: name the server's with --data FOLDER, or a server elsewhere with --server URL",
                folder.display()
            )));
        }
        check_key(folder)?;
        let found = address_file::read(folder)
            .map_err(|error| Failure::Failed(cannot_read(&folder.join("address"), &error)))?;
        // A stale address may be another program's by now, and the token must not get there.
        let Some(found) = found.filter(|_| store::is_served(folder)) else {
            return Err(Failure::Failed(no_server(folder)));
        };
        let key = Key::load_or_make(folder).map_err(|error| Failure::Failed(error.to_string()))?;
        let address: Address = format!("http://{found}").parse().expect("a socket's address is one");
        let api = Api::new(&address, Some(key.sign_operator()));
        Ok(Connection { api, address, folder: Some(folder.clone()) })
    }
}

/// Reads a list page by page: `read` gets the last entry so far, and tells the next ones and whether there are more.
pub(super) async fn all_pages<T>(
    mut read: impl AsyncFnMut(Option<&T>) -> Result<(Vec<T>, bool), Failure>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    loop {
        let (page, more) = read(all.last()).await?;
        // A server that promises more and has none is not asked for ever.
        let more = more && !page.is_empty();
        all.extend(page);
        if !more {
            return Ok(all);
        }
    }
}

/// A command makes no key: a server has made one.
fn check_key(folder: &Path) -> Result<(), Failure> {
    let path = folder.join("key");
    File::open(&path).map(drop).map_err(|error| {
        Failure::Failed(match error.kind() {
            io::ErrorKind::NotFound => format!(
                "{} is no data folder of a server, for it has no key: name the server's with --data FOLDER",
                folder.display()
            ),
            _ => cannot_read(&path, &error),
        })
    })
}

fn cannot_read(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!(
                "cannot read {path}: run the command as root (sudo), or as the user that the server runs as"
            )
        }
        _ => format!("cannot read {path}: {error}"),
    }
}

fn no_server(folder: &Path) -> String {
    let folder = folder.display();
    format!("no server runs on this data folder: start it with `parlor serve --data {folder}`")
}

impl Connection {
    /// Does an act.
    pub(super) async fn act(&self, act: &Act) -> Result<ActDone, Failure> {
        act.check()?;
        self.api.act(act).await.map_err(|error| match error {
            ApiError::Lost(reason) => Failure::Failed(format!(
                "{reason}; it is not known whether it was done, `parlor acts` shows it if it was"
            )),
            error => self.explain(error),
        })
    }

    /// Waits for an answer of the API.
    pub(super) async fn ask<T>(
        &self,
        answer: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, Failure> {
        answer.await.map_err(|error| self.explain(error))
    }

    /// The API, for lists.
    pub(super) fn api(&self) -> &Api {
        &self.api
    }

    /// The address of something on this server, for a command line.
    pub(super) fn url(&self, path: &str) -> String {
        let scheme = if self.address.secure { "https" } else { "http" };
        let base = self.address.path().trim_end_matches("/ws").trim_end_matches('/');
        format!("{scheme}://{}{base}{path}", self.address.authority())
    }

    fn explain(&self, error: ApiError) -> Failure {
        Failure::Failed(match (&self.folder, error) {
            (Some(folder), ApiError::Open(_)) => no_server(folder),
            (Some(folder), ApiError::Refused { code, reason, .. }) if code == "bad_token" => format!(
                "{reason}: the server has read another key than {}; start it again",
                folder.join("key").display()
            ),
            (_, ApiError::Refused { code, reason, .. }) if code == "no_room" => {
                format!("{reason}; `parlor room list` lists the rooms")
            }
            (_, error) => error.to_string(),
        })
    }
}
