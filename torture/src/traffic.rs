//! Posts of many clients at a steady rate: messages, replies, edits, retractions and reactions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use shared::{
    MessageId, Post, RoomName, Seq,
    message::{About, AboutKind},
};
use tokio::time::{Instant, sleep_until};

use crate::client::Client;

const EMOJI: [&str; 4] = ["👍", "🎉", "❤️", "👀"];

/// What is posted, and how often.
#[derive(Debug, Clone)]
pub struct Mix {
    /// The rooms that messages go to.
    pub rooms: Vec<RoomName>,
    /// Posts in a second, of all clients together.
    pub rate: u32,
    /// Of a hundred posts, how many are about an earlier message.
    pub about: u8,
    /// The bytes of a text, at least.
    pub bytes: usize,
}

/// A handle that ends the traffic.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends it after the post that is under way.
    pub fn now(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Lets clients post until it is stopped. Returns how many posts that were.
///
/// A post whose time has passed is posted at once, so that the rate holds on a machine that is busy with the server.
pub async fn run(posters: &[Client], mix: &Mix, mut random: fastrand::Rng, stop: &Stop) -> usize {
    let began = Instant::now();
    let gap = Duration::from_secs(1) / mix.rate.max(1);
    let mut count = 0;
    while !stop.is_over() {
        let client = &posters[random.usize(..posters.len())];
        client.post(draw(client, mix, count, &mut random));
        count += 1;
        sleep_until(began + gap.mul_f64(crate::figures::exact(count))).await;
    }
    count
}

/// One of a thousand words. As in a language, a few are in many texts, and most in few.
pub fn word(random: &mut fastrand::Rng) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 1 to 1000")]
    let rank = 1_000_f64.powf(random.f64()) as u32;
    // No word begins another one.
    format!("w{rank}e")
}

fn draw(client: &Client, mix: &Mix, number: usize, random: &mut fastrand::Rng) -> Post {
    let about = if random.u8(..100) < mix.about { draw_about(client, random) } else { None };
    let id = MessageId::parse(&format!("{number:08}-{:08x}", random.u32(..))).expect("digits and a hyphen");
    let mut text = format!("{number} ");
    while text.len() < mix.bytes {
        text.push_str(&word(random));
        text.push(' ');
    }
    match about {
        None => {
            let room = mix.rooms[random.usize(..mix.rooms.len())].clone();
            Post { room, id, text, about: None }
        }
        Some((room, about)) => {
            let text = match about.kind {
                AboutKind::Retraction => String::new(),
                AboutKind::Reaction => EMOJI[random.usize(..EMOJI.len())].to_owned(),
                AboutKind::Reply | AboutKind::Edit => text,
            };
            Post { room, id, text, about: Some(about) }
        }
    }
}

fn draw_about(client: &Client, random: &mut fastrand::Rng) -> Option<(RoomName, About)> {
    let kind = match random.u8(..10) {
        0..4 => AboutKind::Edit,
        4..8 => AboutKind::Reaction,
        8 => AboutKind::Reply,
        _ => AboutKind::Retraction,
    };
    let is_own = matches!(kind, AboutKind::Edit | AboutKind::Retraction);
    let own = client.progress().own();
    let others = client.progress().others();
    let known = if is_own || others.is_empty() { own } else { others };
    let (room, seq): (RoomName, Seq) = random.choice(known)?;
    Some((room, About { seq, kind }))
}
