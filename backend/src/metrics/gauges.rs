//! The gauges. They are set when somebody asks for the metrics, each from where the number is.

use std::fmt;

use prometheus::{Counter, Gauge, IntGauge};
use shared::house::Access;

use super::{process::Process, register::Register};

/// What a server is, as labels.
#[derive(Debug, Clone, Copy)]
pub struct Info<'a> {
    /// The version of the program.
    pub version: &'a str,
    /// Who may come in.
    pub access: Access,
}

/// Declares the gauges once: the field, the metric's name and its explanation.
macro_rules! gauges {
    ($($field:ident = $name:literal, $help:literal;)*) => {
        /// See the module documentation. Sizes are in bytes.
        #[derive(Debug)]
        pub struct Gauges {
            $(#[doc = $help] pub $field: IntGauge,)*
            process: ProcessGauges,
        }

        impl Gauges {
            pub(super) fn new(register: &Register<'_>, info: Info<'_>) -> Self {
                let labels = register.gauges("parlor_info", "What this server is; always 1.", &["version", "access"]);
                labels.with_label_values(&[info.version, info.access.as_str()]).set(1);
                Self {
                    $($field: register.gauge($name, $help),)*
                    process: ProcessGauges::new(register),
                }
            }
        }
    };
}

gauges! {
    rooms = "parlor_rooms", "Rooms.";
    rooms_followed = "parlor_rooms_followed", "Rooms with at least one follower.";
    people = "parlor_people", "Accounts of people, without bots.";
    slow_readers = "parlor_slow_readers", "WebSocket connections whose client has taken no bytes for a second although some wait.";
    log_queue_entries = "parlor_log_queue_entries", "Entries that wait for the log; one with a long text counts once more for each KiB.";
    log_queue_limit = "parlor_log_queue_limit", "The most that the log's queue holds, in the same unit.";
    rooms_to_notify = "parlor_rooms_to_notify", "Rooms whose followers are to be woken.";
    outbound_bytes = "parlor_outbound_bytes", "Bytes that wait to be written to WebSocket connections, beside the rings.";
    ring_bytes = "parlor_ring_bytes", "Bytes of newest messages in memory, shared by all readers of a room.";
    ring_bytes_limit = "parlor_ring_bytes_limit", "The most bytes that the rings hold together.";
    store_bytes = "parlor_store_bytes", "Size of the database in bytes.";
    wal_bytes = "parlor_wal_bytes", "Size of the write-ahead log's file in bytes.";
    http_requests_in_flight = "parlor_http_requests_in_flight", "HTTP requests that are not answered yet, this one among them.";
    log_position = "parlor_log_position", "Position of the newest entry in the log.";
    search_behind = "parlor_search_behind", "Positions of the log that cannot be searched yet.";
    ready = "parlor_ready", "1 while posts are taken, as /readyz answers; else 0.";
    draining = "parlor_draining", "1 while the server shuts down; else 0.";
    webhooks_failing = "parlor_webhooks_failing", "Webhooks whose last call failed.";
}

/// The process's numbers, under the names that client libraries of Prometheus give them.
struct ProcessGauges {
    cpu_seconds: Counter,
    resident_bytes: IntGauge,
    open_fds: IntGauge,
    max_fds: IntGauge,
    threads: IntGauge,
    start_time_seconds: Gauge,
}

impl fmt::Debug for ProcessGauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessGauges").finish_non_exhaustive()
    }
}

impl ProcessGauges {
    fn new(register: &Register<'_>) -> Self {
        let counter = Counter::new("process_cpu_seconds_total", "CPU time of the process, in seconds.");
        Self {
            cpu_seconds: register.add(counter.expect("a valid name")),
            resident_bytes: register
                .gauge("process_resident_memory_bytes", "Memory of the process, in bytes."),
            open_fds: register.gauge("process_open_fds", "Open files and sockets."),
            max_fds: register.gauge("process_max_fds", "The most files and sockets that may be open."),
            threads: register.gauge("process_threads", "Threads of the process."),
            start_time_seconds: register.float_gauge(
                "process_start_time_seconds",
                "When the process started, in seconds since 1970.",
            ),
        }
    }
}

impl Gauges {
    /// Sets the numbers of the process. On systems that do not tell them they stay 0.
    pub fn set_process(&self, process: &Process) {
        let gauges = &self.process;
        // Two may ask at the same time: the counter never falls.
        let more = process.cpu_seconds - gauges.cpu_seconds.get();
        if more > 0.0 {
            gauges.cpu_seconds.inc_by(more);
        }
        set(&gauges.resident_bytes, process.resident_bytes);
        set(&gauges.open_fds, process.open_fds);
        set(&gauges.max_fds, process.max_fds);
        set(&gauges.threads, process.threads);
        gauges.start_time_seconds.set(process.start_time_seconds);
    }
}

/// Sets a gauge. Prometheus' numbers are signed.
pub fn set(gauge: &IntGauge, number: u64) {
    gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
}
