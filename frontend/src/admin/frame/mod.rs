//! The frame of the module's pages: the bar, the menu of the Admin page's parts, the title. And the Admin page itself.

mod overview;
mod texts;

use std::rc::Rc;

pub(super) use overview::{Overview, access_hint, access_sentence};
use shared::house::{Me, is_direct_name};
use web_sys::HtmlElement;
use yew::{
    Children, Classes, Html, MouseEvent, Properties, classes, function_component, html, use_effect_with,
    use_mut_ref, use_node_ref,
};

use super::place::{Part, Place};
use crate::{
    Locale, Route,
    browser::is_plain_click,
    i18n::fill,
    layers::{Layers, is_lost},
    navigation::{Page, page_head},
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
    /// The page's content.
    pub(super) children: Children,
}

/// The frame of a page.
#[function_component]
pub(super) fn Frame(props: &FrameProps) -> Html {
    let FrameProps { locale, layers, place, me, children } = props;
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
    html! {
        <div class="tool-page" data-testid="admin">
            { page_head(locale, place.page()) }
            <div class="admin">
                { menu }
                <main class="admin-main">
                    <div class="admin-column">
                        { back(place, me.as_deref(), locale) }
                        <h2 class="admin-title" ref={heading} tabindex="-1">{ title(place, locale) }</h2>
                        { for children.iter() }
                    </div>
                </main>
            </div>
        </div>
    }
}

/// A link to a page of the app.
pub(super) fn link(path: String, class: impl Into<Classes>, current: bool, content: Html) -> Html {
    let onclick = {
        let path = path.clone();
        move |event: MouseEvent| {
            if is_plain_click(&event) {
                event.prevent_default();
                Route::go(&path);
            }
        }
    };
    let testid = format!("go-{}", path.split('?').next().unwrap_or_default());
    html! {
        <a
            key={path.clone()} class={class.into()} href={path} aria-current={current.then_some("page")} {onclick}
            data-testid={testid}
        >
            { content }
        </a>
    }
}

/// The title of a part of the Admin page.
pub(super) fn part_title(part: Part, locale: &Locale) -> &'static str {
    texts(locale.language).parts[part as usize]
}

fn title(place: &Place, locale: &Locale) -> String {
    let texts = texts(locale.language);
    match place {
        Place::Overview => texts.overview.to_owned(),
        Place::Part(part) => part_title(*part, locale).to_owned(),
        Place::Account => texts.account.to_owned(),
        // Its name is for programs.
        Place::Room(room) if is_direct_name(room.as_str()) => texts.direct.to_owned(),
        Place::Room(room) => fill(texts.room, &[room.as_str()]),
        Place::Unknown => texts.unknown.to_owned(),
    }
}

/// The menu beside the Admin page's parts. In a narrow window the Admin page itself is the menu.
fn menu(place: &Place, me: &Me, locale: &Locale) -> Html {
    if !me.role.moderates() || matches!(place, Place::Account | Place::Room(_)) {
        return Html::default();
    }
    let texts = texts(locale.language);
    let entry = |path: &'static str, label: &'static str, current: bool| {
        let class = classes!("admin-link", current.then_some("current"));
        link(path.to_owned(), class, current, html! { label })
    };
    let parts = Part::ALL.into_iter().filter(|part| part.is_for(me));
    html! {
        <nav class="admin-menu" aria-label={texts.menu}>
            { entry(Page::Admin.path(), texts.overview, *place == Place::Overview) }
            { for parts.map(|part| entry(part.path(), part_title(part, locale), *place == Place::Part(part))) }
        </nav>
    }
}

/// The link to where the user comes from.
fn back(place: &Place, me: Option<&Me>, locale: &Locale) -> Html {
    let moderates = me.is_some_and(|me| me.role.moderates());
    let words = super::words::texts(locale.language);
    let (path, label, class) = match place {
        Place::Room(room) => {
            let is_direct = is_direct_name(room.as_str());
            let label = if is_direct { texts(locale.language).direct.to_owned() } else { format!("#{room}") };
            (Route::path(room, None), label, classes!("admin-back"))
        }
        Place::Part(_) if moderates => {
            // Beside the menu it would be one link too many.
            (Page::Admin.path().to_owned(), words.back.to_owned(), classes!("admin-back", "only-narrow"))
        }
        Place::Part(_) => (
            Page::Account.path().to_owned(),
            texts(locale.language).account.to_owned(),
            classes!("admin-back"),
        ),
        _ => return Html::default(),
    };
    link(path, class, false, html! { <><span aria-hidden="true">{ "‹" }</span><span>{ label }</span></> })
}
