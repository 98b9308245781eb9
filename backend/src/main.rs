//! The `parlor` binary: reads the settings, sets up logging, and handles signals.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use backend::{
    Announcement, Server, ShutDown, StartError, commands,
    config::{Cli, Command, LogArgs, ServeArgs},
    maintenance,
};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

/// How many open files the server asks for: it needs one for each connection.
const OPEN_FILES: u64 = 1 << 20;

/// The exit code for settings with which no start succeeds: a service manager need not try again.
const WRONG_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let Cli { command, serve } = Cli::read();
    match command {
        None => run_server(&serve),
        Some(Command::Serve(args)) => run_server(&args),
        Some(Command::Maintenance(command)) => maintenance::run(command),
        Some(Command::Operator(command)) => commands::run(command),
        Some(Command::Terminal(command)) => terminal::run(command),
    }
}

fn run_server(args: &ServeArgs) -> ExitCode {
    let result = start_log(&args.log).map_err(|error| (error, WRONG_SETTINGS)).and_then(|()| {
        run(args).map_err(|error| {
            let start = error.downcast_ref::<StartError>();
            let is_of_settings = start.is_some_and(StartError::is_of_settings);
            (error.to_string(), if is_of_settings { WRONG_SETTINGS } else { 1 })
        })
    });
    let Err((error, code)) = result else { return ExitCode::SUCCESS };
    if args.log.json {
        eprintln!("{}", last_line(&error));
    } else {
        eprintln!("parlor: {error}");
    }
    ExitCode::from(code)
}

/// Why the server ends, as a line of the JSON log. It is there whatever the log's filter is.
fn last_line(error: &str) -> serde_json::Value {
    let (timestamp, target) = (backend::now(), "parlor");
    json!({"timestamp": timestamp, "level": "ERROR", "fields": {"message": error}, "target": target})
}

fn run(args: &ServeArgs) -> Result<(), Box<dyn std::error::Error>> {
    let settings = args.settings();
    let files = rlimit::increase_nofile_limit(OPEN_FILES).unwrap_or(0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::open(&settings).await?;
        let address = server.address();
        let (shut_down, asked) = ShutDown::new();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "Ctrl-C",
            };
            info!("{name}: telling everyone, and closing");
            shut_down.now();
        });
        info!("up to {files} open files, one for each connection");
        if settings.is_reached(address.ip()) && !settings.sites.is_named() {
            info!("requests for a host name are refused: allow the server's names with --host");
        }
        let announcement = Announcement {
            settings: &settings,
            address,
            metrics: server.metrics_address(),
            access: server.access(),
            lacks_owner: server.lacks_owner().await?,
            owner_link: server.owner_link().await?,
        };
        let mut out = io::stdout();
        // Standard output may be closed; the server serves all the same.
        let _ = write!(out, "{announcement}").and_then(|()| out.flush());
        server.serve(asked).await?;
        info!("closed");
        Ok(())
    })
}

/// Sets up the log on standard error.
fn start_log(args: &LogArgs) -> Result<(), String> {
    let LogArgs { filter, json } = args;
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log {filter}: {error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    if *json {
        log.json().init();
    } else if io::stderr().is_terminal() {
        // The library decides about colours.
        log.init();
    } else {
        // A file or a journal gets none.
        log.with_ansi(false).init();
    }
    Ok(())
}
