//! The scroll position, and the rows that it needs.

use std::ops::{Range, RangeInclusive};

use gloo_events::EventListener;
use shared::{Client, Connection, RoomView};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};
use yew::{Context, NodeRef};

use super::{MAX_ROWS, Msg, RowKey, Timeline, TimelineProps};
use crate::{browser::is_looked_at, message::PendingPosts};

/// How far beyond the viewport rows are rendered, in CSS pixels.
const MARGIN: f64 = 700.0;
/// New rows are rendered when less than this is left of the margin.
const MIN_MARGIN: f64 = 250.0;
/// How many rows beyond the margin may stay.
const SURPLUS_ROWS: usize = 30;
/// How near the end of a page must be for the next page to be requested.
const PAGE_AHEAD: f64 = 1_500.0;
/// The tolerance for being at the end: browsers round.
const AT_END: f64 = 3.0;

/// The anchor of the scroll position.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Anchor {
    /// The newest end.
    Bottom,
    /// A row, with the distance of its top below the top of the viewport.
    At { key: RowKey, index: usize, offset: f64 },
}

/// Listeners for changes of size, focus and visibility.
pub(super) struct Listeners {
    observer: ResizeObserver,
    _on_resize: Closure<dyn FnMut()>,
    _events: [EventListener; 2],
}

impl Listeners {
    pub(super) fn new(ctx: &Context<Timeline>, scroller: &NodeRef, rows: &NodeRef) -> Option<Self> {
        let link = ctx.link().clone();
        let on_resize = Closure::<dyn FnMut()>::new(move || link.send_message(Msg::Resized));
        let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok()?;
        observer.observe(&scroller.cast::<Element>()?);
        observer.observe(&rows.cast::<Element>()?);
        let on = |target: &web_sys::EventTarget, kind: &'static str| {
            let link = ctx.link().clone();
            EventListener::new(target, kind, move |_| link.send_message(Msg::Visible))
        };
        let listeners =
            [on(&crate::browser::window(), "focus"), on(&crate::browser::document(), "visibilitychange")];
        Some(Self { observer, _on_resize: on_resize, _events: listeners })
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

impl Timeline {
    /// Takes over the view's entries, and decides which rows to render.
    pub(super) fn choose_window(&mut self, props: &TimelineProps) {
        self.ask_for_target(props);
        let driver = self.app.driver.clone();
        driver.read(|client| {
            let Some(room) = client.view().room(&props.room) else { return };
            self.set_rows_of(props, client, room);
            self.find_target(room);
            self.enter(room);
            self.draw_line(room);
        });
        let (wide, needed) = (self.window_with(MARGIN), self.window_with(MIN_MARGIN));
        // A row that enters the window is rendered, so the window stays as long as it covers the viewport.
        let stays = |now: usize, between: RangeInclusive<usize>| between.contains(&now).then_some(now);
        let start = stays(self.window.start, wide.start.saturating_sub(SURPLUS_ROWS)..=needed.start);
        let end = stays(self.window.end, needed.end..=(wide.end + SURPLUS_ROWS).min(self.heights.len()));
        let (mut start, mut end) = (start.unwrap_or(wide.start), end.unwrap_or(wide.end));
        let surplus = (end - start.min(end)).saturating_sub(MAX_ROWS);
        if self.anchor == Anchor::Bottom {
            start += surplus;
        } else {
            start += surplus / 2;
            end -= surplus - surplus / 2;
        }
        self.window = start.min(end)..end;
    }

    /// The rows within the viewport and a margin around it, in CSS pixels.
    fn window_with(&self, margin: f64) -> Range<usize> {
        let (from, to) = match &self.anchor {
            Anchor::Bottom => {
                let total = self.heights.total();
                (total - self.viewport - margin, total)
            }
            Anchor::At { key, index, offset } => {
                let index = self.heights.index_of(key).unwrap_or(*index);
                let top = self.heights.offset(index) - offset;
                (top - margin, top + self.viewport + margin)
            }
        };
        self.heights.at(from)..(self.heights.at(to) + 1).min(self.heights.len())
    }

    fn set_rows_of(&mut self, props: &TimelineProps, client: &Client, room: &RoomView) {
        let timeline = room.timeline();
        self.pending_posts = PendingPosts::new(client.pending(&props.room));
        if timeline.has_newer() {
            self.pending_posts.rows.clear();
        }
        let entries = timeline.entries();
        let posts = &self.pending_posts.rows;
        self.heights.set_rows(entries.len() + posts.len(), |index| match entries.get(index) {
            Some(entry) => RowKey::Entry(entry.message.seq),
            None => RowKey::Post(posts[index - entries.len()].post.id.clone()),
        });
        let mut names = room.members().names.clone();
        names.extend(
            client.view().me().filter(|me| !names.contains(me)).cloned().into_iter().collect::<Vec<_>>(),
        );
        if *self.names != names {
            self.names = names.into();
        }
    }

    fn ask_for_target(&mut self, props: &TimelineProps) {
        let Some(target) = self.target.as_mut().filter(|target| !target.requested) else { return };
        let ready = self.app.driver.read(|client| {
            client.connection() == Connection::Live
                && client.view().room(&props.room).is_some_and(RoomView::is_joined)
        });
        if ready {
            target.requested = true;
            let seq = target.seq;
            self.app.driver.dispatch(|client, _| client.jump(&props.room, seq));
        }
    }

    /// Scrolls to the target of a jump when it is loaded, and keeps it in place until both of its pages are.
    fn find_target(&mut self, room: &RoomView) {
        let Some(target) = self.target.as_ref().filter(|target| target.requested) else { return };
        let loading = room.is_loading_older() || room.is_loading_newer();
        let found = self.heights.position(target.seq);
        if self.heights.is_empty() || (found.is_err() && loading) {
            return;
        }
        let index = found.unwrap_or_else(|index| index.min(self.heights.len() - 1));
        if let Some(key) = self.heights.key(index) {
            self.anchor = Anchor::At { key: key.clone(), index, offset: self.viewport * 0.35 };
            self.highlighted = Some(target.seq);
            self.entering = false;
        }
        if !loading {
            self.target = None;
            self.focus_next = self.heights.key(index).cloned();
        }
    }

    /// When a room with unread messages is entered, the first of them is shown.
    fn enter(&mut self, room: &RoomView) {
        if !self.entering || !room.is_joined() || room.is_landing() || self.target.is_some() {
            return;
        }
        self.entering = false;
        if room.unread() == 0 {
            return;
        }
        self.new_marker = room.new_marker();
        let first_new = room.new_marker().map(|line| match self.heights.position(line) {
            Ok(index) => index + 1,
            Err(index) => index,
        });
        if let Some(index) = first_new.filter(|index| *index > 0)
            && let Some(key) = self.heights.key(index)
        {
            self.anchor = Anchor::At { key: key.clone(), index, offset: self.viewport * 0.3 };
        }
    }

    /// While nobody looks at the page, the "new" marker stays at the read mark.
    fn draw_line(&mut self, room: &RoomView) {
        if !self.entering && room.unread() > 0 && !is_looked_at() && self.new_marker < room.seen() {
            self.new_marker = room.seen();
        }
    }

    /// Shows the newest messages, and follows them.
    pub(super) fn go_to_end(&mut self, props: &TimelineProps) {
        self.target = None;
        self.anchor = Anchor::Bottom;
        self.app.driver.dispatch(|client, _| client.jump_to_latest(&props.room));
    }

    /// The scroll position: the distance from the top of the first row to the top of the viewport.
    fn scrolled_by(&self) -> Option<f64> {
        let scroller = self.nodes.scroller.cast::<Element>()?.get_bounding_client_rect().top();
        let rows = self.nodes.rows.cast::<Element>()?.get_bounding_client_rect().top();
        Some(scroller - rows + self.heights.offset(self.window.start))
    }

    fn scroll_top(&self) -> i32 {
        self.nodes.scroller.cast::<Element>().map_or(0, |scroller| scroller.scroll_top())
    }

    fn distance_to_end(&self) -> Option<f64> {
        let scroller = self.nodes.scroller.cast::<Element>()?;
        Some(f64::from(scroller.scroll_height() - scroller.scroll_top() - scroller.client_height()))
    }

    pub(super) fn is_near_end(&self) -> bool {
        self.distance_to_end().is_none_or(|distance| distance < self.viewport / 2.0)
    }

    /// Handles a scroll event.
    pub(super) fn scrolled(&mut self, props: &TimelineProps) {
        let at_end = self.distance_to_end().is_none_or(|distance| distance <= AT_END);
        let has_newer = self
            .app
            .driver
            .read(|client| client.view().room(&props.room).is_some_and(|room| room.timeline().has_newer()));
        // Rows may have been added since the anchor was restored: only scrolling up leaves the end.
        let top = self.scroll_top();
        let stays = self.anchor == Anchor::Bottom && (at_end || top >= self.last_top);
        self.last_top = top;
        if stays || (at_end && !has_newer) {
            self.anchor = Anchor::Bottom;
        } else if self.target.is_none() {
            self.anchor_first_visible();
        }
        self.ask_for_pages(props);
        self.note_seen(props);
    }

    /// The user scrolls up: new messages must not scroll them back to the end.
    pub(super) fn leave_end(&mut self) {
        if self.anchor == Anchor::Bottom {
            let scrolls =
                self.nodes.scroller.cast::<Element>().is_some_and(|scroller| scroller.scroll_top() > 0);
            if scrolls {
                self.anchor_first_visible();
            }
        }
    }

    fn anchor_first_visible(&mut self) {
        let Some(scrolled) = self.scrolled_by() else { return };
        let index = self.heights.at(scrolled.max(0.0));
        if let Some(key) = self.heights.key(index) {
            let offset = self.heights.offset(index) - scrolled;
            self.anchor = Anchor::At { key: key.clone(), index, offset };
        }
    }

    /// Whether the rendered rows reach far enough beyond the viewport.
    pub(super) fn is_covered(&self) -> bool {
        let Some(scrolled) = self.scrolled_by() else { return true };
        let from = self.heights.at(scrolled - MIN_MARGIN);
        let to = self.heights.at(scrolled + self.viewport + MIN_MARGIN);
        self.window.start <= from && to < self.window.end.max(1)
    }

    /// Measures the rendered rows and restores the anchor.
    pub(super) fn restore_anchor(&mut self, ctx: &Context<Self>) {
        let (Some(scroller), Some(rows)) =
            (self.nodes.scroller.cast::<Element>(), self.nodes.rows.cast::<Element>())
        else {
            return;
        };
        self.viewport = f64::from(scroller.client_height());
        let width = f64::from(scroller.client_width());
        if (width - self.width).abs() > 0.5 {
            self.width = width;
            self.heights.forget_measures();
        }
        let children = rows.children();
        for index in self.window.clone() {
            let child = u32::try_from(index - self.window.start).ok().and_then(|at| children.item(at));
            if let Some(child) = child {
                self.heights.measure(index, child.get_bounding_client_rect().height());
            }
        }
        set_height(&self.nodes.above, self.heights.offset(self.window.start));
        set_height(&self.nodes.below, self.heights.total() - self.heights.offset(self.window.end));
        self.restore(&scroller);
        self.last_top = self.scroll_top();
        if !self.is_covered() && !self.window.is_empty() {
            ctx.link().send_message(Msg::WindowChanged);
        }
        self.ask_for_pages(ctx.props());
        self.note_seen(ctx.props());
    }

    fn restore(&self, frame: &Element) {
        match &self.anchor {
            Anchor::Bottom => frame.set_scroll_top(frame.scroll_height()),
            Anchor::At { key, index, offset } => {
                let index = self.heights.index_of(key).unwrap_or(*index);
                let Some(scrolled) = self.scrolled_by() else { return };
                let difference = self.heights.offset(index) - offset - scrolled;
                if difference.abs() > 0.5 {
                    frame.scroll_by_with_x_and_y(0.0, difference);
                }
            }
        }
    }

    fn ask_for_pages(&self, props: &TimelineProps) {
        let Some(scrolled) = self.scrolled_by() else { return };
        let left = self.heights.total() - scrolled - self.viewport;
        let (older, newer) = self.app.driver.read(|client| {
            let room = client.view().room(&props.room).filter(|room| room.is_joined());
            let Some(room) = room.filter(|_| client.connection() == Connection::Live) else {
                return (false, false);
            };
            let timeline = room.timeline();
            let older = scrolled < PAGE_AHEAD && timeline.has_older() && !room.is_loading_older();
            let newer = left < PAGE_AHEAD && timeline.has_newer() && !room.is_loading_newer();
            (older, newer)
        });
        if older {
            self.app.driver.dispatch(|client, _| client.load_older(&props.room));
        }
        if newer {
            self.app.driver.dispatch(|client, _| client.load_newer(&props.room));
        }
    }

    /// Moves the read mark, if somebody looks at the page.
    pub(super) fn note_seen(&self, props: &TimelineProps) {
        if !is_looked_at() {
            return;
        }
        let Some(scrolled) = self.scrolled_by() else { return };
        let last_visible = self.heights.at(scrolled + self.viewport - 8.0);
        let news = self.app.driver.read(|client| {
            let room = client.view().room(&props.room).filter(|room| room.is_joined())?;
            let timeline = room.timeline();
            let at_end = last_visible + 1 >= timeline.entries().len() && !timeline.has_newer();
            let seq = if at_end { room.head() } else { timeline.entries().get(last_visible)?.message.seq };
            (room.seen() < Some(seq)).then_some(seq)
        });
        if let Some(seq) = news {
            self.app.driver.dispatch(|client, now| client.seen(&props.room, seq, now));
        }
    }
}

fn set_height(node: &NodeRef, height: f64) {
    if let Some(element) = node.cast::<HtmlElement>() {
        #[expect(clippy::cast_possible_truncation, reason = "no room is 2^63 pixels tall")]
        let tenths = (height.max(0.0) * 10.0).round() as i64;
        let height = format!("{}.{}", tenths / 10, tenths % 10);
        let _ = element.style().set_property("height", &(height + "px"));
    }
}
