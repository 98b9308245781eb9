//! The `parlor` binary: reads the settings, sets up logging, and handles signals.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use backend::{
    Announcement, Server, ShutDown, commands,
    config::{Cli, Command, LogArgs, ServeArgs},
    upkeep,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

/// How many open files the server asks for: it needs one for each connection.
const OPEN_FILES: u64 = 1 << 20;

fn main() -> ExitCode {
    let Cli { command, serve } = Cli::read();
    let result = match command {
        None => run(&serve),
        Some(Command::Serve(args)) => run(&args),
        Some(Command::Upkeep(command)) => return upkeep::run(command),
        Some(Command::Operator(command)) => return commands::run(command),
        Some(Command::Terminal(command)) => return terminal::run(command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &ServeArgs) -> Result<(), Box<dyn std::error::Error>> {
    start_log(&args.log)?;
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
