//! The settings: flags and environment variables, resolved once. Nothing else reads the environment.

mod values;

use std::{
    env,
    ffi::OsStr,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    path::PathBuf,
};

use axum::http::HeaderValue;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};

use shared::{Keep, house::Access};

#[cfg(not(feature = "otlp"))]
use self::values::no_traces;
use self::values::{access, app_url, host, issuer, origin, switch};
#[cfg(feature = "otlp")]
use self::values::{otlp_url, part};
#[cfg(feature = "otlp")]
use crate::journeys::OtlpSettings;
use crate::{
    commands, maintenance,
    proxies::{Network, Proxies},
    reach::Reach,
    sites::{AllowedOrigins, Host, OwnHosts, PageOrigin, Sites},
    token::ApplicationSettings,
};

/// Live rooms in one binary: people talk in the browser, programs push with one HTTP call, and everyone sees a message
/// the moment it is safely stored.
///
/// Without a command it serves: open the address that it prints in a browser.
#[derive(Debug, Parser)]
#[command(name = "parlor", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings of `serve`, which runs if there is no command.
    #[command(flatten)]
    pub serve: ServeArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor
      Serve on http://127.0.0.1:8080 and keep everything in ./parlor-data.
  parlor --listen 0.0.0.0:80 --host chat.example.org --data /var/lib/parlor
      Serve the network, by address and by name.
  curl -d '{\"username\":\"deploy-bot\",\"text\":\"Done\"}' http://127.0.0.1:8080/api/rooms/lobby/messages
      Push a message into a room.
  parlor invite ann
      Print a link for ann, on the machine where the server runs.
  parlor backup /mnt/backups/house.backup
      Write everything into one file, while the server runs.
  parlor import history.jsonl
      Add history: one JSON object a line with room, username, text and said_at.";

impl Cli {
    /// Reads the command line and the environment, or ends the process with a sentence about what is wrong.
    pub fn read() -> Self {
        let matches = without_empty_variables(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// A variable that is set to nothing counts as absent: files of services and of containers often write so. So does one that says
/// no to a flag.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let says_no = |value: &OsStr| {
            let is_no = value.to_str().is_some_and(|value| switch(value) == Ok(false));
            is_no && matches!(arg.get_action(), ArgAction::SetTrue)
        };
        let value = arg.get_env().and_then(env::var_os);
        let is_absent = value.is_some_and(|value| value.is_empty() || says_no(&value));
        if is_absent { arg.env(Resettable::Reset) } else { arg }
    });
    command.mut_subcommands(without_empty_variables)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the rooms: the app, the WebSocket and the HTTP API.
    Serve(ServeArgs),
    /// Backup, check, restore, export, import and new-key.
    #[command(flatten)]
    Maintenance(maintenance::Command),
    /// People, rooms, invitations and bots of a running server.
    #[command(flatten)]
    Operator(commands::Command),
    /// Chat, send, tail and wire.
    #[command(flatten)]
    Terminal(terminal::Command),
}

/// Settings of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on. Port 0 takes any free one.
    #[arg(long, env = "PARLOR_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    #[command(flatten)]
    data: DataArgs,
    /// Who may come in: `open`, whoever reaches the address; `invited`, who has an invitation; `app`, users of your own
    /// application, whose key is given with `--jwt-…`. Default: open on a loopback address without `--host`, `--url` and
    /// `--proxy`, else invited.
    #[arg(long, env = "PARLOR_ACCESS", value_name = "open|invited|app", value_parser = access)]
    pub access: Option<Access>,
    /// The address at which people find the app, as `https://chat.example.org`: links in invitations begin with it. Its host
    /// counts as a `--host`, its pages may always connect, and it has no path. Default: guessed from `--host`, `--proxy` and `--listen`.
    #[arg(long, env = "PARLOR_APP_URL", value_name = "URL", value_parser = app_url)]
    pub url: Option<String>,
    /// A proxy in front of this server, as `127.0.0.1` or `10.0.0.0/8`; may be given several times. What it says in
    /// `X-Forwarded-For` about a client's address is believed. Without it, a house that is open to this machine refuses what a
    /// proxy passes on.
    #[arg(long, env = "PARLOR_PROXY", value_name = "NETWORK", value_delimiter = ',')]
    pub proxy: Vec<Network>,
    /// A name of this server, as `chat.example.org`; may be given several times. Requests for other names are refused, so
    /// that no other site can pose as this one. IP addresses and `localhost` are always accepted, `*` accepts any name.
    #[arg(long, env = "PARLOR_HOST", value_name = "NAME", value_delimiter = ',', value_parser = host)]
    pub host: Vec<String>,
    /// Another site whose pages may connect, as `https://example.org`; may be given several times. `*` allows any site,
    /// `null` allows pages that are opened from a file. The server's own pages may always connect.
    #[arg(long, env = "PARLOR_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub allow_origin: Vec<String>,
    #[command(flatten)]
    application: ApplicationArgs,
    /// Keep everything in memory: nothing survives the server.
    #[arg(long, env = "PARLOR_MEMORY", conflicts_with = "data", value_parser = switch)]
    pub memory: bool,
    /// How long messages are kept: for a time, as `12h`, `90d` or `2y`, or up to a size of all messages together, as `10GB`; the oldest go
    /// first, and do not come back. A room's own setting goes before this one (`parlor room keep`).
    #[arg(long, env = "PARLOR_KEEP", default_value = "forever", value_name = "forever|TIME|SIZE")]
    pub keep: Keep,
    /// Do not serve `/lab/`, the small servers to try a WebSocket client on.
    #[arg(long, env = "PARLOR_NO_LAB", value_parser = switch)]
    pub no_lab: bool,
    /// Let webhooks reach loopback and private addresses, too. Without it they reach the public internet only, so that
    /// nobody gets at your network through this server.
    #[arg(long, env = "PARLOR_WEBHOOKS_TO_PRIVATE", value_parser = switch)]
    pub webhooks_to_private: bool,
    /// An address of its own for `/metrics`, `/healthz` and `/readyz`, as `127.0.0.1:9090`. Whoever reaches it may ask, without a
    /// token. With it, `/metrics` on the main address is for owners only, in an open house, too.
    #[arg(long, env = "PARLOR_METRICS", value_name = "ADDRESS:PORT")]
    pub metrics: Option<SocketAddr>,
    /// Where traces are sent.
    #[cfg(feature = "otlp")]
    #[command(flatten)]
    otlp: OtlpArgs,
    /// Is refused: this binary sends no traces.
    #[cfg(not(feature = "otlp"))]
    #[arg(long, env = "PARLOR_OTLP", hide = true, value_parser = no_traces)]
    otlp: Option<String>,
    /// The same.
    #[cfg(not(feature = "otlp"))]
    #[arg(long, env = "PARLOR_OTLP_SAMPLE", hide = true, value_parser = no_traces)]
    otlp_sample: Option<String>,
    /// What is logged, and how.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Settings of the traces.
#[cfg(feature = "otlp")]
#[derive(Debug, Args)]
struct OtlpArgs {
    /// The address of an OpenTelemetry collector, as `http://127.0.0.1:4318`: traces of posts are sent there (OTLP over HTTP,
    /// protobuf).
    #[arg(long, env = "PARLOR_OTLP", value_name = "URL", value_parser = otlp_url)]
    otlp: Option<String>,
    /// The part of the posts that is traced, from 0 to 1. A post over HTTP with a `traceparent` is traced if its caller is.
    #[arg(long, env = "PARLOR_OTLP_SAMPLE", value_name = "0..1", default_value = "1", value_parser = part)]
    otlp_sample: f64,
}

/// Settings of the log.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// What to log: error, warn, info, debug or trace; or by module, as in `warn,backend::session=debug`.
    #[arg(id = "log", long = "log", env = "PARLOR_LOG", default_value = "info", value_name = "FILTER")]
    pub filter: String,
    /// Write the log as JSON, one object a line, for programs that collect logs.
    #[arg(id = "log_json", long = "log-json", env = "PARLOR_LOG_JSON", value_parser = switch)]
    pub json: bool,
}

#[derive(Debug, Args)]
struct ApplicationArgs {
    /// A file with a secret of 32 bytes or more, with which an application of yours signs tokens for its users (HS256);
    /// may be given several times.
    #[arg(long, env = "PARLOR_JWT_SECRET_FILE", value_name = "FILE", value_delimiter = ',')]
    jwt_secret_file: Vec<PathBuf>,
    /// A file with the public key of an application of yours, in PEM; may be given several times. The key decides the
    /// algorithm: RS256, ES256 or EdDSA.
    #[arg(long, env = "PARLOR_JWT_PUBLIC_KEY", value_name = "FILE", value_delimiter = ',')]
    jwt_public_key: Vec<PathBuf>,
    /// A file with a JSON Web Key Set (RFC 7517); may be given several times. It is read again when it has changed.
    #[arg(long, env = "PARLOR_JWT_JWKS_FILE", value_name = "FILE", value_delimiter = ',')]
    jwt_jwks_file: Vec<PathBuf>,
    /// This server's name in the `aud` of an application's token; may be given several times. With it, a token must
    /// have it; without it, a token must have no `aud`.
    #[arg(long, env = "PARLOR_JWT_AUDIENCE", value_name = "AUDIENCE", value_delimiter = ',')]
    jwt_audience: Vec<String>,
    /// The `iss` that an application's token must have; may be given several times, and one of them will do.
    #[arg(long, env = "PARLOR_JWT_ISSUER", value_name = "ISSUER", value_delimiter = ',', value_parser = issuer)]
    jwt_issuer: Vec<String>,
}

#[derive(Debug, Args)]
struct DataArgs {
    /// The folder with the database and the key. It is created if it is missing.
    #[arg(long, env = "PARLOR_DATA", default_value = "./parlor-data", value_name = "FOLDER")]
    data: PathBuf,
}

/// The resolved settings of `serve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data folder. `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Where the metrics are served without a token, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Where traces are sent, if anywhere.
    #[cfg(feature = "otlp")]
    pub otlp: Option<OtlpSettings>,
    /// Which hosts are the server's, and which sites' pages may connect.
    pub sites: Sites,
    /// Who may come in. `None`: as the address says.
    pub access: Option<Access>,
    /// Where people find the app, if it is stated.
    pub url: Option<String>,
    /// Whose word about a client's address is believed.
    pub proxies: Proxies,
    /// Which addresses webhooks may reach.
    pub webhooks_reach: Reach,
    /// The applications whose users' tokens are valid here.
    pub application: ApplicationSettings,
    /// Whether `/lab/` is served in an open house.
    pub with_lab: bool,
    /// How long messages are kept.
    pub keep: Keep,
}

impl Settings {
    /// Whether others than this machine reach a server on this address: a loopback address is reached from elsewhere if a host
    /// name, an address for people or a proxy says so.
    pub fn is_reached(&self, address: IpAddr) -> bool {
        let is_passed_on = self.sites.is_named() || self.url.is_some() || self.proxies != Proxies::default();
        !address.is_loopback() || is_passed_on
    }

    /// Who may come in if no setting says so.
    pub fn default_access(&self, address: IpAddr) -> Access {
        if self.is_reached(address) { Access::Invited } else { Access::Open }
    }

    /// Whether it is stated where people find the app, by its address or a host name.
    pub fn states_url(&self) -> bool {
        self.url.is_some() || self.sites.first_host().is_some()
    }

    /// Where people find the app, with a slash at its end. Unless it is stated, it is the first host name, with TLS if there is a
    /// proxy, which a loopback address cannot do without; or else the address that is listened on, as other machines reach it.
    pub fn app_url(&self, address: SocketAddr) -> String {
        if let Some(url) = &self.url {
            return format!("{}/", url.trim_end_matches('/'));
        }
        if let Some(host) = self.sites.first_host() {
            let is_proxied = address.ip().is_loopback() || self.proxies != Proxies::default();
            if is_proxied {
                return format!("https://{}/", host.with_port(None));
            }
            let port = Some(address.port()).filter(|port| *port != 80);
            return format!("http://{}/", host.with_port(port));
        }
        let ip = if address.ip().is_unspecified() { outgoing_address(address.ip()) } else { address.ip() };
        format!("http://{}/", SocketAddr::new(ip, address.port()))
    }
}

/// The address of this machine in the network that leads outside. Nothing is sent to find it out.
fn outgoing_address(unspecified: IpAddr) -> IpAddr {
    // Addresses for documentation (RFC 5737, RFC 3849): they are routed like any other, to nowhere.
    let outside: IpAddr =
        if unspecified.is_ipv4() { [192, 0, 2, 1].into() } else { [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into() };
    let found = UdpSocket::bind((unspecified, 0)).and_then(|socket| {
        socket.connect((outside, 9))?;
        Ok(socket.local_addr()?.ip())
    });
    match found {
        Ok(ip) if !ip.is_unspecified() => ip,
        _ if unspecified.is_ipv4() => Ipv4Addr::LOCALHOST.into(),
        _ => Ipv6Addr::LOCALHOST.into(),
    }
}

impl ServeArgs {
    /// Resolves the arguments.
    pub fn settings(&self) -> Settings {
        let page = self.url.as_deref().and_then(PageOrigin::parse);
        let hosts = if self.host.iter().any(|host| host == "*") {
            OwnHosts::Any
        } else {
            let named = self.host.iter().filter_map(|host| Host::parse(host));
            // The host of `--url` is accepted, too.
            OwnHosts::These(named.chain(page.as_ref().map(PageOrigin::bare_host)).collect())
        };
        let origins = if self.allow_origin.iter().any(|origin| origin == "*") {
            AllowedOrigins::Any
        } else {
            let value = |origin: &String| HeaderValue::from_str(origin).ok();
            AllowedOrigins::These(self.allow_origin.iter().filter_map(value).collect())
        };
        let data = (!self.memory).then(|| self.data.data.clone());
        let sites = Sites { hosts, page, origins };
        Settings {
            listen: self.listen,
            metrics: self.metrics,
            #[cfg(feature = "otlp")]
            otlp: self.otlp.otlp.clone().map(|url| OtlpSettings { url, sample: self.otlp.otlp_sample }),
            data,
            sites,
            access: self.access,
            url: self.url.clone(),
            proxies: Proxies::new(self.proxy.clone()),
            webhooks_reach: if self.webhooks_to_private { Reach::Anywhere } else { Reach::Public },
            application: self.application.settings(),
            with_lab: !self.no_lab,
            keep: self.keep,
        }
    }
}

impl ApplicationArgs {
    fn settings(&self) -> ApplicationSettings {
        ApplicationSettings {
            secret_files: self.jwt_secret_file.clone(),
            public_keys: self.jwt_public_key.clone(),
            key_sets: self.jwt_jwks_file.clone(),
            audiences: self.jwt_audience.clone(),
            issuers: self.jwt_issuer.clone(),
        }
    }
}
