//! The actions of users.

use shared::{
    About, AboutKind, Client, Event, MessageId, Post, RoomName, Seq, Timestamp,
    link::{Outgoing, Progress},
};

use super::{
    ROOMS, Step, World, room,
    world::{Upset, Written},
};

impl World {
    pub(super) fn user_step(&mut self, step: Step) {
        let at = |index: usize| room(ROOMS[index]);
        let about = |seq, kind| Some(About { seq, kind });
        let number = self.written.len();
        match step {
            Step::Post { device, room } => self.write(device, &at(room), format!("text {number}"), None),
            Step::BadPost { device, room } => self.write(device, &at(room), "refuse me".into(), None),
            Step::Reply { device, room, to } => {
                if let Some(seq) = self.shown(device, &at(room), to) {
                    self.write(device, &at(room), format!("reply {number}"), about(seq, AboutKind::Reply));
                }
            }
            Step::Edit { device, room, of } => {
                if let Some(seq) = self.shown(device, &at(room), of) {
                    self.write(device, &at(room), format!("edit {number}"), about(seq, AboutKind::Edit));
                }
            }
            Step::Retract { device, room, of } => {
                if let Some(seq) = self.shown(device, &at(room), of) {
                    self.write(device, &at(room), String::new(), about(seq, AboutKind::Retraction));
                }
            }
            Step::React { device, room, to, emoji } => {
                if let Some(seq) = self.shown(device, &at(room), to) {
                    let emoji = ["👍", "🎉"][emoji].to_owned();
                    self.write(device, &at(room), emoji, about(seq, AboutKind::Reaction));
                }
            }
            Step::Unreact { device, room, of } => {
                if let Some(seq) = self.own_reaction(device, &at(room), of) {
                    self.write(device, &at(room), String::new(), about(seq, AboutKind::Retraction));
                }
            }
            Step::RetryPost { device, which } => {
                if let Some(outgoing) = self.outgoing(device, which)
                    && matches!(outgoing.progress, Progress::Failed(_))
                {
                    let id = outgoing.post.id.clone();
                    self.retry(device, &id);
                }
            }
            Step::DiscardPost { device, which } => self.discard(device, which),
            Step::Enter { device, room } => self.dispatch(device, |client, _| client.enter(&at(room))),
            Step::Leave { device, room } => {
                self.upsets.insert(Upset::Left);
                self.dispatch(device, |client, _| client.leave(&at(room)));
            }
            Step::Read { device, room, upto } => {
                if let Some(seq) = self.shown(device, &at(room), upto) {
                    self.dispatch(device, |client, now| client.seen(&at(room), seq, now));
                }
            }
            Step::Older { device, room } => self.dispatch(device, |client, _| client.load_older(&at(room))),
            Step::Newer { device, room } => self.dispatch(device, |client, _| client.load_newer(&at(room))),
            Step::Jump { device, room, to } => {
                self.dispatch(device, |client, _| client.jump(&at(room), Seq(to as u64)));
            }
            Step::Latest { device, room } => {
                self.dispatch(device, |client, _| client.jump_to_latest(&at(room)));
            }
            Step::Type { device, room } => self.dispatch(device, |client, now| client.typing(&at(room), now)),
            Step::RetryNow { device } => self.feed(device, &Event::Retry),
            Step::Offline { device } => self.feed(device, &Event::Offline),
            Step::Reopen { device } => self.reopen(device),
            other => panic!("{other:?} is nothing that a user does"),
        }
    }

    fn retry(&mut self, number: usize, id: &MessageId) {
        self.upsets.insert(Upset::Reordered);
        let fresh = self.fresh_id();
        self.dispatch(number, |client, now| client.retry(id, fresh.clone(), Timestamp::from_millis(0), now));
        let posts = self.devices[number].client.link().outbox().posts();
        let Some(anew) = posts.iter().find(|outgoing| outgoing.post.id == fresh) else { return };
        let post = anew.post.clone();
        let before = self.written.iter_mut().find(|written| written.post.id == *id).unwrap();
        before.discarded = true;
        let target = before.target.clone().filter(|_| post.about.is_some());
        let username = self.devices[number].username.clone();
        self.written.push(Written { device: number, username, post, target, discarded: false });
    }

    fn discard(&mut self, number: usize, which: usize) {
        let Some(id) = self.outgoing(number, which).map(|outgoing| outgoing.post.id.clone()) else { return };
        let client = &mut self.devices[number].client;
        client.discard(&id);
        let gone = client.link().outbox().posts().iter().all(|outgoing| outgoing.post.id != id);
        if let Some(written) = self.written.iter_mut().find(|written| written.post.id == id) {
            written.discarded = gone;
        }
        self.keep(number);
    }

    fn reopen(&mut self, number: usize) {
        self.end_socket(number, 0);
        let kept: Vec<Outgoing> = shared::json::read(&self.devices[number].kept.1).unwrap();
        self.devices[number].client = Client::new(self.now);
        self.begin(number);
        self.dispatch(number, |client, now| client.restore(kept, now));
    }

    fn write(&mut self, number: usize, room: &RoomName, text: String, about: Option<About>) {
        let post = Post { room: room.clone(), id: self.fresh_id(), text, about };
        let username = self.devices[number].username.clone();
        let view = self.devices[number].client.view().room(room);
        let target = about.and_then(|about| view?.timeline().get(about.seq));
        let target = target.map(|entry| entry.message.id.clone());
        self.written.push(Written { device: number, username, post: post.clone(), target, discarded: false });
        self.dispatch(number, |client, now| client.post(post, Timestamp::from_millis(0), now));
    }

    fn fresh_id(&self) -> MessageId {
        format!("p{}", self.written.len()).parse().unwrap()
    }

    /// A message that a device shows, counted from the newest.
    fn shown(&self, number: usize, room: &RoomName, back: usize) -> Option<Seq> {
        let entries = self.devices[number].client.view().room(room)?.timeline().entries();
        let at = entries.len().checked_sub(back + 1)?;
        Some(entries[at].message.seq)
    }

    /// A reaction of the device's user, as far as the device knows.
    fn own_reaction(&self, number: usize, room: &RoomName, which: usize) -> Option<Seq> {
        let device = &self.devices[number];
        let entries = device.client.view().room(room)?.timeline().entries();
        let reactions = entries.iter().flat_map(|entry| &entry.reactions).flat_map(|reaction| &reaction.by);
        let own: Vec<Seq> =
            reactions.filter(|(username, _)| *username == device.username).map(|(_, seq)| *seq).collect();
        own.get(which % own.len().max(1)).copied()
    }

    fn outgoing(&self, number: usize, which: usize) -> Option<&Outgoing> {
        let posts = self.devices[number].client.link().outbox().posts();
        posts.get(which % posts.len().max(1))
    }
}
