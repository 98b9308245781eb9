//! The tokens of applications.

use std::{collections::HashSet, path::PathBuf};

use tempfile::TempDir;

use super::*;

const SECRET_A: &[u8] = b"the secret of the application A, 32 bytes or more";
const SECRET_B: &[u8] = b"the secret of the application B, 32 bytes or more";
const A: Signer<'static> = Signer::Hs256(SECRET_A);
const B: Signer<'static> = Signer::Hs256(SECRET_B);

/// Files with keys, and the settings that name them.
pub(super) struct Files {
    folder: TempDir,
    pub settings: ApplicationSettings,
}

impl Files {
    pub fn none() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), settings: ApplicationSettings::default() }
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub fn with(mut self, signer: Signer<'_>) -> Self {
        let name = format!("{}-{}", self.settings.secret_files.len(), signer.name());
        if let Signer::Hs256(secret) = signer {
            let file = self.write(&name, secret);
            self.settings.secret_files.push(file);
        } else {
            let file = self.write(&name, signer.public_key());
            self.settings.public_keys.push(file);
        }
        self
    }

    pub fn with_set(mut self, set: &str) -> Self {
        let file = self.write("jwks.json", set);
        self.settings.key_sets.push(file);
        self
    }

    pub fn key(&self) -> Key {
        own_key().with_applications(&self.settings).unwrap()
    }
}

fn in_seconds(seconds: i64) -> i64 {
    i64::try_from(since_1970().as_secs()).unwrap() + seconds
}

/// What the token of application A with these claims proves.
fn of_a(claims: &Value) -> Result<Proof, BadToken> {
    Files::none().with(A).key().verify(&A.token(claims))
}

fn grant_of(claims: &Value) -> Result<Grant, BadToken> {
    of_a(claims).map(|proof| match proof.kind {
        ProofKind::Application(grant) => grant,
        kind => panic!("{kind:?}"),
    })
}

#[test]
fn without_keys_of_applications_no_applications_token_is_valid() {
    assert_eq!(own_key().verify(&A.token(&json!({"sub": "ann"}))), Err(BadToken::Signature));
    let rs256 = Signer::Rs256.token(&json!({"sub": "ann"}));
    assert_eq!(own_key().verify(&rs256), Err(BadToken::Algorithm("RS256".into())));
}

#[test]
fn every_algorithms_token_names_a_user() {
    for signer in Signer::WITH_KEY_PAIRS.into_iter().chain([A]) {
        let key = Files::none().with(signer).key();
        let exp = in_seconds(600);
        let proof = key.verify(&signer.token(&json!({"sub": "ann", "exp": exp}))).unwrap();
        assert_eq!(proof.username, named("ann"), "{}", signer.alg());
        assert_eq!(proof.kind, ProofKind::Application(Grant::default()));
        let seconds = u64::try_from(exp).unwrap();
        assert_eq!(proof.expires_at, Some(UNIX_EPOCH + Duration::from_secs(seconds)));
        // The server's own tokens stay valid beside them.
        assert!(key.verify(&own_key().sign_guest(&named("bob"))).is_ok());
    }
}

#[test]
fn a_token_of_any_other_library_is_accepted() {
    // Made by Python's hmac over {"sub":"ann","iat":1700000000}.
    let files = Files::none().with(Signer::Hs256(b"your-256-bit-secret-your-256-bit-secret"));
    let token = concat!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
        "eyJzdWIiOiJhbm4iLCJpYXQiOjE3MDAwMDAwMDB9.",
        "tUhedKQ33dRb4lgzZOFiwlLnJwGzd_Li1q74vQErmSI"
    );
    let kind = ProofKind::Application(Grant { issued_at: 1_700_000_000, ..Grant::default() });
    let proof = Proof { username: named("ann"), kind, expires_at: None };
    assert_eq!(files.key().verify(&Token::parse(token).unwrap()), Ok(proof));
}

#[test]
fn an_applications_tokens_are_good_where_its_key_is_known_and_nowhere_else() {
    let claims = json!({"sub": "ann"});
    let (only_a, only_b, both) =
        (Files::none().with(A).key(), Files::none().with(B).key(), Files::none().with(A).with(B).key());
    for (signer, key, is_valid) in [
        (A, &only_a, true),
        (A, &only_b, false),
        (A, &both, true),
        (B, &only_a, false),
        (B, &only_b, true),
        (B, &both, true),
    ] {
        let result = key.verify(&signer.token(&claims));
        assert_eq!(result.is_ok(), is_valid, "{result:?}");
        assert!(is_valid || result == Err(BadToken::Signature));
    }
    // An algorithm that no key is for is named.
    for signer in Signer::WITH_KEY_PAIRS {
        assert_eq!(both.verify(&signer.token(&claims)), Err(BadToken::Algorithm(signer.alg().into())));
    }
}

#[test]
fn a_key_is_of_one_algorithm_whatever_the_token_says() {
    let claims = json!({"sub": "cto", "role": "owner"});
    let all = Files::none().with(A).with(Signer::Rs256).with(Signer::Es256).with(Signer::EdDsa).key();
    for signer in Signer::WITH_KEY_PAIRS {
        let only = Files::none().with(signer).key();
        // The public key as the secret of HS256: as the file has it, without its last line's end, and as bytes.
        let pem = signer.public_key();
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = data_encoding::BASE64.decode(der.as_bytes()).unwrap();
        for secret in [pem.as_bytes(), pem.trim().as_bytes(), &der, &der[der.len() - 32..]] {
            let forged = Signer::Hs256(secret);
            for header in [
                json!({"alg": "HS256"}),
                json!({"alg": signer.alg()}),
                json!({"alg": "HS256", "kid": signer.name()}),
            ] {
                let token = forged.token_with(&header, &claims);
                for key in [&only, &all] {
                    assert_eq!(key.verify(&token), Err(BadToken::Signature), "{} {header}", signer.alg());
                }
            }
        }
        // A right signature under another algorithm's name.
        for alg in ["HS256", "RS256", "ES256", "EdDSA", "PS256", "ES384", "none"] {
            let token = signer.token_with(&json!({"alg": alg}), &claims);
            assert_eq!(all.verify(&token).is_ok(), alg == signer.alg(), "{} as {alg}", signer.alg());
        }
    }
}

#[test]
fn a_header_brings_no_key() {
    let key = Files::none().with(A).key();
    let set: Value = serde_json::from_str(include_str!("../../../tests/keys/jwks.json")).unwrap();
    let header = json!({"alg": "RS256", "jwk": set["keys"][0], "jku": "https://example.org/jwks.json"});
    let token = Signer::Rs256.token_with(&header, &json!({"sub": "ann"}));
    assert_eq!(key.verify(&token), Err(BadToken::Algorithm("RS256".into())));
}

#[test]
fn none_and_crit_are_refused() {
    let claims = json!({"sub": "ann"});
    let key = Files::none().with(A).with(Signer::Rs256).key();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = format!("{}.{}.", signer::part(&json!({"alg": alg})), signer::part(&claims));
        let unsigned = Token::parse(&unsigned).unwrap();
        assert_eq!(key.verify(&unsigned), Err(BadToken::Algorithm(alg.into())));
        let signed = A.token_with(&json!({"alg": alg}), &claims);
        assert_eq!(key.verify(&signed), Err(BadToken::Algorithm(alg.into())));
    }
    let token = A.token_with(&json!({"alg": "HS256", "crit": ["exp"]}), &claims);
    assert_eq!(key.verify(&token), Err(BadToken::Critical));
    let no_alg = A.token_with(&json!({"typ": "JWT"}), &claims);
    assert_eq!(key.verify(&no_alg), Err(BadToken::Malformed));
}

#[test]
fn what_was_changed_or_cut_is_refused() {
    for signer in Signer::WITH_KEY_PAIRS.into_iter().chain([A]) {
        let key = Files::none().with(signer).key();
        let token = signer.token(&json!({"sub": "ann"}));
        let text = token.as_str();
        for end in 1..text.len() {
            assert!(key.verify(&Token::parse(&text[..end]).unwrap()).is_err(), "{} {end}", signer.alg());
        }
        let other = signer.token(&json!({"sub": "bob"}));
        let body = other.as_str().rsplit_once('.').unwrap().0;
        let moved = format!("{body}.{}", text.rsplit_once('.').unwrap().1);
        assert_eq!(key.verify(&Token::parse(&moved).unwrap()), Err(BadToken::Signature));
    }
    for claims in [json!("ann"), json!(["ann"]), json!(5), json!(null)] {
        assert_eq!(of_a(&claims), Err(BadToken::Malformed), "{claims}");
    }
}

#[test]
fn a_token_is_refused_before_and_after_its_time() {
    let now = since_1970().as_secs_f64();
    assert_eq!(of_a(&json!({"sub": "ann", "exp": now - 100.0})), Err(BadToken::Expired));
    assert_eq!(of_a(&json!({"sub": "ann", "nbf": now + 100.0})), Err(BadToken::NotYet));
    assert_eq!(of_a(&json!({"sub": "ann", "exp": now - 1.0})), Err(BadToken::Expired), "there is no leeway");
    assert!(of_a(&json!({"sub": "ann", "nbf": now + 30.0})).is_ok(), "within the leeway");
    for claim in ["exp", "nbf"] {
        let refused = of_a(&json!({"sub": "ann", claim: "tomorrow"})).unwrap_err().to_string();
        let expected =
            format!("the token's {claim} must be a number of seconds since 1970 (not of milliseconds)");
        assert_eq!(refused, expected);
    }
}

#[test]
fn the_name_is_the_user_or_else_sub() {
    let name = |claims: Value| of_a(&claims).map(|proof| proof.username.as_str().to_owned());
    assert_eq!(name(json!({"sub": "ann"})).unwrap(), "ann");
    assert_eq!(name(json!({"sub": "user-17", "name": "Ann"})).unwrap(), "Ann");
    assert_eq!(name(json!({"name": "王小明"})).unwrap(), "王小明");
    assert_eq!(name(json!({"sub": "e\u{301}va"})).unwrap(), "éva");
    assert_eq!(name(json!({})), Err(BadToken::Nobody));
    assert_eq!(name(json!({"role": "owner"})), Err(BadToken::Nobody));
    for (claims, named) in [
        (json!({"sub": "a\u{200b}nn"}), "sub"),
        (json!({"sub": "ʙot"}), "sub"),
        (json!({"sub": ""}), "sub"),
        (json!({"sub": "ann", "name": "x".repeat(33)}), "name"),
    ] {
        assert!(matches!(name(claims), Err(BadToken::Name(claim, _)) if claim == named));
    }
    for (claims, named) in [
        (json!({"sub": 17}), "sub"),
        (json!({"sub": "ann", "name": ["ann"]}), "name"),
        (json!({"sub": "ann", "name": null}), "name"),
    ] {
        assert_eq!(name(claims), Err(BadToken::Claim { claim: named, allowed: "a text" }));
    }
}

#[test]
fn role_rooms_and_iat_are_the_grant() {
    assert_eq!(grant_of(&json!({"sub": "ann"})), Ok(Grant::default()));
    for role in [Role::Owner, Role::Moderator, Role::Member, Role::Guest] {
        let word = format!("{role:?}").to_lowercase();
        assert_eq!(grant_of(&json!({"sub": "ann", "role": word})).unwrap().role, Some(role));
    }
    for role in
        [json!("bot"), json!("admin"), json!("Owner"), json!(""), json!(["owner"]), json!(1), json!(null)]
    {
        let refused = grant_of(&json!({"sub": "ann", "role": role})).unwrap_err().to_string();
        assert_eq!(refused, "the token's role must be owner, moderator, member or guest", "{role}");
    }
    let rooms = |rooms: Value| grant_of(&json!({"sub": "ann", "rooms": rooms})).map(|grant| grant.rooms);
    let two = ["lobby", "team-7"].map(|name| RoomName::parse(name).unwrap()).to_vec();
    assert_eq!(rooms(json!(["lobby", "team-7"])), Ok(Some(two.clone())));
    assert_eq!(rooms(json!(["team-7", "lobby", "team-7"])), Ok(Some(two)), "it is a set");
    assert_eq!(rooms(json!(["direct.abc"])), Err(BadToken::DirectRoom));
    assert_eq!(rooms(json!([])), Ok(Some(vec![])), "no rooms is not the same as no claim");
    let hundred: Vec<_> = (0..100).map(|n| format!("r{n}")).collect();
    assert_eq!(rooms(json!(hundred)).unwrap().unwrap().len(), 100);
    assert_eq!(rooms(json!(vec!["r"; 101])), Err(BadToken::TooManyRooms(101)));
    assert!(matches!(rooms(json!(["Team 7"])), Err(BadToken::Room(_))));
    for wrong in [json!("lobby"), json!([1]), json!({"lobby": true}), json!(null)] {
        let expected = BadToken::Claim { claim: "rooms", allowed: "an array of room names" };
        assert_eq!(rooms(wrong), Err(expected));
    }
    let issued = |iat: Value| grant_of(&json!({"sub": "ann", "iat": iat})).map(|grant| grant.issued_at);
    assert_eq!(issued(json!(1_700_000_000)), Ok(1_700_000_000));
    assert_eq!(issued(json!(1_700_000_000.9)), Ok(1_700_000_000));
    assert!(issued(json!(in_seconds(30))).is_ok(), "within the leeway");
    // Milliseconds are a time in the far future.
    for wrong in [json!(in_seconds(100)), json!(in_seconds(0) * 1000), json!(-1), json!("now"), json!(1e300)]
    {
        assert!(matches!(issued(wrong), Err(BadToken::Claim { claim: "iat", .. })));
    }
}

#[test]
fn an_application_does_not_pose_as_the_server() {
    for claims in [
        json!({"iss": "parlor", "sub": "ann"}),
        json!({"iss": "parlor", "sub": "ann", "acc": 3}),
        json!({"iss": "parlor", "sub": "ann", "guest": true}),
        json!({"iss": "parlor", "sub": "operator", "op": true}),
    ] {
        assert_eq!(of_a(&claims), Err(BadToken::Posing), "{claims}");
    }
    // What means something in the server's own tokens means nothing here.
    let kind = of_a(&json!({"iss": "shop", "sub": "ann", "acc": 3, "op": true})).unwrap().kind;
    assert_eq!(kind, ProofKind::Application(Grant::default()));
}

#[test]
fn configured_issuers_are_the_only_ones() {
    let mut files = Files::none().with(A);
    files.settings.issuers = vec!["https://shop.example".into(), "desk".into()];
    let key = files.key();
    let verify = |claims: Value| key.verify(&A.token(&claims));
    assert!(verify(json!({"sub": "ann", "iss": "desk"})).is_ok());
    assert!(verify(json!({"sub": "ann", "iss": "https://shop.example"})).is_ok());
    for (claims, stated) in [
        (json!({"sub": "ann"}), None),
        (json!({"sub": "ann", "iss": "other"}), Some("other")),
        (json!({"sub": "ann", "iss": "https://shop.example/"}), Some("https://shop.example/")),
        (json!({"sub": "ann", "iss": "Desk"}), Some("Desk")),
    ] {
        let expected = BadToken::Issuer(Stated(stated.map(str::to_owned)));
        assert_eq!(verify(claims), Err(expected));
    }
    for issuer in [json!(["desk"]), json!(5), json!(null)] {
        let expected = BadToken::Claim { claim: "iss", allowed: "a text" };
        assert_eq!(verify(json!({"sub": "ann", "iss": issuer})), Err(expected.clone()));
        assert_eq!(of_a(&json!({"sub": "ann", "iss": issuer})), Err(expected), "without configured ones");
    }
    assert!(of_a(&json!({"sub": "ann", "iss": "any"})).is_ok());
}

#[test]
fn a_token_for_another_audience_is_refused() {
    let mut files = Files::none().with(A);
    files.settings.audiences = vec!["chat".into(), "https://chat.example".into()];
    let key = files.key();
    let verify = |audience: Value| key.verify(&A.token(&json!({"sub": "ann", "aud": audience})));
    for right in [json!("chat"), json!(["chat"]), json!(["shop", "https://chat.example"])] {
        assert!(verify(right).is_ok());
    }
    assert_eq!(key.verify(&A.token(&json!({"sub": "ann"}))), Err(BadToken::Audience(Stated(None))));
    let for_others = |stated: &str| Err(BadToken::Audience(Stated(Some(stated.into()))));
    assert_eq!(verify(json!("shop")), for_others("shop"));
    assert_eq!(verify(json!(["shop", "desk"])), for_others("shop, desk"));
    assert_eq!(verify(json!([])), for_others(""));
    assert_eq!(verify(json!("CHAT")), for_others("CHAT"));
    for wrong in [json!(5), json!(["chat", 5]), json!({"chat": true}), json!(null)] {
        assert!(matches!(verify(wrong), Err(BadToken::Claim { claim: "aud", .. })));
    }
    // Without a configured audience the server is in nobody's.
    assert_eq!(of_a(&json!({"sub": "ann", "aud": "chat"})), for_others("chat"));
    assert_eq!(of_a(&json!({"sub": "ann", "aud": []})), for_others(""));
    assert!(matches!(of_a(&json!({"sub": "ann", "aud": 5})), Err(BadToken::Claim { claim: "aud", .. })));
}

#[test]
fn a_kid_chooses_among_the_keys_of_a_set() {
    let key = Files::none().with_set(include_str!("../../../tests/keys/jwks.json")).key();
    let claims = json!({"sub": "ann"});
    for signer in Signer::WITH_KEY_PAIRS {
        let with =
            |kid: &str| key.verify(&signer.token_with(&json!({"alg": signer.alg(), "kid": kid}), &claims));
        assert!(with(signer.name()).is_ok(), "{}", signer.alg());
        assert!(
            key.verify(&signer.token(&claims)).is_ok(),
            "without a kid, every key of the algorithm is tried"
        );
        assert_eq!(with("unknown"), Err(BadToken::UnknownKey("unknown".into())));
        assert_eq!(with(&"x".repeat(200)), Err(BadToken::UnknownKey(format!("{}…", "x".repeat(100)))));
        // The set's other keys are for encryption or other algorithms.
        for kid in ["encryption", "wrapping", "rs512", "p384", "ed448"] {
            assert_eq!(with(kid), Err(BadToken::UnknownKey(kid.into())));
        }
        let others = Signer::WITH_KEY_PAIRS.into_iter().filter(|other| other.alg() != signer.alg());
        for other in others {
            assert_eq!(with(other.name()), Err(BadToken::Algorithm(signer.alg().into())));
        }
    }
    // A key without a name is good for any: PyJWT and others add a kid if they are asked to.
    let key = Files::none().with(A).key();
    assert!(key.verify(&A.token_with(&json!({"alg": "HS256", "kid": "2026-11"}), &claims)).is_ok());
}

#[test]
fn the_reasons_say_what_is_allowed() {
    let reasons: HashSet<String> = [
        own_key().verify(&OWN.token(&json!({"sub": "ann"}))).unwrap_err(),
        of_a(&json!({"sub": "ann", "aud": "shop"})).unwrap_err(),
        of_a(&json!({"sub": "ann", "rooms": vec!["r"; 101]})).unwrap_err(),
        of_a(&json!({})).unwrap_err(),
    ]
    .map(|error| error.to_string())
    .into();
    for part in ["--jwt-secret-file", "--jwt-audience", "\"shop\"", "at most 100", "name or sub"] {
        assert!(reasons.iter().any(|reason| reason.contains(part)), "{part}: {reasons:?}");
    }
}
