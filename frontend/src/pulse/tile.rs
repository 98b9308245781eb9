//! A tile: one or two figures in large, their line over time, and what explains them.

use yew::{Html, html};

use super::{
    history::History,
    sparkline::{highest, sparkline},
    texts::{Texts, texts},
    units::Unit,
    vitals::{Figure, Vitals},
};
use crate::i18n::{Language, fill};

/// The values of the label `kind` of `parlor_connections`, in the order of their texts.
const KINDS: [&str; 5] = ["versioned", "plain", "events", "poll", "lab"];
/// What stands for a figure that is not known.
const NONE: &str = "–";

/// A tile of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tile {
    Connections,
    Rooms,
    Posts,
    Deliveries,
    Fanout,
    Commit,
    Memory,
    SlowReaders,
    Queue,
    Store,
    Processor,
    Refusals,
}

impl Tile {
    /// All tiles, in the order of the page.
    pub(super) const ALL: [Self; 12] = [
        Self::Connections,
        Self::Rooms,
        Self::Posts,
        Self::Deliveries,
        Self::Fanout,
        Self::Commit,
        Self::Memory,
        Self::SlowReaders,
        Self::Queue,
        Self::Store,
        Self::Processor,
        Self::Refusals,
    ];

    /// Its name in the markup.
    const fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Rooms => "rooms",
            Self::Posts => "posts",
            Self::Deliveries => "deliveries",
            Self::Fanout => "fanout",
            Self::Commit => "commit",
            Self::Memory => "memory",
            Self::SlowReaders => "slow-readers",
            Self::Queue => "queue",
            Self::Store => "store",
            Self::Processor => "processor",
            Self::Refusals => "refusals",
        }
    }

    /// One figure, or a median and a p99.
    const fn figures(self) -> &'static [Figure] {
        match self {
            Self::Connections => &[Figure::Connections],
            Self::Rooms => &[Figure::Rooms],
            Self::Posts => &[Figure::Posts],
            Self::Deliveries => &[Figure::Deliveries],
            Self::Fanout => &[Figure::FanoutMedian, Figure::FanoutP99],
            Self::Commit => &[Figure::CommitMedian, Figure::CommitP99],
            Self::Memory => &[Figure::Memory],
            Self::SlowReaders => &[Figure::SlowReaders],
            Self::Queue => &[Figure::Queue],
            Self::Store => &[Figure::Store],
            Self::Processor => &[Figure::Processor],
            Self::Refusals => &[Figure::Refusals],
        }
    }

    const fn unit(self) -> Unit {
        match self {
            Self::Connections | Self::Rooms | Self::SlowReaders | Self::Queue => Unit::Count,
            Self::Posts | Self::Deliveries | Self::Refusals => Unit::PerSecond,
            Self::Fanout | Self::Commit => Unit::Seconds,
            Self::Memory | Self::Store => Unit::Bytes,
            Self::Processor => Unit::Share,
        }
    }

    /// What explains the figure, in a few words. Empty: nothing does.
    fn detail(self, vitals: &Vitals, language: Language) -> String {
        let texts = texts(language);
        let count = |value: f64| Unit::Count.text(value, language);
        let bytes = |value: f64| Unit::Bytes.text(value, language);
        let with = |text: &str, values: &[Option<String>]| {
            let known: Option<Vec<&str>> = values.iter().map(|value| value.as_deref()).collect();
            known.map(|known| fill(text, &known))
        };
        let detail = match self {
            Self::Connections => {
                let kind = |(kind, value): &(String, f64)| {
                    let at = KINDS.iter().position(|known| known == kind)?;
                    Some(fill(texts.kinds[at], &[&count(*value)]))
                };
                Some(vitals.kinds.iter().filter_map(kind).collect::<Vec<_>>().join(" · "))
            }
            Self::Rooms => with(texts.rooms, &[vitals.followed.map(count), vitals.people.map(count)]),
            Self::Posts => with(texts.messages, &[vitals.messages.map(count)]),
            Self::Deliveries => vitals.delivered_bytes.map(|rate| bytes(rate) + "/s"),
            Self::Fanout => Some(texts.fanout.to_owned()),
            Self::Commit => {
                // A mean: the entries of a commit are whole, it is not.
                let mean = |value: f64| crate::console::fixed(value, 1);
                with(texts.entries, &[vitals.commit_entries.map(mean)])
            }
            Self::Memory => with(texts.rings, &[vitals.ring_bytes.map(bytes), vitals.ring_limit.map(bytes)]),
            Self::SlowReaders => with(texts.waiting, &[vitals.outbound_bytes.map(bytes)]),
            Self::Queue => with(texts.queue, &[vitals.queue_limit.map(count)]),
            Self::Store => with(texts.wal, &[vitals.wal_bytes.map(bytes)]),
            Self::Processor => {
                with(texts.files, &[vitals.open_files.map(count), vitals.max_files.map(count)])
            }
            Self::Refusals => with(texts.refusal, std::slice::from_ref(&vitals.refusal)),
        };
        detail.unwrap_or_default()
    }

    /// The tile in words, without its label.
    fn sentence(self, vitals: &Vitals, language: Language) -> String {
        let texts = texts(language);
        let said = |figure: Figure| {
            let value = self.unit().spoken(vitals.get(figure)?, language);
            Some(if vitals.above[figure as usize] { fill(texts.more_than, &[&value]) } else { value })
        };
        match self.figures() {
            [figure] => said(*figure).map(|value| fill(texts.now, &[&value])),
            [median, p99] => {
                said(*median).zip(said(*p99)).map(|(median, p99)| fill(texts.within, &[&median, &p99]))
            }
            _ => None,
        }
        .unwrap_or_else(|| self.nothing(texts).to_owned())
    }

    /// Why there is no figure.
    fn nothing(self, texts: &Texts) -> &'static str {
        if self.unit() == Unit::Seconds { texts.nothing_measured } else { texts.unknown }
    }

    /// The line in words. `last` is the time that it covers.
    fn line_in_words(self, history: &History, last: &str, language: Language) -> String {
        let texts = texts(language);
        let range = |figure: Figure| {
            let (low, high) = history.range(figure)?;
            Some([low, high].map(|value| self.unit().spoken(value, language)))
        };
        let words = match self.figures() {
            [figure] => range(*figure).map(|[low, high]| fill(texts.between, &[last, &low, &high])),
            [median, p99] => range(*median).zip(range(*p99)).map(|([low, high], [p99_low, p99_high])| {
                fill(texts.both_between, &[last, &low, &high, &p99_low, &p99_high])
            }),
            _ => None,
        };
        words.unwrap_or_else(|| texts.no_line.to_owned())
    }

    /// The tile. `last` is the time that the lines cover, in words.
    pub(super) fn view(self, history: &History, last: &str, language: Language) -> Html {
        let (texts, vitals) = (texts(language), history.newest());
        let detail = self.detail(vitals, language);
        let highest = highest(history, self.figures());
        let peak = fill(texts.peak, &[&self.unit().text(highest, language)]);
        let has_line = self.figures().iter().any(|&figure| history.range(figure).is_some());
        let values = self.figures().iter().enumerate().map(|(at, &figure)| {
            let share = (self.figures().len() > 1).then_some(["p50", "p99"][at.min(1)]);
            self.value(vitals, figure, share, language)
        });
        html! {
            <li key={self.name()} data-testid={format!("pulse-{}", self.name())}>
                <figure class="pulse-tile">
                    <figcaption class="pulse-head">
                        <span class="label">{ texts.tiles[self as usize] }</span>
                        if has_line {
                            <span class="hint" aria-hidden="true">{ peak }</span>
                        }
                    </figcaption>
                    // What is seen is said as sentences.
                    <p class="visually-hidden">{ self.sentence(vitals, language) + " " + &detail }</p>
                    <p class="pulse-values" aria-hidden="true">{ for values }</p>
                    { sparkline(history, self.figures(), self.line_in_words(history, last, language)) }
                    <p class="hint pulse-detail" aria-hidden="true">{ detail }</p>
                </figure>
            </li>
        }
    }

    fn value(self, vitals: &Vitals, figure: Figure, share: Option<&'static str>, language: Language) -> Html {
        let (amount, unit) = match vitals.get(figure) {
            Some(value) => self.unit().parts(value, language),
            None => (NONE.to_owned(), ""),
        };
        let sign = if vitals.above[figure as usize] { ">\u{a0}" } else { "" };
        html! {
            <span class="pulse-value" data-line={share.map(|share| if share == "p99" { "1" } else { "0" })}>
                if let Some(share) = share {
                    <span class="pulse-share">{ share }</span>
                }
                <strong>{ sign }{ amount }</strong>
                <span class="pulse-unit">{ unit }</span>
            </span>
        }
    }
}
