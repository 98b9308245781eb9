//! What is replied to or edited.

use std::sync::Arc;

use shared::Entry;
use yew::{Context, Html, html};

use super::{Composer, ComposerProps, Mode, Msg, texts::texts};
use crate::{
    author,
    i18n::fill,
    icon::{self, icon},
    message::Subject,
};

impl Composer {
    /// The message that is replied to or edited, above the field.
    pub(super) fn about(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let texts = texts(self.app.locale.language);
        let words = self.app.locale.words();
        let what = match &props.mode {
            Mode::Write => return Html::default(),
            Mode::Edit(_) => html! { <span>{ texts.editing }</span> },
            Mode::Reply(entry) => {
                let quoted_text: String = entry.message.text.chars().take(120).collect();
                html! {
                    <>
                        <span>{ fill(words.replying_to, &[""]).trim_end().to_owned() }{ " " }</span>
                        { author::name_in(&entry.message, &self.app.locale) }
                        <bdi class="quoted-text">{ quoted_text }</bdi>
                    </>
                }
            }
        };
        html! {
            <div class="composer-about" data-testid="composer-about">
                { what }
                <button
                    type="button" class="icon-button" aria-label={words.cancel}
                    onclick={ctx.link().callback(|_| Msg::Escape)}
                >
                    { icon(icon::CLOSE) }
                </button>
            </div>
        }
    }

    /// The newest message of the user that can be edited.
    pub(super) fn last_own(&self, props: &ComposerProps) -> Option<Subject> {
        self.app.driver.read(|client| {
            let me = client.view().me()?;
            let room = client.view().room(&props.room)?;
            let entries = room.timeline().entries();
            let can_be_edited = |entry: &&Arc<Entry>| entry.is_by(Some(me)) && !entry.retracted;
            entries.iter().rev().find(can_be_edited).map(|entry| Subject::of(room, entry))
        })
    }
}
