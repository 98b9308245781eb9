//! The codes of device links that can be redeemed now: in memory, few minutes each, one for an account.
//!
//! A code is as good as a token while it is valid, so only its SHA-256 is kept. It is looked up by that hash: how long the
//! look-up takes says nothing about the codes. Time and randomness are arguments.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use shared::{DeviceCode, Seq, Username, limits};
use tokio::time::Instant;

/// How many codes are kept at most. Beyond it the oldest one ends: its owner has most likely used it or turned away, and
/// refusing the new one would let whoever fills the list lock everybody out.
const PENDING: usize = 10_000;
/// How long a code is valid.
const VALID: Duration = Duration::from_millis(limits::DEVICE_CODE_MS);

/// The codes that can be redeemed now.
#[derive(Default)]
pub struct DeviceLinks(Mutex<Pending>);

/// The account that a code is for: its name, and the entry of the log that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub username: Username,
    /// The entry that made it.
    pub number: Seq,
    /// How often its tokens had been revoked when the code was made: the code ends with them.
    pub generation: u32,
}

type CodeHash = [u8; 32];

#[derive(Default)]
struct Pending {
    /// The codes in the order in which they were made, which is that in which they expire.
    codes: BTreeMap<u64, Code>,
    by_hash: HashMap<CodeHash, u64>,
    by_account: HashMap<Seq, u64>,
    next: u64,
}

struct Code {
    hash: CodeHash,
    account: Account,
    expires_at: Instant,
}

impl DeviceLinks {
    /// Makes these bits a code for an account. An earlier code of the account ends.
    pub fn add(&self, bits: [u8; 16], account: Account, now: Instant) -> DeviceCode {
        let code = DeviceCode::parse(&BASE64URL_NOPAD.encode(&bits)).expect("Base64 is printable ASCII");
        self.0.lock().add(hash(&code), account, now);
        code
    }

    /// The account that a code is for. The code stays valid.
    pub fn find(&self, code: &DeviceCode, now: Instant) -> Option<Account> {
        let mut pending = self.0.lock();
        pending.drop_expired(now);
        let number = pending.by_hash.get(&hash(code))?;
        Some(pending.codes[number].account.clone())
    }

    /// The account that a code is for. The code ends: only one caller gets the account.
    pub fn take(&self, code: &DeviceCode, now: Instant) -> Option<Account> {
        let mut pending = self.0.lock();
        pending.drop_expired(now);
        let number = *pending.by_hash.get(&hash(code))?;
        pending.remove(number)
    }
}

impl Pending {
    fn add(&mut self, hash: CodeHash, account: Account, now: Instant) {
        self.drop_expired(now);
        if let Some(earlier) = self.by_account.get(&account.number) {
            self.remove(*earlier);
        }
        if self.codes.len() == PENDING
            && let Some((oldest, _)) = self.codes.first_key_value()
        {
            self.remove(*oldest);
        }
        let number = self.next;
        self.next += 1;
        self.by_hash.insert(hash, number);
        self.by_account.insert(account.number, number);
        self.codes.insert(number, Code { hash, account, expires_at: now + VALID });
    }

    fn drop_expired(&mut self, now: Instant) {
        while let Some((oldest, code)) = self.codes.first_key_value()
            && code.expires_at <= now
        {
            self.remove(*oldest);
        }
    }

    fn remove(&mut self, number: u64) -> Option<Account> {
        let Code { hash, account, .. } = self.codes.remove(&number)?;
        self.by_hash.remove(&hash);
        self.by_account.remove(&account.number);
        Some(account)
    }
}

fn hash(code: &DeviceCode) -> CodeHash {
    Sha256::digest(code.as_str()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u64) -> Account {
        Account { username: Username::parse("ann").unwrap(), number: Seq(number), generation: 0 }
    }

    fn bits(number: u64) -> [u8; 16] {
        u128::from(number).to_le_bytes()
    }

    impl DeviceLinks {
        fn lengths(&self) -> [usize; 3] {
            let pending = self.0.lock();
            [pending.codes.len(), pending.by_hash.len(), pending.by_account.len()]
        }
    }

    #[test]
    fn a_code_is_found_until_it_is_taken() {
        let (links, now) = (DeviceLinks::default(), Instant::now());
        let code = links.add(bits(1), account(7), now);
        for _ in 0..2 {
            assert_eq!(links.find(&code, now), Some(account(7)));
        }
        assert_eq!(links.take(&code, now), Some(account(7)));
        assert_eq!((links.find(&code, now), links.take(&code, now)), (None, None));
        assert_eq!(links.lengths(), [0; 3]);
    }

    #[test]
    fn a_code_ends_after_five_minutes_and_takes_no_memory_then() {
        let (links, now) = (DeviceLinks::default(), Instant::now());
        let first = links.add(bits(1), account(1), now);
        let second = links.add(bits(2), account(2), now + Duration::from_millis(1));
        let last_moment = now + VALID - Duration::from_nanos(1);
        assert_eq!(links.find(&first, last_moment), Some(account(1)));
        assert_eq!(links.find(&first, now + VALID), None);
        assert_eq!(links.lengths(), [1; 3]);
        assert_eq!(links.take(&second, now + VALID), Some(account(2)));
    }

    #[test]
    fn an_account_has_one_code_at_a_time() {
        let (links, now) = (DeviceLinks::default(), Instant::now());
        let codes: Vec<_> = (0..100).map(|number| links.add(bits(number), account(1), now)).collect();
        let (newest, earlier) = codes.split_last().unwrap();
        assert!(earlier.iter().all(|code| links.find(code, now).is_none()));
        assert_eq!(links.lengths(), [1; 3]);
        assert_eq!(links.take(newest, now), Some(account(1)));
    }

    #[test]
    fn beyond_the_bound_the_oldest_code_ends() {
        let (links, now) = (DeviceLinks::default(), Instant::now());
        let codes: Vec<_> =
            (0..=PENDING as u64).map(|number| links.add(bits(number), account(number), now)).collect();
        assert_eq!(links.lengths(), [PENDING; 3]);
        assert_eq!(links.find(&codes[0], now), None);
        assert_eq!(links.find(&codes[1], now), Some(account(1)));
        assert_eq!(links.find(&codes[PENDING], now), Some(account(PENDING as u64)));
    }
}
