//! Signs tokens as an application does: with ring, and no code of Parlor's. The unit tests of `token` use it too.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use serde_json::{Value, json};
use shared::Token;

/// Who signs: the holder of a secret, or of a private key in `tests/keys`.
#[derive(Clone, Copy)]
pub enum Signer<'a> {
    Hs256(&'a [u8]),
    Rs256,
    Es256,
    EdDsa,
}

impl Signer<'_> {
    /// The three with key pairs.
    pub const WITH_KEY_PAIRS: [Signer<'static>; 3] = [Signer::Rs256, Signer::Es256, Signer::EdDsa];

    pub fn alg(self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The name of its keys' files, and their `kid` in `jwks.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256(_) => "secret",
            Self::Rs256 => "rsa",
            Self::Es256 => "p256",
            Self::EdDsa => "ed25519",
        }
    }

    /// The public key in PEM.
    pub fn public_key(self) -> &'static str {
        match self {
            Self::Hs256(_) => panic!("a secret has no public key"),
            Self::Rs256 => include_str!("../keys/rsa.pub.pem"),
            Self::Es256 => include_str!("../keys/p256.pub.pem"),
            Self::EdDsa => include_str!("../keys/ed25519.pub.pem"),
        }
    }

    /// A token with these claims.
    pub fn token(self, claims: &Value) -> Token {
        self.token_with(&json!({"alg": self.alg(), "typ": "JWT"}), claims)
    }

    /// A token with this header and these claims, whatever they are.
    pub fn token_with(self, header: &Value, claims: &Value) -> Token {
        let body = format!("{}.{}", part(header), part(claims));
        let signature = BASE64URL_NOPAD.encode(&self.signature(body.as_bytes()));
        Token::parse(&format!("{body}.{signature}")).unwrap()
    }

    fn signature(self, body: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Hs256(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), body).as_ref().to_vec()
            }
            Self::Rs256 => {
                let key = RsaKeyPair::from_pkcs8(&der(include_str!("../keys/rsa.pem"))).unwrap();
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, body, &mut signature).unwrap();
                signature
            }
            Self::Es256 => {
                let der = der(include_str!("../keys/p256.pem"));
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random).unwrap();
                key.sign(&random, body).unwrap().as_ref().to_vec()
            }
            Self::EdDsa => {
                let der = der(include_str!("../keys/ed25519.pem"));
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).unwrap().sign(body).as_ref().to_vec()
            }
        }
    }
}

/// A header or the claims, as a token has them.
pub fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    BASE64.decode(text.as_bytes()).unwrap()
}
