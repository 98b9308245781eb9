//! The keys of applications: which tokens open the running server, over HTTP and in a `hello`.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use shared::{RefusalCode, Token};
use tokio::time::sleep;

use crate::{
    bound::soon,
    child::{self, Child, serving},
    client::{TestClient, username},
    jwt,
    server::TestServer,
    signer::{self, Signer},
    web::{self, Web},
};

const SET: &str = include_str!("../keys/jwks.json");

/// A post over HTTP with this token: its status, and the error's code and reason.
async fn post(address: SocketAddr, token: &Token) -> (StatusCode, Value) {
    let bearer = format!("Bearer {}", token.as_str());
    let mut web = Web::connect(address).await;
    let headers = [("authorization", &*bearer)];
    let body = json!({"text": "hi"}).to_string();
    let answer = web.request(Method::POST, "/api/rooms/lobby/messages", &headers, body).await;
    (answer.status, answer.json()["error"].clone())
}

async fn assert_accepted(address: SocketAddr, token: &Token, name: &str) {
    let (status, error) = post(address, token).await;
    assert_eq!(status, StatusCode::CREATED, "{error}");
    assert_eq!(TestClient::proven(address, token).await.1.username, username(name));
    // A room that a token names is there for those whose tokens do.
    let messages = web::get_with(address, "/api/rooms/lobby/messages", token).await.messages();
    assert_eq!(messages.last().unwrap().username, username(name));
}

/// Refused on both ways, with a reason that contains this.
async fn assert_refused(address: SocketAddr, token: &Token, reason: &str) {
    let (status, error) = post(address, token).await;
    assert_eq!((status, error["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("bad_token")), "{error}");
    assert!(error["reason"].as_str().unwrap().contains(reason), "{error} is not {reason}");
    let refusal = TestClient::silent(address).await.hello(None, Some(token.clone())).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::BadToken);
    assert!(refusal.reason.contains(reason), "{} is not {reason}", refusal.reason);
}

#[tokio::test]
async fn tokens_of_every_algorithm_come_in_by_pem_and_by_set() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let mut flags = vec!["--jwt-jwks-file".to_owned(), write("jwks.json", SET)];
    let by_set = TestServer::with_flags(&flags.iter().map(String::as_str).collect::<Vec<_>>()).await;
    flags.clear();
    for signer in Signer::WITH_KEY_PAIRS {
        flags.extend(["--jwt-public-key".to_owned(), write(signer.name(), signer.public_key())]);
    }
    let by_pem = TestServer::with_flags(&flags.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (number, signer) in Signer::WITH_KEY_PAIRS.into_iter().enumerate() {
        let name = format!("user{number}");
        let claims = json!({"name": name, "sub": "17", "rooms": ["lobby"]});
        let token = signer.token_with(&json!({"alg": signer.alg(), "kid": signer.name()}), &claims);
        assert_accepted(by_set.address, &token, &name).await;
        assert_accepted(by_pem.address, &token, &name).await;
        let unknown = signer.token_with(&json!({"alg": signer.alg(), "kid": "gone"}), &claims);
        // The servers know a secret, too, which is good for any kid: the algorithm is what they do not find.
        assert_refused(by_set.address, &unknown, signer.alg()).await;
        // Whoever knows the public key cannot sign with it.
        let forged = Signer::Hs256(signer.public_key().as_bytes()).token(&claims);
        assert_refused(by_set.address, &forged, "not signed with a key that this server knows").await;
        assert_refused(by_pem.address, &forged, "not signed with a key that this server knows").await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said() {
    let flags = ["--jwt-audience", "chat", "--jwt-issuer", "shop,desk"];
    let server = TestServer::with_flags(&flags).await;
    let with = |claim: &str, value: Value| {
        let mut claims = json!({"sub": "ann", "aud": ["chat", "mail"], "iss": "desk"});
        claims[claim] = value;
        jwt::sign(server.folder(), &claims)
    };
    assert_accepted(server.address, &with("role", json!("member")), "ann").await;
    for (claim, value, reason) in [
        ("exp", json!(1_000_000_000), "has expired"),
        ("nbf", json!(10_000_000_000_u64), "not valid yet"),
        ("exp", json!("soon"), "exp must be a number"),
        ("aud", json!("mail"), "aud is \"mail\""),
        ("aud", json!(null), "aud must be a text"),
        ("iss", json!("mail"), "iss is \"mail\""),
        ("iss", json!(null), "iss must be a text"),
        ("iss", json!("parlor"), "reserved"),
        ("role", json!("bot"), "owner, moderator, member or guest"),
        ("role", json!("king"), "owner, moderator, member or guest"),
        ("rooms", json!("lobby"), "array of room names"),
        ("rooms", json!(["No Room"]), "a room's name is"),
        ("rooms", json!(vec!["r"; 101]), "at most 100"),
        ("iat", json!(1_800_000_000_000_u64), "iat must be"),
        ("sub", json!(null), "sub must be a text"),
        ("exp", json!(null), "exp must be a number"),
        ("rooms", json!(null), "rooms must be an array"),
        ("rooms", json!(["direct.abc"]), "direct room"),
        ("role", json!(null), "role must be"),
        ("name", json!("a\tnn"), "no username"),
        ("name", json!(5), "name must be a text"),
    ] {
        assert_refused(server.address, &with(claim, value), reason).await;
    }
}

#[tokio::test]
async fn a_signature_that_proves_nothing_is_refused() {
    let server = TestServer::open().await;
    let claims = json!({"sub": "ann"});
    let right = jwt::of(server.folder(), "ann");
    let (body, signature) = right.as_str().rsplit_once('.').unwrap();
    let other = jwt::of(server.folder(), "bob");
    let token = |text: &str| Token::parse(text).unwrap();
    let unsigned = |signature: &str| {
        token(&format!("{}.{}.{signature}", signer::part(&json!({"alg": "none"})), signer::part(&claims)))
    };
    let secret = fs::read_to_string(jwt::secret_file(server.folder())).unwrap();
    let application = Signer::Hs256(secret.trim().as_bytes());
    for (token, reason) in [
        (unsigned(""), "alg is \"none\""),
        (unsigned(signature), "alg is \"none\""),
        (token(&format!("{}.{signature}", other.as_str().rsplit_once('.').unwrap().0)), "not signed"),
        (token(&right.as_str()[..right.as_str().len() - 3]), "not signed"),
        (token(&format!("{body}.")), "not signed"),
        (token(body), "no JSON Web Token"),
        (Signer::Hs256(b"the secret of another application").token(&claims), "not signed"),
        (Signer::Rs256.token(&claims), "alg is \"RS256\""),
        (application.token_with(&json!({"alg": "HS512"}), &claims), "alg is \"HS512\""),
        (application.token_with(&json!({"alg": "HS256", "crit": ["exp"]}), &claims), "crit"),
    ] {
        assert_refused(server.address, &token, reason).await;
    }
    assert_accepted(server.address, &right, "ann").await;
}

#[tokio::test]
async fn a_token_that_names_a_hundred_rooms_fits_into_a_header_and_a_frame() {
    let server = TestServer::open().await;
    let rooms: Vec<_> = (0..99)
        .map(|number| format!("room-with-a-long-name-of-fifty-characters-and-no{number:02}"))
        .collect();
    let rooms = [vec!["lobby".to_owned()], rooms].concat();
    let token = jwt::sign(server.folder(), &json!({"sub": "ann", "rooms": rooms}));
    assert!(token.as_str().len() > 7000);
    assert_accepted(server.address, &token, "ann").await;
}

#[tokio::test]
async fn without_an_audience_of_its_own_the_server_takes_no_token_that_is_for_somebody() {
    let server = TestServer::open().await;
    let token = jwt::sign(server.folder(), &json!({"sub": "ann", "aud": "chat"}));
    assert_refused(server.address, &token, "--jwt-audience").await;
    assert_accepted(server.address, &jwt::of(server.folder(), "ann"), "ann").await;
}

#[tokio::test]
async fn the_servers_own_key_signs_for_no_application_and_is_no_applications() {
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let key = folder.path().join("key");
    let own = fs::read_to_string(&key).unwrap();
    let token = Signer::Hs256(own.trim().as_bytes()).token(&json!({"sub": "ann", "role": "owner"}));
    assert_refused(server.address, &token, "--jwt-secret-file").await;
    // Without an application's key there are no applications.
    jwt::secret_file(folder.path());
    assert_refused(server.address, &jwt::of(folder.path(), "ann"), "not signed").await;
    server.terminate().await;
    assert!(server.end().await.success());
    let said = refused(folder.path(), "--jwt-secret-file", &key).await;
    assert!(said.contains("the server's own"), "{said}");
}

/// The sentence with which a server with this flag does not start. It names the file.
async fn refused(data: &Path, flag: &str, file: &Path) -> String {
    let mut arguments = serving(data).to_vec();
    arguments.extend([flag, file.to_str().unwrap()]);
    let output = child::run(&arguments).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let sentence = said.lines().find_map(|line| line.strip_prefix("parlor: ")).unwrap().to_owned();
    assert!(sentence.contains(file.to_str().unwrap()), "{sentence}");
    sentence
}

#[tokio::test]
async fn a_key_that_cannot_be_used_stops_the_start() {
    let (data, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (flag, content, reason) in [
        ("--jwt-secret-file", "too short", "at least 32"),
        ("--jwt-secret-file", include_str!("../keys/rsa.pub.pem"), "--jwt-public-key"),
        ("--jwt-public-key", include_str!("../keys/rsa_1024.pub.pem"), "1024 bits"),
        ("--jwt-public-key", include_str!("../keys/p384.pub.pem"), "P-256"),
        ("--jwt-public-key", include_str!("../keys/ed25519.pem"), "private key"),
        ("--jwt-public-key", "nonsense", "BEGIN PUBLIC KEY"),
        ("--jwt-jwks-file", "{}", "JSON Web Key Set"),
        ("--jwt-jwks-file", r#"{"keys": []}"#, "no key"),
    ] {
        let file = files.path().join("file");
        fs::write(&file, content).unwrap();
        let said = refused(data.path(), flag, &file).await;
        assert!(said.contains(reason), "{said} is not {reason}");
    }
    let said = refused(data.path(), "--jwt-public-key", &files.path().join("absent")).await;
    assert!(said.contains("No such file"), "{said}");
    let output = child::run(&["--jwt-issuer", "parlor"]).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[tokio::test]
async fn a_key_set_is_read_again_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let keys: Value = serde_json::from_str(SET).unwrap();
    // As an operator should: the file changes as a whole.
    let only = |index: usize| {
        let unfinished = folder.path().join("jwks.json.new");
        fs::write(&unfinished, json!({"keys": [keys["keys"][index]]}).to_string()).unwrap();
        fs::rename(&unfinished, &file).unwrap();
    };
    only(0);
    let server = TestServer::with_flags(&["--jwt-jwks-file", file.to_str().unwrap()]).await;
    let (old, new) =
        (Signer::Rs256.token(&json!({"sub": "ann"})), Signer::Es256.token(&json!({"sub": "ann"})));
    assert_accepted(server.address, &old, "ann").await;
    assert_refused(server.address, &new, "ES256").await;
    only(1);
    soon("the new key", async {
        while post(server.address, &new).await.0 != StatusCode::CREATED {
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert_accepted(server.address, &new, "ann").await;
    assert_refused(server.address, &old, "RS256").await;
}
