//! Ids and secrets: 128 random bits in hexadecimal.

use std::fmt::Write;

use shared::{ClaimSecret, MessageId};

/// A new id for a post.
pub fn new_message_id() -> MessageId {
    MessageId::parse(&random_hex()).expect("32 hexadecimal digits are an id")
}

/// A new secret that makes the claim of a name repeatable. Store it before you use it.
pub fn new_claim_secret() -> ClaimSecret {
    ClaimSecret::parse(&random_hex()).expect("32 hexadecimal digits are a secret")
}

fn random_hex() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has a source of randomness");
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
