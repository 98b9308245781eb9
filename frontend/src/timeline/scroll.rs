//! The scroll position, and the rows that it needs.
//!
//! The position is an [`Anchor`]. A scroll event moves the anchor only if nothing but the position has changed since the
//! anchor was restored: then the user has scrolled. If sizes have changed too, the browser has moved the rows (the composer
//! has grown, the window was resized), and the anchor is restored.

use std::ops::{Range, RangeInclusive};

use gloo_events::EventListener;
use shared::{Client, Connection, RoomView};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};
use yew::{Context, NodeRef};

use super::{MAX_ROWS, Msg, RowKey, Timeline, TimelineProps};
use crate::message::PendingPosts;

/// How far beyond the viewport rows are rendered, in CSS pixels.
const MARGIN: f64 = 700.0;
/// New rows are rendered when less than this is left of the margin.
const MIN_MARGIN: f64 = 250.0;
/// How many rows beyond the margin may stay.
const SURPLUS_ROWS: usize = 30;
/// How near the end of a page must be for the next page to be requested.
const PAGE_AHEAD: f64 = 1_500.0;
/// The tolerance for being at the end: browsers round.
const AT_END: i32 = 3;

/// The anchor of the scroll position.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Anchor {
    /// The oldest end.
    Start,
    /// The newest end, which is followed.
    End,
    /// A row, with the distance of its top below the top of the viewport.
    Row { key: RowKey, index: usize, offset: f64 },
}

/// The scroller's position and sizes, in CSS pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Geometry {
    top: i32,
    viewport: i32,
    content: i32,
}

impl Geometry {
    fn of(scroller: &Element) -> Self {
        Self {
            top: scroller.scroll_top(),
            viewport: scroller.client_height(),
            content: scroller.scroll_height(),
        }
    }

    fn distance_to_end(self) -> i32 {
        self.content - self.top - self.viewport
    }

    fn is_at_end(self) -> bool {
        self.distance_to_end() <= AT_END
    }
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
            self.land(client, room);
            self.mark_new(client, room);
        });
        self.window = self.next_window();
        self.is_rendered = false;
    }

    /// The rows to render. A row that enters the window is rendered, so the window stays as long as it covers the viewport.
    fn next_window(&self) -> Range<usize> {
        let (wide, needed) = (self.window_with(MARGIN), self.window_with(MIN_MARGIN));
        let stays = |now: usize, between: RangeInclusive<usize>| between.contains(&now).then_some(now);
        let start = stays(self.window.start, wide.start.saturating_sub(SURPLUS_ROWS)..=needed.start);
        let end = stays(self.window.end, needed.end..=(wide.end + SURPLUS_ROWS).min(self.heights.len()));
        let (mut start, mut end) = (start.unwrap_or(wide.start), end.unwrap_or(wide.end));
        let surplus = (end - start.min(end)).saturating_sub(MAX_ROWS);
        let visible = self.window_with(0.0);
        if surplus > 0
            && self.window.len() == MAX_ROWS
            && self.window.start <= visible.start
            && visible.end <= self.window.end
        {
            return self.window.clone();
        }
        match self.anchor {
            Anchor::Start => end -= surplus,
            Anchor::End => start += surplus,
            Anchor::Row { .. } => {
                start += surplus / 2;
                end -= surplus - surplus / 2;
            }
        }
        start.min(end)..end
    }

    /// The rows within the viewport and a margin around it, in CSS pixels.
    fn window_with(&self, margin: f64) -> Range<usize> {
        let top = match &self.anchor {
            Anchor::Start => 0.0,
            Anchor::End => self.heights.total() - self.viewport,
            Anchor::Row { key, index, offset } => {
                self.heights.offset(self.heights.index_of(key).unwrap_or(*index)) - offset
            }
        };
        let (from, to) = (top - margin, top + self.viewport + margin);
        self.heights.at(from)..(self.heights.at(to) + 1).min(self.heights.len())
    }

    /// There are no rows before the viewport is measured, and none while the pages to land in are loading.
    fn set_rows_of(&mut self, props: &TimelineProps, client: &Client, room: &RoomView) {
        let timeline = room.timeline();
        self.pending_posts = PendingPosts::new(client.pending(&props.room));
        if std::mem::replace(&mut self.generation, room.generation()) != room.generation() {
            (self.new_marker, self.highlighted, self.current, self.gone) = (None, None, None, None);
        }
        if timeline.has_newer() {
            self.pending_posts.rows.clear();
        }
        let entries = timeline.entries();
        let posts = &self.pending_posts.rows;
        let is_hidden = self.viewport <= 0.0 || room.is_landing();
        let count = if is_hidden { 0 } else { entries.len() + posts.len() };
        self.heights.set_rows(count, |index| match entries.get(index) {
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

    /// Shows the newest messages, and follows them.
    pub(super) fn go_to_end(&mut self, props: &TimelineProps) {
        (self.target, self.entering, self.has_skipped) = (None, false, true);
        self.anchor = Anchor::End;
        self.app.driver.dispatch(|client, _| client.jump_to_latest(&props.room));
    }

    /// Shows the oldest messages.
    pub(super) fn go_to_start(&mut self, props: &TimelineProps) {
        (self.target, self.entering) = (None, false);
        self.anchor = Anchor::Start;
        self.app.driver.dispatch(|client, _| client.jump(&props.room, shared::Seq(1)));
    }

    /// The scroll position: the distance from the top of the first row to the top of the viewport.
    pub(super) fn scrolled_by(&self) -> Option<f64> {
        let scroller = self.nodes.scroller.cast::<Element>()?.get_bounding_client_rect().top();
        let rows = self.nodes.rows.cast::<Element>()?.get_bounding_client_rect().top();
        Some(scroller - rows + self.heights.offset(self.window.start))
    }

    /// Whether less than half a screen is below the viewport.
    pub(super) fn is_near_end(&self) -> bool {
        let scroller = self.nodes.scroller.cast::<Element>();
        scroller.is_none_or(|scroller| {
            let geometry = Geometry::of(&scroller);
            geometry.distance_to_end() < geometry.viewport / 2
        })
    }

    fn has_newer(&self, props: &TimelineProps) -> bool {
        self.app
            .driver
            .read(|client| client.view().room(&props.room).is_some_and(|room| room.timeline().has_newer()))
    }

    /// Handles a scroll event.
    pub(super) fn scrolled(&mut self, ctx: &Context<Self>) {
        let Some(scroller) = self.nodes.scroller.cast::<Element>().filter(|_| self.is_rendered) else {
            return;
        };
        let props = ctx.props();
        let geometry = Geometry::of(&scroller);
        if geometry == self.restored {
            return;
        }
        if (Geometry { top: self.restored.top, ..geometry }) != self.restored {
            self.restore_anchor(ctx);
            return;
        }
        self.restored = geometry;
        if geometry.is_at_end() && !self.has_newer(props) {
            self.anchor = Anchor::End;
        } else if self.target.is_none() {
            self.anchor_first_visible();
        }
        self.ask_for_pages(props);
        self.note_seen(props);
    }

    /// The user scrolls up: new messages must not scroll them back to the end.
    pub(super) fn leave_end(&mut self) {
        if self.anchor == Anchor::End && self.restored.top > 0 {
            self.anchor_first_visible();
        }
    }

    fn anchor_first_visible(&mut self) {
        let Some(scrolled) = self.scrolled_by() else { return };
        let index = self.heights.at(scrolled.max(0.0));
        if let Some(key) = self.heights.key(index) {
            let offset = self.heights.offset(index) - scrolled;
            self.anchor = Anchor::Row { key: key.clone(), index, offset };
        }
    }

    /// Whether the rendered rows are those that the scroll position needs.
    pub(super) fn is_covered(&self) -> bool {
        self.next_window() == self.window
    }

    /// Measures the rendered rows and restores the anchor, unless other rows are about to be rendered.
    pub(super) fn restore_anchor(&mut self, ctx: &Context<Self>) {
        let (Some(scroller), Some(rows)) =
            (self.nodes.scroller.cast::<Element>(), self.nodes.rows.cast::<Element>())
        else {
            return;
        };
        if !self.is_rendered {
            return;
        }
        let was_measured = self.viewport > 0.0;
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
        self.restore(&scroller, ctx.props());
        self.restored = Geometry::of(&scroller);
        if self.viewport > 0.0 && !(was_measured && self.is_covered()) {
            ctx.link().send_message(Msg::WindowChanged);
        }
        self.ask_for_pages(ctx.props());
        self.note_seen(ctx.props());
    }

    fn restore(&mut self, scroller: &Element, props: &TimelineProps) {
        let (key, index, offset) = match &self.anchor {
            Anchor::Start => return scroller.set_scroll_top(0),
            Anchor::End => return scroller.set_scroll_top(scroller.scroll_height()),
            Anchor::Row { key, index, offset } => (key, index, offset),
        };
        let wanted = self.heights.offset(self.heights.index_of(key).unwrap_or(*index)) - offset;
        let missing = |timeline: &Self| timeline.scrolled_by().map_or(0.0, |scrolled| wanted - scrolled);
        let difference = missing(self);
        if difference.abs() <= 0.5 {
            return;
        }
        scroller.scroll_by_with_x_and_y(0.0, difference);
        // The row cannot be there if the timeline ends before.
        let is_last_window = self.window.end == self.heights.len();
        if missing(self) > 1.0 && is_last_window && !self.has_newer(props) && self.target.is_none() {
            self.anchor = Anchor::End;
        }
    }

    fn ask_for_pages(&self, props: &TimelineProps) {
        if self.entering {
            return;
        }
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
}

fn set_height(node: &NodeRef, height: f64) {
    if let Some(element) = node.cast::<HtmlElement>() {
        #[expect(clippy::cast_possible_truncation, reason = "no room is 2^63 pixels tall")]
        let tenths = (height.max(0.0) * 10.0).round() as i64;
        let height = format!("{}.{}", tenths / 10, tenths % 10);
        let _ = element.style().set_property("height", &(height + "px"));
    }
}
