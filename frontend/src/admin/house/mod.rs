//! The house's settings, those that change while it runs.

mod texts;

use shared::{
    Act,
    house::{DeletedMessages, DeletedNames, House, HouseSettings},
};
use yew::{Callback, Html, SubmitEvent, function_component, html, use_callback, use_node_ref, use_state_eq};

use super::{
    acting::use_act,
    context::use_admin,
    fields::{check, choice, labelled, text_of, use_text},
    frame::{access_hint, access_sentence},
    loaded::use_loaded,
    words,
};
use texts::texts;

/// The part of the Admin page with the settings.
#[function_component]
pub(super) fn HousePart() -> Html {
    let app = use_admin();
    let (texts, words) = (texts(app.locale.language), words::texts(app.locale.language));
    let settings = app.me.settings.clone();
    let house = use_loaded::<House>("/api/house".to_owned());
    let name = use_node_ref();
    use_text(&name, settings.name.into());
    let make_rooms = use_state_eq(|| settings.members_make_rooms);
    let invite = use_state_eq(|| settings.members_invite);
    let names = use_state_eq(|| settings.deleted_names);
    let messages = use_state_eq(|| settings.deleted_messages);
    let is_saved = use_state_eq(|| false);
    let on_act = use_callback((app.reload.clone(), is_saved.clone()), |_, (reload, is_saved)| {
        is_saved.set(true);
        reload.emit(());
    });
    let acting = use_act(on_act);
    let onsubmit = {
        let (act, name, is_saved) = (acting.act.clone(), name.clone(), is_saved.clone());
        let settings = HouseSettings {
            members_make_rooms: *make_rooms,
            members_invite: *invite,
            deleted_names: *names,
            deleted_messages: *messages,
            name: String::new(),
        };
        move |event: SubmitEvent| {
            event.prevent_default();
            is_saved.set(false);
            let settings = HouseSettings { name: text_of(&name).trim().to_owned(), ..settings.clone() };
            act.emit(Act::ChangeSettings { settings });
        }
    };
    let on_names = {
        let names = names.clone();
        let of = |word: &str| if word == "free" { DeletedNames::Free } else { DeletedNames::Reserved };
        Callback::from(move |word: String| names.set(of(&word)))
    };
    let on_messages = {
        let messages = messages.clone();
        let of =
            |word: &str| if word == "blanked" { DeletedMessages::Blanked } else { DeletedMessages::Kept };
        Callback::from(move |word: String| messages.set(of(&word)))
    };
    let name_words = [("reserved", texts.names_reserved), ("free", texts.names_free)];
    let message_words = [("kept", texts.messages_kept), ("blanked", texts.messages_blanked)];
    let names_word = if *names == DeletedNames::Free { "free" } else { "reserved" };
    let messages_word = if *messages == DeletedMessages::Blanked { "blanked" } else { "kept" };
    html! {
        <>
            <form class="admin-form" {onsubmit}>
                { labelled(texts.name, texts.name_hint, html! {
                    <input
                        ref={name} class="field wide" type="text" dir="auto" maxlength="64"
                        data-testid="house-name"
                    />
                }) }
                <fieldset class="admin-group">
                    <legend>{ texts.members }</legend>
                    { check(texts.make_rooms, &make_rooms, "members-make-rooms") }
                    { check(texts.invite, &invite, "members-invite") }
                </fieldset>
                <fieldset class="admin-group">
                    <legend>{ texts.deleted }</legend>
                    { labelled(texts.names, "", choice(&name_words, names_word, on_names, "deleted-names")) }
                    { labelled(texts.messages, "", choice(&message_words, messages_word, on_messages, "deleted-messages")) }
                </fieldset>
                { acting.error_line() }
                <div class="admin-actions">
                    <button class="button primary" type="submit" aria-disabled={acting.is_busy.to_string()} data-testid="save">
                        { words.save }
                    </button>
                    <span class="secondary" role="status" data-testid="saved">{ if *is_saved { words.saved } else { "" } }</span>
                </div>
            </form>
            { house.view(&app.locale, |house| html! {
                <section class="admin-section" aria-label={texts.access}>
                    <h3>{ texts.access }</h3>
                    <p>{ access_sentence(house.access, &app.locale) }</p>
                    <p class="hint">{ access_hint(&app.locale) }</p>
                </section>
            }) }
        </>
    }
}
