//! The house's settings, those that change while it runs.

mod texts;

use shared::{
    Act,
    house::{ActDone, DeletedMessages, DeletedNames, House, HouseSettings, Me},
};
use yew::{
    Callback, Html, SubmitEvent, function_component, html, platform::spawn_local, use_callback, use_mut_ref,
    use_node_ref, use_state_eq,
};

use super::{
    acting::use_act_in,
    api,
    context::use_admin,
    fields::{check, choice, labelled, labelled_with, text_of, use_text},
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
    use_text(&name, settings.name.clone().into());
    let make_rooms = use_state_eq(|| settings.members_make_rooms);
    let invite = use_state_eq(|| settings.members_invite);
    let names = use_state_eq(|| settings.deleted_names);
    let messages = use_state_eq(|| settings.deleted_messages);
    // What is said after saving.
    let said = use_state_eq(|| "");
    let is_reading = use_mut_ref(|| false);
    // What others have changed meanwhile is shown, too. The field of the name follows the settings that are loaded.
    let show = {
        let (make_rooms, invite) = (make_rooms.clone(), invite.clone());
        let (names, messages) = (names.clone(), messages.clone());
        use_callback(app.reload.clone(), move |settings: HouseSettings, reload| {
            make_rooms.set(settings.members_make_rooms);
            invite.set(settings.members_invite);
            names.set(settings.deleted_names);
            messages.set(settings.deleted_messages);
            reload.emit(());
        })
    };
    let on_act = use_callback(show.clone(), |(act, _): (Act, ActDone), show| {
        if let Act::ChangeSettings { settings } = act {
            show.emit(settings);
        }
    });
    let acting = use_act_in(&name, on_act);
    let onsubmit = {
        let (act, fail, name) = (acting.act.clone(), acting.fail.clone(), name.clone());
        let accept = acting.accept.clone();
        let (said, is_reading, locale) = (said.clone(), is_reading.clone(), app.locale.clone());
        let loaded = settings.clone();
        let written = HouseSettings {
            members_make_rooms: *make_rooms,
            members_invite: *invite,
            deleted_names: *names,
            deleted_messages: *messages,
            name: String::new(),
        };
        move |event: SubmitEvent| {
            event.prevent_default();
            if is_reading.replace(true) {
                return;
            }
            said.set("");
            let written = HouseSettings { name: text_of(&name).trim().to_owned(), ..written.clone() };
            let (act, fail, said, loaded) = (act.clone(), fail.clone(), said.clone(), loaded.clone());
            let (is_reading, show, locale) = (is_reading.clone(), show.clone(), locale.clone());
            let accept = accept.clone();
            spawn_local(async move {
                // An act sets all settings: those that were not changed here are to stay as they are now.
                let now = api::get::<Me>("/api/me").await;
                is_reading.replace(false);
                match now {
                    Ok(Me { settings: now, .. }) => {
                        said.set(if now == loaded { words.saved } else { texts.saved_with_others });
                        let settings = with_changes(&loaded, written, now.clone());
                        if settings == now {
                            accept.emit(());
                            show.emit(settings);
                        } else {
                            act.emit(Act::ChangeSettings { settings });
                        }
                    }
                    Err(failure) => fail.emit(failure.sentence(&locale)),
                }
            });
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
    // It is true when the server has done it.
    let shown = if acting.is_busy || acting.is_refused() { &"" } else { &*said };
    html! {
        <>
            <form class="admin-form" {onsubmit}>
                { labelled_with(texts.name, texts.name_hint, acting.error_at(&name), html! {
                    <input
                        ref={name.clone()} class="field wide" type="text" dir="auto" maxlength="64"
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
                    <span class="secondary" role="status" data-testid="saved">{ *shown }</span>
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

/// The settings of now, with what is written differently from what was loaded.
fn with_changes(loaded: &HouseSettings, written: HouseSettings, now: HouseSettings) -> HouseSettings {
    fn changed<T: PartialEq>(loaded: &T, written: T, now: T) -> T {
        if *loaded == written { now } else { written }
    }
    HouseSettings {
        name: changed(&loaded.name, written.name, now.name),
        members_make_rooms: changed(
            &loaded.members_make_rooms,
            written.members_make_rooms,
            now.members_make_rooms,
        ),
        members_invite: changed(&loaded.members_invite, written.members_invite, now.members_invite),
        deleted_names: changed(&loaded.deleted_names, written.deleted_names, now.deleted_names),
        deleted_messages: changed(&loaded.deleted_messages, written.deleted_messages, now.deleted_messages),
    }
}
