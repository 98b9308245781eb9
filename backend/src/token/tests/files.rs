//! The files with the keys of applications: what is refused at start, and how a key set is read again.

use super::{application::Files, *};

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../tests/keys/", $name))
    };
}

/// Why a server with these files does not start.
fn refusal(files: &Files) -> String {
    let error = own_key().with_applications(&files.settings).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(error.path.to_str().unwrap()), "{text}");
    error.reason
}

fn of_secret(content: impl AsRef<[u8]>) -> String {
    let mut files = Files::none();
    files.settings.secret_files.push(files.write("secret", content));
    refusal(&files)
}

fn of_public_key(pem: &str) -> String {
    let mut files = Files::none();
    files.settings.public_keys.push(files.write("key.pem", pem));
    refusal(&files)
}

#[test]
fn a_secret_is_the_files_text_without_white_space_around_it() {
    let mut files = Files::none();
    let secret = "0123456789abcdef0123456789abcdef";
    files.settings.secret_files.push(files.write("secret", format!("\n {secret}\r\n")));
    let token = Signer::Hs256(secret.as_bytes()).token(&json!({"sub": "ann"}));
    assert!(files.key().verify(&token).is_ok());
}

#[test]
fn a_weak_secret_is_refused() {
    let reason = of_secret(format!("{}\n\n", "x".repeat(31)));
    assert_eq!(
        reason,
        "the secret has 31 bytes, and HS256 needs at least 32; `openssl rand -hex 32` makes a good one"
    );
    assert!(of_secret("").contains("has 0 bytes"));
    assert!(of_secret([0xFF; 64]).contains("no text"));
    assert!(of_secret(vec![b'x'; 300_000]).contains("larger than 256 KiB"));
    // A public key is known to everybody.
    assert!(of_secret(file!("rsa.pub.pem")).contains("--jwt-public-key"));
    assert!(of_secret(format!("{}\n", std::str::from_utf8(SECRET).unwrap())).contains("the server's own"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let nowhere = || vec![std::path::PathBuf::from("/nowhere/key")];
    for settings in [
        ApplicationSettings { secret_files: nowhere(), ..ApplicationSettings::default() },
        ApplicationSettings { public_keys: nowhere(), ..ApplicationSettings::default() },
        ApplicationSettings { key_sets: nowhere(), ..ApplicationSettings::default() },
    ] {
        let said = own_key().with_applications(&settings).unwrap_err().to_string();
        assert!(said.contains("/nowhere/key") && said.contains("No such file"), "{said}");
    }
}

#[test]
fn a_key_in_pem_may_be_of_pkcs_1() {
    let mut files = Files::none();
    files.settings.public_keys.push(files.write("key.pem", file!("rsa_pkcs1.pub.pem")));
    assert!(files.key().verify(&Signer::Rs256.token(&json!({"sub": "ann"}))).is_ok());
}

#[test]
fn a_key_that_is_weak_or_of_another_kind_is_refused() {
    assert_eq!(
        of_public_key(file!("rsa_1024.pub.pem")),
        "the RSA key has 1024 bits; RS256 needs 2048 to 8192"
    );
    assert!(of_public_key(file!("p384.pub.pem")).contains("another curve than P-256"));
    assert!(of_public_key(file!("secp256k1.pub.pem")).contains("another curve than P-256"));
    for private in [file!("rsa.pem"), file!("p256.pem"), file!("ed25519.pem")] {
        assert!(of_public_key(private).contains("private key"));
    }
    assert!(of_public_key(file!("certificate.pem")).contains("openssl x509"));
    let two = format!("{}{}", file!("rsa.pub.pem"), file!("p256.pub.pem"));
    assert!(of_public_key(&two).contains("more than one"));
    for nonsense in ["", "secret", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        assert!(of_public_key(nonsense).contains("no public key"), "{nonsense}");
    }
    let cut = file!("rsa.pub.pem").replace("AQAB", "");
    assert!(!of_public_key(&cut[..cut.len() / 2]).is_empty());
}

#[test]
fn a_key_set_that_cannot_be_used_is_refused() {
    let of_set = |set: &str| refusal(&Files::none().with_set(set));
    for nonsense in ["", "[]", "{}", r#"{"keys": 5}"#] {
        assert!(of_set(nonsense).starts_with("it is no JSON Web Key Set"), "{nonsense}");
    }
    let set: Value = serde_json::from_str(file!("jwks.json")).unwrap();
    let of_keys = |keys: &[Value]| of_set(&json!({"keys": keys}).to_string());
    let unusable = &set["keys"].as_array().unwrap()[3..];
    for keys in [&[][..], unusable] {
        assert_eq!(of_keys(keys), "it holds no key to verify HS256, RS256, ES256 or EdDSA with");
    }
    let changed = |index: usize, claim: &str, value: Value| {
        let mut key = set["keys"][index].clone();
        key[claim] = value;
        of_keys(&[set["keys"][0].clone(), key])
    };
    assert!(changed(1, "d", json!("AAAA")).starts_with("key 2: it is a private key"));
    let n = set["keys"][0]["n"].as_str().unwrap();
    assert_eq!(
        changed(0, "n", json!(&n[..172])),
        "key 2: the RSA key has 1032 bits; RS256 needs 2048 to 8192"
    );
    assert!(changed(1, "y", set["keys"][1]["x"].clone()).contains("another curve"));
    assert!(changed(2, "x", json!("AAAA")).contains("32 bytes; this one has 3"));
    let weak = json!({"kty": "oct", "k": "c2hvcnQ"});
    assert!(of_keys(&[weak]).contains("the secret has 5 bytes"));
    let own = json!({"kty": "oct", "k": data_encoding::BASE64URL_NOPAD.encode(SECRET)});
    assert!(of_keys(&[own]).contains("the server's own"));
}

#[test]
fn a_zero_before_the_numbers_of_an_rsa_key_does_no_harm() {
    use data_encoding::BASE64URL_NOPAD;
    let set: Value = serde_json::from_str(file!("jwks.json")).unwrap();
    let mut key = set["keys"][0].clone();
    for number in ["n", "e"] {
        let bytes = BASE64URL_NOPAD.decode(key[number].as_str().unwrap().as_bytes()).unwrap();
        key[number] = json!(BASE64URL_NOPAD.encode(&[&[0], &bytes[..]].concat()));
    }
    let files = Files::none().with_set(&json!({"keys": [key]}).to_string());
    assert!(files.key().verify(&Signer::Rs256.token(&json!({"sub": "ann"}))).is_ok());
}

#[test]
fn a_key_set_may_hold_secrets() {
    let secret = b"a secret in a key set, 32 bytes or more";
    let k = data_encoding::BASE64URL_NOPAD.encode(secret);
    let set = json!({"keys": [{"kty": "oct", "k": k, "kid": "2026-11", "alg": "HS256"}]});
    let key = Files::none().with_set(&set.to_string()).key();
    let token = |kid: &str| {
        let header = json!({"alg": "HS256", "kid": kid});
        Signer::Hs256(secret).token_with(&header, &json!({"sub": "ann"}))
    };
    assert!(key.verify(&token("2026-11")).is_ok());
    assert_eq!(key.verify(&token("2026-10")), Err(BadToken::UnknownKey("2026-10".into())));
}

#[test]
fn a_key_set_is_read_again_when_it_has_changed_and_a_broken_one_changes_nothing() {
    let set: Value = serde_json::from_str(file!("jwks.json")).unwrap();
    let only = |index: usize| json!({"keys": [set["keys"][index]]}).to_string();
    let files = Files::none().with_set(&only(0));
    let key = files.key();
    let (rs256, es256) = (Signer::Rs256, Signer::Es256);
    let start = std::time::Instant::now();
    // The file is looked at once a second; here, time is an argument.
    let verify = |signer: Signer<'_>, second: u64| {
        let token = signer.token(&json!({"sub": "ann"}));
        let now = start + Duration::from_secs(second);
        key.applications.verify_at(&Header::of(&token).unwrap(), &token, now).is_ok()
    };
    assert!(verify(rs256, 0) && !verify(es256, 0));
    files.write("jwks.json", only(1));
    assert!(!verify(rs256, 10) && verify(es256, 10));
    files.write("jwks.json", "{");
    assert!(!verify(rs256, 20) && verify(es256, 20), "the keys stay while the file is broken");
    std::fs::remove_file(&files.settings.key_sets[0]).unwrap();
    assert!(verify(es256, 30), "the keys stay while the file is away");
    files.write("jwks.json", only(0));
    assert!(verify(rs256, 40) && !verify(es256, 40));
}
