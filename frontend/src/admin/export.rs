//! A button that downloads what the server exports.

use std::rc::Rc;

use yew::{Html, MouseEvent, Properties, function_component, html, platform::spawn_local, use_state_eq};

use super::{api, context::use_admin};
use crate::browser::download;

/// What the button needs.
#[derive(Properties, PartialEq)]
pub(super) struct ExportProps {
    /// What is exported.
    pub(super) path: &'static str,
    /// The name of the file.
    pub(super) file: &'static str,
    /// The button's label.
    pub(super) label: &'static str,
    /// Its label while the export is on its way.
    pub(super) busy: &'static str,
}

/// Downloads an export as a file of JSON lines. The browser sends no token with a link, so it is fetched here.
#[function_component]
pub(super) fn ExportButton(props: &ExportProps) -> Html {
    let locale = use_admin().locale;
    let is_busy = use_state_eq(|| false);
    let error = use_state_eq(|| None::<Rc<str>>);
    let onclick = {
        let (is_busy, error) = (is_busy.clone(), error.clone());
        let (path, file) = (props.path, props.file);
        move |_: MouseEvent| {
            if *is_busy {
                return;
            }
            is_busy.set(true);
            let (is_busy, error, locale) = (is_busy.clone(), error.clone(), locale.clone());
            spawn_local(async move {
                let exported = api::get_text(path).await;
                is_busy.set(false);
                error.set(exported.as_ref().err().map(|failure| failure.sentence(&locale)));
                if let Ok(text) = exported {
                    download(file, "application/jsonl", &text);
                }
            });
        }
    };
    html! {
        <div class="stack admin-start">
            <button class="button" type="button" {onclick} aria-disabled={is_busy.to_string()} data-testid="export">
                { if *is_busy { props.busy } else { props.label } }
            </button>
            <p class="error" role="alert">{ error.as_deref().unwrap_or_default() }</p>
        </div>
    }
}
