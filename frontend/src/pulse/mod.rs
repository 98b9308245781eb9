//! Pulse: the server's vital signs as figures with sparklines, from the metrics that operators read, too.
//!
//! [`PulsePage`] reads `/metrics` every two seconds while somebody looks at it. [`Pulse`] keeps the last ten minutes in memory, also
//! while another page is shown; the time without readings is a gap. Who may see the figures is decided by the server.

mod exposition;
mod histogram;
mod history;
mod poll;
mod sparkline;
mod texts;
mod tile;
mod units;
mod vitals;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_events::EventListener;
use gloo_timers::callback::Interval;
use shared::{Timestamp, Username};
use yew::{Component, Context, Html, MouseEvent, Properties, html};

use crate::{
    Locale,
    browser::{
        clock::{Clock, wall_clock},
        document,
    },
    i18n::fill,
    navigation::{Page, follow, page_head},
    storage,
};
use exposition::Exposition;
use history::History;
use poll::{Failure, Poll};
use texts::{Texts, texts};
use tile::Tile;
use vitals::Reading;

/// The time from one reading to the next, in milliseconds.
const EVERY: u32 = 2_000;
/// A request without an answer in this time, in milliseconds, is given up.
const PATIENCE: u64 = 8_000;

/// What is kept while another page is shown. A cheap handle.
#[derive(Clone)]
pub struct Pulse(Rc<Kept>);

struct Kept {
    history: RefCell<History>,
    /// Who has read it. Others may not be allowed to.
    reader: RefCell<Option<Username>>,
    /// When the newest figures came.
    read_at: Cell<Option<Timestamp>>,
    clock: Clock,
}

impl PartialEq for Pulse {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Pulse {
    fn default() -> Self {
        let (history, reader, read_at) = (RefCell::default(), RefCell::default(), Cell::default());
        Self(Rc::new(Kept { history, reader, read_at, clock: Clock::new() }))
    }
}

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct PulseProps {
    /// The language.
    pub locale: Locale,
    /// The figures of the last minutes.
    pub pulse: Pulse,
}

/// The page of the server's vital signs.
pub struct PulsePage {
    poll: Option<Poll>,
    polls: u32,
    ticks: Option<Interval>,
    failure: Option<Failure>,
    is_paused: bool,
    _listeners: [EventListener; 2],
}

/// Events of the page.
pub enum Msg {
    /// It is time for a reading.
    Tick,
    /// A request is answered.
    Answered(u32, Result<String, Failure>),
    /// The user stops or continues the reading.
    Pause,
    /// The page is hidden or shown.
    Visibility,
    /// Another tab has changed a stored value.
    Stored(String),
}

impl Component for PulsePage {
    type Message = Msg;
    type Properties = PulseProps;

    fn create(ctx: &Context<Self>) -> Self {
        let (link, stored) = (ctx.link().clone(), ctx.link().callback(Msg::Stored));
        let visibility =
            EventListener::new(&document(), "visibilitychange", move |_| link.send_message(Msg::Visibility));
        let mut page = Self {
            poll: None,
            polls: 0,
            ticks: None,
            failure: None,
            is_paused: false,
            _listeners: [visibility, storage::listen(move |key| stored.emit(key))],
        };
        page.begin(ctx);
        page
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Tick => self.tick(ctx),
            Msg::Answered(number, answer) => self.take(ctx, number, answer),
            Msg::Pause => {
                self.is_paused = !self.is_paused;
                // Nothing is tried again.
                self.failure = None;
                self.go_on(ctx);
                true
            }
            Msg::Visibility => {
                self.go_on(ctx);
                false
            }
            Msg::Stored(key) if storage::is_identity_key(&key) => {
                self.begin(ctx);
                true
            }
            Msg::Stored(_) => false,
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let PulseProps { locale, pulse } = ctx.props();
        let texts = texts(locale.language);
        let history = pulse.0.history.borrow();
        html! {
            <div class="tool-page">
                { page_head(locale, Page::Pulse) }
                <main class="pulse" data-testid="pulse">
                    // A refused user sees the reason instead.
                    if !self.is_refused() {
                        <p class="pulse-about">{ texts.about }</p>
                    }
                    <div class="tool-row">
                        <p class="connection" data-state={self.tone(&history)}>
                            <span class="status-dot" aria-hidden="true"></span>
                            // It changes with the state, and not with each reading, so that it is not said again and again.
                            <span role="status" data-testid="pulse-state">{ self.state(&pulse.0, &history, locale, texts) }</span>
                        </p>
                        if !self.is_refused() {
                            <button
                                class="button" type="button" aria-pressed={self.is_paused.to_string()}
                                onclick={ctx.link().callback(|_: MouseEvent| Msg::Pause)} data-testid="pulse-pause"
                            >
                                { texts.pause }
                            </button>
                        }
                    </div>
                    { self.way_out(texts) }
                    if !history.is_empty() {
                        { figures(&history, locale, texts) }
                    }
                </main>
            </div>
        }
    }
}

impl PulsePage {
    /// Begins to read for whoever is signed in now.
    fn begin(&mut self, ctx: &Context<Self>) {
        let kept = &ctx.props().pulse.0;
        let name = storage::name();
        if *kept.reader.borrow() != name {
            kept.history.borrow_mut().clear();
        }
        kept.reader.replace(name);
        self.failure = None;
        self.poll = None;
        self.go_on(ctx);
    }

    /// Reads regularly while that is of use, and at once when it begins to be.
    fn go_on(&mut self, ctx: &Context<Self>) {
        if self.is_paused || self.is_refused() || document().hidden() {
            (self.ticks, self.poll) = (None, None);
            return;
        }
        let link = ctx.link().clone();
        self.ticks = Some(Interval::new(EVERY, move || link.send_message(Msg::Tick)));
        self.tick(ctx);
    }

    /// Sends a request, unless one is on its way. Returns whether the server is found to be away.
    fn tick(&mut self, ctx: &Context<Self>) -> bool {
        let now = ctx.props().pulse.0.clock.now();
        let is_late = self.poll.as_ref().map(|poll| now.saturating_sub(poll.at) > PATIENCE);
        if is_late == Some(false) {
            return false;
        }
        self.polls += 1;
        let answered = ctx.link().callback(|(number, answer)| Msg::Answered(number, answer));
        self.poll = Some(Poll::send(now, self.polls, answered));
        is_late.is_some() && self.failure.replace(Failure::Unreachable).is_none()
    }

    fn take(&mut self, ctx: &Context<Self>, number: u32, answer: Result<String, Failure>) -> bool {
        if self.poll.as_ref().is_none_or(|poll| poll.number != number) {
            return false;
        }
        self.poll = None;
        let kept = &ctx.props().pulse.0;
        let before = self.failure;
        self.failure = match answer {
            Ok(text) => {
                let reading = Reading { at: kept.clock.now(), metrics: Exposition::parse(&text) };
                if kept.history.borrow_mut().add(reading) {
                    kept.read_at.set(Some(wall_clock()));
                    None
                } else {
                    Some(Failure::Unreadable)
                }
            }
            Err(failure) => Some(failure),
        };
        if self.is_refused() {
            kept.history.borrow_mut().clear();
            self.ticks = None;
        }
        self.failure.is_none() || self.failure != before
    }

    /// Whether there is no use in trying again.
    fn is_refused(&self) -> bool {
        matches!(self.failure, Some(Failure::NotYours | Failure::SignedOut))
    }

    /// The colour of the dot: as that of a connection.
    fn tone(&self, history: &History) -> &'static str {
        let newest = history.newest();
        match self.failure {
            Some(Failure::NotYours | Failure::SignedOut) => "refused",
            Some(Failure::Unreachable | Failure::Unreadable) => "offline",
            None if self.is_paused => "paused",
            None if history.is_empty() => "connecting",
            None if newest.is_ready == Some(false) => "offline",
            None => "live",
        }
    }

    fn state(&self, kept: &Kept, history: &History, locale: &Locale, texts: &Texts) -> String {
        let newest = history.newest();
        let state = match self.failure {
            Some(Failure::NotYours) => texts.not_yours,
            Some(Failure::SignedOut) => texts.signed_out,
            Some(Failure::Unreachable) => texts.unreachable,
            Some(Failure::Unreadable) => texts.unreadable,
            None if self.is_paused => texts.paused,
            None if history.is_empty() => texts.loading,
            None if newest.is_ready == Some(false) => texts.not_ready,
            None => texts.ready,
        };
        let is_old = self.failure.is_some() || self.is_paused;
        match kept.read_at.get().filter(|_| is_old && !history.is_empty()) {
            Some(at) => format!("{state} {}", fill(texts.as_of, &[&locale.dates.clock(at)])),
            None => state.to_owned(),
        }
    }

    /// The link for who may not see the figures.
    fn way_out(&self, texts: &Texts) -> Html {
        let label = match self.failure {
            Some(Failure::NotYours) => texts.to_rooms,
            Some(Failure::SignedOut) => texts.sign_in,
            _ => return Html::default(),
        };
        html! { <a class="button primary pulse-out" href="/" onclick={follow("/")} data-testid="pulse-out">{ label }</a> }
    }
}

/// The server, and all tiles.
fn figures(history: &History, locale: &Locale, texts: &Texts) -> Html {
    let (from, to) = history.span();
    let last = texts.last.of((to - from).div_ceil(60_000));
    let newest = history.newest();
    let server = newest.version.as_ref().zip(newest.started).map(|(version, started)| {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below 2^53")]
        let started = Timestamp::from_millis((started * 1000.0) as i64);
        fill(texts.server, &[version, &locale.dates.short(started)])
    });
    html! {
        <>
            <ul class="pulse-tiles">
                { for Tile::ALL.into_iter().map(|tile| tile.view(history, &last, locale.language)) }
            </ul>
            <p class="hint">{ fill(texts.lines, &[&last]) }</p>
            if let Some(server) = server {
                <p class="hint" data-testid="pulse-server">{ server }</p>
            }
        </>
    }
}
