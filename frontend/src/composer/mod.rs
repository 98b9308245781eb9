//! The field for writing messages. It is never disabled.

mod about;
mod completion;
mod draft;
mod mode;
mod place;
mod texts;

use completion::{Choice, Completion, is_caret_key};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use shared::{About, AboutKind, RoomName, Username, limits};
use web_sys::{Element, HtmlTextAreaElement};
use yew::{
    AttrValue, Callback, Component, Context, ContextHandle, FocusEvent, Html, InputEvent, KeyboardEvent,
    MouseEvent, NodeRef, Properties, SubmitEvent, html,
};

use crate::{
    author,
    browser::{is_touch, keep_focus},
    context::AppContext,
    i18n::fill,
    icon::{self, icon},
    storage,
};
pub use mode::Mode;
pub use place::WriteHere;
use texts::texts;

/// How long after the last key a draft is stored, in milliseconds.
const DRAFT_AFTER_MS: u32 = 300;

/// What the composer needs.
#[derive(Properties, PartialEq)]
pub struct ComposerProps {
    /// The room.
    pub room: RoomName,
    /// What the room is called.
    #[prop_or_default]
    pub label: AttrValue,
    /// What is being written.
    pub mode: Mode,
    /// Whether it is about a message of another epoch.
    #[prop_or_default]
    pub is_lost: bool,
    /// The user starts or cancels a reply or an edit.
    pub on_mode: Callback<Mode>,
    /// Something was posted.
    pub on_posted: Callback<()>,
}

/// The form with the text field.
pub struct Composer {
    app: AppContext,
    _context: ContextHandle<AppContext>,
    field: NodeRef,
    /// The element that gives the field its height.
    field_frame: NodeRef,
    error: Option<String>,
    completion: Option<Completion>,
    saving: Option<Timeout>,
    /// The draft as it was read or stored here last. What did not change is not stored: another tab may have a newer one.
    draft: String,
    /// The field's text: when the component is destroyed, the field is gone already.
    last_text: String,
    _listeners: [EventListener; 2],
}

/// Events of the composer.
pub enum Msg {
    /// Another language was chosen.
    Context(AppContext),
    /// The text has changed.
    Input,
    /// A key was pressed.
    Key(KeyboardEvent),
    /// The text is to be posted.
    Submit,
    /// The focus leaves the field, or the caret moves: the suggestions are closed.
    Blur,
    /// A reply or an edit is cancelled.
    Escape,
    /// A name was chosen from the list.
    Chosen(Choice),
    /// The draft is stored.
    Save,
    /// Another tab has stored a value under this key.
    Stored(String),
}

impl Component for Composer {
    type Message = Msg;
    type Properties = ComposerProps;

    fn create(ctx: &Context<Self>) -> Self {
        // The last keys are stored even if the page closes at once.
        let on_hide = ctx.link().callback(|()| Msg::Save);
        let on_stored = ctx.link().callback(Msg::Stored);
        let listeners = [
            EventListener::new(&crate::browser::window(), "pagehide", move |_| on_hide.emit(())),
            storage::listen(move |key| on_stored.emit(key)),
        ];
        let (app, context) =
            ctx.link().context(ctx.link().callback(Msg::Context)).expect("the app provides its context");
        let field = NodeRef::default();
        app.layers.set_home(field.clone());
        Self {
            app,
            _context: context,
            field,
            field_frame: NodeRef::default(),
            error: None,
            completion: None,
            saving: None,
            draft: String::new(),
            last_text: String::new(),
            _listeners: listeners,
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &ComposerProps) -> bool {
        let props = ctx.props();
        if props.room != old.room {
            self.save(&old.room, &old.mode);
            self.saving = None;
            self.load_text(props);
            self.completion = None;
        } else if props.is_lost {
            props.on_mode.emit(Mode::Write);
        } else if props.mode == Mode::Write && self.is_lost(props, &old.mode) {
            self.keep_edited(props, &old.mode);
        } else if props.mode != old.mode {
            match (&old.mode, &props.mode) {
                (_, Mode::Edit(_)) => {
                    self.save(&old.room, &old.mode);
                    self.load_text(props);
                }
                (Mode::Edit(_), _) => self.load_text(props),
                _ => {}
            }
            self.focus();
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let props = ctx.props();
        match msg {
            Msg::Context(app) => self.app = app,
            Msg::Input => {
                self.last_text = self.text();
                self.fit_height();
                self.check();
                self.completion =
                    self.field().and_then(|field| Completion::at_caret(&field, || self.names(props)));
                if !self.text().is_empty() && !matches!(props.mode, Mode::Edit(_)) {
                    self.app.driver.dispatch(|client, now| client.typing(&props.room, now));
                }
                let link = ctx.link().clone();
                self.saving = Some(Timeout::new(DRAFT_AFTER_MS, move || link.send_message(Msg::Save)));
            }
            Msg::Key(event) => return self.key(ctx, &event),
            Msg::Submit => {
                self.submit(props);
                // The button had the focus.
                self.app.layers.focus_home_to_write();
            }
            Msg::Blur => return self.completion.take().is_some(),
            Msg::Escape => props.on_mode.emit(Mode::Write),
            Msg::Chosen(choice) => {
                if let Some(field) = self.field() {
                    choice.insert(&field);
                }
                self.completion = None;
                self.fit_height();
                self.save(&props.room, &props.mode);
                self.focus();
            }
            Msg::Save => {
                self.save(&props.room, &props.mode);
                return false;
            }
            Msg::Stored(key) => return self.follow_draft(props, &key),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (props, link) = (ctx.props(), ctx.link());
        let texts = texts(self.app.locale.language);
        let label = fill(texts.composer, &[&props.label]);
        let editing = matches!(props.mode, Mode::Edit(_));
        let onsubmit = link.callback(|event: SubmitEvent| {
            event.prevent_default();
            Msg::Submit
        });
        html! {
            <form class="composer" {onsubmit}>
                { self.about(ctx) }
                if let Some(error) = &self.error {
                    <p id="composer-error" class="error" role="alert" data-testid="composer-error">{ error }</p>
                }
                if let Some(completion) = &self.completion {
                    { completion.show(texts.mention_list, &link.callback(Msg::Chosen)) }
                }
                <div class="composer-row">
                    <div ref={self.field_frame.clone()} class="composer-field">
                    <textarea
                        ref={self.field.clone()} rows="1" dir="auto" placeholder={label.clone()} aria-label={label}
                        data-testid="composer" enterkeyhint={if is_touch() { "enter" } else { "send" }}
                        oninput={link.callback(|_: InputEvent| Msg::Input)} onkeydown={link.callback(Msg::Key)}
                        onblur={link.callback(|_: FocusEvent| Msg::Blur)} onclick={link.callback(|_: MouseEvent| Msg::Blur)}
                        aria-describedby={self.error.as_ref().map(|_| "composer-error")}
                        role="combobox" aria-autocomplete="list" aria-haspopup="listbox"
                        aria-expanded={self.completion.is_some().to_string()}
                        aria-controls={self.completion.as_ref().map(|_| completion::LIST_ID)}
                        aria-activedescendant={self.completion.as_ref().map(Completion::active_id)}
                    />
                    </div>
                    <button
                        type="submit" class="send" aria-label={if editing { texts.save } else { texts.send }}
                        title={if editing { texts.save } else { texts.send }} data-testid="send"
                        onmousedown={keep_focus}
                    >
                        { icon(icon::SEND) }
                    </button>
                </div>
            </form>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            self.load_text(ctx.props());
            self.app.layers.focus_home();
        }
    }

    fn destroy(&mut self, ctx: &Context<Self>) {
        self.save(&ctx.props().room, &ctx.props().mode);
    }
}

/// Whether this Enter sends. With a keyboard on the screen it breaks the line, and there is no Ctrl.
fn sends(event: &KeyboardEvent) -> bool {
    let command = event.ctrl_key() || event.meta_key();
    !event.shift_key() && !event.alt_key() && (command || !is_touch())
}

impl Composer {
    fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        // Some browsers report the end of a composition before its last key, which then has the code 229.
        if event.is_composing() || event.key_code() == 229 {
            return false;
        }
        let props = ctx.props();
        if let Some(completion) = &mut self.completion
            && completion.key(event)
        {
            event.prevent_default();
            match event.key().as_str() {
                "Escape" => self.completion = None,
                "Enter" | "Tab" => {
                    if let Some(choice) = completion.chosen() {
                        ctx.link().send_message(Msg::Chosen(choice));
                    }
                }
                _ => {}
            }
            return true;
        }
        let closed = self.completion.is_some() && is_caret_key(event);
        if closed {
            self.completion = None;
        }
        match event.key().as_str() {
            "Enter" if sends(event) => {
                event.prevent_default();
                self.submit(props);
                true
            }
            "Escape" if props.mode != Mode::Write => {
                event.prevent_default();
                props.on_mode.emit(Mode::Write);
                false
            }
            "ArrowUp" if self.text().is_empty() && props.mode == Mode::Write => {
                if let Some(entry) = self.last_own(props) {
                    event.prevent_default();
                    props.on_mode.emit(Mode::Edit(entry));
                }
                false
            }
            _ => closed,
        }
    }

    fn submit(&mut self, props: &ComposerProps) {
        let text = self.text();
        let text = text.trim_end();
        if text.trim().is_empty() || !self.check() {
            return;
        }
        if self.is_lost(props, &props.mode) {
            return props.on_mode.emit(Mode::Write);
        }
        let subject = props.mode.subject();
        let kind = if matches!(props.mode, Mode::Edit(_)) { AboutKind::Edit } else { AboutKind::Reply };
        let about = subject.map(|subject| About { seq: subject.message.seq, kind });
        let unchanged = matches!(&props.mode, Mode::Edit(entry) if entry.message.text == text);
        if !unchanged {
            self.app.driver.post(&props.room, text, about);
        }
        if !matches!(props.mode, Mode::Edit(_)) {
            self.set_text("");
            self.saving = None;
            storage::set_draft(&props.room, "");
            self.draft.clear();
            props.on_posted.emit(());
        }
        self.completion = None;
        if props.mode != Mode::Write {
            props.on_mode.emit(Mode::Write);
        }
    }

    /// Whether the text is short enough. Otherwise it shows a message.
    fn check(&mut self) -> bool {
        let bytes = self.text().trim_end().len();
        let texts = texts(self.app.locale.language);
        self.error = (bytes > limits::TEXT_BYTES)
            .then(|| fill(texts.too_long, &[&size(bytes), &size(limits::TEXT_BYTES)]));
        self.error.is_none()
    }

    /// The names that can be mentioned here, without the user's own.
    fn names(&self, props: &ComposerProps) -> Vec<Username> {
        self.app.driver.read(|client| {
            let me = client.view().me();
            let room = client.view().room(&props.room);
            let mut names: Vec<_> = room.map(|room| room.members().names.clone()).unwrap_or_default();
            names.retain(|name| Some(name) != me);
            author::sorted(names)
        })
    }

    fn field(&self) -> Option<HtmlTextAreaElement> {
        self.field.cast()
    }

    fn text(&self) -> String {
        self.field().map_or_else(|| self.last_text.clone(), |field| field.value())
    }

    fn set_text(&mut self, text: &str) {
        if let Some(field) = self.field() {
            field.set_value(text);
        }
        text.clone_into(&mut self.last_text);
        self.error = None;
        self.fit_height();
    }

    fn focus(&self) {
        if let Some(field) = self.field() {
            let _ = field.focus();
        }
    }

    /// Fits the field's height to its text: the style sheet lays the text out once more behind the field. The layout changes
    /// once and nothing is measured, so the timeline above never sees a size between the old one and the new one.
    fn fit_height(&self) {
        if let Some(frame) = self.field_frame.cast::<Element>() {
            let _ = frame.set_attribute("data-text", &self.text());
        }
    }
}

/// A size in kilobytes.
fn size(bytes: usize) -> String {
    format!("{} KB", bytes.div_ceil(1024))
}
