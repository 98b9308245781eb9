//! The settings: name, language, theme, notifications.

mod rename;
mod texts;

use shared::RoomName;
use web_sys::HtmlSelectElement;
use yew::{Callback, Event, Html, Properties, TargetCast, function_component, html, use_force_update};

use crate::{
    Locale,
    context::{use_app, use_client},
    dialog::Dialog,
    i18n::Language,
    navigation::{Page, page_link},
    notifications::NotificationSettings,
    theme::Theme,
};
use rename::Rename;
use texts::texts;

/// The language menu.
pub fn language_select(locale: &Locale, on_language: Callback<Language>) -> Html {
    let onchange = move |event: Event| {
        let tag = event.target_unchecked_into::<HtmlSelectElement>().value();
        if let Some(language) = Language::of_tag(&tag) {
            on_language.emit(language);
        }
    };
    html! {
        <label class="setting">
            <span>{ texts(locale.language).language }</span>
            <select class="field" {onchange} data-testid="language">
                { for Language::ALL.iter().map(|language| html! {
                    <option
                        key={language.tag()} value={language.tag()} lang={language.tag()}
                        selected={*language == locale.language}
                    >
                        { language.name() }
                    </option>
                }) }
            </select>
        </label>
    }
}

/// What the settings need.
#[derive(Properties, PartialEq)]
pub struct SettingsProps {
    /// The room that is shown.
    pub room: RoomName,
    /// Another language was chosen.
    pub on_language: Callback<Language>,
    /// The settings are to be closed.
    pub on_close: Callback<()>,
}

/// The dialog with the settings.
#[function_component]
pub fn Settings(props: &SettingsProps) -> Html {
    let locale = use_app().locale;
    let texts = texts(locale.language);
    let words = locale.words();
    let moderates = use_client(|client| client.view().role().moderates());
    let update = use_force_update();
    let theme = Theme::stored();
    let on_theme = move |event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        let chosen = Theme::ALL.into_iter().find(|theme| theme.word().unwrap_or_default() == value);
        chosen.unwrap_or(Theme::System).store();
        update.force_update();
    };
    let theme_name = |theme: Theme| match theme {
        Theme::System => texts.theme_system,
        Theme::Light => texts.theme_light,
        Theme::Dark => texts.theme_dark,
    };
    html! {
        <Dialog title={words.settings} close={words.close} on_close={props.on_close.clone()}>
            <Rename />
            <nav class="setting-pages" aria-label={texts.pages}>
                { page_link(&locale, Page::Account, false) }
                if moderates {
                    { page_link(&locale, Page::Admin, false) }
                }
            </nav>
            { language_select(&locale, props.on_language.clone()) }
            <label class="setting">
                <span>{ texts.theme }</span>
                <select class="field" onchange={on_theme} data-testid="theme">
                    { for Theme::ALL.into_iter().map(|one| html! {
                        <option
                            key={theme_name(one)} value={one.word().unwrap_or_default()} selected={one == theme}
                        >
                            { theme_name(one) }
                        </option>
                    }) }
                </select>
            </label>
            <NotificationSettings room={props.room.clone()} />
        </Dialog>
    }
}
