//! The form for sending: text, JSON or bytes; once or repeatedly.

use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, KeyboardEvent};
use yew::{Event, Html, InputEvent, MouseEvent, SubmitEvent, TargetCast, classes, html};

use super::{
    compose::{DraftError, Format, bytes::BytesError, json, template::Values},
    part::PartProps,
    repeat, saved,
    state::{SendError, State},
    texts::Texts,
};
use crate::i18n::fill;

/// Renders the form.
pub(crate) fn composer(props: &PartProps) -> Html {
    let texts = props.texts();
    let console = &props.console;
    let (form, is_open, error, n) =
        console.read(|state| (state.form.clone(), state.is_open(), state.error.clone(), state.n));
    // Checked with sample values, so that errors are shown before sending.
    let mut values = Values { n, now: "2026-11-21T09:30:00.000Z", random: &mut || 0 };
    let wrong = (!form.draft.text.is_empty()).then(|| form.draft.body(&mut values).err()).flatten();
    let error = wrong.clone().map(SendError::Draft).or(error.filter(|_| !is_open));
    let can_send = is_open && wrong.is_none();

    let on_input = {
        let console = console.clone();
        move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            console.change(|state| (state.form.draft.text, state.error) = (value, None));
        }
    };
    let on_key = {
        let console = console.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.is_composing() {
                event.prevent_default();
                console.send();
            }
        }
    };
    let on_send = {
        let console = console.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            console.send();
        }
    };
    let on_pretty = {
        let console = console.clone();
        move |_: MouseEvent| {
            console.change(|state| state.form.draft.text = json::pretty(&state.form.draft.text));
        }
    };
    let invalid = matches!(error, Some(SendError::Draft(_)));
    html! {
        <section class="card" aria-labelledby="composer-title">
            <h2 id="composer-title">{ texts.message }</h2>
            <form class="stack" onsubmit={on_send}>
                { formats(props, form.draft.format) }
                <textarea
                    class={classes!("field", "mono", "draft")} rows="6" aria-label={texts.message}
                    aria-invalid={invalid.to_string()} aria-describedby="draft-error" spellcheck="false"
                    value={form.draft.text.clone()} oninput={on_input} onkeydown={on_key}
                    placeholder={texts.placeholder} data-testid="console-draft"
                />
                <p class="error" id="draft-error" role="status" data-testid="draft-error">
                    { error.map(|error| words(&error, texts)).unwrap_or_default() }
                </p>
                <p class="hint">{ texts.templates }</p>
                <div class="tool-row">
                    <button
                        class="button primary" type="submit" disabled={!can_send} title={texts.send_keys}
                        data-testid="console-send"
                    >
                        { texts.send }
                    </button>
                    if form.draft.format == Format::Json {
                        <button class="button" type="button" disabled={wrong.is_some()} onclick={on_pretty}>
                            { texts.pretty }
                        </button>
                    }
                    { kept_messages(props) }
                </div>
            </form>
            { repeat_form(props) }
        </section>
    }
}

fn formats(props: &PartProps, selected: Format) -> Html {
    let texts = props.texts();
    let option = |format: Format, label: &'static str| {
        let console = props.console.clone();
        let onchange = move |_: Event| {
            console.change(|state| (state.form.draft.format, state.error) = (format, None));
        };
        html! {
            <label class="segment">
                <input
                    type="radio" name="format" value={format.word()} checked={format == selected} {onchange}
                    data-testid={format!("format-{}", format.word())}
                />
                <span>{ label }</span>
            </label>
        }
    };
    html! {
        <fieldset class="segments">
            <legend class="visually-hidden">{ texts.format }</legend>
            { for Format::ALL.into_iter().zip([texts.text, "JSON", texts.hex, "base64"]).map(|(format, label)| option(format, label)) }
        </fieldset>
    }
}

/// The saved messages.
fn kept_messages(props: &PartProps) -> Html {
    let texts = props.texts();
    let draft = props.console.read(|state| state.form.draft.clone());
    let kept = saved::messages();
    let is_kept = kept.contains(&draft);
    let empty = draft.text.is_empty();
    let on_choose = {
        let (console, kept) = (props.console.clone(), kept.clone());
        move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            if let Some(message) = value.parse().ok().and_then(|at: usize| kept.get(at)) {
                console.change(|state| state.form.draft = message.clone());
            }
        }
    };
    let current = kept.iter().position(|message| *message == draft);
    let on_keep = {
        let console = props.console.clone();
        move |_: MouseEvent| console.change(|_| saved::toggle_message(&draft))
    };
    html! {
        <>
            <button class="button" type="button" disabled={empty} onclick={on_keep} data-testid="keep-message">
                { if is_kept { texts.forget_message } else { texts.keep_message } }
            </button>
            if !kept.is_empty() {
                <select
                    class="field kept" aria-label={texts.kept_messages} onchange={on_choose} data-testid="kept-messages"
                >
                    <option value="" selected={current.is_none()}>{ texts.kept_messages }</option>
                    { for kept.iter().enumerate().map(|(at, message)| html! {
                        <option key={at} value={at.to_string()} selected={current == Some(at)}>
                            { message.text.chars().take(40).collect::<String>() }
                        </option>
                    }) }
                </select>
            }
        </>
    }
}

/// The form for repeated sending.
fn repeat_form(props: &PartProps) -> Html {
    let texts = props.texts();
    let console = &props.console;
    let (form, is_open, done) = console.read(|state| {
        (state.form.clone(), state.is_open(), state.repeat.as_ref().map(|repeat| repeat.pace.done))
    });
    let edit = |edit: fn(&mut State, String)| {
        let console = console.clone();
        move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            console.change(|state| edit(state, value));
        }
    };
    let on_start = {
        let console = console.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            console.start_repeat();
        }
    };
    let on_stop = {
        let console = console.clone();
        move |_: MouseEvent| console.stop_repeat()
    };
    let valid = repeat::parse(&form.every, &form.count).is_some();
    html! {
        <form class="stack again" onsubmit={on_start}>
            <div class="tool-row">
                <label class="stack">
                    <span class="label">{ texts.every }</span>
                    <input
                        class="field mono short" type="text" inputmode="decimal" value={form.every}
                        oninput={edit(|state, value| state.form.every = value)} data-testid="repeat-every"
                    />
                </label>
                <label class="stack">
                    <span class="label">{ texts.count }</span>
                    <input
                        class="field mono short" type="text" inputmode="numeric" value={form.count}
                        placeholder="∞" oninput={edit(|state, value| state.form.count = value)}
                        data-testid="repeat-count"
                    />
                </label>
                if done.is_some() {
                    <button class="button danger" type="button" onclick={on_stop} data-testid="repeat-stop">
                        { texts.stop }
                    </button>
                } else {
                    <button class="button" type="submit" disabled={!is_open || !valid} data-testid="repeat-start">
                        { texts.start }
                    </button>
                }
            </div>
            <p class="hint" data-testid="repeat-done">
                { match done {
                    Some(done) => fill(texts.repeated, &[&done.to_string()]),
                    None if !valid => texts.repeat_rules.to_owned(),
                    None => texts.repeat_hint.to_owned(),
                } }
            </p>
        </form>
    }
}

fn words(error: &SendError, texts: &Texts) -> String {
    match error {
        SendError::NotOpen => texts.not_open.to_owned(),
        SendError::Draft(DraftError::Json(why)) => fill(texts.no_json, &[why]),
        SendError::Draft(DraftError::Bytes(BytesError::Strange(c, at))) => {
            fill(texts.strange, &[&c.to_string(), &at.to_string()])
        }
        SendError::Draft(DraftError::Bytes(BytesError::Unfinished)) => texts.unfinished.to_owned(),
    }
}
