//! What was written and not sent, kept on disk for each room so that it outlives `chat`.

use std::{collections::BTreeMap, io};

use client::{Address, RoomName, Username};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::state_file::StateFile;

type Texts = BTreeMap<RoomName, String>;

pub(super) struct Drafts {
    file: StateFile<BTreeMap<String, Texts>>,
    /// The server and the name that the drafts belong to.
    owner: String,
    /// What is in the file, as far as this process wrote or read it.
    saved: Texts,
    /// A write that is not known to be over.
    writing: Option<JoinHandle<io::Result<()>>>,
}

impl Drafts {
    /// The drafts of a user of a server.
    pub(super) fn load(server: &Address, username: Option<&Username>) -> io::Result<Self> {
        let username = username.map_or("", Username::as_str);
        Self::load_from(StateFile::of_this_user("drafts"), format!("{} {username}", server.server()))
    }

    fn load_from(file: StateFile<BTreeMap<String, Texts>>, owner: String) -> io::Result<Self> {
        let saved = file.read()?.remove(&owner).unwrap_or_default();
        Ok(Self { file, owner, saved, writing: None })
    }

    pub(super) fn texts(&self) -> &Texts {
        &self.saved
    }

    /// Begins to write what changed, unless a write is under way: then the next call does. Rooms that did not change here
    /// keep what another `chat` wrote.
    pub(super) fn save(&mut self, current: Texts) {
        if self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) || current == self.saved {
            return;
        }
        let written = current.iter().filter(|(room, text)| self.saved.get(*room) != Some(*text));
        let mut changes: Vec<_> = written.map(|(room, text)| (room.clone(), Some(text.clone()))).collect();
        let removed = self.saved.keys().filter(|room| !current.contains_key(*room));
        changes.extend(removed.map(|room| (room.clone(), None)));
        let (file, owner) = (self.file.clone(), self.owner.clone());
        self.saved = current;
        self.writing = Some(spawn_blocking(move || {
            file.update(|all| {
                let texts = all.entry(owner.clone()).or_default();
                for (room, text) in changes {
                    match text {
                        Some(text) => texts.insert(room, text),
                        None => texts.remove(&room),
                    };
                }
                if texts.is_empty() {
                    all.remove(&owner);
                }
            })
        }));
    }

    /// Writes what is left, and waits for it.
    pub(super) async fn finish(&mut self, current: Texts) -> io::Result<()> {
        for _ in 0..2 {
            if let Some(writing) = self.writing.take() {
                writing.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
            }
            self.save(current.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(drafts: &[(&str, &str)]) -> Texts {
        drafts.iter().map(|(room, text)| (room.parse().unwrap(), (*text).to_owned())).collect()
    }

    #[tokio::test]
    async fn drafts_come_back_and_two_processes_keep_each_others() {
        let folder = tempfile::tempdir().unwrap();
        let load = || {
            Drafts::load_from(StateFile::in_folder(folder.path(), "drafts"), "ws://one ann".into()).unwrap()
        };
        let (mut one, mut two) = (load(), load());
        one.finish(texts(&[("lobby", "hello"), ("deploys", "later")])).await.unwrap();
        two.finish(texts(&[("design", "other")])).await.unwrap();
        assert_eq!(load().texts(), &texts(&[("lobby", "hello"), ("deploys", "later"), ("design", "other")]));
        one.finish(texts(&[("deploys", "later")])).await.unwrap();
        assert_eq!(load().texts(), &texts(&[("deploys", "later"), ("design", "other")]));
    }
}
