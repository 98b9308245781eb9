//! Which server a command connects to, and as whom.

use std::{fs, path::PathBuf, str::FromStr, time::Duration};

use clap::Args;
use client::{
    Address, AddressError, Api, Client, ConnectError, Credentials, Events, InvitationSecret, Options,
    RefusalCode, Token, Username, invitation_secret,
};
use tokio::time::{Instant, sleep_until, timeout};

use crate::{exit::Exit, tokens::Tokens};

/// The server that is used if no URL is given.
const DEFAULT_URL: &str = "ws://127.0.0.1:8080/ws";
/// After this silence the user is told what the command waits for.
pub(crate) const NOTICE_AFTER: Duration = Duration::from_millis(1_500);
/// The time for a server that took the connection to answer as a Parlor server does.
const ANSWER: Duration = Duration::from_secs(10);

/// Who connects.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// The name to go by. Default: the name that was last used at this server, or a guest's.
    #[arg(long, env = "PARLOR_NAME", value_name = "NAME")]
    name: Option<Username>,
    /// A file with the token that proves the name. Default: the token that an earlier run got.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The token itself. Use the environment variable: other users can see command lines.
    #[arg(long, env = "PARLOR_TOKEN", hide_env_values = true, value_name = "TOKEN", hide = true)]
    token: Option<String>,
}

/// What lets somebody in.
#[derive(Debug, Clone, Args)]
pub struct InvitationArgs {
    /// An invitation: its link, or the secret in it. It is needed once; after that the kept token is enough.
    #[arg(long, env = "PARLOR_INVITATION", hide_env_values = true, value_name = "LINK", value_parser = invitation_secret)]
    pub(crate) invitation: Option<InvitationSecret>,
}

/// The server, as the first argument.
#[derive(Debug, Clone, Args)]
pub struct UrlArgument {
    /// The server: `ws://`, `wss://`, `http://` or `https://`, with or without the path `/ws`; or an invitation's link.
    #[arg(env = "PARLOR_URL", default_value = DEFAULT_URL)]
    pub(crate) url: Link,
}

/// The server, as an option.
#[derive(Debug, Clone, Args)]
pub struct UrlOption {
    /// The server: `ws://`, `wss://`, `http://` or `https://`, with or without the path `/ws`; or an invitation's link.
    #[arg(long, env = "PARLOR_URL", default_value = DEFAULT_URL, value_name = "URL")]
    pub(crate) url: Link,
}

/// The address of a server, with the invitation if it is an invitation's link.
#[derive(Debug, Clone)]
pub struct Link {
    pub(crate) address: Address,
    invitation: Option<InvitationSecret>,
}

impl FromStr for Link {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, fragment) =
            text.split_once('#').map_or((text, None), |(address, _)| (address, Some(text)));
        let invitation = fragment.map(invitation_secret).transpose().map_err(|error| error.to_string())?;
        Ok(Self { address: address.parse().map_err(|error: AddressError| error.to_string())?, invitation })
    }
}

impl Link {
    /// The address, for a command that accepts no invitation.
    pub(crate) fn without_invitation(self) -> Result<Address, Exit> {
        match self.invitation {
            None => Ok(self.address),
            Some(_) => Err(Exit::Usage(
                "reading alone accepts no invitation: accept it with `parlor chat` or `parlor send` first"
                    .into(),
            )),
        }
    }
}

impl InvitationArgs {
    /// The invitation: the stated one, or that of the link.
    pub(crate) fn of(self, link: &Link) -> Option<InvitationSecret> {
        self.invitation.or_else(|| link.invitation.clone())
    }
}

impl ServerArgs {
    /// Connects and keeps the token that the server gives.
    ///
    /// While it does not succeed, the reason is on standard error within 2 s. It fails if there is no Parlor server at
    /// the address, or if the server cannot be reached for `give_up`. With `None` it tries for ever.
    pub(crate) async fn connect(
        &self,
        address: &Address,
        invitation: Option<&InvitationSecret>,
        give_up: Option<Duration>,
    ) -> Result<(Client, Events), Exit> {
        let tokens = Tokens::of_this_user();
        let server = address.server();
        let own = self.own_token()?;
        let kept = if own.is_some() { None } else { tokens.find(&server, self.name.as_ref())? };
        if let (Some(invitation), None, None, None) = (invitation, &self.name, &own, &kept) {
            let name = Some(kept_name(address, invitation, give_up).await?);
            return Box::pin(Self { name, ..self.clone() }.connect(address, Some(invitation), give_up)).await;
        }
        let claim = |name: Option<&Username>| name.map(|name| tokens.claim_secret(&server, name)).transpose();
        let was_claimed = match &self.name {
            Some(name) => kept.is_some() || tokens.kept_secret(&server, name)?.is_some(),
            None => kept.is_some(),
        };
        let (username, token, secret) = match (&own, &kept) {
            (None, Some((name, token))) => (Some(name.clone()), Some(token.clone()), None),
            (Some(token), _) => (self.name.clone(), Some(token.clone()), None),
            (None, None) => (self.name.clone(), None, claim(self.name.as_ref())?),
        };
        let mut options =
            Options { username: username.clone(), token, secret, invitation: invitation.cloned() };
        let (client, events) = Client::start(address, options.clone());
        let mut welcomed = wait_for_welcome(&client, address, give_up).await?;
        if invitation.is_some()
            && own.is_none()
            && was_claimed
            && is_refused(&welcomed, RefusalCode::BadInvitation)
        {
            // An earlier run has used it, so the name may be enough now.
            options.invitation = None;
            let again = identify_again(&client, &options, address, give_up).await?;
            if !is_refused(&again, RefusalCode::InvitationNeeded) {
                welcomed = again;
            }
        }
        if kept.is_some() && is_refused(&welcomed, RefusalCode::BadToken) {
            // The server was set up anew since, or the token has expired. A name that the user did not ask for now is
            // claimed again only if it was claimed before: a guest gets another name.
            let secret = match &self.name {
                Some(name) => claim(Some(name))?,
                None => username.as_ref().map_or(Ok(None), |name| tokens.kept_secret(&server, name))?,
            };
            let username = username.filter(|_| secret.is_some());
            options = Options { username, token: None, secret, ..options };
            welcomed = identify_again(&client, &options, address, give_up).await?;
        }
        welcomed.map_err(|error| Exit::Failed(explain(&error)))?;
        if own.is_none()
            && let (Some(username), Some(token)) = (client.username(), client.token())
        {
            tokens.keep(&server, self.name.as_ref(), &username, &token).map_err(|error| {
                Exit::Failed(format!("the token of {username}, which proves the name, is lost: {error}"))
            })?;
        }
        Ok((client, events))
    }

    /// A token for reading, if there is one: no name is claimed.
    pub(crate) fn token_for_reading(&self, address: &Address) -> Result<Option<Token>, Exit> {
        if let Some(own) = self.own_token()? {
            return Ok(Some(own));
        }
        let kept = Tokens::of_this_user().find(&address.server(), self.name.as_ref())?;
        Ok(kept.map(|(_, token)| token))
    }

    /// Whether the user gave a token.
    pub(crate) fn has_own_token(&self) -> bool {
        self.token_file.is_some() || self.token.is_some()
    }

    fn own_token(&self) -> Result<Option<Token>, Exit> {
        let text = match (&self.token_file, &self.token) {
            (Some(file), _) => fs::read_to_string(file)
                .map_err(|error| Exit::Failed(format!("cannot read {}: {error}", file.display())))?,
            (None, Some(token)) => token.clone(),
            (None, None) => return Ok(None),
        };
        let token = Token::parse(text.trim());
        token.map(Some).map_err(|error| Exit::Usage(format!("this is no token: {error}")))
    }
}

/// The name that an invitation keeps for whoever has its link.
async fn kept_name(
    address: &Address,
    invitation: &InvitationSecret,
    give_up: Option<Duration>,
) -> Result<Username, Exit> {
    let api = Api::new(address, None);
    let offer = timeout(give_up.unwrap_or(ANSWER), api.look_at_invitation(invitation)).await;
    let offer = offer.map_err(|_| Exit::Failed(format!("no answer from {}", address.server())))?;
    let offer = offer.map_err(|error| Exit::Failed(error.to_string()))?;
    offer.username.ok_or_else(|| Exit::Usage("choose a name with --name: the invitation is for any".into()))
}

fn explain(error: &ConnectError) -> String {
    let ConnectError::Refused(refusal) = error else { return error.to_string() };
    match refusal.code {
        RefusalCode::NameTaken => {
            format!("{error} (--name chooses another name, --token-file gives a token)")
        }
        RefusalCode::BadToken => format!("{error} (leave the token out, or get a new one)"),
        RefusalCode::InvitationNeeded => {
            format!("{error} (--invitation takes an invitation's link, --token-file a token)")
        }
        RefusalCode::BadInvitation => format!("{error} (ask whoever sent it for another one)"),
        _ => error.to_string(),
    }
}

fn is_refused(welcomed: &Result<(), ConnectError>, code: RefusalCode) -> bool {
    matches!(welcomed, Err(ConnectError::Refused(refusal)) if refusal.code == code)
}

/// Sends another `hello` after a refusal.
async fn identify_again(
    client: &Client,
    options: &Options,
    address: &Address,
    give_up: Option<Duration>,
) -> Result<Result<(), ConnectError>, Exit> {
    let Options { username, token, secret, invitation } = options.clone();
    let credentials = Credentials { username, token, secret, invitation };
    client.dispatch(|machine, now| machine.identify(credentials, now));
    wait_for_welcome(client, address, give_up).await
}

/// Waits until the server has welcomed or refused the client.
async fn wait_for_welcome(
    client: &Client,
    address: &Address,
    give_up: Option<Duration>,
) -> Result<Result<(), ConnectError>, Exit> {
    let started = Instant::now();
    let mut changes = client.changes();
    let mut told = None;
    loop {
        if let Some(outcome) = client.outcome() {
            return Ok(outcome);
        }
        let failure = client.failure();
        let patience = match (&failure, give_up) {
            (Some(_), give_up) => give_up,
            (None, give_up) => Some(give_up.unwrap_or(ANSWER).min(ANSWER)),
        };
        let notice_at = if failure.is_some() { started } else { started + NOTICE_AFTER };
        let reason =
            failure.map_or_else(|| format!("{address} has not answered yet"), |failure| failure.reason);
        let now = Instant::now();
        if let Some(patience) = patience.filter(|patience| now >= started + *patience) {
            return Err(Exit::Failed(format!("{reason}; gave up after {} s", patience.as_secs_f32())));
        }
        if now >= notice_at && told.as_ref() != Some(&reason) {
            let until = give_up.map_or_else(
                || "until it succeeds (Ctrl-C ends)".to_owned(),
                |time| format!("for {} s", time.as_secs_f32()),
            );
            eprintln!("parlor: {reason}; trying {until}");
            told = Some(reason);
        }
        let wakes = [(now < notice_at).then_some(notice_at), patience.map(|patience| started + patience)];
        tokio::select! {
            _ = changes.changed() => {}
            () = async {
                match wakes.into_iter().flatten().min() {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            } => {}
        }
    }
}
