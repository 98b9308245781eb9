//! The connection form: the address, the subprotocols, Open and Close, and what browsers cannot do.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{Event, Html, InputEvent, MouseEvent, SubmitEvent, TargetCast, html};

use super::{
    format::{self, fixed},
    part::{PartProps, copy_line},
    preset::{self, PRESETS},
    saved::{self, Address},
    session::now,
    state::{CloseError, Phase, State},
    wire,
};
use crate::i18n::fill;

/// Renders the form.
pub(crate) fn address_form(props: &PartProps) -> Html {
    let texts = props.texts();
    let (form, phase) = props.console.read(|state| (state.form.clone(), state.phase.clone()));
    let address = Address { url: form.url.trim().to_owned(), protocols: form.protocols.trim().to_owned() };
    let kept = saved::addresses();
    let is_kept = kept.contains(&address);
    let edit = |edit: fn(&mut State, String)| {
        let console = props.console.clone();
        move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            console.change(|state| edit(state, value));
        }
    };
    let may_open = matches!(phase, Phase::Closed | Phase::Closing { .. } | Phase::Waiting { .. });
    let on_submit = {
        let console = props.console.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            if may_open {
                console.open();
            }
        }
    };
    let on_keep = {
        let console = props.console.clone();
        move |_: MouseEvent| console.change(|_| saved::toggle_address(&address))
    };
    let on_reconnect = {
        let console = props.console.clone();
        move |event: Event| console.set_reconnect(event.target_unchecked_into::<HtmlInputElement>().checked())
    };
    html! {
        <section class="card" aria-labelledby="address-title">
            <h2 id="address-title">{ texts.address }</h2>
            { choice(props) }
            <form class="stack" onsubmit={on_submit}>
                <label class="stack">
                    <span class="label">{ texts.url }</span>
                    <input
                        class="field mono" type="text" value={form.url} spellcheck="false" autocomplete="off"
                        autocapitalize="off" inputmode="url" placeholder="wss://"
                        oninput={edit(|state, value| state.form.url = value)} data-testid="console-url"
                    />
                </label>
                <label class="stack">
                    <span class="label">{ texts.protocols }</span>
                    <input
                        class="field mono" type="text" value={form.protocols} spellcheck="false" autocomplete="off"
                        autocapitalize="off" placeholder={texts.protocols_hint}
                        oninput={edit(|state, value| state.form.protocols = value)} data-testid="console-protocols"
                    />
                </label>
                <div class="tool-row">
                    <button class="button primary" type="submit" aria-disabled={(!may_open).to_string()} data-testid="console-open">
                        { texts.open }
                    </button>
                    <button class="button" type="button" onclick={on_keep} data-testid="keep-address">
                        { if is_kept { texts.forget_address } else { texts.keep_address } }
                    </button>
                </div>
                <label class="check">
                    <input
                        type="checkbox" checked={form.reconnect} onchange={on_reconnect}
                        data-testid="console-reconnect"
                    />
                    <span>{ texts.reconnect }</span>
                </label>
            </form>
            { status(props) }
            { close_form(props) }
            { cannot(props) }
        </section>
    }
}

/// The form for closing, with the codes that a browser may send.
fn close_form(props: &PartProps) -> Html {
    let texts = props.texts();
    let (form, phase) = props.console.read(|state| (state.form.clone(), state.phase.clone()));
    let edit = |edit: fn(&mut State, String)| {
        let console = props.console.clone();
        move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            console.change(|state| edit(state, value));
        }
    };
    let may_close = form.close().is_ok() && !matches!(phase, Phase::Closed | Phase::Closing { .. });
    let on_close = {
        let console = props.console.clone();
        move |_: MouseEvent| {
            if may_close {
                console.close();
            }
        }
    };
    let error = form.close().err().map(|error| match error {
        CloseError::Code => texts.close_code_rules,
        CloseError::Reason => texts.close_reason_rules,
    });
    html! {
        <>
            <form class="close-form" onsubmit={|event: SubmitEvent| event.prevent_default()}>
                <label class="stack">
                    <span class="label">{ texts.close_code }</span>
                    <input
                        class="field mono" type="text" inputmode="numeric" value={form.close_code}
                        aria-invalid={(error == Some(texts.close_code_rules)).to_string()}
                        oninput={edit(|state, value| state.form.close_code = value)} data-testid="close-code"
                    />
                </label>
                <label class="stack grow">
                    <span class="label">{ texts.close_reason }</span>
                    <input
                        class="field" type="text" value={form.close_reason} autocomplete="off"
                        aria-invalid={(error == Some(texts.close_reason_rules)).to_string()}
                        oninput={edit(|state, value| state.form.close_reason = value)} data-testid="close-reason"
                    />
                </label>
                <button
                    class="button" type="button" onclick={on_close} data-testid="console-close"
                    aria-disabled={(!may_close).to_string()}
                >
                    { texts.close }
                </button>
            </form>
            <p class="error" role="status">{ error.unwrap_or_default() }</p>
        </>
    }
}

/// The menu of addresses: this server's, and the saved ones.
fn choice(props: &PartProps) -> Html {
    let texts = props.texts();
    let url = props.console.read(|state| state.form.url.clone());
    let kept = saved::addresses();
    let onchange = {
        let (console, kept) = (props.console.clone(), kept.clone());
        move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            console.change(|state| {
                let examples = PRESETS.iter().map(preset::Preset::draft);
                let untouched = state.form.draft.text.is_empty()
                    || examples.into_iter().any(|one| one == state.form.draft);
                if let Some(preset) = PRESETS.iter().find(|preset| preset.path == value) {
                    state.form.url = preset::url(preset.path);
                    if untouched {
                        state.form.draft = preset.draft();
                    }
                } else if let Some(address) = kept.iter().find(|address| address.url == value) {
                    state.form.url.clone_from(&address.url);
                    state.form.protocols.clone_from(&address.protocols);
                }
            });
        }
    };
    let is_current = |preset: &preset::Preset| preset::url(preset.path) == url;
    let is_other = !PRESETS.iter().any(is_current) && !kept.iter().any(|address| address.url == url);
    html! {
        <label class="stack">
            <span class="label">{ texts.choose_address }</span>
            <select class="field" {onchange} data-testid="console-preset">
                <option value="" selected={is_other}>{ texts.other_address }</option>
                <optgroup label={texts.this_server}>
                    { for PRESETS.iter().zip(texts.presets).map(|(preset, about)| html! {
                        <option key={preset.path} value={preset.path} selected={is_current(preset)}>
                            { format!("{} · {about}", preset.path) }
                        </option>
                    }) }
                </optgroup>
                if !kept.is_empty() {
                    <optgroup label={texts.kept}>
                        { for kept.iter().map(|address| html! {
                            <option
                                key={format!("{} {}", address.url, address.protocols)} value={address.url.clone()}
                                selected={address.url == url && !PRESETS.iter().any(is_current)}
                            >
                                { address.url.clone() }
                            </option>
                        }) }
                    </optgroup>
                }
            </select>
        </label>
    }
}

/// The connection state.
fn status(props: &PartProps) -> Html {
    let texts = props.texts();
    let (phase, buffered) = props.console.read(|state| (state.phase.clone(), state.buffered()));
    let (state, words) = match &phase {
        Phase::Closed => ("closed", texts.is_closed.to_owned()),
        Phase::Connecting { .. } => ("connecting", texts.is_connecting.to_owned()),
        Phase::Open { protocol, .. } if protocol.is_empty() => ("live", texts.is_open.to_owned()),
        Phase::Open { protocol, .. } => ("live", fill(texts.is_open_with, &[protocol])),
        Phase::Closing { .. } => ("connecting", texts.is_closing.to_owned()),
        Phase::Waiting { until } => {
            let seconds = ((until - now()).max(0.0) / 1000.0).ceil();
            ("offline", fill(texts.is_waiting, &[&fixed(seconds, 0)]))
        }
    };
    // Screen readers announce a change of the state, not each second.
    let spoken = if state == "offline" { texts.is_closed.to_owned() } else { words.clone() };
    html! {
        <div class="connection" data-testid="console-state" data-state={state}>
            <span class="status-dot" aria-hidden="true"></span>
            <span aria-hidden="true">{ words }</span>
            <span class="visually-hidden" role="status">{ spoken }</span>
            if buffered > 0 {
                <span data-testid="console-buffered">
                    { fill(texts.buffered, &[&format::size(buffered as usize)]) }
                </span>
            }
        </div>
    }
}

/// What browsers cannot do, with the terminal command for it.
fn cannot(props: &PartProps) -> Html {
    let texts = props.texts();
    let (url, protocols) =
        props.console.read(|state| (state.form.url.trim().to_owned(), state.form.protocol_list()));
    let line = |about: &'static str, options: &str| {
        html! {
            <>
                <dt>{ about }</dt>
                <dd>
                    { copy_line(props, wire::command(options, &url, &protocols)) }
                </dd>
            </>
        }
    };
    html! {
        <details class="cannot" data-testid="cannot">
            <summary>{ texts.cannot }</summary>
            <dl class="stack">
                { line(texts.cannot_headers, "--header 'Authorization: Bearer …'") }
                { line(texts.cannot_pings, "--frames --ping 5s") }
                { line(texts.cannot_reason, "--frames") }
            </dl>
        </details>
    }
}
