//! Secrets behind the `#` of the page's address. Browsers do not send that part, so it gets into no log.

use super::window;

/// A secret that a link brings, by what stands before it.
pub(crate) struct Fragment {
    /// The part before the secret, with the `#`.
    pub(crate) prefix: &'static str,
    /// Where the secret is kept for reloads of the page. Other tabs do not see it.
    pub(crate) key: &'static str,
}

impl Fragment {
    /// The secret of the link that this tab was opened with, also after a reload, until [`Fragment::forget`]. `is_valid`
    /// decides what is kept.
    pub(crate) fn take(&self, is_valid: fn(&str) -> bool) -> Option<String> {
        let store = window().session_storage().ok().flatten();
        if let Some(secret) = self.take_from_address().filter(|secret| is_valid(secret)) {
            let _ = store.map(|store| store.set_item(self.key, &secret));
            return Some(secret);
        }
        store?.get_item(self.key).ok()?
    }

    /// The link was used, or is not wanted.
    pub(crate) fn forget(&self) {
        if let Some(store) = window().session_storage().ok().flatten() {
            let _ = store.remove_item(self.key);
        }
    }

    /// The secret in the page's address, which is removed from there and from the browser's history at once.
    fn take_from_address(&self) -> Option<String> {
        let location = window().location();
        let secret = location.hash().ok()?.strip_prefix(self.prefix)?.to_owned();
        let address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
        if let Ok(history) = window().history() {
            let state = history.state().unwrap_or_default();
            let _ = history.replace_state_with_url(&state, "", Some(&address));
        }
        Some(secret)
    }
}
