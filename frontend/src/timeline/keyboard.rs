//! The timeline by keyboard: one tab stop, arrow keys between the rows, and where the focus goes when its row is gone.
//!
//! The tab stop is the row that had the focus last, or else the whole timeline.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTextAreaElement, KeyboardEvent};
use yew::Context;

use super::{RowKey, Timeline};
use crate::{
    browser::document,
    layers::{Layers, focus_on, is_lost},
};

/// The space that stays between a focused row and the edge of the viewport, in CSS pixels.
const EDGE: f64 = 8.0;

/// The row that has or had the focus.
pub(super) struct Current {
    pub(super) key: RowKey,
    index: usize,
    /// The element that had the focus.
    element: Element,
}

/// What a key does with the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To the row above, or to the last one in view.
    Up,
    /// To the row below, or to the first one in view.
    Down,
    /// From inside a row to the row.
    ToRow,
    /// To the composer.
    Home,
}

impl Move {
    /// What a key does that nothing inside the rows has used. It is handled at once, so that nobody else handles it too.
    pub(super) fn of(event: &KeyboardEvent, layers: &Layers) -> Option<Self> {
        let modified = event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key();
        if event.default_prevented() || modified || event.is_composing() {
            return None;
        }
        let target = event.target()?.dyn_into::<Element>().ok()?;
        let is_own = target.matches("article, .timeline").unwrap_or(false);
        let used = match event.key().as_str() {
            // Something that is open is closed first.
            "Escape" if layers.is_open() => None,
            "Escape" if is_own => Some(Self::Home),
            "Escape" => Some(Self::ToRow),
            // Code scrolls.
            _ if target.tag_name() == "PRE" => None,
            "ArrowUp" => Some(Self::Up),
            "ArrowDown" => Some(Self::Down),
            _ => None,
        };
        if used.is_some() {
            event.prevent_default();
        }
        used
    }
}

impl Timeline {
    /// Moves the focus.
    pub(super) fn move_focus(&mut self, ctx: &Context<Self>, to: Move) {
        let active = document().active_element();
        let article = active.and_then(|active| active.closest("article").ok().flatten());
        let (Some(article), false) = (article, to == Move::Home) else {
            return match to {
                Move::Up => self.enter_rows(ctx, true),
                Move::Down => self.enter_rows(ctx, false),
                Move::ToRow | Move::Home => self.app.layers.focus_home(),
            };
        };
        let row = article.closest(".row").ok().flatten();
        let next = match to {
            Move::Up => row.and_then(|row| row.previous_element_sibling()),
            Move::Down => row.and_then(|row| row.next_element_sibling()),
            Move::ToRow | Move::Home => row,
        };
        if let Some(next) = next.as_ref().and_then(article_of) {
            self.focus_row(ctx, &next);
        }
    }

    /// The focus is on an element. Returns whether another row is the tab stop now.
    pub(super) fn focused(&mut self, element: &Element) -> bool {
        let before = self.current.take();
        self.current = self.rows().iter().zip(self.window.clone()).find_map(|(row, index)| {
            let key = self.heights.key(index).filter(|_| row.contains(Some(element)))?.clone();
            Some(Current { key, index, element: element.clone() })
        });
        before.map(|before| before.key) != self.current.as_ref().map(|current| current.key.clone())
    }

    /// Whether a row is the tab stop.
    pub(super) fn is_tab_stop(&self, index: usize) -> bool {
        let key = self.heights.key(index);
        self.current.as_ref().is_some_and(|current| Some(&current.key) == key)
    }

    /// Whether the timeline itself is the tab stop: no rendered row is.
    pub(super) fn is_own_tab_stop(&self) -> bool {
        !self.window.clone().any(|index| self.is_tab_stop(index))
    }

    /// After a render: moves the focus to the target of a jump, and from a row that is gone to its neighbour.
    pub(super) fn keep_focus(&mut self) {
        let rendered = |timeline: &Self, key: &RowKey| {
            let index = timeline.heights.index_of(key).filter(|index| timeline.window.contains(index))?;
            timeline.rows().get(index - timeline.window.start).and_then(article_of)
        };
        if let Some(key) = self.focus_next.take() {
            match rendered(self, &key) {
                Some(article) if !is_writing() => return focus_on(&article),
                Some(_) => {}
                None => self.focus_next = Some(key),
            }
        }
        let index_now = self.current.as_ref().and_then(|current| self.heights.index_of(&current.key));
        let Some(current) = &mut self.current else { return };
        if let Some(index) = index_now {
            current.index = index;
        }
        if current.element.is_connected() || !is_lost() {
            return;
        }
        let (key, index) = (current.key.clone(), current.index);
        if index_now.is_some() {
            // Inside the row, or the row was scrolled away.
            let element = rendered(self, &key).or_else(|| self.scroller());
            return element.iter().for_each(focus_on);
        }
        let neighbour = self.heights.key(index.min(self.heights.len().saturating_sub(1))).cloned();
        match neighbour.and_then(|key| rendered(self, &key)) {
            Some(article) => focus_on(&article),
            None => self.app.layers.focus_home(),
        }
    }

    /// Moves the focus from the timeline to its last or first row in view.
    fn enter_rows(&mut self, ctx: &Context<Self>, from_end: bool) {
        let Some(scroller) = self.scroller() else { return };
        let view = scroller.get_bounding_client_rect();
        let mut rows: Vec<Element> = self.rows();
        if from_end {
            rows.reverse();
        }
        let is_visible = |row: &&Element| {
            let row = row.get_bounding_client_rect();
            row.bottom() > view.top() + 1.0 && row.top() < view.bottom() - 1.0
        };
        if let Some(article) = rows.iter().find(is_visible).and_then(article_of) {
            self.focus_row(ctx, &article);
        }
    }

    /// Moves the focus to a row, and scrolls as little as that needs.
    fn focus_row(&mut self, ctx: &Context<Self>, article: &Element) {
        let Some(scroller) = self.scroller() else { return };
        let (view, row) = (scroller.get_bounding_client_rect(), article.get_bounding_client_rect());
        let above = row.top() - EDGE - view.top();
        let below = row.bottom() + EDGE - view.bottom();
        if above < 0.0 {
            scroller.scroll_by_with_x_and_y(0.0, above);
        } else if below > 0.0 {
            scroller.scroll_by_with_x_and_y(0.0, below.min(above));
        }
        // The anchor follows before anything is rendered.
        self.scrolled(ctx);
        focus_on(article);
    }

    fn scroller(&self) -> Option<Element> {
        self.nodes.scroller.cast()
    }

    /// The rendered rows.
    fn rows(&self) -> Vec<Element> {
        let Some(rows) = self.nodes.rows.cast::<Element>() else { return Vec::new() };
        let rows = rows.children();
        (0..rows.length()).filter_map(|index| rows.item(index)).collect()
    }
}

/// The message in a row.
fn article_of(row: &Element) -> Option<Element> {
    row.query_selector("article").ok().flatten()
}

/// Whether the user has begun to write: then a jump does not take the focus.
fn is_writing() -> bool {
    let active = document().active_element().and_then(|active| active.dyn_into::<HtmlTextAreaElement>().ok());
    active.is_some_and(|field| !field.value().is_empty())
}
