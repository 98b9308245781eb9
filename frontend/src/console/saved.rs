//! Addresses and messages that the user keeps, in `localStorage`.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::compose::Draft;

const ADDRESSES: &str = "parlor.console.addresses";
const MESSAGES: &str = "parlor.console.messages";

/// A kept address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) protocols: String,
}

pub(crate) fn addresses() -> Vec<Address> {
    read(ADDRESSES)
}

/// Keeps an address, or forgets it where it was kept.
pub(crate) fn toggle_address(address: &Address) {
    toggle(ADDRESSES, address);
}

pub(crate) fn messages() -> Vec<Draft> {
    read(MESSAGES)
}

/// Keeps a message, or forgets it where it was kept.
pub(crate) fn toggle_message(draft: &Draft) {
    toggle(MESSAGES, draft);
}

fn read<T: DeserializeOwned>(key: &str) -> Vec<T> {
    let store = crate::dom::window().local_storage().ok().flatten();
    let json = store.and_then(|store| store.get_item(key).ok()?);
    json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

/// Another tab may have written meanwhile: the list is read anew.
fn toggle<T: Serialize + DeserializeOwned + PartialEq + Clone>(key: &str, item: &T) {
    let mut items: Vec<T> = read(key);
    if let Some(at) = items.iter().position(|other| other == item) {
        items.remove(at);
    } else {
        items.push(item.clone());
    }
    if let (Ok(Some(store)), Ok(json)) = (crate::dom::window().local_storage(), serde_json::to_string(&items))
    {
        let _ = store.set_item(key, &json);
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn what_is_kept_is_found_again_and_can_be_forgotten() {
        let address = Address { url: "wss://example/ws".into(), protocols: "chat".into() };
        toggle_address(&address);
        assert!(addresses().contains(&address));
        toggle_address(&address);
        assert!(!addresses().contains(&address));
    }
}
