//! `cargo xtask test`: everything that CI checks.
//!
//! Fast steps come first. A step that fails does not stop the run: it should show everything
//! that is wrong.

use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::backend::{self, Profile};
use crate::server::{self, Server};
use crate::{app, browser, dist, process, size, tools, torture, workspace};

/// How many tests have passed and failed.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
}

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Counts) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "format", about: "the source is formatted", run: format },
    Step { name: "clippy", about: "no lint of the server side is broken", run: clippy },
    Step { name: "clippy-wasm", about: "no lint of the app is broken", run: clippy_wasm },
    Step { name: "doc", about: "the documentation builds without a warning", run: doc },
    Step { name: "deny", about: "dependencies: licences, sources, bans, advisories", run: deny },
    Step { name: "native", about: "unit, property and integration tests", run: native },
    Step { name: "otlp", about: "traces, a feature that is off by default, reach a collector", run: otlp },
    Step { name: "browser", about: "the app's tests in Chromium, with a real server", run: in_browser },
    Step { name: "release", about: "the app and the release binary build", run: release },
    Step { name: "torture", about: "the release binary under load and faults, in short", run: tortured },
    Step { name: "size", about: "the Rooms page's first load is within its limit", run: first_load },
    Step { name: "e2e", about: "the release binary, driven through real browsers", run: end_to_end },
];

/// Runs the steps; the last line of the output is the total.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let chosen = match arguments {
        [] => STEPS.iter().collect(),
        [list] if list == "--list" => {
            for step in STEPS {
                println!("{:12} {}", step.name, step.about);
            }
            return Ok(ExitCode::SUCCESS);
        }
        [only, names] if only == "--only" => choose(names)?,
        _ => bail!("`test` takes `--list` or `--only STEP[,STEP]`"),
    };

    let mut total = Counts::default();
    let mut report = Vec::new();
    for step in chosen {
        println!("\n==> {}: {}", step.name, step.about);
        let begin = Instant::now();
        let mut counts = Counts::default();
        let result = (step.run)(&mut counts);
        if let Err(error) = &result {
            println!("error: {error:#}");
            // A step that fails without a failed test, for example because of a compile error, counts as one.
            counts.failed = counts.failed.max(1);
        }
        report.push(summary(step, counts, result.is_ok(), begin.elapsed()));
        total.passed += counts.passed;
        total.failed += counts.failed;
    }

    println!("\n==> summary\n{}\n", report.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn choose(names: &str) -> Result<Vec<&'static Step>> {
    let find = |name| {
        STEPS
            .iter()
            .find(|step| step.name == name)
            .with_context(|| format!("there is no step `{name}`; `cargo xtask test --list` names them"))
    };
    names.split(',').map(find).collect()
}

fn summary(step: &Step, counts: Counts, succeeded: bool, time: Duration) -> String {
    let verdict = if succeeded { "ok" } else { "FAILED" };
    let tests = match counts {
        Counts { passed: 0, failed: 0 } => String::new(),
        Counts { passed, failed } => format!("  {passed} tests passed, {failed} failed"),
    };
    format!("{:12} {verdict:6} {:4} s{tests}", step.name, time.as_secs())
}

fn format(_: &mut Counts) -> Result<()> {
    tools::rust_checkers()?;
    process::run(workspace::command("cargo").args(["fmt", "--all", "--check"]))
}

fn clippy(_: &mut Counts) -> Result<()> {
    tools::rust_checkers()?;
    let mut cargo = workspace::command("cargo");
    cargo.args(["clippy", "--workspace", "--exclude", "parlor-frontend", "--all-targets"]);
    process::run(cargo.args(["--", "-D", "warnings"]))
}

fn clippy_wasm(_: &mut Counts) -> Result<()> {
    tools::rust_checkers()?;
    tools::rust_for_wasm()?;
    let mut cargo = workspace::command("cargo");
    cargo.args(["clippy", "--package", "parlor-frontend", "--all-targets", "--target", tools::WASM]);
    process::run(cargo.args(["--", "-D", "warnings"]))
}

fn doc(_: &mut Counts) -> Result<()> {
    tools::rust_for_wasm()?;
    let packages: [&[&str]; 2] = [
        &["--workspace", "--exclude", "parlor-frontend"],
        &["--package", "parlor-frontend", "--target", tools::WASM],
    ];
    for package in packages {
        let mut cargo = workspace::command("cargo");
        cargo.env("RUSTDOCFLAGS", "-D warnings");
        process::run(cargo.args(["doc", "--no-deps", "--document-private-items"]).args(package))?;
    }
    Ok(())
}

fn deny(_: &mut Counts) -> Result<()> {
    let program = tools::cargo_deny()?;
    let cargo_deny = || workspace::command(&program);
    let check = ["--workspace", "check", "--hide-inclusion-graph"];
    process::run(cargo_deny().args(check).args(["bans", "licenses", "sources"]))?;
    // The advisories are in a Git repository that may be unreachable.
    if !process::succeeds_within(Duration::from_mins(1), cargo_deny().args(["fetch", "db"])) {
        println!("advisories: skipped, because the RustSec database cannot be fetched from here");
        return Ok(());
    }
    process::run(cargo_deny().args(check).args(["--disable-fetch", "advisories"]))
}

fn native(counts: &mut Counts) -> Result<()> {
    let mut cargo = workspace::command("cargo");
    cargo.args(["test", "--workspace", "--exclude", "parlor-frontend", "--no-fail-fast"]);
    if has_end_to_end_tests() {
        cargo.args(["--exclude", "parlor-e2e"]);
    }
    cargo_test(&mut cargo, counts)
}

/// The feature's own lints and tests. What does not depend on it is checked by the other steps.
fn otlp(counts: &mut Counts) -> Result<()> {
    let feature = ["--package", "parlor", "--features", "otlp", "--test", "otlp"];
    let mut cargo = workspace::command("cargo");
    process::run(cargo.args(["clippy", "--lib", "--bins"]).args(feature).args(["--", "-D", "warnings"]))?;
    cargo_test(workspace::command("cargo").arg("test").args(feature), counts)
}

fn in_browser(counts: &mut Counts) -> Result<()> {
    let browser = browser::provide()?;
    let runner = tools::wasm_bindgen_test_runner()?;
    tools::rust_for_wasm()?;
    let scratch = workspace::scratch()?;
    let capabilities = scratch.join("webdriver.json");
    fs::write(&capabilities, browser::capabilities(&browser.chromium))?;

    let data = scratch.join("browser-test-data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let binary = backend::build(Profile::Debug)?;
    // The runner serves the test page from a random port, so any origin is allowed.
    let server = Server::start(&mut server::command(&binary, "127.0.0.1:0", &data, &["*"]))?;

    let mut cargo = workspace::command("cargo");
    cargo.args(["test", "--package", "parlor-frontend", "--target", tools::WASM, "--no-fail-fast"]);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    cargo.env("CHROMEDRIVER", browser.driver);
    cargo.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
    // For all tests together, so that a browser that hangs ends the run. Each test has its own patience.
    cargo.env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    cargo.env("PARLOR_TEST_URL", &server.url);
    cargo_test(&mut cargo, counts)
}

fn release(_: &mut Counts) -> Result<()> {
    dist::native()
}

fn tortured(_: &mut Counts) -> Result<()> {
    torture::quick()
}

fn first_load(_: &mut Counts) -> Result<()> {
    size::check()
}

fn end_to_end(counts: &mut Counts) -> Result<()> {
    if !has_end_to_end_tests() {
        println!("there are no end-to-end tests");
        return Ok(());
    }
    let browser = browser::provide()?;
    app::build()?;
    let mut cargo = workspace::command("cargo");
    cargo.args(["test", "--package", "parlor-e2e", "--no-fail-fast"]);
    cargo.env("PARLOR_BIN", backend::build(Profile::Release)?);
    cargo.env("CHROMEDRIVER", browser.driver);
    cargo.env("CHROMIUM", browser.chromium);
    match browser::find_firefox() {
        Ok(found) => {
            cargo.env("FIREFOX", found.firefox);
            cargo.env("GECKODRIVER", found.driver);
        }
        Err(reason) => {
            println!("the journeys in Firefox: skipped, because {reason}");
            cargo.args(["--", "--skip", "in_firefox"]);
        }
    }
    cargo_test(&mut cargo, counts)
}

fn has_end_to_end_tests() -> bool {
    workspace::root().join("e2e/Cargo.toml").is_file()
}

/// Runs a test command, shows its output and counts its results.
fn cargo_test(command: &mut Command, counts: &mut Counts) -> Result<()> {
    process::run_reading(command, |line| {
        println!("{line}");
        if let Some(Counts { passed, failed }) = parse_result(line) {
            counts.passed += passed;
            counts.failed += failed;
        }
    })
}

/// Parses the last line of a test binary's output:
/// `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
fn parse_result(line: &str) -> Option<Counts> {
    let (_, result) = line.split_once("test result: ")?;
    let count_of = |what| {
        let (before, _) = result.split_once(what)?;
        before.split_whitespace().next_back()?.parse().ok()
    };
    Some(Counts { passed: count_of(" passed")?, failed: count_of(" failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_from_cargo_and_from_the_browser_alike() {
        let cargo = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!(parse_result(cargo), Some(Counts { passed: 12, failed: 0 }));
        let browser = "\u{1b}[1mtest result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out";
        assert_eq!(parse_result(browser), Some(Counts { passed: 3, failed: 2 }));
        assert_eq!(parse_result("test tests::some_result ... ok"), None);
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(
            choose("e2e,doc").unwrap().iter().map(|step| step.name).collect::<Vec<_>>(),
            ["e2e", "doc"]
        );
        assert!(choose("everything").is_err());
    }
}
