//! The dialog that makes an invitation, and shows its link once.

use std::rc::Rc;

use shared::{
    Act, Role, RoomName,
    house::{ActDone, NewInvitation},
    limits,
};
use yew::{
    AttrValue, Callback, Html, MouseEvent, Properties, SubmitEvent, function_component, html, use_callback,
    use_effect_with, use_node_ref, use_state, use_state_eq,
};

use super::texts::{Texts, texts};
use crate::{
    Locale,
    admin::{
        acting::use_act,
        confirm::AdminDialog,
        context::use_admin,
        fields::{self, choice, focus, focus_first, labelled, labelled_with, text_of, use_text},
        known::{KnownRooms, use_before, use_people, use_rooms},
        once::{CopyLine, Told, use_told},
        words::{self, role_hint, role_name},
    },
    device_link::qr_code,
    i18n::fill,
};

/// What the dialog needs.
#[derive(Properties, PartialEq)]
pub(super) struct InviteProps {
    /// What the field for rooms contains at first.
    pub(super) rooms: AttrValue,
    /// An invitation was made.
    pub(super) on_made: Callback<()>,
    /// The dialog is to be closed.
    pub(super) on_close: Callback<()>,
}

/// An invitation that was made.
#[derive(PartialEq)]
struct Made {
    uses: u32,
    done: ActDone,
}

/// The dialog that makes an invitation.
#[function_component]
pub(super) fn InviteDialog(props: &InviteProps) -> Html {
    let app = use_admin();
    let (texts, words) = (texts(app.locale.language), words::texts(app.locale.language));
    let (name, rooms, days, uses) = (use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref());
    let (known, people) = (use_rooms(), use_people());
    // The room that the user comes from, as it is called there.
    let first = RoomName::parse(&props.rooms).map(|room| known.written(&room).to_owned());
    use_text(&rooms, first.map_or_else(|_| props.rooms.clone(), AttrValue::from));
    use_text(&days, limits::INVITATION_DAYS_DEFAULT.to_string().into());
    use_text(&uses, AttrValue::Static("1"));
    let role = use_state_eq(|| Role::Member);
    let made = use_state(|| None::<Rc<Made>>);
    let on_act = use_callback((made.clone(), props.on_made.clone()), |(act, done), (made, on_made)| {
        let uses = match act {
            Act::Invite(invitation) => invitation.uses,
            _ => 1,
        };
        made.set(Some(Rc::new(Made { uses, done })));
        on_made.emit(());
    });
    let acting = use_act(on_act);
    let (before, on_rooms) = use_before();
    let told = use_told(made.is_some(), props.on_close.clone());
    use_effect_with(made.is_some(), |is_made| {
        // The button that had the focus is gone.
        if *is_made {
            focus("[data-testid=copy]");
        }
    });
    let onsubmit = {
        let (act, refuse, locale) = (acting.act.clone(), acting.refuse.clone(), app.locale.clone());
        let fields = [name.clone(), rooms.clone(), days.clone(), uses.clone()];
        let (role, known) = (*role, known.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            match read(&fields.each_ref().map(text_of), role, &known, &locale) {
                Ok(invitation) => act.emit(Act::Invite(invitation)),
                Err((at, why)) => refuse.emit((fields[at].clone(), why.into())),
            }
        }
    };
    let on_role = {
        let role = role.clone();
        Callback::from(move |word: String| role.set(Role::parse(&word).unwrap_or_default()))
    };
    // An owner invites to every role, all others to those that stand below a moderator.
    let is_offered = |role: &Role| *role != Role::Bot && (app.me.role == Role::Owner || !role.moderates());
    let roles = Role::ALL.into_iter().filter(is_offered);
    let roles: Vec<_> = roles.map(|role| (role.as_str(), role_name(role, &app.locale))).collect();
    let content = match &*made {
        Some(made) => result(made, texts, &props.on_close, &told),
        None => html! {
            <form key="form" class="admin-form" {onsubmit}>
                { labelled(words.role, role_hint(*role, &app.locale), choice(&roles, role.as_str(), on_role, "invite-role")) }
                { labelled_with(texts.name, texts.name_hint, acting.error_at(&name), html! {
                    <input
                        ref={name.clone()} list="known-people" autofocus={focus_first()} class="field wide" type="text" dir="auto" maxlength="64" autocomplete="off"
                        spellcheck="false" data-testid="invite-name"
                    />
                }) }
                { labelled_with(words.rooms_field, words.rooms_hint.to_owned() + texts.rooms_hint, acting.error_at(&rooms), html! {
                    <input
                        ref={rooms.clone()} list="known-rooms" oninput={on_rooms} class="field wide" type="text" autocomplete="off" autocapitalize="none"
                        spellcheck="false" data-testid="invite-rooms"
                    />
                }) }
                <div class="admin-pair">
                    { labelled_with(texts.days, "", acting.error_at(&days), number(days.clone(), limits::INVITATION_DAYS, "invite-days")) }
                    { labelled_with(texts.uses, "", acting.error_at(&uses), number(uses.clone(), limits::INVITATION_USES, "invite-uses")) }
                </div>
                { people.offered("known-people") }
                { known.offered("known-rooms", &before) }
                { acting.error_line() }
                <button class="button primary" type="submit" aria-disabled={acting.is_busy.to_string()} data-testid="invite-now">
                    { texts.make }
                </button>
            </form>
        },
    };
    // The list shows the same number.
    let title = match &*made {
        Some(made) => fill(texts.numbered, &[&made.done.number.to_string()]).into(),
        None => AttrValue::Static(texts.invite),
    };
    html! {
        <AdminDialog {title} close={app.locale.words().close} on_close={told.on_close}>
            { content }
        </AdminDialog>
    }
}

/// A field for a number. The form checks it, with a text in the language of the app.
fn number(node: yew::NodeRef, max: u32, name: &'static str) -> Html {
    html! {
        <input
            ref={node} class="field wide" type="text" inputmode="numeric"
            maxlength={max.to_string().len().to_string()} data-testid={name}
        />
    }
}

/// The link that was made, its QR code, and a button that copies it.
fn result(made: &Made, texts: &'static Texts, on_close: &Callback<()>, told: &Told) -> Html {
    let onclick = {
        let on_close = on_close.clone();
        move |_: MouseEvent| on_close.emit(())
    };
    let link = made.done.link.clone().unwrap_or_default();
    html! {
        <div key="made" class="admin-form" data-testid="invitation-made">
            <p role="status">{ texts.made.of(made.uses) }</p>
            <CopyLine label={texts.link} text={link} once=true on_copied={told.on_copied.clone()} />
            { told.warning.clone() }
            if let Some(code) = &made.done.qr {
                { qr_code(code, texts.qr) }
            }
            <button class="button" type="button" {onclick} data-testid="invitation-done">{ texts.done }</button>
        </div>
    }
}

/// The invitation that the form describes: the name, the rooms, the days, the uses. An error has the index of its field.
fn read(
    [name, rooms, days, uses]: &[String; 4],
    role: Role,
    known: &KnownRooms,
    locale: &Locale,
) -> Result<NewInvitation, (usize, String)> {
    let texts = texts(locale.language);
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    let number = |text: &str, max: u32| text.trim().parse().ok().filter(|number| (1..=max).contains(number));
    Ok(NewInvitation {
        username: name.map(|name| fields::username(name, locale)).transpose().map_err(|why| (0, why))?,
        role,
        rooms: fields::rooms(rooms, known, locale).map_err(|why| (1, why))?,
        days: number(days, limits::INVITATION_DAYS).ok_or_else(|| (2, texts.bad_days.to_owned()))?,
        uses: number(uses, limits::INVITATION_USES).ok_or_else(|| (3, texts.bad_uses.to_owned()))?,
    })
}
