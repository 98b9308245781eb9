//! The page: the connection form, the message form, and the log with the details of a line.

use gloo_timers::callback::Interval;
use yew::{Callback, Component, Context, Html, Properties, html};

use super::{
    address::address_form,
    composer::composer,
    detail::Detail,
    list::{FrameList, LineRef},
    part::PartProps,
    session::Console,
    state::Phase,
    toolbar::toolbar,
};
use crate::{
    Locale,
    navigation::{Page, page_head},
};

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct ConsoleProps {
    /// The Console.
    pub console: Console,
    /// The language.
    pub locale: Locale,
}

/// The Console's page.
pub struct ConsolePage {
    version: u64,
    ticks: Option<Interval>,
}

impl Component for ConsolePage {
    type Message = ();
    type Properties = ConsoleProps;

    fn create(ctx: &Context<Self>) -> Self {
        ctx.props().console.on_change(ctx.link().callback(|()| ()));
        Self { version: 0, ticks: None }
    }

    fn update(&mut self, _: &Context<Self>, (): ()) -> bool {
        self.version += 1;
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = PartProps {
            console: ctx.props().console.clone(),
            locale: ctx.props().locale.clone(),
            version: self.version,
        };
        let (selected, base, marked, display, copied) = props.console.read(|state| {
            let line = |number: Option<u64>| number.and_then(|number| state.log.line(number).cloned());
            let base = line(state.base).filter(|_| state.base != state.selected);
            (line(state.selected), base, state.base.is_some(), state.display, state.copied.clone())
        });
        html! {
            <div class="tool-page">
                { page_head(&props.locale, Page::Console) }
                <main class="console" data-testid="console">
                    <div class="console-side">
                        { address_form(&props) }
                        { composer(&props) }
                    </div>
                    <section class="console-log" aria-label={props.texts().log}>
                        { toolbar(&props) }
                        <FrameList ..props.clone() />
                        if let Some(line) = selected {
                            <Detail part={props} line={LineRef(line)} base={base.map(LineRef)} {marked} {display} {copied} />
                        }
                    </section>
                </main>
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        // The countdown and the buffered bytes change without an event.
        let ticking = ctx
            .props()
            .console
            .read(|state| matches!(state.phase, Phase::Waiting { .. }) || state.buffered() > 0);
        if ticking != self.ticks.is_some() {
            let link = ctx.link().clone();
            self.ticks = ticking.then(|| Interval::new(250, move || link.send_message(())));
        }
    }

    fn destroy(&mut self, ctx: &Context<Self>) {
        ctx.props().console.on_change(Callback::noop());
    }
}
