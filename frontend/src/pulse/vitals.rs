//! The vital signs: what the page shows, computed from readings of the server's metrics.

use super::{
    exposition::Exposition,
    histogram::{Histogram, Quantile},
};

/// A number that is drawn over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// Open connections.
    Connections,
    /// Rooms that exist.
    Rooms,
    /// Posts for each second.
    Posts,
    /// Messages that were handed to readers, for each second.
    Deliveries,
    /// From the commit until the last byte was handed to a reader's socket, in seconds.
    FanoutMedian,
    /// The same, in the slowest hundredth.
    FanoutP99,
    /// A commit, in seconds.
    CommitMedian,
    /// The same, in the slowest hundredth.
    CommitP99,
    /// Resident memory, in bytes.
    Memory,
    /// Readers that do not keep up.
    SlowReaders,
    /// Entries that wait for a commit.
    Queue,
    /// The store, in bytes.
    Store,
    /// Time of processors for each second: 1 is one processor, fully used.
    Processor,
    /// Refusals for each second.
    Refusals,
}

/// How many figures there are.
pub(super) const FIGURES: usize = Figure::Refusals as usize + 1;

/// All figures of a moment, in the order of [`Figure`]. `None`: the server does not tell it, or there is nothing to compare with.
pub(super) type Figures = [Option<f64>; FIGURES];

/// An answer of `/metrics`.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// When it came, in milliseconds of a monotonic clock.
    pub(super) at: u64,
    pub(super) metrics: Exposition,
}

/// The figures of the newest reading, and what explains them.
#[derive(Debug, Clone, Default)]
pub(super) struct Vitals {
    pub(super) figures: Figures,
    /// Whether a quantile is above the last bound of its histogram.
    pub(super) above: [bool; FIGURES],
    /// The open connections of each kind, where there are any.
    pub(super) kinds: Vec<(String, f64)>,
    /// Rooms that somebody reads now.
    pub(super) followed: Option<f64>,
    pub(super) people: Option<f64>,
    /// Messages stored since the server's start.
    pub(super) messages: Option<f64>,
    /// Bytes handed to readers for each second.
    pub(super) delivered_bytes: Option<f64>,
    /// Entries of a commit, on average.
    pub(super) commit_entries: Option<f64>,
    pub(super) ring_bytes: Option<f64>,
    pub(super) ring_limit: Option<f64>,
    /// Bytes that wait for readers.
    pub(super) outbound_bytes: Option<f64>,
    pub(super) queue_limit: Option<f64>,
    pub(super) wal_bytes: Option<f64>,
    pub(super) open_files: Option<f64>,
    pub(super) max_files: Option<f64>,
    /// The code of the most frequent refusal since the start.
    pub(super) refusal: Option<String>,
    pub(super) version: Option<String>,
    /// The start, in seconds since 1970 by the server's clock.
    pub(super) started: Option<f64>,
    /// Whether the server takes posts.
    pub(super) is_ready: Option<bool>,
}

impl Reading {
    /// Whether the server has not started again between an earlier reading and this one.
    pub(super) fn continues(&self, before: &Self) -> bool {
        let start = |reading: &Self| reading.metrics.sum("process_start_time_seconds");
        match (start(self), start(before)) {
            (Some(now), Some(before)) => now.total_cmp(&before).is_eq(),
            _ => true,
        }
    }

    /// How much a counter has grown since an earlier reading. `None`: it was reset, or the server does not have it.
    fn growth(&self, before: &Self, name: &str) -> Option<f64> {
        let now = self.metrics.sum(name)?;
        // A counter with labels appears with its first event.
        let grown = now - before.metrics.sum(name).unwrap_or_default();
        (grown >= 0.0).then_some(grown)
    }

    /// The same, for each second.
    fn rate(&self, before: &Self, name: &str) -> Option<f64> {
        if self.at <= before.at {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since the page was opened")]
        let seconds = (self.at - before.at) as f64 / 1000.0;
        Some(self.growth(before, name)? / seconds)
    }

    /// The mean of a histogram's values since an earlier reading.
    fn mean(&self, before: &Self, name: &str) -> Option<f64> {
        let count = self.growth(before, &format!("{name}_count"))?;
        let sum = self.growth(before, &format!("{name}_sum"))?;
        (count > 0.0).then(|| sum / count)
    }

    fn quantile(&self, before: &Self, name: &str, share: f64) -> Option<Quantile> {
        let read = |reading: &Self| Histogram::read(&reading.metrics, name);
        let now = read(self)?;
        // A histogram with labels appears with its first value.
        let measured = match read(before) {
            Some(before) => now.since(&before)?,
            None => now,
        };
        measured.quantile(share)
    }
}

impl Vitals {
    /// The vital signs of a reading. Rates are since the reading `before`, quantiles and means since the `earlier` one; both are
    /// of the same run of the server.
    pub(super) fn of(now: &Reading, before: Option<&Reading>, earlier: Option<&Reading>) -> Self {
        let metrics = &now.metrics;
        let sum = |name: &str| metrics.sum(name);
        let rate = |name: &str| now.rate(before?, name);
        // This counter appears with the first refusal. A server that counts posts counts refusals, too.
        let is_counted = metrics.all("parlor_refusals_total").next().is_some();
        let refusals =
            if is_counted { rate("parlor_refusals_total") } else { rate("parlor_posts_total").map(|_| 0.0) };
        let label = |name: &str, label: &str| {
            metrics.all(name).next().and_then(|sample| sample.label(label)).map(str::to_owned)
        };
        let mut vitals = Self {
            kinds: by_label(metrics, "parlor_connections", "kind"),
            followed: sum("parlor_rooms_followed"),
            people: sum("parlor_people"),
            messages: sum("parlor_messages_total"),
            delivered_bytes: rate("parlor_delivered_bytes_total"),
            commit_entries: earlier.and_then(|earlier| now.mean(earlier, "parlor_commit_entries")),
            ring_bytes: sum("parlor_ring_bytes"),
            ring_limit: sum("parlor_ring_bytes_limit"),
            outbound_bytes: sum("parlor_outbound_bytes"),
            queue_limit: sum("parlor_log_queue_limit"),
            wal_bytes: sum("parlor_wal_bytes"),
            open_files: sum("process_open_fds"),
            max_files: sum("process_max_fds"),
            refusal: by_label(metrics, "parlor_refusals_total", "code")
                .into_iter()
                .next()
                .map(|(code, _)| code),
            version: label("parlor_info", "version"),
            started: sum("process_start_time_seconds"),
            is_ready: sum("parlor_ready").map(|ready| ready > 0.0),
            ..Self::default()
        };
        let values = [
            (Figure::Connections, sum("parlor_connections")),
            (Figure::Rooms, sum("parlor_rooms")),
            (Figure::Posts, rate("parlor_posts_total")),
            (Figure::Deliveries, rate("parlor_deliveries_total")),
            (Figure::Memory, sum("process_resident_memory_bytes")),
            (Figure::SlowReaders, sum("parlor_slow_readers")),
            (Figure::Queue, sum("parlor_log_queue_entries")),
            (Figure::Store, sum("parlor_store_bytes")),
            (Figure::Processor, rate("process_cpu_seconds_total")),
            (Figure::Refusals, refusals),
        ];
        for (figure, value) in values {
            vitals.figures[figure as usize] = value;
        }
        let quantiles = [
            (Figure::FanoutMedian, "parlor_fanout_seconds", 0.5),
            (Figure::FanoutP99, "parlor_fanout_seconds", 0.99),
            (Figure::CommitMedian, "parlor_commit_seconds", 0.5),
            (Figure::CommitP99, "parlor_commit_seconds", 0.99),
        ];
        for (figure, name, share) in quantiles {
            let quantile = earlier.and_then(|earlier| now.quantile(earlier, name, share));
            vitals.figures[figure as usize] = quantile.map(|quantile| quantile.value);
            vitals.above[figure as usize] = quantile.is_some_and(|quantile| quantile.is_above);
        }
        vitals
    }

    /// A figure.
    pub(super) fn get(&self, figure: Figure) -> Option<f64> {
        self.figures[figure as usize]
    }
}

/// A metric's values for each value of a label, the largest first, without those that are 0.
fn by_label(metrics: &Exposition, name: &str, label: &str) -> Vec<(String, f64)> {
    let mut sums: Vec<(String, f64)> = Vec::new();
    for sample in metrics.all(name).filter(|sample| sample.value > 0.0) {
        let Some(of) = sample.label(label) else { continue };
        match sums.iter_mut().find(|(known, _)| known == of) {
            Some((_, sum)) => *sum += sample.value,
            None => sums.push((of.to_owned(), sample.value)),
        }
    }
    sums.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    sums
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn reading(at: u64, text: &str) -> Reading {
        Reading { at, metrics: Exposition::parse(text) }
    }

    #[test]
    fn rates_are_the_growth_of_counters_for_each_second() {
        let before =
            reading(1000, "parlor_posts_total{via=\"http\"} 10\nparlor_posts_total{via=\"websocket\"} 5");
        let now =
            reading(3000, "parlor_posts_total{via=\"http\"} 16\nparlor_posts_total{via=\"websocket\"} 9");
        let rate =
            |now: &Reading, before: &Reading| Vitals::of(now, Some(before), Some(before)).get(Figure::Posts);
        assert_eq!(rate(&now, &before), Some(5.0));
        assert_eq!(rate(&reading(5000, ""), &now), None, "the server does not tell it");
        assert_eq!(rate(&now, &reading(1000, "")), Some(12.5), "a counter appears with its first event");
        assert_eq!(rate(&now, &reading(3000, "parlor_posts_total 1")), None, "no time has passed");
        assert_eq!(Vitals::of(&now, None, None).get(Figure::Posts), None, "there is nothing to compare with");
    }

    #[test]
    fn a_server_without_a_refusal_has_refused_nothing() {
        let [before, now] =
            [0, 2000].map(|at| reading(at, "parlor_posts_total{via=\"http\"} 4\nparlor_rooms 1"));
        assert_eq!(Vitals::of(&now, Some(&before), None).get(Figure::Refusals), Some(0.0));
        let refused = reading(4000, "parlor_posts_total 4\nparlor_refusals_total{code=\"forbidden\"} 3");
        assert_eq!(Vitals::of(&refused, Some(&now), None).get(Figure::Refusals), Some(1.5));
        assert_eq!(
            Vitals::of(&before, Some(&refused), None).get(Figure::Refusals),
            None,
            "no time has passed"
        );
        let other = [0, 2000].map(|at| reading(at, "parlor_rooms 1"));
        assert_eq!(
            Vitals::of(&other[1], Some(&other[0]), None).get(Figure::Refusals),
            None,
            "it counts nothing"
        );
    }

    #[test]
    fn a_counter_that_was_reset_has_no_rate_and_never_a_negative_one() {
        let started = |at, start: u32, cpu: u32| {
            let text = format!(
                "process_start_time_seconds {start}\nprocess_cpu_seconds_total {cpu}\nparlor_rooms 2"
            );
            reading(at, &text)
        };
        let (before, after) = (started(0, 100, 50), started(2000, 160, 1));
        assert!(!after.continues(&before));
        let vitals = Vitals::of(&after, Some(&before), Some(&before));
        assert_eq!((vitals.get(Figure::Processor), vitals.get(Figure::Rooms)), (None, Some(2.0)));
        assert!(started(2000, 100, 51).continues(&before));
        assert!(reading(2000, "").continues(&before), "without a start nothing is known of a restart");
    }

    #[test]
    fn quantiles_are_of_what_was_measured_since_the_earlier_reading() {
        let buckets = |below: u32, all: u32| {
            format!(
                "parlor_fanout_seconds_bucket{{le=\"0.001\"}} {below}\nparlor_fanout_seconds_bucket{{le=\"0.002\"}} {all}\nparlor_fanout_seconds_bucket{{le=\"+Inf\"}} {all}"
            )
        };
        let (earlier, now) = (reading(0, &buckets(1000, 1000)), reading(2000, &buckets(1000, 1010)));
        let vitals = Vitals::of(&now, Some(&earlier), Some(&earlier));
        assert_eq!(vitals.get(Figure::FanoutMedian), Some(0.0015));
        assert_eq!(Vitals::of(&now, Some(&now), Some(&now)).get(Figure::FanoutMedian), None);
        let slow = buckets(0, 4).replace("+Inf\"} 4", "+Inf\"} 9");
        let vitals = Vitals::of(&reading(2000, &slow), None, Some(&reading(0, "")));
        assert_eq!(vitals.get(Figure::FanoutP99), Some(0.002));
        assert!(vitals.above[Figure::FanoutP99 as usize] && !vitals.above[Figure::CommitP99 as usize]);
    }

    #[test]
    fn the_server_and_what_explains_the_figures_are_read() {
        let text = "parlor_info{version=\"1.2.0\",access=\"open\"} 1\nparlor_ready 1\n\
            parlor_connections{kind=\"plain\"} 2\nparlor_connections{kind=\"versioned\"} 9\nparlor_connections{kind=\"lab\"} 0\n\
            parlor_refusals_total{code=\"rate_limited\"} 3\nparlor_refusals_total{code=\"bad_token\"} 7\n\
            parlor_commit_entries_sum 30\nparlor_commit_entries_count 10";
        let before = reading(0, "parlor_commit_entries_sum 10\nparlor_commit_entries_count 5");
        let vitals = Vitals::of(&reading(2000, text), Some(&before), Some(&before));
        assert_eq!(vitals.version.as_deref(), Some("1.2.0"));
        assert_eq!(vitals.is_ready, Some(true));
        assert_eq!(vitals.kinds, [("versioned".to_owned(), 9.0), ("plain".to_owned(), 2.0)]);
        assert_eq!(vitals.refusal.as_deref(), Some("bad_token"));
        assert_eq!((vitals.commit_entries, vitals.people), (Some(4.0), None));
        assert_eq!(vitals.get(Figure::Connections), Some(11.0));
    }
}
