//! The process, as Linux' `/proc` shows it.
//!
//! The process collector of the crate `prometheus` is not used: it counts the CPU time in whole seconds, which is too coarse for a
//! reading every two seconds.

use std::{fs, io};

use crate::clock;

/// The unit of times in `/proc`, in ticks a second: it is 100 on every platform that Rust supports (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Numbers of this process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Process {
    /// The CPU time so far, in seconds.
    pub cpu_seconds: f64,
    /// The memory, in bytes.
    pub resident_bytes: u64,
    /// Open files and sockets.
    pub open_fds: u64,
    /// The most of them.
    pub max_fds: u64,
    /// Threads.
    pub threads: u64,
    /// When the process started, in seconds since 1970.
    pub start_time_seconds: f64,
}

impl Process {
    /// Reads the numbers. It reads a folder with an entry for each connection, so it may take a millisecond.
    pub fn read() -> io::Result<Self> {
        let stat = fs::read_to_string("/proc/self/stat")?;
        let status = fs::read_to_string("/proc/self/status")?;
        let uptime = fs::read_to_string("/proc/uptime")?;
        let odd = || io::Error::other("/proc/self/stat has another form");
        // The second field is a name in parentheses, which may have spaces in it.
        let fields: Vec<&str> = stat.rsplit_once(')').ok_or_else(odd)?.1.split_ascii_whitespace().collect();
        // The first one here is the third of proc_pid_stat(5).
        let ticks = |number: usize| fields.get(number - 3).and_then(|field| field.parse::<f64>().ok());
        let (user, system, started) =
            (ticks(14).ok_or_else(odd)?, ticks(15).ok_or_else(odd)?, ticks(22).ok_or_else(odd)?);
        let of_status = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0)
        };
        let up = uptime.split_ascii_whitespace().next().and_then(|up| up.parse::<f64>().ok());
        let age = up.ok_or_else(odd)? - started / TICKS;
        let now = clock::since_1970().as_secs_f64();
        Ok(Self {
            cpu_seconds: (user + system) / TICKS,
            resident_bytes: of_status("VmRSS") * 1024,
            open_fds: fs::read_dir("/proc/self/fd")?.count() as u64,
            max_fds: rlimit::Resource::NOFILE.get_soft()?,
            threads: of_status("Threads"),
            // The two clocks are read one after the other: to a second this is always the same.
            start_time_seconds: (now - age).round(),
        })
    }
}
