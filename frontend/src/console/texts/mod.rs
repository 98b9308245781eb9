//! The texts of the Console in each language.

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

/// All texts of the Console.
pub(crate) struct Texts {
    /// The meaning of a close code, on this server's `/ws` or on another connection.
    pub(crate) close_meaning: fn(CloseCode, bool) -> &'static str,
    /// The descriptions of the presets.
    pub(crate) presets: [&'static str; PRESETS.len()],
    /// The heading of the connection form.
    pub(crate) address: &'static str,
    pub(crate) choose_address: &'static str,
    /// The option for an address that is not in the menu.
    pub(crate) other_address: &'static str,
    pub(crate) this_server: &'static str,
    /// The group of saved addresses.
    pub(crate) kept: &'static str,
    pub(crate) url: &'static str,
    pub(crate) protocols: &'static str,
    pub(crate) protocols_hint: &'static str,
    pub(crate) open: &'static str,
    pub(crate) close: &'static str,
    pub(crate) keep_address: &'static str,
    pub(crate) forget_address: &'static str,
    pub(crate) reconnect: &'static str,
    pub(crate) close_code: &'static str,
    pub(crate) close_reason: &'static str,
    pub(crate) close_code_rules: &'static str,
    pub(crate) close_reason_rules: &'static str,
    pub(crate) is_closed: &'static str,
    pub(crate) is_connecting: &'static str,
    pub(crate) is_open: &'static str,
    /// With the subprotocol.
    pub(crate) is_open_with: &'static str,
    pub(crate) is_closing: &'static str,
    /// With the seconds until the next attempt.
    pub(crate) is_waiting: &'static str,
    /// The number of bytes that are buffered in the browser.
    pub(crate) buffered: &'static str,
    /// What browsers cannot do.
    pub(crate) cannot: &'static str,
    pub(crate) cannot_headers: &'static str,
    pub(crate) cannot_pings: &'static str,
    /// Why failed handshakes are not explained.
    pub(crate) cannot_reason: &'static str,
    /// The heading of the message form.
    pub(crate) message: &'static str,
    pub(crate) format: &'static str,
    /// A format, and a kind of frame.
    pub(crate) text: &'static str,
    pub(crate) hex: &'static str,
    pub(crate) placeholder: &'static str,
    /// The explanation of templates.
    pub(crate) templates: &'static str,
    pub(crate) send: &'static str,
    /// The shortcut for sending.
    pub(crate) send_keys: &'static str,
    /// Formats JSON.
    pub(crate) pretty: &'static str,
    pub(crate) keep_message: &'static str,
    pub(crate) forget_message: &'static str,
    pub(crate) kept_messages: &'static str,
    /// The label of the interval in milliseconds.
    pub(crate) every: &'static str,
    /// The label of the number of sends.
    pub(crate) count: &'static str,
    /// Starts to repeat.
    pub(crate) start: &'static str,
    pub(crate) stop: &'static str,
    /// How many were sent.
    pub(crate) repeated: &'static str,
    pub(crate) repeat_hint: &'static str,
    /// Which values the fields accept.
    pub(crate) repeat_rules: &'static str,
    pub(crate) not_open: &'static str,
    pub(crate) no_json: &'static str,
    /// An unexpected character.
    pub(crate) strange: &'static str,
    /// A missing digit.
    pub(crate) unfinished: &'static str,
    pub(crate) log: &'static str,
    pub(crate) filter: &'static str,
    /// The switch for regular expressions.
    pub(crate) regex: &'static str,
    pub(crate) no_regex: &'static str,
    pub(crate) both_ways: &'static str,
    pub(crate) all_kinds: &'static str,
    pub(crate) binary: &'static str,
    pub(crate) event: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) received: &'static str,
    /// The numbers of lines that are shown, sent, received.
    pub(crate) counts: &'static str,
    /// The number of lines that a pause holds back.
    pub(crate) held_back: &'static str,
    /// The number of dropped lines, and the bounds.
    pub(crate) dropped: &'static str,
    pub(crate) pause: &'static str,
    pub(crate) resume: &'static str,
    pub(crate) clear: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    /// What is copied.
    pub(crate) copy_hint: &'static str,
    pub(crate) export_lines: &'static str,
    pub(crate) export_har: &'static str,
    pub(crate) time: &'static str,
    pub(crate) gap: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) size: &'static str,
    pub(crate) round_trip: &'static str,
    pub(crate) content: &'static str,
    pub(crate) connection: &'static str,
    pub(crate) bytes: &'static str,
    /// The text of an empty log.
    pub(crate) empty: &'static str,
    pub(crate) details: &'static str,
    pub(crate) close_details: &'static str,
    pub(crate) shown_as: &'static str,
    /// A hex dump.
    pub(crate) dump: &'static str,
    pub(crate) compare: &'static str,
    /// How to choose the second frame.
    pub(crate) compare_hint: &'static str,
    /// The explanation of a difference.
    pub(crate) difference: &'static str,
    pub(crate) no_difference: &'static str,
    /// A frame that was truncated.
    pub(crate) kept_part: &'static str,
    /// A frame that is too long to show.
    pub(crate) shown_part: &'static str,
    /// The negotiated extensions.
    pub(crate) extensions: &'static str,
    pub(crate) advice_stop: &'static str,
    pub(crate) advice_reconnect: &'static str,
    pub(crate) advice_fix: &'static str,
    pub(crate) was_clean: &'static str,
    pub(crate) was_not_clean: &'static str,
    /// Why a failed handshake is not explained.
    pub(crate) why_hidden: &'static str,
    pub(crate) event_opening: &'static str,
    pub(crate) event_opening_with: &'static str,
    pub(crate) event_opened: &'static str,
    pub(crate) event_opened_with: &'static str,
    pub(crate) event_failed: &'static str,
    pub(crate) event_closed: &'static str,
    pub(crate) event_reason: &'static str,
    pub(crate) event_refused: &'static str,
    pub(crate) event_waiting: &'static str,
    pub(crate) event_stays: &'static str,
}
