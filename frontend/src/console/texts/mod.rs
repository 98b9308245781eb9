//! What the Console says, in each language.

mod en;
mod zh_hans;
mod zh_hant;

use shared::CloseCode;

use super::preset::PRESETS;
use crate::i18n::Language;

/// The texts in a language.
pub(crate) const fn of(language: Language) -> &'static Texts {
    match language {
        Language::English => &en::TEXTS,
        Language::Simplified => &zh_hans::TEXTS,
        Language::Traditional => &zh_hant::TEXTS,
    }
}

/// Everything that the Console says.
pub(crate) struct Texts {
    /// What a close code means, on a connection to Parlor's rooms or on any other.
    pub(crate) close_meaning: fn(CloseCode, bool) -> &'static str,
    /// What each preset does.
    pub(crate) presets: [&'static str; PRESETS.len()],
    /// The card with the address.
    pub(crate) address: &'static str,
    /// The choice of an address.
    pub(crate) choose_address: &'static str,
    /// None of those offered.
    pub(crate) other_address: &'static str,
    /// The group of this server's addresses.
    pub(crate) this_server: &'static str,
    /// The group of those that the user keeps.
    pub(crate) kept: &'static str,
    /// The field for the address.
    pub(crate) url: &'static str,
    /// The field for subprotocols.
    pub(crate) protocols: &'static str,
    /// What to write there.
    pub(crate) protocols_hint: &'static str,
    /// Connects.
    pub(crate) open: &'static str,
    /// Closes.
    pub(crate) close: &'static str,
    /// Keeps the address.
    pub(crate) keep_address: &'static str,
    /// Forgets it.
    pub(crate) forget_address: &'static str,
    /// Whether to connect again.
    pub(crate) reconnect: &'static str,
    /// The field for the code.
    pub(crate) close_code: &'static str,
    /// The field for the reason.
    pub(crate) close_reason: &'static str,
    /// What codes there are.
    pub(crate) close_code_rules: &'static str,
    /// How long a reason may be.
    pub(crate) close_reason_rules: &'static str,
    /// A state.
    pub(crate) is_closed: &'static str,
    /// A state.
    pub(crate) is_connecting: &'static str,
    /// A state.
    pub(crate) is_open: &'static str,
    /// A state, with the subprotocol.
    pub(crate) is_open_with: &'static str,
    /// A state.
    pub(crate) is_closing: &'static str,
    /// A state, with seconds.
    pub(crate) is_waiting: &'static str,
    /// Bytes that wait in the browser.
    pub(crate) buffered: &'static str,
    /// What a browser cannot do.
    pub(crate) cannot: &'static str,
    /// About headers.
    pub(crate) cannot_headers: &'static str,
    /// About pings.
    pub(crate) cannot_pings: &'static str,
    /// About failed handshakes.
    pub(crate) cannot_reason: &'static str,
    /// The card with the message.
    pub(crate) message: &'static str,
    /// How it is written.
    pub(crate) format: &'static str,
    /// A format and a kind.
    pub(crate) text: &'static str,
    /// A format.
    pub(crate) hex: &'static str,
    /// In an empty field.
    pub(crate) placeholder: &'static str,
    /// What is filled.
    pub(crate) templates: &'static str,
    /// Sends once.
    pub(crate) send: &'static str,
    /// The keys for it.
    pub(crate) send_keys: &'static str,
    /// Lays JSON out.
    pub(crate) pretty: &'static str,
    /// Keeps the message.
    pub(crate) keep_message: &'static str,
    /// Forgets it.
    pub(crate) forget_message: &'static str,
    /// The choice of a kept message.
    pub(crate) kept_messages: &'static str,
    /// The field for milliseconds.
    pub(crate) every: &'static str,
    /// The field for a number.
    pub(crate) count: &'static str,
    /// Begins to repeat.
    pub(crate) start: &'static str,
    /// Ends that.
    pub(crate) stop: &'static str,
    /// How many were sent.
    pub(crate) repeated: &'static str,
    /// About repeating.
    pub(crate) repeat_hint: &'static str,
    /// What the fields take.
    pub(crate) repeat_rules: &'static str,
    /// Why nothing was sent.
    pub(crate) not_open: &'static str,
    /// Why nothing can be sent.
    pub(crate) no_json: &'static str,
    /// Why it is no bytes.
    pub(crate) strange: &'static str,
    /// Why it is no bytes.
    pub(crate) unfinished: &'static str,
    /// The log's name.
    pub(crate) log: &'static str,
    /// The field for the filter.
    pub(crate) filter: &'static str,
    /// Makes it an expression.
    pub(crate) regex: &'static str,
    /// Why it is none.
    pub(crate) no_regex: &'static str,
    /// A choice.
    pub(crate) both_ways: &'static str,
    /// A choice.
    pub(crate) all_kinds: &'static str,
    /// A kind.
    pub(crate) binary: &'static str,
    /// A kind.
    pub(crate) event: &'static str,
    /// A direction.
    pub(crate) sent: &'static str,
    /// A direction.
    pub(crate) received: &'static str,
    /// How many are shown, sent, received.
    pub(crate) figures: &'static str,
    /// How many a pause holds back.
    pub(crate) behind: &'static str,
    /// How many were dropped, and why.
    pub(crate) dropped: &'static str,
    /// Stands still.
    pub(crate) pause: &'static str,
    /// Goes on.
    pub(crate) resume: &'static str,
    /// Clears the log.
    pub(crate) clear: &'static str,
    /// Copies.
    pub(crate) copy: &'static str,
    /// Copied.
    pub(crate) copied: &'static str,
    /// What is copied.
    pub(crate) copy_hint: &'static str,
    /// An export.
    pub(crate) export_lines: &'static str,
    /// An export.
    pub(crate) export_har: &'static str,
    /// A column.
    pub(crate) time: &'static str,
    /// A column.
    pub(crate) gap: &'static str,
    /// A column.
    pub(crate) direction: &'static str,
    /// A column.
    pub(crate) kind: &'static str,
    /// A column.
    pub(crate) size: &'static str,
    /// A column.
    pub(crate) round_trip: &'static str,
    /// A column.
    pub(crate) content: &'static str,
    /// A fact.
    pub(crate) connection: &'static str,
    /// A size.
    pub(crate) bytes: &'static str,
    /// In an empty log.
    pub(crate) empty: &'static str,
    /// The details' name.
    pub(crate) details: &'static str,
    /// Closes them.
    pub(crate) close_details: &'static str,
    /// How a frame is shown.
    pub(crate) shown_as: &'static str,
    /// As bytes.
    pub(crate) dump: &'static str,
    /// Compares two frames.
    pub(crate) compare: &'static str,
    /// How to choose the other.
    pub(crate) compare_hint: &'static str,
    /// About a difference.
    pub(crate) difference: &'static str,
    /// About none.
    pub(crate) no_difference: &'static str,
    /// A frame that was cut.
    pub(crate) kept_part: &'static str,
    /// A frame that is long.
    pub(crate) shown_part: &'static str,
    /// What was agreed upon.
    pub(crate) extensions: &'static str,
    /// After a close.
    pub(crate) advice_stop: &'static str,
    /// After a close.
    pub(crate) advice_reconnect: &'static str,
    /// After a close.
    pub(crate) advice_fix: &'static str,
    /// How it was closed.
    pub(crate) was_clean: &'static str,
    /// How it was closed.
    pub(crate) was_not_clean: &'static str,
    /// After a failed handshake.
    pub(crate) why_hidden: &'static str,
    /// What happened.
    pub(crate) told_opening: &'static str,
    /// What happened.
    pub(crate) told_opening_with: &'static str,
    /// What happened.
    pub(crate) told_opened: &'static str,
    /// What happened.
    pub(crate) told_opened_with: &'static str,
    /// What happened.
    pub(crate) told_failed: &'static str,
    /// What happened.
    pub(crate) told_closed: &'static str,
    /// Why.
    pub(crate) told_reason: &'static str,
    /// What happened.
    pub(crate) told_refused: &'static str,
    /// What happened.
    pub(crate) told_waiting: &'static str,
    /// What happened.
    pub(crate) told_stays: &'static str,
}
