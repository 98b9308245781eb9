//! Estimates the offset between the server's clock and the browser's from round trips.

/// A request for the time, in milliseconds: when it was sent and answered, by the local clock, and the server's time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) sent_at: f64,
    pub(crate) received_at: f64,
    pub(crate) server_time: f64,
}

/// The offset to add to the local clock, in milliseconds, and its maximum error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Offset {
    pub(crate) ms: f64,
    pub(crate) error: f64,
}

/// The resolution of both clocks is a millisecond at best.
const RESOLUTION: f64 = 1.0;

/// The shortest round trip has the smallest error: the server has answered at some time during it.
pub(crate) fn offset(samples: &[Sample]) -> Option<Offset> {
    let trip = |sample: &Sample| sample.received_at - sample.sent_at;
    let best = samples.iter().min_by(|a, b| trip(a).total_cmp(&trip(b)))?;
    Some(Offset {
        ms: best.server_time - f64::midpoint(best.sent_at, best.received_at),
        error: trip(best) / 2.0 + RESOLUTION,
    })
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_fastest_round_trip_gives_the_offset_and_its_error() {
        let sample = |sent_at: f64, trip: f64, server_time: f64| Sample {
            sent_at,
            received_at: sent_at + trip,
            server_time,
        };
        let samples = [sample(0.0, 40.0, 1_039.0), sample(100.0, 4.0, 1_102.0), sample(200.0, 9.0, 1_209.0)];
        assert_eq!(offset(&samples), Some(Offset { ms: 1_000.0, error: 3.0 }));
        assert_eq!(offset(&[]), None);
    }
}
