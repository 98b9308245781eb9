//! The interface uses the language that the user prefers.

use frontend::{
    Route,
    i18n::{Language, Plural, fill},
};
use shared::Seq;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::room;

#[wasm_bindgen_test]
fn language_tags_select_the_right_script() {
    let tags = [
        ("en-GB", Some(Language::English)),
        ("zh", Some(Language::Simplified)),
        ("zh-CN", Some(Language::Simplified)),
        ("zh-SG", Some(Language::Simplified)),
        ("zh-TW", Some(Language::Traditional)),
        ("zh-Hant-HK", Some(Language::Traditional)),
        ("zh-Hans-HK", Some(Language::Simplified)),
        ("fr", None),
    ];
    for (tag, language) in tags {
        assert_eq!(Language::of_tag(tag), language, "{tag}");
    }
}

#[wasm_bindgen_test]
fn numbers_and_names_are_filled_in() {
    assert_eq!(fill("{} and {}", &["a{}", "b"]), "a{} and b");
    let unread = Plural::new("{} unread message", "{} unread messages");
    assert_eq!(unread.of(1_u32), "1 unread message");
    assert_eq!(unread.of(3_u32), "3 unread messages");
    assert_eq!(Plural::same("{} 条未读").of(1_u32), "1 条未读");
}

#[wasm_bindgen_test]
fn an_address_is_parsed_to_a_message() {
    let at = |at| Route::Room { room: room("team.a"), at };
    assert_eq!(Route::parse("/rooms/team.a", "?at=17"), at(Some(Seq(17))));
    assert_eq!(Route::parse("/rooms/team.a/", ""), at(None));
    assert_eq!(Route::parse("/rooms/team.a", "?x=1&at=nonsense"), at(None));
    assert_eq!(Route::parse("/rooms/No Room", ""), Route::Start);
    assert_eq!(Route::parse("/", ""), Route::Start);
    assert!(matches!(Route::parse("/pulse/", ""), Route::Tool(_)));
    assert_eq!(Route::parse("/pulses", ""), Route::Start);
    assert_eq!(Route::path(&room("a"), Some(Seq(5))), "/rooms/a?at=5");
}
