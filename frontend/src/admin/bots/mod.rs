//! The bots: programs with a token, their rooms and their webhooks.

mod add;
mod bot;
mod hook;
mod texts;

use shared::house::Bots;
use yew::{Html, MouseEvent, function_component, html, use_callback, use_state_eq};

use super::{context::use_admin, known::use_rooms, loaded::use_loaded};
use add::AddBot;
use bot::BotCard;
use texts::texts;

/// The part of the Admin page with the bots.
#[function_component]
pub(super) fn BotsPart() -> Html {
    let locale = use_admin().locale;
    let texts = texts(locale.language);
    let loaded = use_loaded::<Bots>("/api/bots".to_owned());
    let known = use_rooms();
    let is_adding = use_state_eq(|| false);
    let on_add = {
        let is_adding = is_adding.clone();
        move |_: MouseEvent| is_adding.set(true)
    };
    let on_close = use_callback(is_adding.clone(), |(), is_adding| is_adding.set(false));
    html! {
        <>
            <p class="secondary">{ texts.about }</p>
            <button class="button primary admin-start" type="button" onclick={on_add} data-testid="add-bot">
                { texts.add }
            </button>
            { loaded.view(&locale, |bots| if bots.bots.is_empty() {
                html! { <p class="admin-empty">{ texts.none }</p> }
            } else {
                html! {
                    <ul class="bots" data-testid="bots">
                        { for bots.bots.iter().map(|bot| html! {
                            <BotCard key={bot.username.as_str()} bot={bot.clone()} known={known.clone()} on_changed={loaded.reload.clone()} />
                        }) }
                    </ul>
                }
            }) }
            if *is_adding {
                <AddBot known={known.clone()} on_made={loaded.reload.clone()} {on_close} />
            }
        </>
    }
}
