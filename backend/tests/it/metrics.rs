//! What a server answers at `/metrics`.

use std::net::SocketAddr;

use crate::web;

/// The answer, in Prometheus' text format.
pub struct Metrics(pub String);

/// Asks a server.
pub async fn read(address: SocketAddr) -> Metrics {
    let answer = web::get(address, "/metrics").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Metrics::parse(answer.body)
}

impl Metrics {
    pub fn parse(body: String) -> Self {
        Self(body)
    }

    /// Each series with its value.
    pub fn series(&self) -> impl Iterator<Item = (&str, f64)> {
        let lines = self.0.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series, value.parse().unwrap_or_else(|_| panic!("no number: {line}")))
        })
    }

    /// The value of a series with its labels, if it is there.
    pub fn get(&self, series: &str) -> Option<f64> {
        self.series().find_map(|(name, value)| (name == series).then_some(value))
    }

    /// The same for what is there and counts things; a series that nothing was counted in is 0.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are whole and positive"
    )]
    pub fn number(&self, series: &str) -> usize {
        self.get(series).unwrap_or(0.0).round() as usize
    }

    /// All connections that follow rooms.
    pub fn connections(&self) -> usize {
        let kinds = ["versioned", "plain", "events", "poll"];
        kinds.iter().map(|kind| self.number(&format!("parlor_connections{{kind=\"{kind}\"}}"))).sum()
    }
}
