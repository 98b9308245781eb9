//! The page: the address, what to send, and the log with the details of a line.

use yew::{Callback, Component, Context, Html, Properties, html};

use super::{
    Console, PartProps, address::AddressForm, composer::Composer, detail::Detail, list::FrameList,
    toolbar::Toolbar,
};
use crate::{
    Ui,
    pages::{Page, PageHead},
};

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct ConsoleProps {
    /// What it shows.
    pub console: Console,
    /// The language.
    pub ui: Ui,
}

/// See the module's page.
pub struct ConsolePage {
    version: u64,
}

impl Component for ConsolePage {
    type Message = ();
    type Properties = ConsoleProps;

    fn create(ctx: &Context<Self>) -> Self {
        ctx.props().console.on_change(ctx.link().callback(|()| ()));
        Self { version: 0 }
    }

    fn update(&mut self, _: &Context<Self>, (): ()) -> bool {
        self.version += 1;
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let props = PartProps {
            console: ctx.props().console.clone(),
            ui: ctx.props().ui.clone(),
            version: self.version,
        };
        let chosen =
            props.console.look(|state| state.chosen.is_some_and(|chosen| state.log.line(chosen).is_some()));
        html! {
            <div class="tool-page">
                <PageHead ui={props.ui.clone()} page={Page::Console} />
                <main class="console" data-testid="console">
                    <div class="console-side">
                        <AddressForm ..props.clone() />
                        <Composer ..props.clone() />
                    </div>
                    <section class="console-log" aria-label={props.texts().log}>
                        <Toolbar ..props.clone() />
                        <FrameList ..props.clone() />
                        if chosen {
                            <Detail ..props />
                        }
                    </section>
                </main>
            </div>
        }
    }

    fn destroy(&mut self, ctx: &Context<Self>) {
        ctx.props().console.on_change(Callback::noop());
    }
}
