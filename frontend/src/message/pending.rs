//! The row of a post that is not in the log yet: sent, waiting, or failed.

use shared::{
    AboutKind, MessageId, Username,
    link::{Outgoing, Progress},
};
use yew::{Callback, Html, MouseEvent, Properties, classes, function_component, html};

use super::{count_rendered, is_long, label, text::Reader, texts::texts};
use crate::{Locale, author, context::use_app, driver::Undelivered, i18n::fill};

/// What the row needs.
#[derive(Properties, PartialEq)]
pub struct PendingProps {
    /// The language.
    pub locale: Locale,
    /// The post.
    pub outgoing: Outgoing,
    /// Whether the row shows its author.
    pub header: bool,
    /// Under whose name it is sent.
    pub author: Username,
    /// The user's name.
    pub me: Username,
    /// Whether the row is the timeline's tab stop.
    pub is_tab_stop: bool,
    /// Whether another try may help.
    pub can_retry: bool,
    /// The user retries the post.
    pub on_retry: Callback<MessageId>,
    /// The user discards the post.
    pub on_discard: Callback<MessageId>,
}

/// The row of a post.
#[function_component]
pub fn PendingRow(props: &PendingProps) -> Html {
    count_rendered();
    let driver = use_app().driver;
    let texts = texts(props.locale.language);
    let post = &props.outgoing.post;
    let failed = match &props.outgoing.progress {
        Progress::Failed(refusal) => Some(refusal.reason.as_str()),
        _ => None,
    };
    let why = failed.map(|reason| {
        let template = match post.about.map(|about| about.kind) {
            Some(AboutKind::Edit) => texts.not_edited,
            Some(AboutKind::Retraction) => texts.not_deleted,
            Some(AboutKind::Reaction) => texts.not_reacted,
            _ => texts.not_sent,
        };
        let author = props.author.as_str();
        match Undelivered::of(&props.outgoing, &props.me) {
            Some(Undelivered::NotProven) => fill(texts.name_not_proven, &[author, props.me.as_str()]),
            Some(Undelivered::Unknown) => fill(texts.name_unknown, &[author, author, props.me.as_str()]),
            None => fill(template, &[reason]),
        }
    });
    let hint = match props.outgoing.progress {
        Progress::Waiting => html! { <span class="visually-hidden">{ texts.waiting }</span> },
        Progress::Deferred { until } => {
            let at = props.locale.dates.clock(driver.wall_time(until));
            html! { <span class="hint" data-testid="waits-until">{ fill(texts.waits_until, &[&at]) }</span> }
        }
        _ => html! { <span class="visually-hidden">{ texts.sending }</span> },
    };
    let hand_on = |callback: &Callback<MessageId>| {
        let (callback, id) = (callback.clone(), post.id.clone());
        move |_: MouseEvent| callback.emit(id.clone())
    };
    let reader = Reader { texts, me: Some(&props.me), names: &[], is_tab_stop: true };
    let label = label(props.me.as_str(), &props.locale.dates.time(props.outgoing.written_at), &post.text);
    let class = classes!(
        "message",
        if failed.is_some() { "failed" } else { "pending" },
        props.header.then_some("first"),
    );
    html! {
        <article
            {class} tabindex={if props.is_tab_stop { "0" } else { "-1" }} aria-label={label} data-testid="pending" data-id={post.id.as_str().to_owned()}
        >
            if props.header {
                { author::badge(&props.author) }
                <header class="message-head">
                    { author::name(&props.author) }
                    <span class="time">{ props.locale.dates.time(props.outgoing.written_at) }</span>
                </header>
            }
            <div class="message-body">
                <div class={classes!("text-frame", is_long(&post.text).then_some("folded"))} data-testid="text">
                    { reader.read(&post.text, author::name(&props.author), &Html::default()) }
                </div>
                if let Some(why) = why {
                    // The log is a live region, which announces it.
                    <div class="failure">
                        <span>{ why }</span>
                        if props.can_retry {
                            <button type="button" class="button" onclick={hand_on(&props.on_retry)} data-testid="retry">
                                { texts.retry }
                            </button>
                        }
                        <button type="button" class="button" onclick={hand_on(&props.on_discard)} data-testid="discard">
                            { texts.discard }
                        </button>
                    </div>
                } else {
                    { hint }
                }
            </div>
        </article>
    }
}
