//! Runs other programs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs a command to its end. Fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    eprintln!("$ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Like [`run`], but passes each line of the standard output to `read`.
pub(crate) fn run_reading(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    let line = describe(command);
    eprintln!("$ {line}");
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let stdout = child.stdout.take().context("the output was not piped")?;
    for output in BufReader::new(stdout).split(b'\n') {
        // Output that is not UTF-8 must not stop the run.
        read(&String::from_utf8_lossy(&output?));
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Whether a command succeeds. Its output is discarded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    silence(command).status().is_ok_and(|status| status.success())
}

/// Like [`succeeds`] with a time limit, for a command that may hang.
pub(crate) fn succeeds_within(patience: Duration, command: &mut Command) -> bool {
    let Ok(mut child) = silence(command).spawn() else { return false };
    let status = wait(&mut child, patience);
    if status.is_none() {
        stop(&mut child);
    }
    status.is_some_and(|status| status.success())
}

fn silence(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// A child's exit status, if it ends in time.
fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            result => return result.ok().flatten(),
        }
    }
}

/// The trimmed standard output of a command that succeeds.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let line = describe(command);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed: {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Makes a child the leader of a process group. Ctrl-C in the terminal then reaches only this program, and
/// [`stop`] reaches the programs that the child has started.
pub(crate) fn lead_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.stdin(Stdio::null())
}

/// Interrupts a child, with its group if it leads one, and kills it if it has not ended after ten
/// seconds.
pub(crate) fn stop(child: &mut Child) {
    if matches!(child.try_wait(), Ok(Some(_))) {
        return;
    }
    let id = child.id();
    let interrupt = |whom: &str| succeeds(Command::new("kill").args(["-INT", "--", whom]));
    let interrupted = cfg!(unix) && (interrupt(&format!("-{id}")) || interrupt(&id.to_string()));
    if interrupted && wait(child, Duration::from_secs(10)).is_some() {
        return;
    }
    // Both fail only if the child has ended meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let words = std::iter::once(program.file_name().unwrap_or(program.as_os_str())).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
