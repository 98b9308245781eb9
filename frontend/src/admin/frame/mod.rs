//! The frame of the module's pages: the bar, the menu of the Admin page's parts, the title. And the Admin page itself.

mod overview;
mod texts;

use std::rc::Rc;

pub(super) use overview::{Overview, access_hint, access_sentence};
use shared::{RoomName, house::Me};
use web_sys::HtmlElement;
use yew::{
    Children, Html, Properties, classes, function_component, html, use_effect_with, use_mut_ref, use_node_ref,
};

use super::{
    context::Notice,
    known::{label_by_name, room_html},
    link::link,
    place::Place,
};
use crate::{
    Locale, Route,
    layers::{Layers, is_lost},
    navigation::{Page, Part, page_head},
    room_label::RoomLabel,
};
use texts::texts;

/// What the frame needs.
#[derive(Properties, PartialEq)]
pub(super) struct FrameProps {
    /// The language.
    pub(super) locale: Locale,
    /// What lies above the page.
    pub(super) layers: Layers,
    /// The page.
    pub(super) place: Rc<Place>,
    /// Who the user is, if the server has told.
    pub(super) me: Option<Rc<Me>>,
    /// The last room whose settings were shown, and what it is called.
    pub(super) label: Option<(RoomName, RoomLabel)>,
    /// What was done on another page.
    pub(super) notice: Option<Notice>,
    /// The page's content.
    pub(super) children: Children,
}

/// The frame of a page.
#[function_component]
pub(super) fn Frame(props: &FrameProps) -> Html {
    let FrameProps { locale, layers, place, me, label, notice, children } = props;
    let heading = use_node_ref();
    let is_first = use_mut_ref(|| true);
    use_effect_with((), {
        let (layers, heading) = (layers.clone(), heading.clone());
        move |()| layers.set_home(heading)
    });
    use_effect_with(Rc::clone(place), {
        let heading = heading.clone();
        move |_| {
            // The link that led here may be gone, and screen readers read where the user is now.
            let keeps_focus = is_first.replace(false) && !is_lost();
            if let Some(heading) = heading.cast::<HtmlElement>().filter(|_| !keeps_focus) {
                let _ = heading.focus();
            }
        }
    });
    let menu = me.as_ref().map(|me| menu(place, me, locale)).unwrap_or_default();
    let room = match &**place {
        Place::Room(room) => Some(room),
        _ => None,
    };
    // What it is called is known when its settings are loaded.
    let known = label.as_ref().filter(|(labelled, _)| Some(labelled) == room).map(|(_, label)| label.clone());
    let label = known.or_else(|| room.map(|room| label_by_name(room, locale.language)));
    let notice = notice.as_ref().filter(|notice| **place == Place::Part(notice.part));
    html! {
        <div class="tool-page" data-testid="admin">
            { page_head(locale, place.page(me.as_deref())) }
            <div class="admin">
                { menu }
                <main class="admin-main">
                    <div class="admin-column">
                        { back(place, me.as_deref(), label.as_ref(), locale) }
                        <h2 class="admin-title" ref={heading} tabindex="-1">
                            { title(place, me.as_deref(), label.as_ref(), locale) }
                        </h2>
                        <p class="admin-notice" role="status" data-testid="notice">
                            { notice.map(|notice| notice.text.clone()) }
                        </p>
                        { for children.iter() }
                    </div>
                </main>
            </div>
        </div>
    }
}

/// The title of a part of the Admin page.
pub(super) fn part_title(part: Part, locale: &Locale) -> &'static str {
    texts(locale.language).parts[part as usize]
}

fn title(place: &Place, me: Option<&Me>, label: Option<&RoomLabel>, locale: &Locale) -> Html {
    let texts = texts(locale.language);
    let title = match place {
        // The title of a page that is not shown would promise it.
        place if me.is_some_and(|me| !place.is_for(me)) => super::words::texts(locale.language).back,
        Place::Overview => texts.overview,
        Place::Part(part) => part_title(*part, locale),
        Place::Account => texts.account,
        Place::Room(_) => match label {
            // Its name is for programs.
            Some(label) if !label.is_direct() => {
                let (before, after) = texts.room.split_once("{}").unwrap_or_default();
                return html! { <>{ before }{ room_html(label, locale) }{ after }</> };
            }
            _ => texts.direct,
        },
        Place::Unknown => texts.unknown,
    };
    html! { title }
}

/// The menu beside the Admin page's parts. In a narrow window the Admin page itself is the menu.
fn menu(place: &Place, me: &Me, locale: &Locale) -> Html {
    if !me.role.moderates() || *place == Place::Account {
        return Html::default();
    }
    let texts = texts(locale.language);
    let parts = Part::ALL.into_iter().filter(|part| part.is_for(me)).map(|part| {
        let is_of_room = part == Part::Rooms && matches!(place, Place::Room(_));
        let class = classes!("admin-link", (is_of_room || *place == Place::Part(part)).then_some("current"));
        let label = html! { part_title(part, locale) };
        link(part.path().to_owned(), class, *place == Place::Part(part), label)
    });
    let overview = *place == Place::Overview;
    let class = classes!("admin-link", overview.then_some("current"));
    html! {
        <nav class="admin-menu" aria-label={texts.menu}>
            { link(Page::Admin.path().to_owned(), class, overview, html! { texts.overview }) }
            { for parts }
        </nav>
    }
}

/// The links to where the user comes from.
fn back(place: &Place, me: Option<&Me>, label: Option<&RoomLabel>, locale: &Locale) -> Html {
    let moderates = me.is_some_and(|me| me.role.moderates());
    let words = super::words::texts(locale.language);
    let back = |path: String, class: &'static str, label: Html| {
        let class = classes!("admin-back", class);
        link(path, class, false, html! { <><span aria-hidden="true">{ "‹" }</span><span>{ label }</span></> })
    };
    match place {
        Place::Room(room) => {
            let label = match label {
                Some(label) if !label.is_deserted() => room_html(label, locale),
                _ => html! { texts(locale.language).direct },
            };
            html! {
                <div class="admin-ways">
                    if moderates {
                        { back(Part::Rooms.path().to_owned(), "", html! { part_title(Part::Rooms, locale) }) }
                    }
                    { back(Route::path(room, None), "", label) }
                </div>
            }
        }
        Place::Part(_) if moderates => {
            // Beside the menu it would be one link too many.
            back(Page::Admin.path().to_owned(), "only-narrow", html! { words.back })
        }
        Place::Part(part) if me.is_some_and(|me| part.is_for(me)) => {
            back(Page::Account.path().to_owned(), "", html! { texts(locale.language).account })
        }
        _ => Html::default(),
    }
}
