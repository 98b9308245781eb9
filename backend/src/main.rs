//! The `parlor` binary: reads the settings, sets up logging, and handles signals.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    net::SocketAddr,
    process::ExitCode,
};

use backend::{
    Server, ShutDown,
    config::{Cli, Command, ImportArgs, ServeArgs},
    import,
    store::{Place, Store},
};
use clap::Parser;
use shared::house::Access;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

/// How many open files the server asks for: it needs one for each connection.
const OPEN_FILES: u64 = 1 << 20;

fn main() -> ExitCode {
    let Cli { command, serve } = Cli::parse();
    let result = match command {
        None => run(&serve),
        Some(Command::Serve(args)) => run(&args),
        Some(Command::Import(args)) => import_file(&args),
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
    let filter = EnvFilter::try_new(&args.log).map_err(|error| format!("--log {}: {error}", args.log))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let files = rlimit::increase_nofile_limit(OPEN_FILES).unwrap_or(0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::open(&args.settings()).await?;
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
        info!("{}", who_may_come_in(server.access(), address));
        if !address.ip().is_loopback() && args.host.is_empty() {
            info!("requests for a host name are refused: allow the server's names with --host");
        }
        let mut out = io::stdout();
        // Standard output may be closed; the server serves all the same.
        let owner_link = server.owner_link().await?;
        let _ = writeln!(out, "parlor: listening on http://{address}").and_then(|()| out.flush());
        if let Some(link) = owner_link {
            let _ = writeln!(
                out,
                "parlor: nobody owns this house yet. Open this link to become its owner; it works once, for 30 days, and is \
                 not shown again:\n\n    {link}\n"
            )
            .and_then(|()| out.flush());
        }
        server.serve(asked).await?;
        info!("closed");
        Ok(())
    })
}

/// One sentence about who may come in, for whoever starts the server.
fn who_may_come_in(access: Access, address: SocketAddr) -> String {
    match access {
        Access::Open if address.ip().is_loopback() => {
            "everybody on this machine may come in, under any free name (--access open)".into()
        }
        Access::Open => format!(
            "{address} can be reached from other machines, and whoever reaches it may come in, under any free name \
             (--access open)"
        ),
        Access::Invited => {
            "only people with an invitation may come in (--access invited); `parlor invite` makes invitations"
                .into()
        }
        Access::App => "only users of your application may come in, with its tokens (--access app)".into(),
    }
}

fn import_file(args: &ImportArgs) -> Result<(), Box<dyn std::error::Error>> {
    let reader: Box<dyn BufRead> = if args.file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(&args.file)
            .map_err(|error| format!("cannot read {}: {error}", args.file.display()))?;
        Box::new(BufReader::new(file))
    };
    // Nobody follows the rooms here.
    let store = Store::open(&Place::Folder(args.data().clone()), |_| {})?;
    let report = |line: u64, reason: &str| eprintln!("line {line}: skipped: {reason}");
    let imported = import::import(&store, reader, report);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(store.close());
    let import::Summary { added, already, skipped } = imported?;
    println!("{added} added, {already} already there, {skipped} skipped");
    Ok(())
}
