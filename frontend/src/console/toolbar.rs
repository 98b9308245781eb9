//! The toolbar of the log: the filter, the counts, and actions on the whole log.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{Event, Html, InputEvent, MouseEvent, TargetCast, classes, html};

use super::{
    format,
    log::{
        Direction, MAX_BYTES, MAX_LINES, export,
        filter::{Filter, Kind},
    },
    part::PartProps,
    state::State,
};
use crate::{browser, browser::download, i18n::fill};

/// Renders the toolbar.
pub(crate) fn toolbar(props: &PartProps) -> Html {
    let texts = props.texts();
    let console = &props.console;
    let copied = console.read(|state| state.copied.as_deref() == Some(texts.log));
    let (filter, error, paused) = console.read(|state| {
        let view = &state.view;
        (view.filter().clone(), view.error().map(str::to_owned), view.is_paused())
    });
    let choose = |choose: fn(&mut Filter, &HtmlInputElement)| {
        let console = console.clone();
        move |input: HtmlInputElement| {
            console.change(|state| {
                let mut filter = state.view.filter().clone();
                choose(&mut filter, &input);
                state.choose_filter(filter);
            });
        }
    };
    let on_text = {
        let choose = choose(|filter, input| filter.text = input.value());
        move |event: InputEvent| choose(event.target_unchecked_into())
    };
    let on_regex = {
        let choose = choose(|filter, input| filter.regex = input.checked());
        move |event: Event| choose(event.target_unchecked_into())
    };
    let act = |act: fn(&mut State)| {
        let console = console.clone();
        move |_: MouseEvent| console.change(act)
    };
    let on_copy = {
        let console = console.clone();
        move |_: MouseEvent| {
            let lines = console.read(|state| state.view.lines(&state.log, 0..state.view.len()));
            browser::copy(&lines.iter().map(|line| export::json_line(line) + "\n").collect::<String>());
            console.change(|state| state.copied = Some(texts.log.to_owned()));
        }
    };
    let save = |name: &'static str, kind: &'static str, write: fn(&super::log::Log) -> String| {
        let console = console.clone();
        move |_: MouseEvent| download(name, kind, &console.read(|state| write(&state.log)))
    };
    html! {
        <div class="toolbar">
            <div class="tool-row" role="search" aria-label={texts.filter}>
                <input
                    class={classes!("field", "grow", "mono")} type="text" value={filter.text.clone()}
                    aria-label={texts.filter} placeholder={texts.filter} autocomplete="off" spellcheck="false"
                    aria-invalid={error.is_some().to_string()} oninput={on_text} data-testid="filter-text"
                />
                <label class="check">
                    <input type="checkbox" checked={filter.regex} onchange={on_regex} data-testid="filter-regex" />
                    <span>{ texts.regex }</span>
                </label>
                { direction_choice(props) }
                { kind_choice(props) }
            </div>
            <p class="error" role="status" data-testid="filter-error">
                { error.map(|why| fill(texts.no_regex, &[&why])).unwrap_or_default() }
            </p>
            <div class="tool-row">
                <p class="hint grow" data-testid="console-counts">
                    { counts(props) }
                </p>
                <button
                    class="button" type="button" aria-pressed={paused.to_string()} data-testid="console-pause"
                    onclick={act(|state| { let paused = state.view.is_paused(); state.view.pause(!paused); })}
                >
                    { if paused { texts.resume } else { texts.pause } }
                </button>
                <button class="button" type="button" onclick={act(State::clear)} data-testid="console-clear">
                    { texts.clear }
                </button>
                <button class="button" type="button" onclick={on_copy} title={texts.copy_hint} data-testid="console-copy">
                    { if copied { texts.copied } else { texts.copy } }
                </button>
                <button
                    class="button" type="button" title={texts.export_lines} data-testid="export-lines"
                    onclick={save("parlor-console.jsonl", "application/jsonl", export::json_lines)}
                >
                    { "JSON Lines" }<span class="visually-hidden">{ texts.export_lines }</span>
                </button>
                <button
                    class="button" type="button" title={texts.export_har} data-testid="export-har"
                    onclick={save("parlor-console.har", "application/json", export::har)}
                >
                    { "HAR" }<span class="visually-hidden">{ texts.export_har }</span>
                </button>
            </div>
        </div>
    }
}

/// The numbers of lines that are shown, sent, received, held back by a pause, and dropped.
fn counts(props: &PartProps) -> Html {
    let texts = props.texts();
    let (held_back, shown, totals) =
        props.console.read(|state| (state.view.held_back(), state.view.len(), state.log.totals()));
    let counts = [
        fill(texts.counts, &[&shown.to_string(), &totals.sent.to_string(), &totals.received.to_string()]),
        if held_back > 0 { fill(texts.held_back, &[&held_back.to_string()]) } else { String::new() },
        if totals.dropped > 0 {
            fill(
                texts.dropped,
                &[&totals.dropped.to_string(), &MAX_LINES.to_string(), &format::size(MAX_BYTES)],
            )
        } else {
            String::new()
        },
    ];
    let shown = counts.into_iter().filter(|figure| !figure.is_empty());
    shown.map(|figure| html! { <span class="figure">{ figure }</span> }).collect()
}

fn direction_choice(props: &PartProps) -> Html {
    const ALL: [Option<Direction>; 3] = [None, Some(Direction::Sent), Some(Direction::Received)];
    let texts = props.texts();
    let labels = [texts.both_ways, texts.sent, texts.received];
    let selected = props.console.read(|state| state.view.filter().direction);
    select(
        props,
        texts.direction,
        "filter-direction",
        &labels,
        ALL.iter().position(|one| *one == selected),
        |filter, at| {
            filter.direction = ALL[at];
        },
    )
}

fn kind_choice(props: &PartProps) -> Html {
    const ALL: [Option<Kind>; 4] = [None, Some(Kind::Text), Some(Kind::Binary), Some(Kind::Event)];
    let texts = props.texts();
    let labels = [texts.all_kinds, texts.text, texts.binary, texts.event];
    let selected = props.console.read(|state| state.view.filter().kind);
    select(
        props,
        texts.kind,
        "filter-kind",
        &labels,
        ALL.iter().position(|one| *one == selected),
        |filter, at| {
            filter.kind = ALL[at];
        },
    )
}

fn select(
    props: &PartProps,
    label: &'static str,
    hook: &'static str,
    options: &[&'static str],
    selected: Option<usize>,
    choose: fn(&mut Filter, usize),
) -> Html {
    let console = props.console.clone();
    let onchange = move |event: Event| {
        let at = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        let Ok(at) = usize::try_from(at) else { return };
        console.change(|state| {
            let mut filter = state.view.filter().clone();
            choose(&mut filter, at);
            state.choose_filter(filter);
        });
    };
    html! {
        <select class="field" aria-label={label} {onchange} data-testid={hook}>
            { for options.iter().enumerate().map(|(at, option)| html! {
                <option key={at} value={at.to_string()} selected={selected == Some(at)}>{ *option }</option>
            }) }
        </select>
    }
}
