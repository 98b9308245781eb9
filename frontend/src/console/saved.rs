//! Saved addresses and messages, in `localStorage`.

use super::compose::{Draft, Format};

const ADDRESSES: &str = "parlor.console.addresses";
const MESSAGES: &str = "parlor.console.messages";

/// The two strings of an item: an address with subprotocols, or a format with a text.
type Pair = (String, String);

/// A saved address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) protocols: String,
}

pub(crate) fn addresses() -> Vec<Address> {
    read(ADDRESSES).into_iter().map(|(url, protocols)| Address { url, protocols }).collect()
}

/// Saves an address, or removes it if it was saved.
pub(crate) fn toggle_address(address: &Address) {
    toggle(ADDRESSES, (address.url.clone(), address.protocols.clone()));
}

pub(crate) fn messages() -> Vec<Draft> {
    let format = |word: &str| Format::ALL.into_iter().find(|format| format.word() == word);
    let messages = read(MESSAGES).into_iter();
    messages.filter_map(|(word, text)| Some(Draft { format: format(&word)?, text })).collect()
}

/// Saves a message, or removes it if it was saved.
pub(crate) fn toggle_message(draft: &Draft) {
    toggle(MESSAGES, (draft.format.word().to_owned(), draft.text.clone()));
}

fn read(key: &str) -> Vec<Pair> {
    let store = crate::browser::window().local_storage().ok().flatten();
    let json = store.and_then(|store| store.get_item(key).ok()?);
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

/// Another tab may have changed the list, so it is read again.
fn toggle(key: &str, item: Pair) {
    let mut items = read(key);
    if let Some(at) = items.iter().position(|other| *other == item) {
        items.remove(at);
    } else {
        items.push(item);
    }
    if let (Ok(Some(store)), Ok(json)) =
        (crate::browser::window().local_storage(), serde_json::to_string(&items))
    {
        let _ = store.set_item(key, &json);
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn saved_items_are_found_again_and_can_be_removed() {
        let address = Address { url: "wss://example/ws".into(), protocols: "chat".into() };
        toggle_address(&address);
        assert!(addresses().contains(&address));
        toggle_address(&address);
        assert!(!addresses().contains(&address));
    }
}
