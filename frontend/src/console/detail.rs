//! The details of a line: its content as text, JSON or a hex dump, or its difference from another line.

use std::rc::Rc;

use shared::close::Advice;
use yew::{Html, MouseEvent, Properties, classes, function_component, html};

use super::{
    display::{FrameDisplay, MAX_DUMPED, MAX_SHOWN, complete, possible_displays, shown},
    format,
    list::LineRef,
    log::{
        Entry, Event, Frame, Line,
        diff::{self, DiffLine},
        export,
    },
    part::{PartProps, copy_line},
    texts::Texts,
    wire,
};
use crate::{
    browser,
    i18n::fill,
    icon::{self, icon},
};

/// What the details need.
#[derive(Properties, PartialEq)]
pub(crate) struct DetailProps {
    pub(crate) part: PartProps,
    pub(crate) line: LineRef,
    /// The line that it is compared with.
    pub(crate) base: Option<LineRef>,
    /// Whether the user is choosing another line to compare with.
    pub(crate) marked: bool,
    pub(crate) display: Option<FrameDisplay>,
    pub(crate) copied: Option<String>,
}

/// The details of the selected line.
#[function_component]
pub(crate) fn Detail(detail: &DetailProps) -> Html {
    let (props, line, marked) = (&detail.part, &detail.line.0, detail.marked);
    let (base, texts) = (detail.base.as_ref().map(|base| &base.0), props.texts());
    let displays = line.frame().map(|frame| possible_displays(&frame.body)).unwrap_or_default();
    let display = detail.display.filter(|display| displays.contains(display)).or(displays.first().copied());
    let on_close = {
        let console = props.console.clone();
        move |_: MouseEvent| console.change(|state| (state.selected, state.base) = (None, None))
    };
    let on_compare = {
        let console = props.console.clone();
        move |_: MouseEvent| console.change(|state| state.base = if marked { None } else { state.selected })
    };
    let on_copy = {
        let line = Rc::clone(line);
        move |_: MouseEvent| browser::copy(&complete(&line, display))
    };
    let tab = |one: FrameDisplay, label: &'static str| {
        let console = props.console.clone();
        let onchange = move |_: yew::Event| console.change(|state| state.display = Some(one));
        html! {
            <label class="segment">
                <input type="radio" name="display" checked={display == Some(one)} {onchange} />
                <span>{ label }</span>
            </label>
        }
    };
    let name = |display: FrameDisplay| match display {
        FrameDisplay::Json => "JSON",
        FrameDisplay::Text => texts.text,
        FrameDisplay::Dump => texts.dump,
    };
    html! {
        <section class="detail" aria-label={texts.details} data-testid="detail">
            <header class="tool-row">
                <h2>{ format!("#{}", line.number) }</h2>
                if base.is_none() && displays.len() > 1 {
                    <fieldset class="segments">
                        <legend class="visually-hidden">{ texts.shown_as }</legend>
                        { for displays.iter().map(|display| tab(*display, name(*display))) }
                    </fieldset>
                }
                <span class="grow"></span>
                if line.frame().is_some() {
                    <button class="button" type="button" onclick={on_compare} aria-pressed={marked.to_string()} data-testid="compare">
                        { texts.compare }
                    </button>
                    <button class="button" type="button" onclick={on_copy}>{ texts.copy }</button>
                }
                <button class="icon-button" type="button" aria-label={texts.close_details} onclick={on_close}>
                    { icon(icon::CLOSE) }
                </button>
            </header>
            { facts(line, texts) }
            { match (&line.entry, base.and_then(|base| base.frame()), display) {
                (Entry::Event(event), _, _) => event_detail(props, event, texts),
                (Entry::Frame(frame), Some(old), _) => difference(old, frame, base.map_or(0, |base| base.number), texts),
                (Entry::Frame(frame), None, Some(display)) => html! {
                    <>
                        if marked {
                            <p class="hint">{ texts.compare_hint }</p>
                        }
                        <pre class="frame-body" tabindex="0" aria-label={texts.content} data-testid="detail-body">
                            { shown(&frame.body, display) }
                        </pre>
                        { cut(frame, display, texts) }
                    </>
                },
                (Entry::Frame(_), None, None) => Html::default(),
            } }
        </section>
    }
}

/// The note that something is not shown.
fn cut(frame: &Frame, display: FrameDisplay, texts: &Texts) -> Html {
    let kept = frame.body.bytes().len();
    let most = if display == FrameDisplay::Dump { MAX_DUMPED } else { MAX_SHOWN };
    let said = if frame.size > kept {
        fill(texts.kept_part, &[&format::size(kept), &format::size(frame.size)])
    } else if kept > most {
        fill(texts.shown_part, &[&format::size(most)])
    } else {
        return Html::default();
    };
    html! { <p class="hint">{ said }</p> }
}

fn facts(line: &Line, texts: &Texts) -> Html {
    let pair = |label: &'static str, value: String| {
        html! { <div><dt>{ label }</dt><dd>{ value }</dd></div> }
    };
    let frame = line.frame();
    html! {
        <dl class="facts">
            { pair(texts.kind, format::kind(line, texts).to_owned()) }
            if let Some(frame) = frame {
                { pair(texts.direction, format::direction(line, texts).to_owned()) }
                { pair(texts.size, fill(texts.bytes, &[&frame.size.to_string()])) }
            }
            { pair(texts.time, format!("{} · {}", format::clock(line.at), export::timestamp(line.at))) }
            if let Some(gap) = frame.and_then(|frame| frame.gap) {
                { pair(texts.gap, format::span(gap)) }
            }
            if let Some(round_trip) = frame.and_then(|frame| frame.round_trip) {
                { pair(texts.round_trip, format::span(round_trip)) }
            }
            { pair(texts.connection, line.connection.to_string()) }
        </dl>
    }
}

/// An event, with advice.
fn event_detail(props: &PartProps, event: &Event, texts: &Texts) -> Html {
    let failed = matches!(event, Event::Closed { opened: false, .. } | Event::Refused(_));
    let command = failed.then(|| {
        let form = props.console.read(|state| state.form.clone());
        wire::command("--frames", form.url.trim(), &form.protocol_list())
    });
    html! {
        <div class="event-detail stack" data-testid="detail-body">
            <p><bdi>{ format::describe(event, texts) }</bdi></p>
            if let Event::Closed { code, clean, opened, requested, .. } = event {
                if *opened && !requested {
                    <p>{ match code.advice() {
                        Advice::Stop => texts.advice_stop,
                        Advice::Reconnect => texts.advice_reconnect,
                        Advice::Fix => texts.advice_fix,
                    } }</p>
                }
                if *opened {
                    <p>{ if *clean { texts.was_clean } else { texts.was_not_clean } }</p>
                }
            }
            if let Event::Opened { extensions, .. } = event {
                if !extensions.is_empty() {
                    <p>{ fill(texts.extensions, &[extensions]) }</p>
                }
            }
            if let Some(command) = command {
                <p>{ texts.why_hidden }</p>
                { copy_line(props, command) }
            }
        </div>
    }
}

fn difference(old: &Frame, new: &Frame, base: u64, texts: &Texts) -> Html {
    let best = |frame: &Frame| possible_displays(&frame.body).first().copied().unwrap_or(FrameDisplay::Dump);
    // Both are displayed in the same way, so that they can be compared.
    let display = if best(old) == best(new) {
        best(old)
    } else if [old, new].iter().all(|frame| possible_displays(&frame.body).contains(&FrameDisplay::Text)) {
        FrameDisplay::Text
    } else {
        FrameDisplay::Dump
    };
    let (old, new) = (shown(&old.body, display), shown(&new.body, display));
    let same = old == new;
    let row = |step: DiffLine<'_>| match step {
        DiffLine::Unchanged(line) => html! { <div>{ "  " }{ line.to_owned() }</div> },
        DiffLine::Removed(line, range) => changed("removed", "− ", line, range),
        DiffLine::Added(line, range) => changed("added", "+ ", line, range),
    };
    html! {
        <>
            <p class="hint">{ fill(if same { texts.no_difference } else { texts.difference }, &[&base.to_string()]) }</p>
            <pre class="frame-body diff" tabindex="0" aria-label={texts.compare} data-testid="diff">
                { for diff::diff(&old, &new).into_iter().map(row) }
            </pre>
        </>
    }
}

fn changed(class: &'static str, sign: &'static str, line: &str, range: std::ops::Range<usize>) -> Html {
    let (before, after) = (line[..range.start].to_owned(), line[range.end..].to_owned());
    html! {
        <div class={classes!("diff-line", class)}>
            { sign }{ before }<mark>{ line[range].to_owned() }</mark>{ after }
        </div>
    }
}
