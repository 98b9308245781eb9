//! The height of each row of a timeline: measured if it was rendered, else estimated.

use std::collections::HashMap;

use shared::{MessageId, Seq};

/// The content of a row: an entry of the log, or a pending post.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// The entry with this seq.
    Entry(Seq),
    /// The post with this id.
    Post(MessageId),
}

/// The height of a row before any was measured, in CSS pixels.
const DEFAULT_HEIGHT: f64 = 40.0;
/// The number of rows whose heights are summed in a block, so that finding a position touches few of them.
const BLOCK: usize = 128;
/// The maximum number of measured heights of rows that are gone: they may return.
const MAX_STORED: usize = 60_000;

/// The rows in order, with their heights in CSS pixels.
#[derive(Debug, Default)]
pub struct Heights {
    keys: Vec<RowKey>,
    each: Vec<f64>,
    blocks: Vec<f64>,
    measured: HashMap<RowKey, f64>,
    sum: f64,
}

impl Heights {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The row at an index.
    pub fn key(&self, index: usize) -> Option<&RowKey> {
        self.keys.get(index)
    }

    /// The index of a row.
    pub fn index_of(&self, key: &RowKey) -> Option<usize> {
        match key {
            RowKey::Entry(seq) => self.position(*seq).ok().filter(|index| self.keys.get(*index) == Some(key)),
            RowKey::Post(_) => self.keys.iter().rposition(|other| other == key),
        }
    }

    /// The index of the entry with this seq, or where it would be inserted.
    pub fn position(&self, seq: Seq) -> Result<usize, usize> {
        self.keys.binary_search_by(|key| match key {
            RowKey::Entry(other) => other.cmp(&seq),
            RowKey::Post(_) => std::cmp::Ordering::Greater,
        })
    }

    /// Replaces the rows. If rows were only added at the end, nothing else is touched.
    pub fn set_rows(&mut self, count: usize, key: impl Fn(usize) -> RowKey) {
        let before = self.keys.len();
        let same = |index: usize| self.keys[index] == key(index);
        let appended = before > 0
            && count >= before
            && same(0)
            && same(before - 1)
            && !matches!(self.keys[before - 1], RowKey::Post(_));
        if !appended {
            self.keys.clear();
            self.each.clear();
            self.blocks.clear();
        }
        let estimate = self.estimate();
        for index in self.keys.len()..count {
            let key = key(index);
            self.push(self.measured.get(&key).copied().unwrap_or(estimate));
            self.keys.push(key);
        }
        if self.measured.len() > MAX_STORED {
            let keys: std::collections::HashSet<_> = self.keys.iter().collect();
            self.measured.retain(|key, _| keys.contains(key));
            self.sum = self.measured.values().sum();
        }
    }

    /// Stores the measured height of a row. Returns whether it has changed.
    pub fn measure(&mut self, index: usize, height: f64) -> bool {
        let Some(known) = self.each.get_mut(index) else { return false };
        let difference = height - *known;
        *known = height;
        self.blocks[index / BLOCK] += difference;
        self.sum += height;
        if let Some(before) = self.measured.insert(self.keys[index].clone(), height) {
            self.sum -= before;
        }
        difference.abs() > 0.1
    }

    /// The rows have another width, so measured heights are no longer valid.
    pub fn forget_measures(&mut self) {
        self.measured.clear();
        self.sum = 0.0;
    }

    /// The distance from the top of the first row to the top of a row, or to the end.
    pub fn offset(&self, index: usize) -> f64 {
        let index = index.min(self.each.len());
        let block = index / BLOCK;
        self.blocks[..block].iter().sum::<f64>() + self.each[block * BLOCK..index].iter().sum::<f64>()
    }

    /// The height of all rows.
    pub fn total(&self) -> f64 {
        self.blocks.iter().sum()
    }

    /// The row at a distance from the top of the first row; the last row for distances beyond the end.
    pub fn at(&self, distance: f64) -> usize {
        let mut rest = distance;
        for (block, height) in self.blocks.iter().enumerate() {
            if rest < *height {
                for (index, height) in self.each.iter().enumerate().skip(block * BLOCK).take(BLOCK) {
                    if rest < *height {
                        return index;
                    }
                    rest -= height;
                }
            }
            rest -= height;
        }
        self.each.len().saturating_sub(1)
    }

    fn push(&mut self, height: f64) {
        if self.each.len().is_multiple_of(BLOCK) {
            self.blocks.push(0.0);
        }
        self.each.push(height);
        if let Some(last) = self.blocks.last_mut() {
            *last += height;
        }
    }

    fn estimate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let count = self.measured.len() as f64;
        if count < 8.0 { DEFAULT_HEIGHT } else { self.sum / count }
    }
}
