//! What was measured between two readings of a histogram: quantiles and the mean.

use super::exposition::Exposition;

/// The buckets of a histogram: the bound of each, rising, and how many values did not exceed it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram(Vec<(f64, f64)>);

/// A quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantile {
    pub(super) value: f64,
    /// The value is the last bound of the histogram, and the quantile is above it.
    pub(super) is_above: bool,
}

impl Histogram {
    /// A metric's buckets. Those of different labels are added. `None`: the server does not have the metric.
    pub(super) fn read(exposition: &Exposition, name: &str) -> Option<Self> {
        let name = format!("{name}_bucket");
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for sample in exposition.all(&name) {
            let bound = match sample.label("le")? {
                "+Inf" => f64::INFINITY,
                bound => bound.parse().ok()?,
            };
            match buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
                Some((_, count)) => *count += sample.value,
                None => buckets.push((bound, sample.value)),
            }
        }
        buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        (!buckets.is_empty()).then_some(Self(buckets))
    }

    /// What was measured since an earlier reading. `None`: the server has begun to count anew, or counts in other buckets.
    pub(super) fn since(&self, before: &Self) -> Option<Self> {
        let has_same_bounds = self.0.len() == before.0.len();
        let pairs = || self.0.iter().zip(&before.0);
        let is_later = |((bound, now), (old, before)): (&(f64, f64), &(f64, f64))| {
            bound.total_cmp(old).is_eq() && now >= before
        };
        let has_grown = has_same_bounds && pairs().all(is_later);
        has_grown.then(|| Self(pairs().map(|((bound, now), (_, before))| (*bound, now - before)).collect()))
    }

    /// The value that this share of the values did not exceed, by linear interpolation within its bucket, as Prometheus'
    /// `histogram_quantile` does. `None`: there are no values.
    pub(super) fn quantile(&self, share: f64) -> Option<Quantile> {
        let all = self.0.last()?.1;
        if all <= 0.0 {
            return None;
        }
        let rank = share * all;
        let at = self.0.iter().position(|(_, count)| *count >= rank)?;
        let (bound, count) = self.0[at];
        let (below, before) = if at == 0 { (0.0, 0.0) } else { self.0[at - 1] };
        if bound.is_infinite() {
            return Some(Quantile { value: below, is_above: true });
        }
        let within = if count > before { (rank - before) / (count - before) } else { 1.0 };
        Some(Quantile { value: below + (bound - below) * within, is_above: false })
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// A histogram with the bounds 1, 2, 4 and infinity.
    fn of(counts: [u32; 4]) -> Histogram {
        let [a, b, c, d] = counts;
        // Servers may write the buckets in any order, and those of other labels between them.
        let text = format!(
            "t_bucket{{le=\"+Inf\"}} {d}\nt_bucket{{le=\"2\"}} {b}\nt_sum 9\nt_bucket{{le=\"1\"}} {a}\nt_bucket{{le=\"4.0\"}} {c}\nt_count {d}"
        );
        Histogram::read(&Exposition::parse(&text), "t").unwrap()
    }

    fn value(histogram: &Histogram, share: f64) -> Option<(f64, bool)> {
        histogram.quantile(share).map(|quantile| (quantile.value, quantile.is_above))
    }

    #[test]
    fn a_quantile_is_interpolated_within_its_bucket() {
        let measured = of([10, 20, 40, 40]);
        assert_eq!(value(&measured, 0.25), Some((1.0, false)));
        assert_eq!(value(&measured, 0.125), Some((0.5, false)), "the first bucket begins at 0");
        assert_eq!(value(&measured, 0.5), Some((2.0, false)));
        assert_eq!(value(&measured, 0.75), Some((3.0, false)));
        assert_eq!(value(&of([0, 5, 5, 5]), 0.5), Some((1.5, false)), "an empty bucket is passed over");
    }

    #[test]
    fn a_quantile_above_the_last_bound_is_told_as_that() {
        let measured = of([0, 0, 1, 2]);
        assert_eq!(value(&measured, 0.99), Some((4.0, true)));
        assert_eq!(value(&measured, 0.5), Some((4.0, false)));
    }

    #[test]
    fn only_what_was_measured_between_two_readings_counts() {
        let (before, now) = (of([100, 100, 100, 100]), of([100, 100, 110, 110]));
        assert_eq!(value(&now.since(&before).unwrap(), 0.5), Some((3.0, false)));
        assert_eq!(value(&before.since(&before).unwrap(), 0.5), None, "nothing was measured");
        assert_eq!(before.since(&now), None, "the server has started again");
        let other = Exposition::parse("t_bucket{le=\"1\"} 500\nt_bucket{le=\"+Inf\"} 500");
        assert_eq!(Histogram::read(&other, "t").unwrap().since(&before), None, "other buckets");
    }

    #[test]
    fn buckets_of_several_labels_are_added() {
        let text = "t_bucket{a=\"x\",le=\"1\"} 1\nt_bucket{a=\"x\",le=\"+Inf\"} 1\n\
            t_bucket{a=\"y\",le=\"1\"} 0\nt_bucket{a=\"y\",le=\"+Inf\"} 3";
        let read = Histogram::read(&Exposition::parse(text), "t").unwrap();
        assert_eq!(read, Histogram(vec![(1.0, 1.0), (f64::INFINITY, 4.0)]));
        assert_eq!(Histogram::read(&Exposition::parse(text), "u"), None);
        assert_eq!(Histogram::read(&Exposition::parse("t_bucket 4"), "t"), None, "a bucket has a bound");
    }
}
