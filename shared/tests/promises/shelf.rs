//! A server with one long log, for tests that read through it.

use std::collections::VecDeque;

use shared::{AboutKind, Action, FromClient, FromServer, Members, Message, RoomInfo, Seq, Side, limits};

use crate::samples::{Ann, about, lobby, message, page, summary, welcome_with};

/// A server with one long log. Of every five messages, bob writes three, ann one, and one is a reaction.
pub struct Shelf {
    pub log: Vec<Message>,
    pub seen: Option<Seq>,
}

impl Shelf {
    /// A log with this many entries of bob, all of them unread except the first `read`.
    pub fn new(entries: usize, read: usize) -> Self {
        let mut log = Vec::new();
        let mut of_bob = 0;
        let mut seen = Seq::ZERO;
        for number in 1.. {
            // Other rooms have the seqs between.
            let seq = number * 3;
            let next = match number % 5 {
                0 => about(message(seq, "ann", "👍"), seq - 3, AboutKind::Reaction),
                2 => message(seq, "ann", "my own"),
                _ => message(seq, "bob", "text"),
            };
            of_bob += usize::from(next.username.as_str() == "bob");
            if of_bob > entries {
                break;
            }
            seen = if of_bob <= read { Seq(seq) } else { seen };
            log.push(next);
        }
        Self { log, seen: Some(seen) }
    }

    pub fn head(&self) -> Seq {
        self.log.last().map_or(Seq::ZERO, |last| last.seq)
    }

    pub fn unread(&self) -> u32 {
        let is_unread =
            |m: &&Message| m.is_entry() && m.username.as_str() == "bob" && Some(m.seq) > self.seen;
        u32::try_from(self.log.iter().filter(is_unread).count()).unwrap()
    }

    pub fn welcome(&self) -> FromServer {
        let unread = self.unread().min(limits::UNREAD_COUNTED);
        welcome_with(vec![summary(self.head().0, self.seen.map(|seen| seen.0), unread)])
    }

    /// The answer to a frame, for the one who has sent it.
    pub fn answer(&mut self, text: &str) -> Option<FromServer> {
        match FromClient::decode(text).unwrap() {
            FromClient::Page { side, limit, .. } => Some(self.page(side, usize::from(limit))),
            FromClient::Join { after, .. } => {
                let newest = if after.is_some() { 0 } else { self.log.len().min(50) };
                Some(FromServer::Joined {
                    room: lobby(),
                    epoch: "e1".parse().unwrap(),
                    head: self.head(),
                    resumed: after.is_some(),
                    messages: self.log[self.log.len() - newest..].to_vec(),
                    context: Vec::new(),
                    more: after.is_none() && self.log.len() > 50,
                    members: Members::default(),
                    seen: self.seen,
                    info: RoomInfo::default(),
                })
            }
            FromClient::Seen { seq, .. } => {
                self.seen = self.seen.max(Some(seq));
                None
            }
            _ => None,
        }
    }

    fn page(&self, side: Side, limit: usize) -> FromServer {
        let (messages, more) = match side {
            Side::Before(seq) => {
                let end = self.log.partition_point(|m| m.seq < seq);
                let start = end.saturating_sub(limit);
                (self.log[start..end].to_vec(), start > 0)
            }
            Side::After(seq) => {
                let start = self.log.partition_point(|m| m.seq <= seq);
                let end = (start + limit).min(self.log.len());
                (self.log[start..end].to_vec(), end < self.log.len())
            }
        };
        page(side, messages, more)
    }

    /// Answers everything that a device has sent, until it sends nothing more. Returns all that it has sent.
    pub fn serve(&mut self, ann: &mut Ann, actions: Vec<Action>) -> Vec<String> {
        let mut waiting: VecDeque<Action> = actions.into();
        let mut all = Vec::new();
        while let Some(action) = waiting.pop_front() {
            let Action::Send(text) = action else { continue };
            if let Some(answer) = self.answer(&text) {
                waiting.extend(ann.hear(&answer));
            }
            all.push(text);
        }
        all
    }

    /// A device that has entered the lobby, with everything loaded that it asks for.
    pub fn device(&mut self) -> Ann {
        let mut ann = Ann::new();
        ann.client.enter(&lobby());
        let actions = ann.connect(&self.welcome());
        self.serve(&mut ann, actions);
        ann
    }

    pub fn reconnect(&mut self, ann: &mut Ann) -> Vec<String> {
        ann.lose();
        let actions = ann.connect(&self.welcome());
        self.serve(ann, actions)
    }

    /// The user of a device reads so many entries of bob after the mark. Returns the new mark.
    pub fn read(&mut self, ann: &mut Ann, count: usize) -> Seq {
        let seen = ann.room().seen();
        let upto = loop {
            let entries = ann.room().timeline().entries();
            let unread =
                entries.iter().filter(|e| Some(e.message.seq) > seen && e.message.username.as_str() == "bob");
            if let Some(last) = unread.map(|e| e.message.seq).nth(count - 1) {
                break last;
            }
            let actions = ann.client.load_newer(&lobby());
            assert_ne!(actions, [], "there are not as many");
            self.serve(ann, actions);
        };
        ann.now += 1_000;
        let actions = ann.client.seen(&lobby(), upto, ann.now);
        self.serve(ann, actions);
        upto
    }
}
