use std::{thread, time::Duration};

use shared::house::Access;

use super::*;

fn metrics() -> Metrics {
    Metrics::new(Info { version: "1.2.3", access: Access::Open })
}

/// The value of a series.
fn value(metrics: &Metrics, series: &str) -> Option<f64> {
    let text = metrics.exposition();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ').map(str::to_owned));
    line.and_then(|value| value.parse().ok())
}

#[test]
fn deliveries_of_all_threads_are_summed() {
    let metrics = metrics();
    let threads: Vec<_> = (0..20_u64)
        .map(|number| {
            let deliveries = metrics.deliveries.clone();
            thread::spawn(move || {
                deliveries.add(number, 100);
                deliveries.observe(Duration::from_millis(3));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(value(&metrics, "parlor_deliveries_total"), Some(190.0));
    assert_eq!(value(&metrics, "parlor_delivered_bytes_total"), Some(2000.0));
    assert_eq!(value(&metrics, "parlor_fanout_seconds_count"), Some(20.0));
    assert!((value(&metrics, "parlor_fanout_seconds_sum").unwrap() - 0.06).abs() < 1e-9);
}

#[test]
fn a_time_is_in_the_bucket_of_the_first_bound_that_it_does_not_exceed() {
    let metrics = metrics();
    for micros in [100, 101, 30_000_000, 30_000_001] {
        metrics.deliveries.observe(Duration::from_micros(micros));
    }
    let bucket = |bound: &str| value(&metrics, &format!("parlor_fanout_seconds_bucket{{le=\"{bound}\"}}"));
    let buckets = ["0.0001", "0.00025", "10", "30", "+Inf"].map(bucket);
    assert_eq!(buckets, [1.0, 2.0, 2.0, 3.0, 4.0].map(Some));
}

#[test]
fn a_connection_is_open_until_it_is_dropped_and_its_end_has_a_reason() {
    let metrics = metrics();
    let open = |kind: &str| value(&metrics, &format!("parlor_connections{{kind=\"{kind}\"}}"));
    assert_eq!((open("versioned"), open("poll")), (Some(0.0), Some(0.0)), "they are there from the start");
    let mut first = metrics.open_connection(ConnectionKind::Versioned);
    let second = metrics.open_connection(ConnectionKind::Versioned);
    assert_eq!(open("versioned"), Some(2.0));
    first.ends_with("barred");
    drop((first, second));
    assert_eq!(open("versioned"), Some(0.0));
    let closed = |reason: &str| {
        let series = format!("parlor_connections_closed_total{{kind=\"versioned\",reason=\"{reason}\"}}");
        value(&metrics, &series)
    };
    assert_eq!((closed("barred"), closed("gone"), closed("closed")), (Some(1.0), Some(1.0), None));
}

#[test]
fn the_server_is_described_by_labels() {
    assert_eq!(value(&metrics(), r#"parlor_info{access="open",version="1.2.3"}"#), Some(1.0));
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_knows_itself() {
    let process = Process::read().unwrap();
    assert!(process.resident_bytes > 1 << 20, "{process:?}");
    assert!(
        process.threads >= 2 && process.open_fds >= 3 && process.max_fds >= process.open_fds,
        "{process:?}"
    );
    let age = crate::clock::since_1970().as_secs_f64() - process.start_time_seconds;
    assert!((-2.0..86_400.0).contains(&age), "it started {age} s ago");
}

#[cfg(target_os = "linux")]
#[test]
fn cpu_time_is_counted_in_hundredths_and_never_falls() {
    let metrics = metrics();
    let cpu = || value(&metrics, "process_cpu_seconds_total").unwrap();
    let process = |cpu_seconds| Process { cpu_seconds, ..Process::default() };
    metrics.gauges.set_process(&process(1.25));
    assert!((cpu() - 1.25).abs() < 1e-9);
    metrics.gauges.set_process(&process(1.0));
    assert!((cpu() - 1.25).abs() < 1e-9, "an older reading came later");
}
