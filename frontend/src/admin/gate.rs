//! What stands before all pages of the module: who the user is, and what they may see.

use std::rc::Rc;

use shared::{RoomName, house::Me};
use yew::{
    ContextProvider, Html, Properties, function_component, html, use_callback, use_effect_with, use_state_eq,
};

use super::{
    account::Account,
    acts::ActsPart,
    bars::BarsPart,
    bots::BotsPart,
    context::{AdminContext, Notice},
    frame::{Frame, Overview},
    house::HousePart,
    invitations::InvitationsPart,
    link::link,
    loaded::use_loaded,
    people::PeoplePart,
    place::Place,
    room::RoomPage,
    rooms::RoomsPart,
    words::texts,
};
use crate::{Locale, layers::Layers, navigation::Part, room_label::RoomLabel};

/// What the pages need.
#[derive(Properties, PartialEq)]
pub struct GateProps {
    /// The language.
    pub locale: Locale,
    /// What lies above the page.
    pub layers: Layers,
    /// The page.
    pub place: Rc<Place>,
}

/// Asks the server who the user is, and shows the page if it is theirs to see.
#[function_component]
pub fn Gate(props: &GateProps) -> Html {
    let GateProps { locale, layers, place } = props;
    let label = use_state_eq(|| None::<(RoomName, RoomLabel)>);
    let notice = use_state_eq(|| None::<Notice>);
    let set_label = use_callback((), {
        let label = label.clone();
        move |room, ()| label.set(Some(room))
    });
    let notify = use_callback((), {
        let notice = notice.clone();
        move |told, ()| notice.set(Some(told))
    });
    use_effect_with(Rc::clone(place), {
        let notice = notice.clone();
        move |place| {
            if notice.as_ref().is_some_and(|notice| **place != Place::Part(notice.part)) {
                notice.set(None);
            }
        }
    });
    let loaded = use_loaded::<Me>("/api/me".to_owned());
    let me = loaded.value().filter(|_| loaded.failure.is_none()).cloned();
    let content = match &me {
        None => loaded.view(locale, |_| Html::default()),
        Some(me) => {
            let context = AdminContext {
                locale: locale.clone(),
                layers: layers.clone(),
                me: Rc::clone(me),
                reload: loaded.reload.clone(),
                set_label,
                notify,
            };
            let content = view(place, me, locale);
            html! { <ContextProvider<AdminContext> {context}>{ content }</ContextProvider<AdminContext>> }
        }
    };
    html! {
        <Frame
            locale={locale.clone()} layers={layers.clone()} place={Rc::clone(place)} {me} label={(*label).clone()}
            notice={(*notice).clone()}
        >
            { content }
        </Frame>
    }
}

fn view(place: &Place, me: &Me, locale: &Locale) -> Html {
    let texts = texts(locale.language);
    let sorry = |text: &'static str| {
        html! {
            <div class="admin-sorry">
                <p data-testid="not-yours">{ text }</p>
                { link("/".to_owned(), "button primary", false, html! { texts.to_rooms }) }
            </div>
        }
    };
    if !place.is_for(me) {
        return sorry(texts.not_yours);
    }
    match place {
        Place::Unknown => sorry(texts.nothing_here),
        Place::Overview => html! { <Overview /> },
        Place::Part(Part::People) => html! { <PeoplePart /> },
        Place::Part(Part::Rooms) => html! { <RoomsPart /> },
        Place::Part(Part::Invitations) => html! { <InvitationsPart /> },
        Place::Part(Part::Bots) => html! { <BotsPart /> },
        Place::Part(Part::Bars) => html! { <BarsPart /> },
        Place::Part(Part::Acts) => html! { <ActsPart /> },
        Place::Part(Part::House) => html! { <HousePart /> },
        Place::Account => html! { <Account /> },
        Place::Room(room) => html! { <RoomPage key={room.as_str()} room={room.clone()} /> },
    }
}
