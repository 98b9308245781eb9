//! The server's own tokens.

use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::*;
use crate::clock::since_1970;

mod application;
mod files;
#[path = "../../../tests/it/signer.rs"]
mod signer;

use signer::Signer;

/// A key, and a signer that has it.
const SECRET: &[u8] = b"the server's own secret, 32 bytes or more";
const OWN: Signer<'static> = Signer::Hs256(SECRET);

fn own_key() -> Key {
    Key::new(OwnKey::new(SECRET))
}

fn named(name: &str) -> Username {
    Username::parse(name).unwrap()
}

#[test]
fn a_token_for_an_account_proves_its_name_account_and_generation_for_ever() {
    let key = Key::random().unwrap();
    for name in ["ann", "王小明", &"𠮷".repeat(32)] {
        for generation in [0, 3] {
            let username = named(name);
            let kind = ProofKind::Account { number: Seq(17), generation };
            let token = key.sign_account(&username, Seq(17), generation);
            assert_eq!(key.verify(&token), Ok(Proof { username, kind, expires_at: None }));
        }
    }
}

#[test]
fn the_tokens_of_guests_and_operators_expire() {
    let key = Key::random().unwrap();
    let guest = key.sign_guest(&named("quiet-otter-417"));
    for (token, kind, seconds) in [
        (guest, ProofKind::Guest, GUEST_SECONDS),
        (key.sign_operator(), ProofKind::Operator, OPERATOR_SECONDS),
    ] {
        let proof = key.verify(&token).unwrap();
        assert_eq!(proof.kind, kind);
        let remaining = proof.expires_at.unwrap().duration_since(SystemTime::now()).unwrap().as_secs();
        assert!((seconds - 5..=seconds).contains(&remaining), "{remaining}");
    }
}

#[test]
fn a_token_of_an_earlier_version_stays_valid() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), "FGP0u-IkVj8ES6YLuTsB1vmSXFJCo1nY1fLaNdAZTKM\n").unwrap();
    // A server made it that signed by code of its own, not by jsonwebtoken.
    let token = concat!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
        "eyJpc3MiOiJwYXJsb3IiLCJzdWIiOiJhbm4iLCJhY2MiOjEsImlhdCI6MTc5NTI5NDMzMH0.",
        "9NAOZVKvTD5w7Qh5vj113joV1hEQsonRJWsphFQ8rao"
    );
    let proof = Key::load_or_make(folder.path()).unwrap().verify(&Token::parse(token).unwrap()).unwrap();
    assert_eq!(proof.username, named("ann"));
    assert_eq!(proof.kind, ProofKind::Account { number: Seq(1), generation: 0 });
}

#[test]
fn the_servers_own_key_signs_for_no_application() {
    let key = own_key();
    for claims in [
        json!({"sub": "ann"}),
        json!({"name": "ann", "role": "owner"}),
        json!({"sub": "ann", "acc": 3}),
        json!({"iss": "shop", "sub": "ann", "acc": 3}),
        json!({"iss": ["parlor"], "sub": "ann", "guest": true}),
        json!({"iss": "Parlor", "sub": "ann", "op": true}),
    ] {
        assert_eq!(key.verify(&OWN.token(&claims)), Err(BadToken::OwnKey), "{claims}");
    }
}

#[test]
fn a_token_of_the_servers_own_is_an_accounts_a_guests_or_the_operators() {
    let kind = |claims: &Value| own_key().verify(&OWN.token(claims)).map(|proof| proof.kind);
    let account = |generation| ProofKind::Account { number: Seq(3), generation };
    for (claims, expected) in [
        (json!({"iss": "parlor", "sub": "ann", "acc": 3}), account(0)),
        (json!({"iss": "parlor", "sub": "ann", "acc": 3, "gen": 2}), account(2)),
        (json!({"iss": "parlor", "sub": "ann", "guest": true}), ProofKind::Guest),
        (json!({"iss": "parlor", "sub": "operator", "op": true}), ProofKind::Operator),
    ] {
        assert_eq!(kind(&claims), Ok(expected), "{claims}");
    }
    for claims in [
        json!({"iss": "parlor", "sub": "ann"}),
        json!({"iss": "parlor", "sub": "ann", "guest": false}),
        json!({"iss": "parlor", "sub": "ann", "acc": 3, "guest": true}),
        json!({"iss": "parlor", "sub": "ann", "acc": 3, "op": true}),
        json!({"iss": "parlor", "sub": "ann", "acc": "3"}),
        json!({"iss": "parlor", "sub": "ann", "acc": 3, "gen": -1}),
    ] {
        assert_eq!(kind(&claims), Err(BadToken::Own), "{claims}");
    }
    assert_eq!(kind(&json!({"iss": "parlor", "acc": 3})), Err(BadToken::Nobody));
}

#[test]
fn what_was_changed_or_signed_otherwise_proves_nothing() {
    let key = Key::random().unwrap();
    let token = key.sign_account(&named("ann"), Seq(1), 0);
    assert_eq!(Key::random().unwrap().verify(&token), Err(BadToken::Signature));
    let text = token.as_str();
    for end in 0..text.len() {
        for bent in [format!("{}x", &text[..end]), format!("{}x{}", &text[..end], &text[end..])] {
            assert!(key.verify(&Token::parse(&bent).unwrap()).is_err(), "{bent}");
        }
    }
    for end in 1..text.len() {
        assert!(key.verify(&Token::parse(&text[..end]).unwrap()).is_err(), "{end}");
    }
    for other in ["a", "a.b", "a.b.c", "..", "a.b.c.d", "bm8.e30.", "e30.e30."] {
        assert_eq!(key.verify(&Token::parse(other).unwrap()), Err(BadToken::Malformed), "{other}");
    }
}

#[test]
fn an_own_token_has_one_algorithm_and_no_extensions() {
    let key = own_key();
    let claims = json!({"iss": "parlor", "sub": "ann", "acc": 3});
    for alg in ["none", "None", "", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "dir"] {
        let token = OWN.token_with(&json!({"alg": alg}), &claims);
        assert_eq!(key.verify(&token), Err(BadToken::Algorithm(alg.into())));
    }
    for crit in [json!(["b64"]), json!([]), json!("exp")] {
        let token = OWN.token_with(&json!({"alg": "HS256", "crit": crit}), &claims);
        assert_eq!(key.verify(&token), Err(BadToken::Critical), "{crit}");
    }
    let unsigned = format!("{}.{}.", signer::part(&json!({"alg": "none"})), signer::part(&claims));
    let unsigned = Token::parse(&unsigned).unwrap();
    assert_eq!(key.verify(&unsigned), Err(BadToken::Algorithm("none".into())));
    let empty = format!("{}.{}.", signer::part(&json!({"alg": "HS256"})), signer::part(&claims));
    assert_eq!(key.verify(&Token::parse(&empty).unwrap()), Err(BadToken::Signature));
}

#[test]
fn a_token_keeps_to_its_times() {
    let key = own_key();
    let now = since_1970().as_secs();
    let half = f64::from(u32::try_from(now).unwrap()) + 5.5;
    let verify = |times: Value| {
        let mut claims = json!({"iss": "parlor", "sub": "ann", "acc": 3});
        claims.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        key.verify(&OWN.token(&claims))
    };
    let proof = verify(json!({"exp": half, "nbf": now - 5})).unwrap();
    let expires_at = UNIX_EPOCH + Duration::from_millis((now + 5) * 1000 + 500);
    assert_eq!(proof.expires_at, Some(expires_at));
    assert_eq!(verify(json!({"exp": now - 100})), Err(BadToken::Expired));
    assert_eq!(verify(json!({"exp": now})), Err(BadToken::Expired), "there is no leeway");
    assert_eq!(verify(json!({"exp": -1})), Err(BadToken::Expired));
    assert_eq!(verify(json!({"exp": 0})), Err(BadToken::Expired));
    assert_eq!(verify(json!({"nbf": now + 100})), Err(BadToken::NotYet));
    assert!(verify(json!({"nbf": now + 30})).is_ok(), "within the leeway");
    for claim in ["exp", "nbf"] {
        // Milliseconds are a time after the year 50,000.
        for wrong in
            [json!("1900000000"), json!([1]), json!(true), json!(null), json!(1e300), json!(now * 1000)]
        {
            let refused = verify(json!({claim: wrong})).unwrap_err();
            assert!(matches!(refused, BadToken::Claim { claim: named, .. } if named == claim), "{refused}");
        }
    }
}

#[test]
fn the_key_is_made_once_and_is_its_owners() {
    let folder = tempfile::tempdir().unwrap();
    let token = Key::load_or_make(folder.path()).unwrap().sign_guest(&named("ann"));
    assert!(Key::load_or_make(folder.path()).unwrap().verify(&token).is_ok());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::write(folder.path().join("key"), "short\n").unwrap();
    assert!(matches!(Key::load_or_make(folder.path()), Err(KeyError::Weak(_))));
}
