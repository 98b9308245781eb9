//! The actions of a message: a toolbar for the mouse and the keyboard, and the button that opens the sheet.

use yew::{Callback, Context, Html, MouseEvent, html};

use super::{MessageAction, Msg, Open, Row, person, reactions::picker, tab, texts::texts};
use crate::icon::{self, icon};

impl Row {
    /// The actions, if the pointer or the focus is on the row.
    pub(super) fn actions(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let (texts, entry, link) = (texts(props.locale.language), &props.entry, ctx.link());
        let words = props.locale.words();
        if !(self.hovered || self.focused) || entry.retracted || props.changes.deleting {
            return Html::default();
        }
        let mine = entry.is_by(props.me.as_ref());
        let may_delete = mine || props.role.moderates();
        if self.open == Some(Open::Question) {
            let act = MessageAction::Delete(entry.clone());
            return html! {
                <div class="actions confirm" role="group" aria-label={texts.delete_sure}>
                    <span>{ texts.delete_sure }</span>
                    <button
                        type="button" class="button danger" data-testid="delete-confirm"
                        onclick={link.callback(move |_| Msg::Action(act.clone()))}
                    >
                        { texts.delete }
                    </button>
                    <button
                        type="button" class="button" data-testid="delete-cancel"
                        onclick={link.callback(|_| Msg::Open(None))}
                    >
                        { words.cancel }
                    </button>
                </div>
            };
        }
        let action = |path, label: &'static str, test_id: &'static str, onclick: Callback<MouseEvent>| {
            // A toolbar is one tab stop; the arrow keys move inside of it.
            let tab = if test_id == "react" { tab(props) } else { Some("-1") };
            html! {
                <button
                    type="button" class="icon-button" aria-label={label} title={label} {onclick} tabindex={tab}
                    data-testid={test_id}
                >
                    { icon(path) }
                </button>
            }
        };
        let act = |act: MessageAction| link.callback(move |_: MouseEvent| Msg::Action(act.clone()));
        let picking = self.open == Some(Open::Emoji);
        let toggled = if picking { None } else { Some(Open::Emoji) };
        let copied = self.open == Some(Open::Copied);
        html! {
            <div class="actions" role="toolbar" aria-label={texts.actions}>
                if picking {
                    { picker(texts.react, &react(ctx)) }
                }
                { action(icon::SMILE, texts.react, "react", link.callback(move |_| Msg::Open(toggled))) }
                { action(icon::REPLY, texts.reply, "reply", act(MessageAction::Reply(entry.clone()))) }
                if mine {
                    { action(icon::EDIT, texts.edit, "edit", act(MessageAction::Edit(entry.clone()))) }
                }
                if let Some(author) = person(entry, props.me.as_ref(), props.role) {
                    { action(icon::PERSON, texts.person, "person", act(MessageAction::Person(author.clone()))) }
                }
                if may_delete {
                    { action(icon::DELETE, texts.delete, "delete", link.callback(|_| Msg::Open(Some(Open::Question)))) }
                }
                { action(
                    icon::LINK,
                    if copied { words.copied } else { texts.copy_link },
                    "copy-link",
                    link.callback(|_| Msg::Copy),
                ) }
                if copied {
                    <span class="copied" role="status">{ words.copied }</span>
                }
            </div>
        }
    }
}

pub(super) fn react(ctx: &Context<Row>) -> Callback<String> {
    let entry = ctx.props().entry.clone();
    ctx.link().callback(move |emoji| Msg::Action(MessageAction::React(entry.clone(), emoji)))
}

/// The button that opens the sheet, for screen readers on touch screens, which have no long press. With a keyboard, Enter on
/// the row opens the actions.
pub(super) fn menu_button(ctx: &Context<Row>) -> Html {
    let props = ctx.props();
    let (label, seq) = (texts(props.locale.language).actions, props.entry.message.seq);
    if props.entry.retracted {
        return Html::default();
    }
    let onclick = ctx.link().callback(move |_| Msg::Action(MessageAction::Menu(seq)));
    html! {
        <button type="button" tabindex="-1" class="icon-button menu" aria-label={label} {onclick} data-testid="menu">
            { icon(icon::MORE) }
        </button>
    }
}
