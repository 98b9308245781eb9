//! What must be true of the world at every moment, and at the end.

use std::collections::BTreeSet;

use shared::{
    MessageId, RoomName, RoomView, Seq,
    link::{Outgoing, Progress},
};

use super::{
    ROOMS, World,
    fold::{Shown, fold},
    room,
    world::{Device, Upset},
};

impl World {
    /// Each device shows a contiguous part of the log, in its order, each message once.
    pub fn check_now(&self) {
        for device in &self.devices {
            for (name, view) in device.client.view().rooms() {
                if view.epoch() != Some(&self.server.epoch()) {
                    continue;
                }
                let shown: Vec<Seq> =
                    view.timeline().entries().iter().map(|entry| entry.message.seq).collect();
                let (Some(first), Some(last)) = (shown.first(), shown.last()) else { continue };
                let log = self.server.log(name);
                let there = log.iter().filter(|m| m.is_entry() && (*first..=*last).contains(&m.seq));
                assert_eq!(
                    shown,
                    there.map(|m| m.seq).collect::<Vec<_>>(),
                    "a gap, a double or a wrong order"
                );
                nothing_is_shown_beside_its_pending_post(device, name, view);
            }
        }
    }

    /// When nothing is in flight any more, every promise is kept.
    pub fn check_end(&mut self) {
        self.check_outboxes();
        self.check_log();
        self.check_unread();
        self.check_seen();
        self.check_shown();
        for number in 0..self.devices.len() {
            for name in ROOMS {
                if self.devices[number].client.view().room(&room(name)).is_some() {
                    self.read_whole(number, &room(name));
                }
            }
        }
        self.check_views();
        self.check_unread();
    }

    /// No post is pending except those that were refused.
    fn check_outboxes(&self) {
        for device in &self.devices {
            let refused = |outgoing: &Outgoing| matches!(outgoing.progress, Progress::Failed(_));
            let posts = device.client.link().outbox().posts();
            assert!(posts.iter().all(refused), "something still waits: {posts:?}");
        }
    }

    /// Each post is stored once, and never if it was refused or discarded. What was deleted may be stored again by a retry, or be
    /// refused then.
    fn check_log(&self) {
        let mut order: Vec<Vec<(RoomName, Seq)>> = vec![Vec::new(); self.devices.len()];
        for written in &self.written {
            let log = self.server.log(&written.post.room);
            let stored: Vec<_> = log
                .iter()
                .filter(|m| m.id == written.post.id && m.username == written.username)
                .map(|m| m.seq)
                .collect();
            let outbox = self.devices[written.device].client.link().outbox().posts();
            let failed = outbox.iter().any(|outgoing| outgoing.post.id == written.post.id);
            let expected = usize::from(!failed && !written.discarded);
            let floor = self.server.floor(&written.post.room);
            let left = stored.iter().filter(|seq| **seq > floor).count();
            let was_deleted = left < stored.len() && left <= 1;
            // Posts that were stored and then lost, or discarded and then found in an old copy, may be stored or not.
            let fits =
                stored.len() == expected || (self.upsets.contains(&Upset::WentBack) && stored.len() <= 1);
            assert!(fits || was_deleted, "{:?} is stored at {stored:?}", written.post);
            let about = log.iter().find(|m| Some(&m.seq) == stored.first()).and_then(|m| m.about);
            let target = about.and_then(|about| log.iter().find(|m| m.seq == about.seq));
            let meant = written.target.as_ref();
            let is_meant = meant.is_none() || target.is_none_or(|m| Some(&m.id) == meant);
            // A client that has left a room is not told that its epoch has changed.
            assert!(is_meant || self.left_and_went_back(), "{:?} is about {target:?}", written.post);
            order[written.device].extend(stored.first().map(|seq| (written.post.room.clone(), *seq)));
        }
        let is_orderly = !self.upsets.contains(&Upset::Reordered) && !self.left_and_went_back();
        for name in ROOMS {
            let name = room(name);
            for posts in &order {
                let seqs: Vec<_> =
                    posts.iter().filter(|(room, _)| *room == name).map(|(_, seq)| seq).collect();
                assert!(seqs.is_sorted() || !is_orderly, "posts are stored out of order: {seqs:?}");
            }
        }
    }

    fn left_and_went_back(&self) -> bool {
        self.upsets.contains(&Upset::Left) && self.upsets.contains(&Upset::WentBack)
    }

    /// Scrolls through a room from one end to the other.
    fn read_whole(&mut self, number: usize, name: &RoomName) {
        self.dispatch(number, |client, _| client.jump_to_latest(name));
        self.settle();
        for _ in 0..1_000 {
            let timeline = self.devices[number].client.view().room(name).unwrap().timeline();
            match (timeline.has_older(), timeline.has_newer()) {
                (false, false) => return,
                (true, _) => self.dispatch(number, |client, _| client.load_older(name)),
                (_, true) => self.dispatch(number, |client, _| client.load_newer(name)),
            }
            self.settle();
        }
        panic!("scrolling never ends");
    }

    /// Each entry is shown in its current state, with all annotations.
    fn check_shown(&self) {
        for device in &self.devices {
            for (name, view) in device.client.view().rooms() {
                let log = fold(&self.server.log(name));
                let floor = self.server.floor(name);
                for entry in view.timeline().entries() {
                    assert!(entry.message.seq > floor, "{entry:?} is deleted");
                    let shown = Shown::from(&**entry);
                    assert!(log.contains(&shown), "{shown:?} is not what the log says");
                    let quoted = view.quote(&entry.message).and_then(|quote| quote.entry);
                    if let Some(quoted) = quoted {
                        assert!(quoted.message.seq > floor, "{quoted:?} is deleted");
                        let quoted = (quoted.message.seq.0, quoted.message.text.as_str(), quoted.retracted);
                        let as_it_is =
                            |shown: &Shown| (shown.seq, shown.text.as_str(), shown.retracted) == quoted;
                        assert!(log.iter().any(as_it_is), "{quoted:?} is not what the log says");
                    }
                }
            }
        }
    }

    /// The timeline is what the log folds to.
    fn check_views(&self) {
        for device in &self.devices {
            for (name, view) in device.client.view().rooms() {
                let floor = self.server.floor(name).0;
                let shown = view.timeline().entries().iter().map(|entry| Shown::from(&**entry));
                let left = fold(&self.server.log(name)).into_iter().filter(|entry| entry.seq > floor);
                assert_eq!(shown.collect::<Vec<_>>(), left.collect::<Vec<_>>());
                assert!(
                    self.upsets.contains(&Upset::Forgot) || view.gap().is_none(),
                    "what could be resumed was not"
                );
                assert_eq!(view.head(), self.server.head(name));
            }
        }
    }

    /// All devices of a user and the server have the same read mark.
    fn check_seen(&self) {
        for device in &self.devices {
            for (name, view) in device.client.view().rooms() {
                let said = self.server.seen.get(&(device.username.clone(), name.clone()));
                assert_eq!(view.seen().as_ref(), said, "how far {} has read {name}", device.username);
            }
        }
    }

    /// Unread counts are right, whatever is loaded. How many of a mere number are deleted is not known before the room is loaded.
    fn check_unread(&self) {
        for device in &self.devices {
            for (name, view) in device.client.view().rooms() {
                if view.unread_is_at_least() {
                    continue;
                }
                let of_others = |m: &&shared::Message| m.is_entry() && m.username != device.username;
                let log = self.server.log(name);
                let floor = self.server.floor(name);
                let is_unread = |m: &&shared::Message| Some(m.seq) > view.seen();
                let left = log.iter().filter(of_others).filter(is_unread).filter(|m| m.seq > floor).count();
                let all = log.iter().filter(of_others).filter(|m| is_unread(m) || m.seq <= floor).count();
                let counted = view.unread() as usize;
                assert!(
                    (left..=all).contains(&counted),
                    "{counted} unread in {name} after {:?}, not {left} to {all}",
                    view.seen()
                );
            }
        }
    }
}

fn nothing_is_shown_beside_its_pending_post(device: &Device, name: &RoomName, view: &RoomView) {
    let pending: BTreeSet<&MessageId> =
        device.client.pending(name).map(|outgoing| &outgoing.post.id).collect();
    for entry in view.timeline().entries() {
        let own = entry.message.username == device.username;
        assert!(!own || !pending.contains(&entry.message.id), "{entry:?} is shown and pending");
    }
}
