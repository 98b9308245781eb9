//! The command line of the scenarios.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::{Value, json};
use torture::{
    run::Run,
    scenarios::{SCENARIOS, Scenario},
};

/// Tries the real `parlor` binary under load and faults, and compares what its clients saw with its log.
#[derive(Debug, Parser)]
#[command(name = "parlor-torture")]
struct Cli {
    /// The scenarios to run; all if none is named.
    #[arg(value_name = "SCENARIO", value_parser = scenario)]
    scenarios: Vec<&'static str>,
    /// Run the short variants: counts are checked, and times are only shown.
    #[arg(long)]
    quick: bool,
    /// The server's binary.
    #[arg(long, env = "PARLOR_BIN", value_name = "PATH", default_value = "target/release/parlor")]
    binary: PathBuf,
    /// Makes every choice repeatable. A run without it draws one, and shows it.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Write all figures into a file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Keep the data folder and the histories of scenarios that succeed, too.
    #[arg(long)]
    keep: bool,
    /// Name the scenarios.
    #[arg(long)]
    list: bool,
}

fn scenario(name: &str) -> Result<&'static str, String> {
    let known = SCENARIOS.iter().find(|scenario| scenario.name == name);
    known.map(|scenario| scenario.name).ok_or_else(|| {
        let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        format!("the scenarios are {}", names.join(", "))
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("parlor-torture: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the chosen scenarios. Returns whether all promises were kept.
async fn run(cli: Cli) -> Result<bool> {
    if cli.list {
        for Scenario { name, about, .. } in SCENARIOS {
            println!("{name:14} {about}");
        }
        return Ok(true);
    }
    let binary = cli.binary.canonicalize().with_context(|| {
        format!("there is no {}: build it, or name another one with --binary PATH", cli.binary.display())
    })?;
    rlimit::increase_nofile_limit(1 << 20)?;
    let seed = cli.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    println!("seed {seed}{}", if cli.quick { ", short variants" } else { "" });
    let chosen = |scenario: &&Scenario| cli.scenarios.is_empty() || cli.scenarios.contains(&scenario.name);
    let all = || SCENARIOS.iter().filter(chosen);
    // In the short variants, what mostly waits runs beside the others.
    let beside = |scenario: &&Scenario| cli.quick && scenario.waits;
    let try_one = |scenario| try_out(scenario, &binary, &cli, seed);
    let waiting = async {
        let mut results = Vec::new();
        for scenario in all().filter(beside) {
            results.push(try_one(scenario).await);
        }
        results
    };
    let others = async {
        let mut results = Vec::new();
        for scenario in all().filter(|scenario| !beside(scenario)) {
            results.push(try_one(scenario).await);
        }
        results
    };
    let (waited, mut results) = tokio::join!(waiting, others);
    results.extend(waited);
    let all_hold = results.iter().all(|result| result["ok"] == true);
    if let Some(file) = &cli.json {
        let all = json!({"seed": seed, "quick": cli.quick, "scenarios": results});
        fs::write(file, format!("{all:#}\n")).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(all_hold)
}

/// Runs one scenario, and shows its figures.
async fn try_out(scenario: &Scenario, binary: &Path, cli: &Cli, seed: u64) -> Value {
    let Cli { quick, keep, .. } = *cli;
    let began = Instant::now();
    let Scenario { name, about, run, .. } = scenario;
    let (result, folder) = match Run::new(binary, name, quick, seed, keep) {
        Ok(started) => {
            let result = run(&started).await;
            let holds = result.as_ref().is_ok_and(|figures| figures.hold(quick));
            (result, (keep || !holds).then(|| started.keep_folder()))
        }
        Err(error) => (Err(error), None),
    };
    let seconds = began.elapsed().as_secs_f64();
    let holds = result.as_ref().is_ok_and(|figures| figures.hold(quick));
    println!("\n{name}: {about}");
    match &result {
        Ok(figures) => print!("{}", figures.table(quick)),
        Err(error) => println!("  it could not be run: {error:#}"),
    }
    match result.as_ref().ok().and_then(|figures| figures.skipped) {
        Some(reason) => println!("  SKIPPED: {reason}"),
        None => println!("  {} in {seconds:.1} s", if holds { "ok" } else { "FAILED" }),
    }
    if let Some(folder) = folder {
        println!("  seed {seed}; kept in {}", folder.display());
    }
    let figures = result.unwrap_or_default();
    json!({"scenario": name, "ok": holds, "seconds": seconds, "skipped": figures.skipped, "figures": figures.list})
}
