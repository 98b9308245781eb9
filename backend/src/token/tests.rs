use super::*;

fn signed(key: &Key, claims: &str) -> Token {
    Token::parse(&key.sign(r#"{"alg":"HS256"}"#, claims)).unwrap()
}

fn named(name: &str) -> Username {
    Username::parse(name).unwrap()
}

#[test]
fn a_token_for_an_account_proves_its_name_and_account_for_ever() {
    let key = Key::random().unwrap();
    for name in ["ann", "王小明", &"𠮷".repeat(32)] {
        let name = named(name);
        let proof = Proof { username: name.clone(), kind: ProofKind::Account(Seq(17)), expires_at: None };
        assert_eq!(key.verify(&key.sign_account(&name, Seq(17))), Ok(proof));
    }
}

#[test]
fn a_guests_token_expires() {
    let key = Key::random().unwrap();
    let proof = key.verify(&key.sign_guest(&named("quiet-otter-417"))).unwrap();
    assert_eq!(proof.kind, ProofKind::Guest);
    let remaining = proof.expires_at.unwrap().duration_since(SystemTime::now()).unwrap().as_secs();
    assert!((GUEST_SECONDS..=GUEST_SECONDS + LEEWAY_SECONDS).contains(&remaining), "{remaining}");
}

#[test]
fn a_token_of_any_other_library_is_an_applications() {
    // Made by Python's hmac over {"sub":"ann","iat":1700000000}.
    let key = Key::new(b"your-256-bit-secret-your-256-bit-secret");
    let token = concat!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
        "eyJzdWIiOiJhbm4iLCJpYXQiOjE3MDAwMDAwMDB9.",
        "tUhedKQ33dRb4lgzZOFiwlLnJwGzd_Li1q74vQErmSI"
    );
    let proof = Proof { username: named("ann"), kind: ProofKind::Application, expires_at: None };
    assert_eq!(key.verify(&Token::parse(token).unwrap()), Ok(proof));
}

#[test]
fn only_a_token_that_says_it_is_parlors_is_an_account_or_a_guest() {
    let key = Key::random().unwrap();
    let kind = |claims: &str| key.verify(&signed(&key, claims)).map(|proof| proof.kind);
    assert_eq!(kind(r#"{"iss":"parlor","sub":"ann","acc":3}"#), Ok(ProofKind::Account(Seq(3))));
    assert_eq!(kind(r#"{"iss":"parlor","sub":"ann","guest":true}"#), Ok(ProofKind::Guest));
    for claims in [
        r#"{"sub":"ann","acc":3}"#,
        r#"{"iss":"shop","sub":"ann","acc":3}"#,
        r#"{"iss":["parlor"],"sub":"ann","guest":true}"#,
    ] {
        assert_eq!(kind(claims), Ok(ProofKind::Application), "{claims}");
    }
    for claims in [
        r#"{"iss":"parlor","sub":"ann"}"#,
        r#"{"iss":"parlor","sub":"ann","guest":false}"#,
        r#"{"iss":"parlor","sub":"ann","acc":3,"guest":true}"#,
    ] {
        assert_eq!(kind(claims), Err(BadToken::Own), "{claims}");
    }
}

#[test]
fn what_was_changed_or_signed_otherwise_proves_nothing() {
    let key = Key::random().unwrap();
    let token = key.sign_account(&named("ann"), Seq(1));
    assert_eq!(Key::random().unwrap().verify(&token), Err(BadToken::Signature));
    let text = token.as_str();
    for end in 0..text.len() {
        let bent = Token::parse(&format!("{}{}", &text[..end], "x")).unwrap();
        assert!(key.verify(&bent).is_err(), "{end}");
    }
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"HS256","crit":["b64"]}"#,
    ] {
        let token = Token::parse(&key.sign(header, r#"{"sub":"ann"}"#)).unwrap();
        assert_eq!(key.verify(&token), Err(BadToken::Algorithm), "{header}");
    }
    for other in ["a", "a.b", "a.b.c", "..", "a.b.c.d"] {
        assert_eq!(key.verify(&Token::parse(other).unwrap()), Err(BadToken::Malformed));
    }
}

#[test]
fn a_token_keeps_to_its_times_and_names_a_user() {
    let key = Key::random().unwrap();
    let now = since_1970().as_secs();
    let verify = |claims: &str| key.verify(&signed(&key, claims));
    let proof = verify(&format!(r#"{{"sub":"ann","exp":{}.5,"nbf":{}}}"#, now + 5, now - 5)).unwrap();
    let expires_at = UNIX_EPOCH + Duration::from_millis((now + 5 + LEEWAY_SECONDS) * 1000 + 500);
    assert_eq!(proof.expires_at, Some(expires_at));
    assert_eq!(verify(&format!(r#"{{"sub":"ann","exp":{}}}"#, now - 100)), Err(BadToken::Expired));
    assert_eq!(verify(r#"{"sub":"ann","exp":-1}"#), Err(BadToken::Expired));
    assert_eq!(verify(r#"{"sub":"ann","exp":1e300}"#).unwrap().expires_at, None);
    assert!(verify(&format!(r#"{{"sub":"ann","exp":{}}}"#, now - 30)).is_ok(), "within the leeway");
    assert_eq!(verify(&format!(r#"{{"sub":"ann","nbf":{}}}"#, now + 100)), Err(BadToken::NotYet));
    assert!(matches!(verify(r#"{"sub":"a\u200bnn"}"#), Err(BadToken::Name(_))));
    assert!(matches!(verify(r#"{"sub":"ʙot"}"#), Err(BadToken::Name(_))));
    assert_eq!(verify("{}"), Err(BadToken::Malformed));
    assert_eq!(verify("{\"sub\":\"e\u{301}va\"}").unwrap().username.as_str(), "éva");
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
