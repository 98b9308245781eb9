//! The rendered rows, and the button that jumps to the newest message.

use std::rc::Rc;

use shared::{Client, RoomView};
use yew::{Context, Html, classes, html};

use super::{Msg, Timeline, reading::unread_count, texts::texts};
use crate::{
    browser::keep_focus,
    i18n::fill,
    icon::{self, icon},
    message::{Decorations, Note, PendingRow, Row, Subject},
};

impl Timeline {
    pub(super) fn row(
        &self,
        ctx: &Context<Self>,
        client: &Client,
        room: &RoomView,
        index: usize,
    ) -> Option<Html> {
        let props = ctx.props();
        let entries = room.timeline().entries();
        let Some(entry) = entries.get(index) else {
            return self.pending_row(client, room, index);
        };
        let mut decorations = Decorations::of(room, index, self.first_new);
        let entry = Subject::of(room, entry);
        let seq = entry.message.seq;
        if self.gone == Some(seq) {
            (decorations.note, decorations.header) = (Some(Note::NotFound), true);
        }
        // In another epoch it is another message, which shares nothing with this one.
        let generation = entry.generation;
        Some(html! {
            <div key={format!("s{seq}.{generation}")} class={classes!("row", decorations.header.then_some("spaced"))}>
                <Row
                    locale={self.app.locale.clone()}
                    room={props.room.clone()}
                    {decorations}
                    quote={room.quote(&entry.message)}
                    changes={self.pending_posts.changes_of(&entry)}
                    me={client.view().me().cloned()}
                    role={client.view().role()}
                    names={entry.message.text.contains('@').then(|| Rc::clone(&self.names))}
                    {entry}
                    highlighted={self.highlighted == Some(seq)}
                    is_tab_stop={self.is_tab_stop(index)}
                    on_action={props.on_action.clone()}
                />
            </div>
        })
    }

    pub(super) fn pending_row(&self, client: &Client, room: &RoomView, index: usize) -> Option<Html> {
        let is_tab_stop = self.is_tab_stop(index);
        let index = index - room.timeline().entries().len();
        let outgoing = self.pending_posts.rows.get(index)?;
        let me = client.link().username()?.clone();
        let author = outgoing.author.clone().unwrap_or_else(|| me.clone());
        let header = match index.checked_sub(1).and_then(|above| self.pending_posts.rows.get(above)) {
            Some(above) => above.author.as_ref().unwrap_or(&me) != &author,
            None => room.timeline().entries().back().is_none_or(|last| last.message.username != author),
        };
        Some(html! {
            <div key={format!("p{}", outgoing.post.id)} class={classes!("row", header.then_some("spaced"))}>
                <PendingRow
                    locale={self.app.locale.clone()} outgoing={outgoing.clone()} {header} {author} {me} {is_tab_stop}
                    can_retry={outgoing.can_be_retried(room.epoch())}
                    on_retry={&self.on_retry} on_discard={&self.on_discard}
                />
            </div>
        })
    }

    /// The button that jumps to the newest messages.
    pub(super) fn jump_button(&self, ctx: &Context<Self>, room: &RoomView) -> Html {
        let texts = texts(self.app.locale.language);
        let count = unread_count(room);
        let label = match &count {
            Some(count) => fill(texts.new_messages, &[count]),
            None => texts.jump_latest.to_owned(),
        };
        html! {
            <button
                type="button" class={classes!("jump-button", count.map(|_| "has-new"))}
                onmousedown={keep_focus}
                onclick={ctx.link().callback(|_| Msg::ToEnd)} data-testid="jump-latest"
            >
                { icon(icon::DOWN) }{ label }
            </button>
        }
    }
}
