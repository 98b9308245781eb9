//! The choice of a content encoding: RFC 9110, section 12.5.3.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// A form in which a file is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// The smallest first: it wins where the client has no preference.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// Its name in `Content-Encoding`. The identity has none.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    fn is_called(self, name: &str) -> bool {
        match self {
            Self::Brotli => name.eq_ignore_ascii_case("br"),
            Self::Gzip => name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip"),
            Self::Identity => name.eq_ignore_ascii_case("identity"),
        }
    }
}

/// The encodings that a client takes, the best first. Those it rules out are not among them.
pub(super) fn by_preference(headers: &HeaderMap) -> Vec<Encoding> {
    let accepted: Vec<(&str, u16)> = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(parse)
        .collect();
    let mut weighed: Vec<(Encoding, u16)> =
        Encoding::ALL.map(|encoding| (encoding, weight(encoding, &accepted))).into();
    weighed.retain(|&(_, weight)| weight > 0);
    // The sort is stable, so equal weights stay in our own order.
    weighed.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    weighed.into_iter().map(|(encoding, _)| encoding).collect()
}

fn weight(encoding: Encoding, accepted: &[(&str, u16)]) -> u16 {
    let named = accepted.iter().find(|(name, _)| encoding.is_called(name));
    let any = || accepted.iter().find(|(name, _)| *name == "*");
    match named.or_else(any) {
        Some(&(_, weight)) => weight,
        // The identity is acceptable unless it is ruled out.
        None if encoding == Encoding::Identity => 1,
        None => 0,
    }
}

/// Reads `gzip;q=0.5` as the name and the weight in thousandths. A malformed weight rules the encoding out.
fn parse(item: &str) -> (&str, u16) {
    let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
    let quality = parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    (name.trim(), quality.map_or(Some(1000), thousandths).unwrap_or(0))
}

fn thousandths(quality: &str) -> Option<u16> {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    let whole: u16 = whole.parse().ok().filter(|&whole| whole <= 1)?;
    Some((whole * 1000 + fraction).min(1000))
}

#[cfg(test)]
mod tests {
    use Encoding::{Brotli, Gzip, Identity};
    use axum::http::HeaderValue;

    use super::*;

    fn preference(values: &[&str]) -> Vec<Encoding> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
        }
        by_preference(&headers)
    }

    #[test]
    fn without_a_preference_the_smallest_form_wins() {
        assert_eq!(preference(&["gzip, deflate, br, zstd"]), [Brotli, Gzip, Identity]);
        assert_eq!(preference(&["gzip", "BR"]), [Brotli, Gzip, Identity]);
        assert_eq!(preference(&["*"]), [Brotli, Gzip, Identity]);
    }

    #[test]
    fn a_client_that_names_nothing_gets_the_plain_form() {
        assert_eq!(preference(&[]), [Identity]);
        assert_eq!(preference(&["zstd"]), [Identity]);
        assert_eq!(preference(&[""]), [Identity]);
    }

    #[test]
    fn weights_decide_and_zero_rules_out() {
        assert_eq!(preference(&["br;q=0.2, gzip;q=0.8"]), [Gzip, Brotli, Identity]);
        assert_eq!(preference(&["br;q=0, gzip"]), [Gzip, Identity]);
        assert_eq!(preference(&["*;q=0.5, br;q=0"]), [Gzip, Identity]);
        assert_eq!(preference(&["identity, gzip;q=0.001"]), [Identity, Gzip]);
        assert_eq!(preference(&["identity;q=0"]), []);
        assert_eq!(preference(&["*;q=0"]), []);
    }

    #[test]
    fn a_malformed_weight_rules_out() {
        assert_eq!(preference(&["br;q=high, gzip;q=1.0"]), [Gzip, Identity]);
        assert_eq!(preference(&["br;q=7, gzip;q=0.5000"]), [Identity]);
        assert_eq!(preference(&["br ; Q=0.5"]), [Brotli, Identity]);
    }
}
