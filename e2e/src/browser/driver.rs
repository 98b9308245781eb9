//! The process that translates WebDriver for a browser: `ChromeDriver` or `geckodriver`.

use std::{
    io::{self, BufRead, BufReader, PipeReader},
    mem,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// A driver, which says on which port it listens.
pub(super) struct Driver {
    process: Child,
    port: u16,
    output: Arc<Mutex<Vec<String>>>,
}

impl Driver {
    /// Starts a driver and waits until it listens.
    #[track_caller]
    pub(super) fn start(command: Command) -> Self {
        let (mut process, pipe) = spawn(command);
        let mut pipe = BufReader::new(pipe);
        let mut said = Vec::new();
        let port = loop {
            let mut line = String::new();
            if read_line(&mut pipe, &mut line) == 0 {
                let status = process.wait().expect("a child that was started can be waited for");
                panic!("the driver ended before it said its port: {status}\n{}", said.join("\n"));
            }
            if let Some(port) = port_in(&line) {
                break port;
            }
            said.push(line.trim_end().to_owned());
        };
        let output = Arc::new(Mutex::new(said));
        let of_thread = Arc::clone(&output);
        // The output is read to its end, so that the pipe never fills.
        thread::spawn(move || {
            let mut line = String::new();
            while read_line(&mut pipe, &mut line) > 0 {
                let mut output = of_thread.lock().unwrap_or_else(PoisonError::into_inner);
                output.push(mem::take(&mut line).trim_end().to_owned());
            }
        });
        Self { process, port, output }
    }

    /// Its address.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it and its browser have printed since the last [`Self::take_output`].
    pub(super) fn output(&self) -> Vec<String> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same, and forgets it.
    pub(super) fn take_output(&self) -> Vec<String> {
        mem::take(&mut self.output.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Kills it.
    pub(super) fn stop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a process with one pipe for its output and its errors.
#[track_caller]
fn spawn(mut command: Command) -> (Child, PipeReader) {
    let (reader, writer) = io::pipe().expect("a pipe");
    let errors = writer.try_clone().expect("a pipe can be shared");
    let process = command.stdin(Stdio::null()).stdout(writer).stderr(errors).spawn();
    // `command` is dropped here with its ends of the pipe, so that the pipe ends with the process.
    let program = command.get_program().display();
    (process.unwrap_or_else(|error| panic!("{program} does not start: {error}")), reader)
}

/// Reads a line that may hold bytes of any encoding. Returns 0 at the end.
fn read_line(pipe: &mut BufReader<PipeReader>, line: &mut String) -> usize {
    let mut bytes = Vec::new();
    let length = pipe.read_until(b'\n', &mut bytes).unwrap_or(0);
    line.push_str(&String::from_utf8_lossy(&bytes));
    length
}

/// The port, in the line with which a driver announces it.
fn port_in(line: &str) -> Option<u16> {
    let announcements = ["started successfully on port ", "Listening on 127.0.0.1:"];
    let (_, port) = announcements.iter().find_map(|announcement| line.split_once(announcement))?;
    port.trim().trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the driver ended before it said its port: exit status: 3\nout of memory")]
    fn a_driver_that_ends_at_once_is_reported_with_its_errors_and_its_exit_status() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out of memory >&2; exit 3"]);
        Driver::start(command);
    }

    #[test]
    fn the_port_is_read_from_the_line_of_either_driver() {
        assert_eq!(port_in("ChromeDriver was started successfully on port 37123.\n"), Some(37123));
        assert_eq!(port_in("1763731\tgeckodriver\tINFO\tListening on 127.0.0.1:40001\n"), Some(40001));
        assert_eq!(port_in("Starting ChromeDriver 1.2.3 on port 0\n"), None);
    }
}
