//! What is counted for every delivery, and so has to be cheap.
//!
//! A delivery costs a few microseconds, nearly all of them in the system's `send`. The threads that deliver would wait for each
//! other if they all added to the same numbers. So each thread adds to its own shard, and the sum is made when somebody asks.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use prometheus::{
    core::{Collector, Desc},
    proto::{Bucket, Counter, Histogram, Metric, MetricFamily, MetricType},
};

use super::{SECONDS, register::Register};

/// So many shards. Threads beyond that share them.
const SHARDS: usize = 16;
/// The buckets of the histogram: one for each bound, and one above.
const BUCKETS: usize = SECONDS.len() + 1;

/// The number of the next thread that counts.
static NEXT_THREAD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The shard of this thread.
    static SHARD: usize = NEXT_THREAD.fetch_add(1, Ordering::Relaxed) % SHARDS;
}

/// See the module documentation. A cheap handle.
#[derive(Debug, Clone)]
pub struct Deliveries(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    shards: [Shard; SHARDS],
    /// The histogram's bounds, in nanoseconds.
    bounds: [u64; SECONDS.len()],
    /// The messages, the bytes and the times.
    descs: [Desc; 3],
}

/// Numbers that mostly one thread adds to. The alignment keeps those of two threads out of one cache line.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    messages: AtomicU64,
    bytes: AtomicU64,
    /// The sum of the observed times.
    nanos: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

impl Deliveries {
    pub(super) fn new(register: &Register<'_>) -> Self {
        let desc = |name: &str, help: &str| {
            Desc::new(name.into(), help.into(), Vec::new(), HashMap::new()).expect("a valid name")
        };
        let descs = [
            desc("parlor_deliveries_total", "Messages handed to readers."),
            desc(
                "parlor_delivered_bytes_total",
                "Bytes of the messages handed to readers, with their frames.",
            ),
            desc(
                "parlor_fanout_seconds",
                "Time from the commit of a message until its last byte was handed to a reader's socket; one for each reader and wake-up.",
            ),
        ];
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the bounds are positive and small"
        )]
        let bounds = SECONDS.map(|seconds| (seconds * 1e9).round() as u64);
        register.add(Self(Arc::new(Parts { shards: Default::default(), bounds, descs })))
    }

    /// Counts what a reader was handed.
    pub fn add(&self, messages: u64, bytes: u64) {
        let shard = self.shard();
        shard.messages.fetch_add(messages, Ordering::Relaxed);
        shard.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes how long a reader waited for the oldest of the messages that it was handed together.
    pub fn observe(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let shard = self.shard();
        let bucket = self.0.bounds.partition_point(|bound| *bound < nanos);
        shard.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        shard.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    fn shard(&self) -> &Shard {
        &self.0.shards[SHARD.with(|shard| *shard)]
    }

    fn sum(&self, number: impl Fn(&Shard) -> &AtomicU64) -> u64 {
        self.0.shards.iter().map(|shard| number(shard).load(Ordering::Relaxed)).sum()
    }

    fn histogram(&self) -> Histogram {
        let mut count = 0;
        let mut buckets = Vec::with_capacity(SECONDS.len());
        for at in 0..BUCKETS {
            count += self.sum(|shard| &shard.buckets[at]);
            if let Some(bound) = SECONDS.get(at) {
                let mut bucket = Bucket::default();
                bucket.set_upper_bound(*bound);
                bucket.set_cumulative_count(count);
                buckets.push(bucket);
            }
        }
        let mut histogram = Histogram::default();
        histogram.set_sample_count(count);
        histogram.set_sample_sum(Duration::from_nanos(self.sum(|shard| &shard.nanos)).as_secs_f64());
        histogram.set_bucket(buckets);
        histogram
    }
}

impl Collector for Deliveries {
    fn desc(&self) -> Vec<&Desc> {
        self.0.descs.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let counter = |number: u64| {
            let (mut counter, mut metric) = (Counter::default(), Metric::default());
            #[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floating-point numbers")]
            counter.set_value(number as f64);
            metric.set_counter(counter);
            (MetricType::COUNTER, metric)
        };
        let mut histogram = Metric::default();
        histogram.set_histogram(self.histogram());
        let metrics = [
            counter(self.sum(|shard| &shard.messages)),
            counter(self.sum(|shard| &shard.bytes)),
            (MetricType::HISTOGRAM, histogram),
        ];
        let family = |(desc, (kind, metric)): (&Desc, _)| {
            let mut family = MetricFamily::default();
            family.set_name(desc.fq_name.clone());
            family.set_help(desc.help.clone());
            family.set_field_type(kind);
            family.set_metric(vec![metric]);
            family
        };
        self.0.descs.iter().zip(metrics).map(family).collect()
    }
}
