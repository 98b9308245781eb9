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
    assert_eq!((closed("barred"), closed("gone"), closed("closed")), (Some(1.0), Some(1.0), Some(0.0)));
}

/// The words in backticks in the first or second column of the table under a heading of the protocol's page.
fn table(heading: &str, column: usize) -> Vec<&'static str> {
    let page = include_str!("../../../docs/protocol.md");
    let (_, section) = page.split_once(&format!("{heading}\n")).expect("the heading is there");
    let rows = section.lines().skip_while(|line| !line.starts_with("|---"));
    let rows = rows.skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(column).expect("a row has the column"));
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    words.filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).collect()
}

#[test]
fn every_code_of_the_protocol_is_there_from_the_start() {
    let metrics = metrics();
    let codes = [table("## Refusals", 1), table("### Errors", 2)].concat();
    assert!(codes.len() > 40, "{codes:?}");
    for code in codes.into_iter().filter(|word| !["id", "retry_after_ms"].contains(word)) {
        let refused = value(&metrics, &format!("parlor_refusals_total{{code=\"{code}\"}}"));
        assert_eq!(refused, Some(0.0), "{code}");
    }
}

#[test]
fn every_reason_of_the_operators_page_is_there_from_the_start() {
    let page = include_str!("../../../docs/operations.md");
    let (_, section) = page.split_once("Why connections end\n").expect("the section is there");
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    let reasons: Vec<_> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(reasons.len() > 10, "{reasons:?}");
    let text = metrics().exposition();
    for reason in &reasons {
        assert!(text.contains(&format!("reason=\"{reason}\"}} 0")), "{reason}");
    }
    let known = text.lines().filter_map(|line| line.split_once("reason=\"")?.1.split('"').next());
    for reason in known {
        assert!(reasons.contains(&reason), "{reason} is not explained");
    }
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
