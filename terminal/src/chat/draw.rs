//! The screen: rooms, timeline and members side by side where there is space, the composer and the state below.

use client::{Connection, ConnectionFailure, RoomKind, RoomName, StateMachine, Username};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::{
    app::App,
    timeline::{BOLD, DIM, name, visible_rows},
    wrap::cut,
};
use crate::display::{one_line, room_label};

/// The widths of the lists of rooms and members, in cells.
const ROOMS: u16 = 18;
const MEMBERS: u16 = 18;
/// The smallest widths of the screen at which they are shown.
const WITH_ROOMS: u16 = 64;
const WITH_MEMBERS: u16 = 90;

const KEYS: [&str; 7] = [
    "Enter send",
    "Ctrl-Q quit",
    "/help",
    "PgUp older",
    "Tab completes, or next room",
    "↑ before",
    "Esc newest",
];

/// Draws everything, and stores the size of the timeline.
pub(super) fn draw(frame: &mut Frame<'_>, app: &mut App, colours: bool) {
    let area = frame.area();
    if area.width < 10 || area.height < 4 {
        return;
    }
    let (rows, cursor) = app.draft().composer.rows(usize::from(area.width) - 3);
    let most = usize::from(area.height / 3).max(1);
    let first = (cursor.0 + 1).saturating_sub(most);
    let shown = (rows.len() - first).min(most);
    let composer_height = u16::try_from(shown).unwrap_or(1);
    let composer = Rect { y: area.bottom() - 1 - composer_height, height: composer_height, ..area };
    let middle = Rect { y: area.y + 1, height: composer.y - area.y - 2, ..area };

    let left = if area.width >= WITH_ROOMS { ROOMS } else { 0 };
    let right = if area.width >= WITH_MEMBERS && app.panel.is_none() { MEMBERS } else { 0 };
    let timeline = Rect { x: left, width: area.width - left - right, ..middle };
    (app.viewport.width, app.viewport.height) = (timeline.width.into(), timeline.height.into());
    let edits = app.draft().edits.is_some();
    let client = app.client.clone();
    let failure = client.failure();
    client.read(|machine| {
        let buffer = frame.buffer_mut();
        put(buffer, Rect { height: 1, ..area }, &header(machine, app, area.width, left == 0));
        if left > 0 {
            list_rooms(buffer, Rect { width: left - 1, ..middle }, machine, app);
        }
        if right > 0 {
            let x = timeline.right() + 1;
            list_members(buffer, Rect { x, width: right - 1, ..middle }, machine, &app.room);
        }
        if let Some(panel) = &app.panel {
            let lines = panel.rows(app.viewport.width, app.viewport.height);
            for (line, y) in lines.iter().zip(timeline.y..) {
                put(buffer, Rect { y, height: 1, ..timeline }, line);
            }
        } else {
            let lines = visible_rows(machine, &app.room, app.scroll, app.viewport);
            let top = timeline.bottom() - u16::try_from(lines.len()).unwrap_or(0);
            for (line, y) in lines.iter().zip(top..) {
                put(buffer, Rect { y, height: 1, ..timeline }, line);
            }
        }
        let state = state(machine, app, failure.as_ref());
        put(buffer, Rect { y: composer.y - 1, height: 1, ..area }, &state);
        let width = usize::from(area.width);
        put(buffer, Rect { y: area.bottom() - 1, height: 1, ..area }, &Line::styled(keys(width), DIM));
    });

    let buffer = frame.buffer_mut();
    let prompt = if edits { "✎ " } else { "> " };
    put(buffer, Rect { height: 1, ..composer }, &Line::styled(prompt, BOLD));
    for (row, y) in rows.iter().skip(first).take(shown).zip(composer.y..) {
        put(buffer, Rect { x: 2, y, width: area.width - 2, height: 1 }, &Line::raw(row.as_str()));
    }
    if !colours {
        for cell in &mut buffer.content {
            (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
        }
    }
    let x = 2 + u16::try_from(cursor.1).unwrap_or(0);
    let y = composer.y + u16::try_from(cursor.0 - first).unwrap_or(0);
    frame.set_cursor_position(Position { x: x.min(area.width - 1), y });
}

fn put(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    if area.height > 0 && area.bottom() <= buffer.area.bottom() {
        buffer.set_line(area.x, area.y, line, area.width);
    }
}

/// The room, its number of members and its topic; on narrow screens also what is unread elsewhere.
fn header(machine: &StateMachine, app: &App, width: u16, narrow: bool) -> Line<'static> {
    let room = &app.room;
    let followed = machine.view().room(room);
    let members = followed.map_or(0, |view| view.members().count);
    let info = followed.map(|view| view.info().clone()).unwrap_or_default();
    let name = match info.kind {
        RoomKind::Open => format!("#{room}"),
        RoomKind::Closed | RoomKind::Direct => room_label(room, &info, machine.view().me()),
    };
    let archived = if info.archived { " · archived" } else { "" };
    let slow = match info.slow_seconds {
        0 => String::new(),
        seconds => format!(" · one post in {seconds} s"),
    };
    let topic = info.topic.map_or_else(String::new, |topic| format!(" · {}", one_line(topic.as_str())));
    let elsewhere = app.rooms(machine).iter().filter(|line| line.name != *room && line.unread > 0).count();
    let unread =
        if narrow && elsewhere > 0 { format!(" · {elsewhere} unread rooms") } else { String::new() };
    let text = cut(&format!(" {name} · {members} here{unread}{archived}{slow}{topic}"), width.into());
    let rest = usize::from(width).saturating_sub(text.width());
    Line::styled(text + &" ".repeat(rest), Style::new().add_modifier(Modifier::REVERSED))
}

fn list_rooms(buffer: &mut Buffer, area: Rect, machine: &StateMachine, app: &App) {
    let rooms = app.rooms(machine);
    let at = rooms.iter().position(|line| line.name == app.room).unwrap_or(0);
    let first = (at + 1).saturating_sub(area.height.into());
    for (room, y) in rooms.iter().skip(first).zip(area.y..area.bottom()) {
        let is_here = room.name == app.room;
        let count = match room.unread {
            0 => String::new(),
            1_000.. => " 999+".into(),
            unread => format!(" {unread}"),
        };
        let name = cut(
            &format!("{}{}", if is_here { "▸" } else { " " }, room.label),
            usize::from(area.width) - count.len(),
        );
        let style = if room.unread > 0 || is_here { BOLD } else { Style::new() };
        let badge = if room.is_mentioned { BOLD.fg(Color::Red) } else { BOLD };
        let line = Line::from(vec![Span::styled(name, style), Span::styled(count, badge)]);
        put(buffer, Rect { y, height: 1, ..area }, &line);
    }
}

fn list_members(buffer: &mut Buffer, area: Rect, machine: &StateMachine, room: &RoomName) {
    let Some(view) = machine.view().room(room) else { return };
    let mut names = view.members().names.clone();
    names.sort();
    let space = usize::from(area.height);
    let count = usize::try_from(view.members().count).unwrap_or(usize::MAX);
    let fits = if count > space { space.saturating_sub(1) } else { space };
    let mut lines: Vec<Line<'_>> =
        names.iter().take(fits).map(|member| Line::from(name(member, ""))).collect();
    if count > lines.len() {
        lines.push(Line::styled(format!("and {} more", count - lines.len()), DIM));
    }
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        put(buffer, Rect { y, height: 1, ..area }, line);
    }
}

/// The connection state, a notice, who types, and whether there are newer messages below.
fn state(machine: &StateMachine, app: &App, failure: Option<&ConnectionFailure>) -> Line<'static> {
    let me = machine.view().me().map_or_else(String::new, ToString::to_string);
    let now = app.client.now();
    let bad = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
    let (text, style) = match machine.connection() {
        Connection::Live => (format!("● {me}"), Style::new().fg(Color::Indexed(71))),
        Connection::Connecting => ("○ connecting".into(), bad),
        Connection::Waiting { retry_at } => {
            let seconds = retry_at.saturating_sub(now).div_ceil(1_000);
            let why = failure.map_or_else(String::new, |failure| format!(": {}", one_line(&failure.reason)));
            (format!("○ not connected, next try in {seconds} s (Ctrl-R now){why}"), bad)
        }
        Connection::Refused(refusal) => (format!("○ refused: {}", one_line(&refusal.reason)), bad),
        Connection::Stopped => ("○ closed".into(), bad),
    };
    let mut spans = vec![Span::styled(text, style)];
    if let Some(notice) = &app.notice {
        spans.push(Span::styled(format!("  {notice}"), BOLD));
        return Line::from(spans);
    }
    let Some(view) = machine.view().room(&app.room) else { return Line::from(spans) };
    if view.left_because().is_some() {
        let sentence = format!("  you are no longer in {} (Ctrl-N goes to another room)", app.room);
        spans.push(Span::styled(sentence, bad));
        return Line::from(spans);
    }
    if let Some(refusal) = view.refusal() {
        spans.push(Span::styled(format!("  {}", one_line(&refusal.reason)), bad));
        return Line::from(spans);
    }
    if app.scroll.is_some() || view.timeline().has_newer() {
        let unread = if view.unread() > 0 { format!(", {} new", view.unread()) } else { String::new() };
        spans.push(Span::styled(format!("  ↓ Esc goes to the newest{unread}"), BOLD));
    }
    if view.is_loading_older() {
        spans.push(Span::styled("  loading older messages", DIM));
    }
    let typing: Vec<_> = view.typing().map(Username::as_str).collect();
    match typing.as_slice() {
        [] => {}
        [one] => spans.push(Span::styled(format!("  {one} is typing"), DIM)),
        [one, two] => spans.push(Span::styled(format!("  {one} and {two} are typing"), DIM)),
        many => spans.push(Span::styled(format!("  {} people are typing", many.len()), DIM)),
    }
    Line::from(spans)
}

/// As many of the keys as fit.
fn keys(width: usize) -> String {
    let mut line = String::new();
    for key in KEYS {
        let between = if line.is_empty() { "" } else { " · " };
        if line.width() + between.width() + key.width() > width {
            break;
        }
        line.push_str(between);
        line.push_str(key);
    }
    line
}
