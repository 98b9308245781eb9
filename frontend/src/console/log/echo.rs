//! Round trips: a received frame that equals a sent one counts as its echo.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::Body;

/// The maximum number of unanswered frames that are remembered. A server that does not echo answers none of them.
const MAX_REMEMBERED: u64 = 10_000;

/// When each unanswered frame was sent, by its content and number.
#[derive(Debug, Default)]
pub(super) struct Echoes(BTreeMap<(u64, u64), f64>);

impl Echoes {
    pub(super) fn sent(&mut self, number: u64, at: f64, body: &Body) {
        self.0.insert((digest(body), number), at);
        if self.0.len() as u64 > 2 * MAX_REMEMBERED {
            self.0.retain(|(_, other), _| *other + MAX_REMEMBERED > number);
        }
    }

    /// When the oldest equal frame without an echo was sent.
    pub(super) fn answer(&mut self, body: &Body) -> Option<f64> {
        let digest = digest(body);
        let (key, _) = self.0.range((digest, 0)..=(digest, u64::MAX)).next()?;
        let key = *key;
        self.0.remove(&key)
    }
}

fn digest(body: &Body) -> u64 {
    let mut hasher = DefaultHasher::new();
    matches!(body, Body::Text(_)).hash(&mut hasher);
    body.bytes().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn an_echo_answers_the_oldest_equal_frame_of_its_kind() {
        let mut echoes = Echoes::default();
        let (text, binary) = (Body::Text("a".into()), Body::Binary((*b"a").into()));
        echoes.sent(1, 10.0, &text);
        echoes.sent(2, 20.0, &text);
        assert_eq!(echoes.answer(&binary), None);
        assert_eq!(echoes.answer(&text), Some(10.0));
        assert_eq!(echoes.answer(&text), Some(20.0));
        assert_eq!(echoes.answer(&text), None);
    }

    #[test]
    fn unanswered_frames_are_bounded() {
        let mut echoes = Echoes::default();
        for number in 0..50_000 {
            echoes.sent(number, 0.0, &Body::Text(number.to_string().into()));
        }
        assert!(echoes.0.len() as u64 <= 2 * MAX_REMEMBERED);
        assert_eq!(echoes.answer(&Body::Text("49999".into())), Some(0.0));
    }
}
