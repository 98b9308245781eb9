//! The list of lines: a window over the log, so that the page stays small.

use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::{Callback, Component, Context, Html, MouseEvent, NodeRef, classes, html};

use super::{
    format,
    log::{
        Line,
        window::{self, ROW},
    },
    part::PartProps,
    session::Console,
    texts::Texts,
};

/// The list of lines.
pub(crate) struct FrameList {
    node: NodeRef,
    scrolled: f64,
    height: f64,
    /// Whether the list follows the end.
    following: bool,
    /// The first visible line, with its row: it keeps its place when older ones are dropped.
    anchor: Option<(u64, usize)>,
    _resized: EventListener,
}

/// Events of the list.
pub(crate) enum Msg {
    Scrolled,
    Chosen(u64, bool),
    Key(KeyboardEvent),
}

impl Component for FrameList {
    type Message = Msg;
    type Properties = PartProps;

    fn create(ctx: &Context<Self>) -> Self {
        let resized = ctx.link().callback(|()| Msg::Scrolled);
        Self {
            node: NodeRef::default(),
            scrolled: 0.0,
            height: 600.0,
            following: true,
            anchor: None,
            _resized: EventListener::new(&crate::browser::window(), "resize", move |_| resized.emit(())),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let console = &ctx.props().console;
        match msg {
            Msg::Scrolled => self.measure(console),
            Msg::Chosen(number, compare) => console.change(|state| {
                if compare && state.selected.is_some_and(|selected| selected != number) {
                    state.base = state.selected;
                }
                state.selected = Some(number);
            }),
            Msg::Key(event) => self.key(console, &event),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let texts = props.texts();
        let (total, range, lines, selected, base) = props.console.read(|state| {
            let total = state.view.len();
            let range = window::window(self.scrolled, self.height, total);
            let lines = state.view.lines(&state.log, range.clone());
            (total, range, lines, state.selected, state.base)
        });
        let active = selected.filter(|selected| lines.iter().any(|line| line.number == *selected));
        let on_choose = ctx.link().callback(|(number, compare)| Msg::Chosen(number, compare));
        let first = range.start;
        let style =
            format!("height: {}px; padding-top: {}px", window::height(total), window::height(range.start));
        html! {
            <div
                class="frames" role="grid" tabindex="0" ref={self.node.clone()} aria-label={texts.log}
                aria-rowcount={(total + 1).to_string()} aria-activedescendant={active.map(row_id)}
                onscroll={ctx.link().callback(|_| Msg::Scrolled)} onkeydown={ctx.link().callback(Msg::Key)}
                data-testid="frames"
            >
                <div class="frame-row frame-head" role="row" aria-rowindex="1">
                    { for columns(texts).into_iter().map(|(class, label)| html! {
                        <span {class} role="columnheader">
                            <span class={classes!((class == "frame-arrow").then_some("visually-hidden"))}>{ label }</span>
                        </span>
                    }) }
                </div>
                <div class="frame-rows" role="rowgroup" {style}>
                    { for lines.iter().enumerate().map(|(at, line)| {
                        let (is_chosen, is_base) = (selected == Some(line.number), base == Some(line.number));
                        row(line, first + at + 2, is_chosen, is_base, texts, &on_choose)
                    }) }
                </div>
                if total == 0 {
                    <p class="frames-empty">{ texts.empty }</p>
                }
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        let Some(node) = self.node.cast::<HtmlElement>() else { return };
        if self.following {
            node.set_scroll_top(node.scroll_height());
        } else if let Some((number, row)) = self.anchor
            && let Some(now) = ctx.props().console.read(|state| state.view.row(number))
            && now != row
        {
            self.anchor = Some((number, now));
            self.scroll_to(self.scrolled + window::height(now) - window::height(row));
        }
        if first {
            ctx.link().send_message(Msg::Scrolled);
        }
    }
}

impl FrameList {
    fn measure(&mut self, console: &Console) {
        let Some(node) = self.node.cast::<HtmlElement>() else { return };
        let (top, height) = (f64::from(node.scroll_top()), f64::from(node.client_height()));
        // While many lines are added, the list has grown again before the scroll event arrives. It keeps following the end
        // until the user scrolls up.
        let at_end = top + height + ROW / 2.0 >= f64::from(node.scroll_height());
        self.following = at_end || (self.following && top >= self.scrolled);
        // The header covers the first visible row.
        (self.scrolled, self.height) = (top, height - ROW);
        let row = window::window(top, 0.0, usize::MAX).start;
        self.anchor = console.read(|state| {
            let row = row.min(state.view.len().saturating_sub(1));
            Some((state.view.number(row)?, row))
        });
    }

    /// The arrow keys, Home and End move the selection.
    fn key(&mut self, console: &Console, event: &KeyboardEvent) {
        #[expect(clippy::cast_possible_truncation, reason = "a few rows")]
        let page = ((self.height / ROW) as isize).max(1);
        let step = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "PageDown" => page,
            "PageUp" => -page,
            "Home" => isize::MIN / 2,
            "End" => isize::MAX / 2,
            "Escape" => {
                console.change(|state| (state.selected, state.base) = (None, None));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let row = console.change(|state| {
            let last = state.view.len().checked_sub(1)?;
            let row = match state.selected.and_then(|selected| state.view.row(selected)) {
                Some(row) => row.saturating_add_signed(step).min(last),
                None => last,
            };
            if event.shift_key() && state.base.is_none() {
                state.base = state.selected;
            }
            state.selected = state.view.number(row);
            Some((row, row == last))
        });
        if let Some((row, last)) = row {
            self.following = last;
            if let Some(top) = window::reveal(self.scrolled, self.height, row) {
                self.scroll_to(top);
            }
        }
    }

    fn scroll_to(&mut self, top: f64) {
        if let Some(node) = self.node.cast::<HtmlElement>() {
            self.scrolled = top;
            #[expect(clippy::cast_possible_truncation, reason = "a few million pixels")]
            node.set_scroll_top(top.round() as i32);
        }
    }
}

fn columns(texts: &Texts) -> [(&'static str, &'static str); 7] {
    [
        ("frame-at", texts.time),
        ("frame-gap", texts.gap),
        ("frame-arrow", texts.direction),
        ("frame-kind", texts.kind),
        ("frame-size", texts.size),
        ("frame-trip", texts.round_trip),
        ("frame-preview", texts.content),
    ]
}

fn row_id(number: u64) -> String {
    format!("frame-{number}")
}

/// A line, compared by address: lines never change.
#[derive(Clone)]
pub(crate) struct LineRef(pub(crate) Rc<Line>);

impl PartialEq for LineRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

fn row(
    line: &Line,
    index: usize,
    selected: bool,
    base: bool,
    texts: &Texts,
    on_choose: &Callback<(u64, bool)>,
) -> Html {
    let (frame, number) = (line.frame(), line.number);
    let onclick = on_choose.reform(move |event: MouseEvent| (number, event.shift_key()));
    let time = |ms: Option<f64>, sign: &str| ms.map(|ms| format!("{sign}{}", format::span(ms)));
    html! {
        <div
            key={number} class={classes!("frame-row", frame.is_none().then_some("event"), base.then_some("base"))}
            role="row" id={row_id(number)} aria-rowindex={index.to_string()}
            aria-selected={(selected || base).to_string()} {onclick} data-testid="frame"
            data-number={number.to_string()} data-direction={format::arrow(line)}
        >
            <span class="frame-at" role="gridcell">{ format::clock(line.at) }</span>
            <span class="frame-gap" role="gridcell">{ time(frame.and_then(|frame| frame.gap), "+") }</span>
            <span class="frame-arrow" role="gridcell">
                <span aria-hidden="true">{ format::arrow(line) }</span>
                <span class="visually-hidden">{ format::direction(line, texts) }</span>
            </span>
            <span class="frame-kind" role="gridcell">{ format::kind(line, texts) }</span>
            <span class="frame-size" role="gridcell">{ frame.map(|frame| format::size(frame.size)) }</span>
            <span class="frame-trip" role="gridcell">{ time(frame.and_then(|frame| frame.round_trip), "") }</span>
            <span class="frame-preview" role="gridcell"><bdi>{ format::preview(line, texts) }</bdi></span>
        </div>
    }
}
