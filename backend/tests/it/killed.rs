//! `kill -9` under load.

use std::collections::BTreeSet;

use shared::{Message, RoomName, Seq};
use tokio::sync::watch;

use crate::{
    bound::Dice,
    child::Child,
    client::{post, room},
    follower::Follower,
    log_file, web,
};

const ROUNDS: u64 = 4;
const POSTERS: u64 = 10;
/// What each one posts in a round.
const EACH: u64 = 120;

/// The whole log, read over HTTP before anybody is let in.
async fn whole_log(server: &Child, room: &RoomName) -> Vec<Message> {
    let mut log: Vec<Message> = Vec::new();
    loop {
        let after = log.last().map_or(Seq::ZERO, |last| last.seq);
        let path = format!("/api/rooms/{room}/messages?after={after}&limit=200");
        let answer = web::get(server.address, &path).await;
        log.extend(answer.messages());
        if answer.json()["more"] == false {
            return log;
        }
    }
}

/// What was acknowledged to somebody or seen by them is in the log, at its place.
fn check(follower: &Follower, name: &str, log: &[Message]) {
    follower.story(|story| {
        assert_eq!(story.faults, [""; 0], "{name}");
        let seen = story.log.len();
        assert!(story.log == log[..seen.min(log.len())], "{name} has seen what is not in the log");
        for (id, seq) in &story.acknowledged {
            let found = log.iter().filter(|message| message.username.as_str() == name && message.id == *id);
            assert_eq!(found.map(|message| message.seq).collect::<Vec<_>>(), [*seq], "{id} of {name}");
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_under_load_all_that_was_acknowledged_or_seen_is_there_once_and_the_rest_is_tried_again()
{
    let folder = tempfile::tempdir().unwrap();
    let lobby = room("lobby");
    let (door, follow) = watch::channel(None);
    let names: Vec<_> = (0..POSTERS).map(|n| format!("poster {n}")).collect();
    let mut followers: Vec<_> = (names.iter().zip(0..))
        .map(|(name, seed)| Follower::begin(follow.clone(), name, &lobby, seed))
        .collect();
    let mut dice = Dice(0x9A11);
    let (mut unknown, mut known) = (0, 0);

    for round in 0..ROUNDS {
        let server = Child::start(folder.path()).await;
        let log = whole_log(&server, &lobby).await;
        for (follower, name) in followers.iter().zip(&names) {
            check(follower, name, &log);
        }
        door.send_replace(Some(server.address));
        for follower in &mut followers {
            follower.joined().await;
        }
        for n in 0..EACH {
            for follower in &followers {
                follower.post(post("lobby", &format!("r{round}-{n}"), &format!("{n} of round {round}")));
            }
        }
        // It dies somewhere in the middle of this round's posts.
        let head = log.last().map_or(Seq::ZERO, |last| last.seq);
        let at = Seq(head.0 + 20 + dice.roll(POSTERS * EACH / 2));
        followers[0].until("the moment of death", |progress| progress.last >= at).await;
        door.send_replace(None);
        server.kill().await;
        for follower in &mut followers {
            follower.until("a lost connection", |progress| !progress.joined).await;
        }
        let acknowledged: usize =
            followers.iter().map(|one| one.story(|story| story.acknowledged.len())).sum();
        unknown += usize::try_from((round + 1) * POSTERS * EACH).unwrap() - acknowledged;
        known += acknowledged;
    }
    assert!(unknown > 0 && known > 0, "{unknown} posts were cut off, {known} were acknowledged");

    let server = Child::start(folder.path()).await;
    door.send_replace(Some(server.address));
    for follower in &mut followers {
        follower.until("an empty outbox", |progress| progress.unacknowledged == 0).await;
    }
    let log = whole_log(&server, &lobby).await;
    let head = log.last().unwrap().seq;
    for (mut follower, name) in followers.into_iter().zip(&names) {
        follower.until("the end of the log", |progress| progress.last >= head).await;
        check(&follower, name, &log);
        let (_, story) = follower.stop().await;
        assert_eq!(story.log.len(), log.len(), "{name} sees everything");
        assert_eq!(story.refused, []);
        let (first, later) = story.joins.split_first().unwrap();
        assert!(!first.0 && later.len() as u64 >= ROUNDS, "{name} joined {} times", later.len() + 1);
        assert!(later.iter().all(|(resumed, epoch)| *resumed && *epoch == first.1), "{:?}", story.joins);
    }
    let posts: BTreeSet<_> = log.iter().map(|message| (&message.username, &message.id)).collect();
    assert_eq!(posts.len(), log.len(), "each post is stored once");
    assert_eq!(posts.len() as u64, ROUNDS * POSTERS * EACH, "every post is stored");
    let rows = log_file::read(&folder.path().join("parlor.db"), "lobby");
    assert!(
        rows.iter().map(|row| (row.seq, &row.id)).eq(log.iter().map(|message| (message.seq, &message.id)))
    );
}
