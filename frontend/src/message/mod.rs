//! The row of a message.

mod actions;
mod decorations;
mod keyboard;
mod pending;
mod press;
mod quote;
mod reactions;
mod sheet;
mod subject;
mod text;
mod texts;

use std::{cell::Cell, rc::Rc};

use shared::{
    Authorship, Entry, Role, RoomName, Seq, Username,
    view::{Quote, mentions},
};
use web_sys::Element;
use yew::{
    Callback, Component, Context, FocusEvent, Html, KeyboardEvent, MouseEvent, NodeRef, PointerEvent,
    Properties, classes, html,
};

use crate::{Locale, Route, author, browser::is_plain_click, layers::focus_on, person::can_act_on_people};
use actions::{menu_button, react};
pub(crate) use decorations::first_new;
pub use decorations::{Changes, Decorations, Note, PendingPosts};
pub(crate) use pending::PendingRow;
pub(crate) use press::LongPress;
use quote::quote;
use reactions::reactions;
pub(crate) use sheet::ActionSheet;
pub use subject::Subject;
use text::Reader;
use texts::texts;

/// Texts longer than this are folded, in bytes.
const LONG_BYTES: usize = 3_000;
/// Texts with more lines than this are folded.
const LONG_LINES: usize = 30;
/// The length of the text in a row's label, in characters.
const LABEL_CHARS: usize = 300;

/// What a row needs.
#[derive(Properties, Clone, PartialEq)]
pub struct RowProps {
    /// The language.
    pub locale: Locale,
    /// The room.
    pub room: RoomName,
    /// The message.
    pub entry: Subject,
    /// What the row shows above the message.
    pub decorations: Decorations,
    /// The message that it replies to.
    pub quote: Option<Quote>,
    /// Pending changes.
    pub changes: Changes,
    /// The user's name.
    pub me: Option<Username>,
    /// What the user may do.
    pub role: Role,
    /// The names that can be mentioned, if the text may mention anybody.
    pub names: Option<Rc<Vec<Username>>>,
    /// It is the target of a jump.
    pub highlighted: bool,
    /// It is the timeline's tab stop: its links and buttons can be reached with Tab.
    pub is_tab_stop: bool,
    /// The user acts on the message.
    pub on_action: Callback<MessageAction>,
}

impl RowProps {
    /// The names that the text mentions.
    fn mentioned(&self) -> Vec<&Username> {
        let text = self.changes.text.as_ref().unwrap_or(&self.entry.message.text);
        let names = self.names.as_deref().map_or(&[][..], Vec::as_slice);
        names.iter().filter(|name| mentions(text, name)).collect()
    }
}

/// A user's action on a message.
#[derive(Debug, Clone)]
pub enum MessageAction {
    /// Reply to it.
    Reply(Subject),
    /// Edit it.
    Edit(Subject),
    /// Retract it.
    Delete(Subject),
    /// Add a reaction, or retract the user's own.
    React(Subject, String),
    /// Jump to the message that it replies to.
    Open(Seq),
    /// Open the sheet with the actions.
    Menu(Seq),
    /// Open what can be done about the author.
    Person(Username),
    /// Go to a room.
    Enter(RoomName),
}

/// The author of a message, if something can be done about them: they have an account, which is not the user's own.
fn person<'e>(entry: &'e Entry, me: Option<&Username>, role: Role) -> Option<&'e Username> {
    let author = &entry.message.username;
    let has_account = entry.message.authorship == Authorship::Proven;
    (has_account && me != Some(author) && can_act_on_people(role)).then_some(author)
}

/// The row of a message, with its actions.
pub struct Row {
    hovered: bool,
    focused: bool,
    unfolded: bool,
    open: Option<Open>,
    node: NodeRef,
    /// The selector of the button that gets the focus when the row is rendered.
    focus_next: Option<&'static str>,
}

/// What is open next to the actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// The emoji picker.
    Emoji,
    /// The confirmation of a retraction.
    Question,
    /// The message that the link was copied.
    Copied,
}

/// Events of a row.
pub enum Msg {
    /// The pointer enters or leaves.
    Hover(bool),
    /// The focus enters or leaves.
    Focus(bool),
    /// Something next to the actions is opened or closed.
    Open(Option<Open>),
    /// A long text is unfolded or folded.
    Unfold(bool),
    /// The link is copied.
    Copy,
    /// The user acts on the message.
    Action(MessageAction),
    /// The focus goes to the actions.
    Actions,
}

thread_local! {
    static RENDERED: Cell<u64> = const { Cell::new(0) };
}

fn count_rendered() {
    RENDERED.set(RENDERED.get() + 1);
}

/// The number of times that a row was rendered since the page was loaded, for tests.
pub fn rendered() -> u64 {
    RENDERED.get()
}

impl Component for Row {
    type Message = Msg;
    type Properties = RowProps;

    fn create(_: &Context<Self>) -> Self {
        Self {
            hovered: false,
            focused: false,
            unfolded: false,
            open: None,
            node: NodeRef::default(),
            focus_next: None,
        }
    }

    /// Somebody who comes or goes changes only the rows that mention them.
    fn changed(&mut self, ctx: &Context<Self>, old: &RowProps) -> bool {
        let props = ctx.props();
        let others_are_equal = || RowProps { names: props.names.clone(), ..old.clone() } == *props;
        props.names == old.names || !others_are_equal() || props.mentioned() != old.mentioned()
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Hover(hovered) if hovered == self.hovered => return false,
            Msg::Focus(focused) if focused == self.focused => return false,
            // Browsers report that the focus leaves also when a button is replaced by another one, which then has it.
            Msg::Focus(false) if self.focus_next.is_some() || self.has_focus() => return false,
            Msg::Hover(hovered) => self.hovered = hovered,
            Msg::Focus(focused) => self.focused = focused,
            Msg::Open(open) => self.set_open(open),
            Msg::Actions => self.open_actions(),
            Msg::Unfold(unfolded) => self.unfolded = unfolded,
            Msg::Copy => {
                let props = ctx.props();
                let url = Route::url(&props.room, Some(props.entry.message.seq));
                crate::browser::copy(&url);
                self.open = Some(Open::Copied);
            }
            Msg::Action(act) => {
                // The pressed button may disappear.
                if self.has_focus()
                    && let Some(node) = self.node.cast::<Element>()
                {
                    focus_on(&node);
                }
                self.open = None;
                ctx.props().on_action.emit(act);
            }
        }
        if !self.hovered && !self.focused {
            self.open = None;
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        count_rendered();
        let props = ctx.props();
        let (texts, message) = (texts(props.locale.language), &props.entry.message);
        let mentions_me = props.me.as_ref().is_some_and(|me| props.entry.mentions(me));
        let class = classes!(
            "message",
            props.decorations.header.then_some("first"),
            mentions_me.then_some("mentions-me"),
            props.highlighted.then_some("highlighted"),
            props.changes.deleting.then_some("pending"),
            matches!(self.open, Some(Open::Emoji | Open::Question)).then_some("busy"),
        );
        let (link, open) = (ctx.link(), self.open);
        html! {
            <>
                if props.decorations.day {
                    <div class="day"><span>{ props.locale.dates.day(message.sent_at) }</span></div>
                }
                if let Some(note) = props.decorations.note {
                    { note.show(&props.locale) }
                }
                if props.decorations.new {
                    <div class="new-marker" data-testid="new-marker"><span>{ texts.new_marker }</span></div>
                }
                <article
                    ref={self.node.clone()} tabindex={if props.is_tab_stop { "0" } else { "-1" }} {class}
                    aria-label={label(author::called(message, &props.locale), &props.locale.dates.time(message.sent_at), Self::spoken(ctx))}
                    onkeydown={link.batch_callback(move |event: KeyboardEvent| keyboard::key(&event, open))}
                    data-testid="message" data-seq={message.seq.to_string()}
                    data-id={message.id.as_str().to_owned()}
                    onpointerenter={link.batch_callback(|event: PointerEvent| {
                        (event.pointer_type() != "touch").then_some(Msg::Hover(true))
                    })}
                    onpointerleave={link.callback(|_| Msg::Hover(false))}
                    onfocusin={link.callback(|event: FocusEvent| Msg::Focus(by_keyboard(&event)))}
                    onfocusout={link.batch_callback(|event: FocusEvent| leaves(&event).then_some(Msg::Focus(false)))}
                >
                    { quote(ctx) }
                    if props.decorations.header {
                        { author::badge_in(message) }
                        <header class="message-head">
                            { author::author(message, &props.locale) }
                            { Self::time(ctx) }
                        </header>
                    } else {
                        { Self::time(ctx) }
                    }
                    <div class="message-body">{ self.text(ctx) }</div>
                    { reactions(
                        &props.entry,
                        &props.changes,
                        props.me.as_ref(),
                        texts,
                        props.is_tab_stop,
                        &react(ctx),
                    ) }
                    { self.actions(ctx) }
                    { menu_button(ctx) }
                </article>
            </>
        }
    }

    fn rendered(&mut self, _: &Context<Self>, _first: bool) {
        self.move_focus();
    }
}

/// A message in one line, for screen readers: who, when, what.
fn label(author: &str, time: &str, text: &str) -> String {
    let text: String = text.chars().take(LABEL_CHARS).collect();
    format!("{author}, {time}: {text}")
}

/// The `tabindex` of a link or button in the row.
fn tab(props: &RowProps) -> Option<&'static str> {
    (!props.is_tab_stop).then_some("-1")
}

/// Whether the focus came from the keyboard. After a click, hovering shows the actions already.
fn by_keyboard(event: &FocusEvent) -> bool {
    let target: Option<web_sys::Element> =
        event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into(target).ok());
    target.is_some_and(|target| target.matches(":focus-visible").unwrap_or(true))
}

/// Whether the focus leaves the row.
fn leaves(event: &FocusEvent) -> bool {
    let row: Option<web_sys::Node> =
        event.current_target().and_then(|target| wasm_bindgen::JsCast::dyn_into(target).ok());
    let to: Option<web_sys::Node> =
        event.related_target().and_then(|target| wasm_bindgen::JsCast::dyn_into(target).ok());
    !row.is_some_and(|row| row.contains(to.as_ref()))
}

impl Row {
    /// The time, which is the permalink.
    fn time(ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let message = &props.entry.message;
        let seq = message.seq;
        let onclick = ctx.link().batch_callback(move |event: MouseEvent| {
            is_plain_click(&event).then(|| {
                event.prevent_default();
                Msg::Action(MessageAction::Open(seq))
            })
        });
        html! {
            <a
                class="time" href={Route::path(&props.room, Some(seq))} {onclick} tabindex={tab(props)}
                title={props.locale.dates.full(message.sent_at)}
            >
                <time datetime={message.sent_at.to_string()}>{ props.locale.dates.time(message.sent_at) }</time>
            </a>
        }
    }

    /// What screen readers read for the text.
    fn spoken(ctx: &Context<Self>) -> &str {
        let props = ctx.props();
        let changed = props.changes.text.as_ref();
        if props.entry.retracted {
            texts(props.locale.language).retracted
        } else {
            changed.unwrap_or(&props.entry.message.text)
        }
    }

    fn text(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let (texts, entry) = (texts(props.locale.language), &props.entry);
        if entry.retracted {
            return html! { <p class="text retracted" data-testid="text">{ texts.retracted }</p> };
        }
        let changed = props.changes.text.as_ref();
        let text = changed.unwrap_or(&entry.message.text);
        let long = is_long(text);
        let names = props.names.as_deref().map_or(&[][..], Vec::as_slice);
        let reader = Reader { texts, me: props.me.as_ref(), names, is_tab_stop: props.is_tab_stop };
        let folded = long && !self.unfolded;
        let edited = entry.edited_at.map(|at| {
            html! { <>{ " " }<span class="edited" title={props.locale.dates.full(at)}>{ texts.edited }</span></> }
        });
        let edited = edited.unwrap_or_default();
        let unfold = ctx.link().callback(move |_| Msg::Unfold(folded));
        let class = classes!("text-frame", folded.then_some("folded"), changed.map(|_| "pending"));
        let author = author::name_in(&entry.message, &props.locale);
        html! {
            <>
                <div {class} data-testid="text">{ reader.read(text, author, &edited) }</div>
                if long {
                    <button
                        type="button" class="link-button" onclick={unfold} aria-expanded={(!folded).to_string()}
                        tabindex={tab(props)}
                    >
                        { if folded { texts.show_all } else { texts.show_less } }
                    </button>
                }
            </>
        }
    }
}

/// Whether a text is folded at first.
pub(crate) fn is_long(text: &str) -> bool {
    // Blank lines at the ends are not displayed, so they do not count.
    let text = shared::markup::without_blank_ends(text);
    text.len() > LONG_BYTES || text.bytes().filter(|byte| *byte == b'\n').count() > LONG_LINES
}
