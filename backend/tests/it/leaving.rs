//! What an account leaves behind when it is deleted.

use serde_json::{Value, json};
use shared::{Authorship, FromServer, RefusalCode, Seq, Side};

use crate::{
    client::TestClient,
    house::{OPEN, joins, make, owned},
};

/// What readers see of somebody's message after their account is deleted, by every way.
async fn seen_after_leaving(settings: Value, name_is_free: bool, shown: &str) {
    let (server, owner) = owned(&[]).await;
    let at = server.address;
    make(at, &owner, OPEN, "open").await;
    owner.does(at, json!({"act": "change_settings", "settings": settings})).await;
    let zoe = joins(at, &owner, "zoe", json!({})).await;
    let seq = zoe.say(at, OPEN, "farewell everybody").await;
    let mut ring = owner.connect(at).await;
    ring.join(OPEN).await;
    let export = zoe.get(at, "/api/me/messages").await;
    let lines: Vec<Value> = export.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["text"], &lines[0]["room"]), (&json!("farewell everybody"), &json!(OPEN)));
    while zoe.get(at, "/api/search?q=farewell").await.messages().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(owner.may_not(at, json!({"act": "delete_account", "username": "zoe"})).await, "forbidden");
    zoe.does(at, json!({"act": "delete_account", "username": "zoe"})).await;
    let is_told = |frame: &FromServer| matches!(frame, FromServer::AccountDeleted { .. });
    let FromServer::AccountDeleted { username, blanked } = ring.find("the end of zoe", is_told).await else {
        unreachable!("only that is found")
    };
    assert_eq!((username.as_str(), blanked), ("zoe", shown.is_empty()));

    let check = async |at| {
        let is_right = |message: &shared::Message| {
            assert_eq!(
                (message.seq, message.text.as_str(), message.authorship),
                (seq, shown, Authorship::Deleted)
            );
            assert_ne!(message.username.as_str(), "zoe");
        };
        is_right(&owner.get(at, &format!("/api/rooms/{OPEN}/messages")).await.messages()[0]);
        let mut behind = owner.connect(at).await;
        behind.join_after(OPEN, None, Some(Seq::ZERO)).await;
        is_right(&behind.message().await);
        is_right(&behind.page(OPEN, Side::After(Seq::ZERO), 50).await.messages[0]);
        let found = owner.get(at, "/api/search?q=farewell").await.messages();
        assert_eq!(found.len(), usize::from(!shown.is_empty()));
        found.iter().for_each(is_right);
        let listed = owner.get(at, "/api/rooms").await;
        assert!(!listed.body.contains("zoe"), "{}", listed.body);
        assert_eq!(listed.body.contains("farewell"), !shown.is_empty(), "{}", listed.body);
        assert_eq!(zoe.get(at, "/api/me").await.error(), "bad_token");
        let acts = owner.get(at, "/api/acts").await.json()["acts"].as_array().unwrap().clone();
        let deletion = acts.iter().find(|act| act["act"] == "delete_account").unwrap();
        assert_eq!(deletion["by"], "zoe", "the record says who did what, as they were called then");
    };
    check(at).await;
    let server = server.restart_with(&["--access", "invited"]).await;
    let at = server.address;
    check(at).await;
    let invited = owner.does(at, json!({"act": "invite"})).await;
    let come =
        TestClient::silent(at).await.accept(Some("zoe"), None, invited["invitation"].as_str().unwrap()).await;
    match come {
        Ok(_) => assert!(name_is_free, "the name is kept"),
        Err(refusal) => assert_eq!((refusal.code, name_is_free), (RefusalCode::NameTaken, false)),
    }
    check(at).await;
}

#[tokio::test]
async fn a_deleted_accounts_messages_stay_without_the_name_which_is_kept() {
    seen_after_leaving(json!({}), false, "farewell everybody").await;
}

#[tokio::test]
async fn a_deleted_accounts_messages_are_blanked_and_its_name_is_free_where_settings_say_so() {
    seen_after_leaving(json!({"deleted_names": "free", "deleted_messages": "blanked"}), true, "").await;
}
