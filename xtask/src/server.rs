//! A running `parlor serve`, for development and tests.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::process;

/// The start of the line that the server prints when it accepts connections. The address follows.
const READY: &str = "parlor: listening on ";

/// The command for [`Server::start`].
pub(crate) fn command(binary: &Path, listen: &str, data: &Path, origins: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", listen, "--data"]).arg(data);
    for origin in origins {
        command.args(["--allow-origin", origin]);
    }
    command
}

/// A server that is stopped when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Its URL, such as `http://127.0.0.1:8080`.
    pub(crate) url: String,
}

impl Server {
    /// Starts the server and waits until it accepts connections.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let stdout = child.stdout.take().context("the server's output was not piped")?;
        let mut stdout = BufReader::new(stdout);
        let Some(url) = read_address(&mut stdout)? else {
            bail!("the server ended before it listened: {}", child.wait()?);
        };
        // The output must be read, or the server would block on a full pipe.
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::stdout()));
        Ok(Self { child, url })
    }

    /// Its exit status, if it has stopped.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        process::stop(&mut self.child);
    }
}

fn read_address(stdout: &mut BufReader<impl Read>) -> Result<Option<String>> {
    let mut line = String::new();
    while stdout.read_line(&mut line)? > 0 {
        print!("{line}");
        if let Some((_, address)) = line.split_once(READY) {
            return Ok(address.split_whitespace().next().map(str::to_owned));
        }
        line.clear();
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_line_that_says_so() {
        let output = "some warning\nparlor: listening on http://127.0.0.1:4711\nmore\n";
        let address = read_address(&mut BufReader::new(output.as_bytes())).unwrap();
        assert_eq!(address.as_deref(), Some("http://127.0.0.1:4711"));
        assert_eq!(read_address(&mut BufReader::new("failed\n".as_bytes())).unwrap(), None);
    }
}
