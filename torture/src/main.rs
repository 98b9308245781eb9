//! The command line of the scenarios.

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use torture::{
    figures::Figures,
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
    let mut all_hold = true;
    let mut results = Vec::new();
    for scenario in SCENARIOS {
        if !cli.scenarios.is_empty() && !cli.scenarios.contains(&scenario.name) {
            continue;
        }
        println!("\n{}: {}", scenario.name, scenario.about);
        let began = Instant::now();
        let run = Run::new(&binary, scenario.name, cli.quick, seed)?;
        let result = (scenario.run)(&run).await;
        let holds = result.as_ref().is_ok_and(|figures| figures.hold(cli.quick));
        let seconds = began.elapsed().as_secs_f64();
        match &result {
            Ok(figures) => print!("{}", figures.table(cli.quick)),
            Err(error) => println!("  it could not be run: {error:#}"),
        }
        println!("  {} in {seconds:.1} s", if holds { "ok" } else { "FAILED" });
        if !holds {
            all_hold = false;
            println!("  seed {seed}; kept in {}", run.keep_folder().display());
        }
        let figures = result.unwrap_or_else(|_| Figures::default());
        results.push(json!({"scenario": scenario.name, "ok": holds, "seconds": seconds, "figures": figures}));
    }
    if let Some(file) = &cli.json {
        let all = json!({"seed": seed, "quick": cli.quick, "scenarios": results});
        fs::write(file, format!("{all:#}\n")).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(all_hold)
}
