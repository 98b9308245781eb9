//! The page that an invitation opens: who invites to what, and one field for the name.

use shared::{
    InvitationSecret, RefusalCode, Role, RoomName, Username,
    house::{InvitationOffer, LookAtInvitation},
    json,
};
use web_sys::HtmlInputElement;
use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html,
    platform::spawn_local, use_effect_with, use_mut_ref, use_node_ref, use_state,
};

use super::{
    forget_invitation,
    texts::{Texts, texts},
};
use crate::{
    acts,
    browser::http::{self, Failure},
    context::use_app,
    driver::{Claim, ClaimOutcome},
    i18n::{Words, fill},
    storage,
};

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct InvitationProps {
    /// What the link brought: the secret, if the link is complete.
    pub secret: AttrValue,
    /// The user is in, and goes to this room, or does not want the invitation.
    pub on_done: Callback<Option<RoomName>>,
}

#[derive(Clone, PartialEq)]
enum State {
    Looking,
    Offered(InvitationOffer),
    /// The invitation is not valid.
    Bad,
    /// It is not known whether it is valid.
    Unknown(Failure),
}

/// Says who invites to what, and accepts the invitation under a new name or for the account that the browser has.
#[function_component]
pub fn InvitationPage(props: &InvitationProps) -> Html {
    let app = use_app();
    let (texts, words) = (texts(app.locale.language), app.locale.words());
    let state = use_state(|| State::Looking);
    let attempt = use_state(|| 0);
    let new_name = use_state(|| false);
    let claim = use_mut_ref(|| None::<Claim>);
    let claiming = use_state(|| false);
    let error = use_state(|| None::<AttrValue>);
    let field = use_node_ref();
    let secret = InvitationSecret::parse(&props.secret).ok();
    use_effect_with((secret.clone(), *attempt), {
        let state = state.clone();
        move |(secret, _): &(Option<InvitationSecret>, i32)| {
            let secret = secret.clone();
            spawn_local(async move {
                let found = look(secret).await;
                // After a reload, or with another address, there is nothing more to say about it.
                if found == State::Bad {
                    forget_invitation();
                }
                state.set(found);
            });
        }
    });
    let offer = if let State::Offered(offer) = &*state { Some(offer.clone()) } else { None };
    let reserved = offer.as_ref().and_then(|offer| offer.username.clone());
    // A name that is reserved is for nobody's other account.
    let mine = storage::name().filter(|mine| reserved.as_ref().is_none_or(|reserved| reserved == mine));
    let asks_name = offer.is_some() && (mine.is_none() || *new_name);
    use_effect_with(asks_name, {
        let field = field.clone();
        move |_| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
            }
        }
    });
    let accept = {
        let (state, claiming, error) = (state.clone(), claiming.clone(), error.clone());
        let (driver, on_done, offer) = (app.driver.clone(), props.on_done.clone(), offer.clone());
        Callback::from(move |name: Username| {
            if *claiming {
                return;
            }
            claiming.set(true);
            error.set(None);
            let (state, claiming, error) = (state.clone(), claiming.clone(), error.clone());
            let (on_done, room) =
                (on_done.clone(), offer.as_ref().and_then(|offer| offer.rooms.first().cloned()));
            let on_outcome = Callback::from(move |outcome| {
                claiming.set(false);
                match outcome {
                    ClaimOutcome::Proven(_) => on_done.emit(room.clone()),
                    ClaimOutcome::Refused(refusal) if refusal.code == RefusalCode::BadInvitation => {
                        forget_invitation();
                        state.set(State::Bad);
                    }
                    ClaimOutcome::Refused(refusal) if refusal.code == RefusalCode::NameTaken => {
                        error.set(Some(AttrValue::Static(words.name_taken)));
                    }
                    ClaimOutcome::Refused(refusal) if refusal.code == RefusalCode::Barred => {
                        error.set(Some(AttrValue::Static(words.barred)));
                    }
                    ClaimOutcome::Refused(refusal) => {
                        error.set(Some(fill(words.refused, &[&refusal.reason]).into()));
                    }
                    ClaimOutcome::Unreachable => error.set(Some(AttrValue::Static(words.unreachable))),
                }
            });
            claim.replace(Some(driver.rename(&name, secret.clone(), on_outcome)));
        })
    };
    let onsubmit = {
        let (field, error, accept) = (field.clone(), error.clone(), accept.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let name = field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            match Username::parse(name.trim()) {
                Ok(name) => accept.emit(name),
                Err(_) => error.set(Some(AttrValue::Static(words.name_rules))),
            }
        }
    };
    let leave = {
        let on_done = props.on_done.clone();
        let onclick = move |_: MouseEvent| on_done.emit(None);
        html! {
            <button key="leave" type="button" class="button" {onclick} data-testid="invitation-leave">
                { texts.without }
            </button>
        }
    };
    let again = {
        let attempt = attempt.clone();
        move |_: MouseEvent| attempt.set(*attempt + 1)
    };
    let busy = claiming.to_string();
    let content = match &*state {
        State::Looking => html! { <p class="secondary" role="status">{ texts.looking }</p> },
        State::Bad => html! {
            <>
                <p class="error" role="alert" data-testid="invitation-bad">{ texts.bad }</p>
                <div class="device-link-choices">{ leave }</div>
            </>
        },
        State::Unknown(failure) => html! {
            <>
                <p class="error" role="alert">{ acts::explain(failure, words) }</p>
                <div class="device-link-choices">
                    <button type="button" class="button primary" onclick={again}>{ words.try_again }</button>
                    { leave }
                </div>
            </>
        },
        State::Offered(offer) => html! {
            <>
                <p data-testid="invitation-offer">{ offered(offer, texts, words) }</p>
                if asks_name {
                    <label for="name">
                        { if reserved.is_some() { texts.reserved_name } else { texts.your_name } }
                    </label>
                    <div class="sign-in-row">
                        <input
                            id="name" ref={field} class="field" type="text" dir="auto" autocomplete="nickname"
                            spellcheck="false" maxlength="64" readonly={reserved.is_some()}
                            value={reserved.as_ref().map(ToString::to_string)} aria-describedby="name-error"
                            aria-invalid={error.is_some().to_string()} data-testid="name-field"
                        />
                        <button
                            class="button primary" type="submit" aria-disabled={busy} data-testid="invitation-enter"
                        >
                            { if *claiming { texts.entering } else { words.enter } }
                        </button>
                    </div>
                } else if let Some(mine) = mine.clone() {
                    <div class="device-link-choices">
                        <button
                            type="button" class="button primary" aria-disabled={busy} data-testid="invitation-accept"
                            onclick={ let name = mine.clone(); move |_: MouseEvent| accept.emit(name.clone()) }
                        >
                            { fill(texts.accept_as, &[mine.as_str()]) }
                        </button>
                        if reserved.is_none() {
                            <button
                                type="button" class="button" data-testid="invitation-new-name"
                                onclick={move |_: MouseEvent| new_name.set(true)}
                            >
                                { texts.new_name }
                            </button>
                        }
                    </div>
                }
                <p id="name-error" class="error" role="alert" data-testid="name-error">
                    { (*error).clone().unwrap_or_default() }
                </p>
                if storage::name().is_some() {
                    <div class="device-link-choices">{ leave }</div>
                }
            </>
        },
    };
    html! {
        <main class="sign-in">
            <form class="sign-in-card" {onsubmit} data-testid="invitation-page">
                <p class="brand">{ words.app }</p>
                <h1>{ if *state == State::Bad { texts.bad_title } else { texts.title } }</h1>
                { content }
            </form>
        </main>
    }
}

/// Asks the server about an invitation. `None`: the link was not complete.
async fn look(secret: Option<InvitationSecret>) -> State {
    let Some(invitation) = secret else { return State::Bad };
    let Ok(body) = serde_json::to_string(&LookAtInvitation { invitation }) else { return State::Bad };
    match http::ask("/api/invitations/look", None, &body).await {
        Ok(answer) => json::read(&answer).map_or(State::Unknown(Failure::Unreachable), State::Offered),
        Err(Failure::Refused { code, .. }) if code == "bad_invitation" => State::Bad,
        Err(failure) => State::Unknown(failure),
    }
}

/// Who invites to what.
fn offered(offer: &InvitationOffer, texts: &Texts, words: &Words) -> String {
    let house = if offer.house.is_empty() { words.app } else { &offer.house };
    let mut said = match &offer.by {
        Some(by) => fill(texts.by, &[by.as_str(), house]),
        None => fill(texts.by_nobody, &[house]),
    };
    if !offer.rooms.is_empty() {
        let rooms: Vec<String> = offer.rooms.iter().map(|room| format!("#{room}")).collect();
        said = said + " " + &fill(texts.rooms, &[&rooms.join(", ")]);
    }
    let role = match offer.role {
        Role::Owner => texts.owner,
        Role::Moderator => texts.moderator,
        Role::Guest => texts.guest,
        Role::Member | Role::Bot => return said,
    };
    said + " " + role
}
