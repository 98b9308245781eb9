//! The timeline: renders a bounded window of rows out of all loaded entries.
//!
//! Rows outside the window are replaced by two empty blocks of their height, measured or estimated. The scroll position is
//! kept as an `Anchor`: an end, or a row and its distance from the top of the viewport. After each render the rows
//! are measured and the anchor is restored, so that nothing moves when older messages are inserted above or an estimate
//! was wrong.

mod empty;
mod heights;
mod keyboard;
mod reading;
mod refused;
mod rows;
mod scroll;
mod texts;

use std::{ops::Range, rc::Rc};

pub use heights::{Heights, RowKey};
use keyboard::Current;
pub use keyboard::Move;
use refused::Refused;
use scroll::{Anchor, Geometry, Listeners};
use shared::{Client, MessageId, RoomName, RoomView, Seq, Username};
use web_sys::Element;
use yew::{
    Callback, Component, Context, ContextHandle, FocusEvent, Html, KeyboardEvent, NodeRef, Properties,
    TargetCast, html,
};

use crate::{
    AppContext,
    driver::Subscription,
    i18n::fill,
    message::{MessageAction, Note, PendingPosts},
    room_label::RoomLabel,
};
use empty::EmptyRoom;
use reading::is_empty;
use texts::texts;

/// A message to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// The message.
    pub seq: Seq,
    /// The number of jumps before: it distinguishes two jumps to the same message.
    pub number: u32,
}

/// The maximum number of rendered rows.
pub const MAX_ROWS: usize = 120;

/// What the timeline needs.
#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    /// The room.
    pub room: RoomName,
    /// The message to show, if the user has jumped to one.
    pub jump: Option<Jump>,
    /// Increases when the newest end should be shown, for example after a post.
    pub to_end: u32,
    /// What the user does with a message.
    pub on_action: Callback<MessageAction>,
}

/// The scrollable list of messages.
pub struct Timeline {
    app: AppContext,
    _context: ContextHandle<AppContext>,
    _changes: Subscription,
    on_retry: Callback<MessageId>,
    on_discard: Callback<MessageId>,
    heights: Heights,
    window: Range<usize>,
    /// The page shows the rows of `window`. Until then, their positions and heights are unknown.
    is_rendered: bool,
    anchor: Anchor,
    /// The room was entered, and its anchor is not set yet.
    entering: bool,
    /// The "new" marker is after this message: the read mark when the room was entered, or when nobody looked at the page.
    new_marker: Option<Seq>,
    /// The entry below the "new" marker.
    first_new: Option<Seq>,
    /// The user went to the newest message: what is between counts as read.
    has_skipped: bool,
    target: Option<Target>,
    highlighted: Option<Seq>,
    /// The target of a jump is not there: this is the message next to its place; 0 if the room has none.
    gone: Option<Seq>,
    /// The generation of the messages that are shown.
    generation: u32,
    /// The row that has or had the focus: the tab stop.
    current: Option<Current>,
    /// The row that gets the focus when it is rendered.
    focus_next: Option<RowKey>,
    pending_posts: PendingPosts,
    names: Rc<Vec<Username>>,
    nodes: Nodes,
    /// The height of the viewport in CSS pixels; 0 before it is measured.
    viewport: f64,
    width: f64,
    /// The scroller when the anchor was restored.
    restored: Geometry,
    listeners: Option<Listeners>,
}

/// The message of a jump, whose pages may be loading.
struct Target {
    seq: Seq,
    requested: bool,
}

/// The measured elements.
#[derive(Default)]
struct Nodes {
    scroller: NodeRef,
    above: NodeRef,
    rows: NodeRef,
    below: NodeRef,
}

/// Events of the timeline.
pub enum Msg {
    /// Another language was chosen.
    Context(AppContext),
    /// The client has changed.
    Changed,
    /// It was scrolled.
    Scrolled,
    /// The user scrolls away from the newest end or from the target of a jump.
    LeftEnd,
    /// The size of an element has changed.
    Resized,
    /// Other rows must be rendered.
    WindowChanged,
    /// The page is focused or visible again.
    Visible,
    /// The user goes to the newest messages.
    ToEnd,
    /// The user goes to the oldest messages.
    ToStart,
    /// A key moves the focus.
    Move(Move),
    /// An element has got the focus.
    Focused(Element),
}

impl Component for Timeline {
    type Message = Msg;
    type Properties = TimelineProps;

    fn create(ctx: &Context<Self>) -> Self {
        let link = ctx.link();
        let (app, context) = link.context(link.callback(Msg::Context)).expect("the app provides its context");
        let driver = &app.driver;
        let mut timeline = Self {
            _changes: driver.subscribe(link.callback(|()| Msg::Changed)),
            on_retry: Callback::from({
                let driver = driver.clone();
                move |id| driver.retry(&id)
            }),
            on_discard: Callback::from({
                let driver = driver.clone();
                move |id| driver.discard(&id)
            }),
            app,
            _context: context,
            heights: Heights::default(),
            window: 0..0,
            is_rendered: false,
            anchor: Anchor::End,
            entering: true,
            new_marker: None,
            first_new: None,
            has_skipped: false,
            target: ctx.props().jump.map(Target::new),
            highlighted: None,
            gone: None,
            generation: 0,
            current: None,
            focus_next: None,
            pending_posts: PendingPosts::default(),
            names: Rc::default(),
            nodes: Nodes::default(),
            viewport: 0.0,
            width: 0.0,
            restored: Geometry::default(),
            listeners: None,
        };
        timeline.choose_window(ctx.props());
        timeline
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &TimelineProps) -> bool {
        let props = ctx.props();
        if props.room != old.room {
            self.heights = Heights::default();
            self.anchor = Anchor::End;
            (self.entering, self.has_skipped) = (true, false);
            (self.target, self.highlighted, self.new_marker) = (None, None, None);
            (self.current, self.focus_next, self.gone) = (None, None, None);
        }
        if props.jump != old.jump {
            (self.target, self.gone) = (props.jump.map(Target::new), None);
            self.has_skipped = false;
        }
        if props.to_end != old.to_end {
            // Whoever posts has read what is above.
            self.new_marker = None;
            self.go_to_end(props);
        }
        self.choose_window(props);
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let renders = match msg {
            Msg::Context(app) => {
                self.app = app;
                true
            }
            Msg::Scrolled => {
                let had_button = self.shows_jump_button(ctx.props());
                self.scrolled(ctx);
                !self.is_covered() || had_button != self.shows_jump_button(ctx.props())
            }
            Msg::LeftEnd => {
                self.target = None;
                self.leave_end();
                false
            }
            Msg::Resized => {
                self.restore_anchor(ctx);
                false
            }
            Msg::Visible => {
                self.note_seen(ctx.props());
                false
            }
            Msg::Changed | Msg::WindowChanged => true,
            Msg::Move(to) => {
                self.move_focus(ctx, to);
                false
            }
            Msg::Focused(element) => self.focused(&element),
            Msg::ToEnd => {
                self.go_to_end(ctx.props());
                true
            }
            Msg::ToStart => {
                self.go_to_start(ctx.props());
                true
            }
        };
        if renders {
            // The rows that are rendered are those of the view now.
            self.choose_window(ctx.props());
        }
        renders
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        self.app.driver.read(|client| match client.view().room(&props.room) {
            Some(room) => self.show(ctx, client, room),
            None => html! { <div class="timeline-frame"></div> },
        })
    }

    fn rendered(&mut self, ctx: &Context<Self>, _first: bool) {
        if self.listeners.is_none() {
            self.listeners = Listeners::new(ctx, &self.nodes.scroller, &self.nodes.rows);
        }
        self.is_rendered = true;
        self.restore_anchor(ctx);
        self.keep_focus();
    }
}

/// Home and End go to the ends of the log, not only of what is loaded.
fn end_of_key(event: &KeyboardEvent) -> Option<Msg> {
    let msg = match event.key().as_str() {
        "Home" => Msg::ToStart,
        "End" => Msg::ToEnd,
        _ => return None,
    };
    if event.shift_key() || event.alt_key() || event.ctrl_key() || event.meta_key() {
        return None;
    }
    event.prevent_default();
    Some(msg)
}

impl Target {
    fn new(jump: Jump) -> Self {
        Self { seq: jump.seq, requested: false }
    }
}

impl Timeline {
    fn show(&self, ctx: &Context<Self>, client: &Client, room: &RoomView) -> Html {
        let (props, link) = (ctx.props(), ctx.link());
        let texts = texts(self.app.locale.language);
        let timeline = room.timeline();
        // Screen readers announce only what is added at the newest end.
        let speaks =
            self.anchor == Anchor::End && !timeline.has_newer() && room.is_joined() && !self.entering;
        let layers = self.app.layers.clone();
        let on_key = move |event: KeyboardEvent| {
            end_of_key(&event).or_else(|| Move::of(&event, &layers).map(Msg::Move))
        };
        let room_label = RoomLabel::of(client.view(), &props.room, self.app.locale.language);
        let called = room_label.full();
        let label = fill(texts.timeline, &[&called]);
        let empty = is_empty(room) && self.pending_posts.rows.is_empty();
        let refusal = room.refusal().filter(|_| !room.is_joined());
        // Nowhere else is a row for it.
        let gap = || room.gap_above(0).map(Note::Gap);
        let top_note = self.gone.map(|_| Note::NotFound).or_else(gap).filter(|_| empty);
        let top = if room.left_because().is_some() {
            refused::left(&self.app.locale, client.view(), &props.room)
        } else if let Some(refusal) = refusal {
            html! { <Refused room={props.room.clone()} refusal={refusal.clone()} /> }
        } else if !room.is_joined() || (self.heights.is_empty() && !empty) {
            html! { <p class="loading" role="status">{ fill(texts.loading_room, &[&called]) }</p> }
        } else if timeline.has_older() {
            html! { <p class="loading">{ texts.loading }</p> }
        } else if room.info().floor > Seq::ZERO {
            html! { <p class="beginning" data-testid="not-kept">{ texts.not_kept }</p> }
        } else if empty {
            html! { <EmptyRoom room={props.room.clone()} /> }
        } else {
            let words = if room_label.is_direct() { texts.beginning_direct } else { texts.beginning };
            html! { <p class="beginning">{ fill(words, &[&called]) }</p> }
        };
        html! {
            <div class="timeline-frame">
                <div
                    class="timeline" ref={self.nodes.scroller.clone()} role="log" aria-label={label}
                    tabindex={if self.is_own_tab_stop() { "0" } else { "-1" }}
                    aria-live={if speaks { "polite" } else { "off" }} data-testid="timeline"
                    onscroll={link.callback(|_| Msg::Scrolled)} onkeydown={link.batch_callback(on_key)}
                    onfocusin={link.batch_callback(|event: FocusEvent| event.target_dyn_into().map(Msg::Focused))}
                    onwheel={link.batch_callback(|event: yew::WheelEvent| {
                        (event.delta_y() < 0.0).then_some(Msg::LeftEnd)
                    })}
                >
                    <div class="timeline-inner">
                        <div class="timeline-top">
                            if let Some(note) = top_note {
                                { note.show(&self.app.locale) }
                            }
                            { top }
                        </div>
                        <div ref={self.nodes.above.clone()} class="spacer"></div>
                        <div ref={self.nodes.rows.clone()} class="rows">
                            { for self.window.clone().filter_map(|index| self.row(ctx, client, room, index)) }
                        </div>
                        <div ref={self.nodes.below.clone()} class="spacer"></div>
                    </div>
                </div>
                if self.shows_jump_button(props) {
                    { self.jump_button(ctx, room) }
                }
            </div>
        }
    }
}
