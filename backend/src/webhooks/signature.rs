//! The signature of a call, as Standard Webhooks defines it: HMAC-SHA256 of `ID.TIMESTAMP.BODY`.

use data_encoding::BASE64;
use ring::hmac::{Context, HMAC_SHA256, Key};

/// What a webhook's calls are signed with.
pub(super) type Secret = [u8; 24];

/// The value of the header `webhook-signature`: the scheme's version, and the signature in Base64.
pub(super) fn signature(secret: &Secret, id: &str, timestamp: u64, body: &[u8]) -> String {
    let mut context = Context::with_key(&Key::new(HMAC_SHA256, secret));
    context.update(format!("{id}.{timestamp}.").as_bytes());
    context.update(body);
    format!("v1,{}", BASE64.encode(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// HMAC as RFC 2104 §2 defines it, for keys that are not longer than a block.
    fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
        let padded = |fill: u8| -> Vec<u8> {
            let key = key.iter().copied().chain(std::iter::repeat(0)).take(64);
            key.map(|byte| byte ^ fill).collect()
        };
        let inner = Sha256::digest([padded(0x36).as_slice(), text].concat());
        Sha256::digest([padded(0x5C).as_slice(), inner.as_slice()].concat()).into()
    }

    #[test]
    fn a_signature_is_the_hmac_of_id_timestamp_and_body() {
        let secret = *b"twenty-four random bytes";
        let text = br#"0f3a-7-3.1700000000.{"type":"message"}"#;
        let expected = format!("v1,{}", BASE64.encode(&hmac(&secret, text)));
        assert_eq!(signature(&secret, "0f3a-7-3", 1_700_000_000, br#"{"type":"message"}"#), expected);
        // Each part counts.
        for (id, timestamp, body) in [
            ("0f3a-8-3", 1_700_000_000, "x"),
            ("0f3a-7-3", 1_700_000_001, "x"),
            ("0f3a-7-3", 1_700_000_000, "y"),
        ] {
            assert_ne!(
                signature(&secret, id, timestamp, body.as_bytes()),
                signature(&secret, "0f3a-7-3", 1_700_000_000, b"x")
            );
        }
    }

    #[test]
    fn a_signature_is_the_one_that_python_computes() {
        // hmac.new(b"twenty-four random bytes", b'a-1-2.1700000000.{}', hashlib.sha256)
        let computed = "v1,FyqJftR3R+7ARx7ZnIsD1k+QY/ULoITg909dvG+8z90=";
        assert_eq!(signature(b"twenty-four random bytes", "a-1-2", 1_700_000_000, b"{}"), computed);
    }
}
