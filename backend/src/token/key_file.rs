//! The files with keys of applications: a secret, a public key in PEM, a JSON Web Key Set.

use std::{fs::File, io::Read, path::Path};

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use simple_asn1::ASN1Block;
use tracing::warn;

use super::{KEY_CHARACTERS, provider, signed::VerifyingKey};

/// The most bytes of a file with keys.
const MAX_BYTES: u64 = 256 * 1024;
/// The fewest bits of an RSA key (RFC 7518 §3.3), and the most that can be verified with.
const RSA_BITS: std::ops::RangeInclusive<u64> = 2048..=8192;

const NO_PUBLIC_KEY: &str = "it holds no public key for RS256 (RSA), ES256 (P-256) or EdDSA (Ed25519) in PEM, which \
                             begins with -----BEGIN PUBLIC KEY-----";

/// Why a file's keys cannot be used: a clause.
type Reason = String;

/// The text of a file with keys.
pub(super) fn read(path: &Path) -> Result<String, Reason> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it is larger than {} KiB", MAX_BYTES / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".into())
}

/// The secret that is a file's text without white space around it.
pub(super) fn secret(text: &str) -> Result<VerifyingKey, Reason> {
    let secret = text.trim();
    if secret.starts_with("-----BEGIN ") {
        return Err("it is no secret, but a key in PEM; give a public key with --jwt-public-key".into());
    }
    check_secret(secret.as_bytes())?;
    Ok(VerifyingKey::secret(secret.as_bytes()))
}

fn check_secret(secret: &[u8]) -> Result<(), Reason> {
    if secret.len() < KEY_CHARACTERS {
        return Err(format!(
            "the secret has {} bytes, and HS256 needs at least {KEY_CHARACTERS}; `openssl rand -hex 32` makes a good one",
            secret.len()
        ));
    }
    Ok(())
}

/// A public key in PEM. The key decides the algorithm.
pub(super) fn public_key(pem: &str) -> Result<VerifyingKey, Reason> {
    let mut labels =
        pem.lines().filter_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"));
    match (labels.next(), labels.next()) {
        (Some("PUBLIC KEY" | "RSA PUBLIC KEY"), None) => {}
        (Some(label), _) if label.ends_with("PRIVATE KEY") => {
            return Err(
                "it holds a private key, which is the application's alone; `openssl pkey -in private.pem \
                        -pubout` makes the public one"
                    .into(),
            );
        }
        (Some("CERTIFICATE"), _) => {
            return Err(
                "it holds a certificate; `openssl x509 -in certificate.pem -pubkey -noout` takes the public \
                        key out of it"
                    .into(),
            );
        }
        (Some(_), Some(_)) => {
            return Err("it holds more than one key; give each in a file of its own".into());
        }
        _ => return Err(NO_PUBLIC_KEY.into()),
    }
    let pem = pem.as_bytes();
    let rsa = || Some((DecodingKey::from_rsa_pem(pem).ok()?, Algorithm::RS256));
    let ec = || Some((DecodingKey::from_ec_pem(pem).ok()?, Algorithm::ES256));
    let ed = || Some((DecodingKey::from_ed_pem(pem).ok()?, Algorithm::EdDSA));
    let (key, algorithm) = rsa().or_else(ec).or_else(ed).ok_or(NO_PUBLIC_KEY)?;
    check(&key, algorithm)?;
    Ok(VerifyingKey::new(key, algorithm, None))
}

/// A JSON Web Key Set (RFC 7517). Keys for other purposes and algorithms are skipped, as §5 asks for.
pub(super) fn key_set(text: &str) -> Result<Vec<VerifyingKey>, Reason> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_str(text)
        .map_err(|error| format!("it is no JSON Web Key Set, {{\"keys\": […]}}: {error}"))?;
    let mut keys = Vec::new();
    for (number, key) in (1..).zip(set.keys) {
        let of_key = |reason: Reason| format!("key {number}: {reason}");
        if key["kty"] != "oct" && !key["d"].is_null() {
            return Err(of_key("it is a private key, which is the application's alone; leave out d".into()));
        }
        let Some((key, algorithm, kid)) = usable(&key) else {
            warn!(
                "a key set's key {number} is not used: it is for no algorithm of HS256, RS256, ES256 and EdDSA, or not for signatures"
            );
            continue;
        };
        check(&key, algorithm).map_err(of_key)?;
        keys.push(VerifyingKey::new(key, algorithm, kid));
    }
    if keys.is_empty() {
        return Err("it holds no key to verify HS256, RS256, ES256 or EdDSA with".into());
    }
    Ok(keys)
}

fn usable(key: &Value) -> Option<(DecodingKey, Algorithm, Option<String>)> {
    let jwk = Jwk::deserialize(key).ok()?;
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::OctetKey(_) => Algorithm::HS256,
        _ => return None,
    };
    let common = jwk.common.clone();
    let is_meant = common.key_algorithm.is_none_or(|alg| Algorithm::try_from(alg) == Ok(algorithm))
        && common.public_key_use.is_none_or(|purpose| purpose == PublicKeyUse::Signature)
        && common.key_operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let mut key = is_meant.then(|| DecodingKey::from_jwk(&jwk).ok())??;
    if let DecodingKeyKind::RsaModulusExponent { n, e } = key.kind() {
        // Some libraries write a zero before the number (RFC 7518 §6.3.1.1), which ring does not take.
        key = DecodingKey::from_rsa_raw_components(without_zeros(n), without_zeros(e));
    }
    Some((key, algorithm, common.key_id))
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// Refuses weak keys, and those with which nothing could ever be verified.
fn check(key: &DecodingKey, algorithm: Algorithm) -> Result<(), Reason> {
    match (algorithm, key.kind()) {
        (Algorithm::HS256, DecodingKeyKind::SecretOrDer(secret)) => check_secret(secret),
        (Algorithm::RS256, kind) => {
            let bits = match kind {
                DecodingKeyKind::SecretOrDer(der) => modulus_bits(der).ok_or("it is no RSA key")?,
                DecodingKeyKind::RsaModulusExponent { n, .. } => bits(n),
            };
            if RSA_BITS.contains(&bits) {
                return Ok(());
            }
            let (least, most) = RSA_BITS.into_inner();
            Err(format!("the RSA key has {bits} bits; RS256 needs {least} to {most}"))
        }
        (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) if !provider::is_p256_point(point) => {
            Err("it is a key of another curve than P-256, which is the curve of ES256".into())
        }
        (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(key)) if key.len() != 32 => {
            Err(format!("a key of Ed25519 has 32 bytes; this one has {}", key.len()))
        }
        _ => Ok(()),
    }
}

/// The bits of the modulus of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn modulus_bits(der: &[u8]) -> Option<u64> {
    match &simple_asn1::from_der(der).ok()?[..] {
        [ASN1Block::Sequence(_, numbers)] => match &numbers[..] {
            [ASN1Block::Integer(_, modulus), ASN1Block::Integer(..)] => Some(modulus.bits()),
            _ => None,
        },
        _ => None,
    }
}

/// The bits of a number in big-endian bytes without zeros before it.
fn bits(number: &[u8]) -> u64 {
    number.first().map_or(0, |first| number.len() as u64 * 8 - u64::from(first.leading_zeros()))
}
