//! Polling compared with pushing: the same events over four transports side by side, with their cost and delay.

mod clocks;
mod cost;
mod plot;
mod run;
mod tally;
mod texts;

use gloo_timers::callback::Interval;
use run::{Phase, Run, Settings, Transport};
use tally::Tally;
use texts::Texts;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{Callback, Component, Context, Event, Html, Properties, TargetCast, html};

use crate::{
    Locale,
    console::{fixed, size, span},
    i18n::fill,
    navigation::{Page, page_head},
};

/// The interval of renders during a run, in milliseconds.
const DRAW_MS: u32 = 200;
/// The options of the menus, in milliseconds.
const EVERY: [u32; 6] = [100, 250, 500, 1_000, 2_000, 5_000];
const POLL: [u32; 6] = [100, 500, 1_000, 2_000, 5_000, 10_000];
const DURATION: [u32; 4] = [5_000, 15_000, 30_000, 60_000];

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct CompareProps {
    /// The language.
    pub locale: Locale,
}

/// The page that compares the transports.
pub struct ComparePage {
    settings: Settings,
    run: Option<Run>,
    ticks: Option<Interval>,
}

/// Events of the page.
pub enum Msg {
    /// The interval of the server's events was chosen.
    Every(u32),
    /// The interval of the polls was chosen.
    Poll(u32),
    /// The duration was chosen.
    Duration(u32),
    /// Whether polls send the last known number was chosen.
    Remember(bool),
    /// The run starts.
    Start,
    /// The run stops.
    Stop,
    /// Time to render.
    Tick,
}

impl Component for ComparePage {
    type Message = Msg;
    type Properties = CompareProps;

    fn create(_: &Context<Self>) -> Self {
        let settings = Settings { every: 500, poll: 2_000, duration: 15_000, remember: true };
        Self { settings, run: None, ticks: None }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Every(ms) => self.settings.every = ms,
            Msg::Poll(ms) => self.settings.poll = ms,
            Msg::Duration(ms) => self.settings.duration = ms,
            Msg::Remember(remember) => self.settings.remember = remember,
            Msg::Start => {
                let link = ctx.link().clone();
                self.run = Some(Run::start(self.settings));
                self.ticks = Some(Interval::new(DRAW_MS, move || link.send_message(Msg::Tick)));
            }
            Msg::Stop => {
                if let Some(run) = &self.run {
                    run.stop();
                }
            }
            Msg::Tick => {
                if !self.is_running() {
                    self.ticks = None;
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (locale, link) = (&ctx.props().locale, ctx.link());
        let texts = texts::of(locale.language);
        let button = if self.is_running() {
            html! {
                <button
                    class="button danger" type="button" onclick={link.callback(|_| Msg::Stop)}
                    data-testid="compare-stop"
                >
                    { texts.stop }
                </button>
            }
        } else {
            html! {
                <button
                    class="button primary" type="button" onclick={link.callback(|_| Msg::Start)}
                    data-testid="compare-start"
                >
                    { texts.start }
                </button>
            }
        };
        let on_remember = link.callback(|event: Event| {
            Msg::Remember(event.target_unchecked_into::<HtmlInputElement>().checked())
        });
        html! {
            <div class="tool-page">
                { page_head(locale, Page::Compare) }
                <main class="compare" data-testid="compare">
                    <p class="compare-about">{ texts.about }</p>
                    <div class="tool-row compare-form">
                        { choice(texts.every, &EVERY, self.settings.every, link.callback(Msg::Every)) }
                        { choice(texts.poll_every, &POLL, self.settings.poll, link.callback(Msg::Poll)) }
                        { choice(texts.duration, &DURATION, self.settings.duration, link.callback(Msg::Duration)) }
                        <label class="check">
                            <input type="checkbox" checked={self.settings.remember} onchange={on_remember} />
                            <span>{ texts.remember }</span>
                        </label>
                        { button }
                    </div>
                    <p class="hint" role="status" data-testid="compare-phase">{ self.phase_text(texts) }</p>
                    { self.run.as_ref().map(|run| results(run, texts)).unwrap_or_default() }
                </main>
            </div>
        }
    }
}

impl ComparePage {
    fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| matches!(run.phase(), Phase::Clocks | Phase::Running))
    }

    fn phase_text(&self, texts: &Texts) -> String {
        let Some(run) = &self.run else { return texts.before.to_owned() };
        match run.phase() {
            Phase::Clocks => texts.comparing_clocks.to_owned(),
            Phase::Running => fill(texts.running, &[&name(run.settings().duration)]),
            Phase::Done => texts.done.to_owned(),
            Phase::Failed => texts.failed.to_owned(),
        }
    }
}

fn choice(label: &'static str, options: &[u32], chosen: u32, choose: Callback<u32>) -> Html {
    let onchange = move |event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        if let Ok(ms) = value.parse() {
            choose.emit(ms);
        }
    };
    html! {
        <label class="stack">
            <span class="label">{ label }</span>
            <select class="field" {onchange}>
                { for options.iter().map(|ms| html! {
                    <option key={*ms} value={ms.to_string()} selected={*ms == chosen}>{ name(*ms) }</option>
                }) }
            </select>
        </label>
    }
}

/// The text of an option.
fn name(ms: u32) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{} s", ms / 1000) }
}

fn results(run: &Run, texts: &Texts) -> Html {
    let settings = run.settings();
    let duration = f64::from(settings.duration);
    let delay = |tally: &Tally, share: f64| tally.quantile(share).map_or_else(|| "–".to_owned(), span);
    let plots = run.read(|tallies| {
        let draw = |transport: Transport| {
            let (tally, at) = (&tallies[transport as usize], transport as usize);
            let facts = [tally.arrivals.len().to_string(), delay(tally, 0.5), delay(tally, 0.99)];
            let words = fill(texts.plot_label, &facts.each_ref().map(String::as_str));
            html! {
                <figure class="plot" data-transport={at.to_string()}>
                    <figcaption>
                        <strong>{ texts.transports[at] }</strong>
                        <span class="secondary">{ texts.means[at] }</span>
                    </figcaption>
                    { plot::plot(tally, duration, words) }
                </figure>
            }
        };
        Transport::ALL.map(draw)
    });
    let share = |ms: f64| fixed((100.0 * ms / duration).min(100.0), 0) + "%";
    html! {
        <>
            <div class="plots">
                <p class="hint">{ texts.plot }</p>
                { for plots }
                <div class="plot-time" aria-hidden="true">
                    <span style={format!("width: {}", share(run.elapsed()))}></span>
                </div>
                <p class="hint plot-ends"><span>{ "0 s" }</span><span>{ name(settings.duration) }</span></p>
            </div>
            <div class="table-scroll" tabindex="0" role="region" aria-label={texts.table}>
                { run.read(|tallies| table(tallies, texts, &delay)) }
            </div>
            <div class="stack compare-notes">
                if let Some(offset) = run.offset() {
                    <p class="hint" data-testid="compare-clocks">
                        { fill(texts.clocks, &[&(fixed(offset.ms, 1) + " ms"), &(fixed(offset.error, 1) + " ms")]) }
                    </p>
                }
                <p class="hint">{ texts.bytes_note }</p>
            </div>
        </>
    }
}

fn table(tallies: &[Tally; 4], texts: &Texts, delay: &dyn Fn(&Tally, f64) -> String) -> Html {
    let per_event = |tally: &Tally| match tally.arrivals.len() {
        0 => "–".to_owned(),
        events => size(tally.bytes / events),
    };
    let row = |label: &'static str, cell: &dyn Fn(&Tally) -> String| {
        html! {
            <tr>
                <th scope="row">{ label }</th>
                { for tallies.iter().map(|tally| html! { <td>{ cell(tally) }</td> }) }
            </tr>
        }
    };
    html! {
        <table class="compare-table" data-testid="compare-table">
            <caption class="visually-hidden">{ texts.table }</caption>
            <thead>
                <tr>
                    <td></td>
                    { for texts.short.iter().map(|name| html! { <th scope="col">{ *name }</th> }) }
                </tr>
            </thead>
            <tbody>
                { row(texts.requests, &|tally| tally.requests.to_string()) }
                { row(texts.bytes, &|tally| size(tally.bytes)) }
                { row(texts.events, &|tally| tally.arrivals.len().to_string()) }
                { row(texts.per_event, &per_event) }
                { row(texts.median, &|tally| delay(tally, 0.5)) }
                { row(texts.p99, &|tally| delay(tally, 0.99)) }
                { row(texts.missed, &|tally| tally.missed().to_string()) }
                { row(texts.duplicated, &|tally| tally.duplicated.to_string()) }
                { row(texts.failures, &|tally| tally.failures.to_string()) }
            </tbody>
        </table>
    }
}
