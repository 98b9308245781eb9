//! A busy room: five thousand real messages come in over HTTP and `/ws` while fifty readers of every kind follow.

use std::{collections::BTreeSet, net::SocketAddr};

use hyper::StatusCode;
use serde_json::json;
use shared::{FromServer, Message, Post, Seq};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    bound::{Dice, soon},
    client::{TestClient, post, room},
    follower::Follower,
    history::{self, Line},
    log_file,
    server::TestServer,
    web::{Events, Web},
};

const MESSAGES: usize = 5_000;
/// Readers with the browser's client, readers of plain `/ws`, readers of Server-Sent Events.
const CLIENTS: u64 = 16;
const PLAIN: u64 = 26;
const EVENTS: u64 = 8;
/// Those who post at the same time, by each way.
const POSTERS: usize = 4;

/// A task that reads the whole log, each message as the text that came.
type Reader = JoinHandle<Vec<String>>;

fn message(text: &str) -> Message {
    match FromServer::decode(text).unwrap() {
        FromServer::Message(message) => message,
        other => panic!("no message: {other:?}"),
    }
}

/// Whether a reader is cut off now. Every other reader never is.
fn is_cut(reader: u64, dice: &mut Dice) -> bool {
    reader % 2 == 1 && dice.roll(500) == 0
}

/// Reads plain `/ws` until all has come. When it is cut off, it comes back with its last number.
fn plain_reader(address: SocketAddr, n: u64) -> Reader {
    tokio::spawn(async move {
        let (mut dice, mut log) = (Dice(n), Vec::<String>::new());
        loop {
            let after = log.last().map_or(Seq::ZERO, |last| message(last).seq);
            let mut client = TestClient::open(address, &format!("/ws?room=live&after={after}")).await;
            while log.len() < MESSAGES {
                log.push(client.next_text().await);
                if is_cut(n, &mut dice) {
                    break;
                }
            }
            if log.len() == MESSAGES {
                assert_eq!(client.messages_so_far().await, []);
                return log;
            }
        }
    })
}

/// Reads the room's events until all have come. When it is cut off, it comes back with its last event's id.
fn events_reader(address: SocketAddr, n: u64) -> Reader {
    tokio::spawn(async move {
        let (mut dice, mut log, mut last) = (Dice(n), Vec::new(), None::<String>);
        while log.len() < MESSAGES {
            let path =
                if last.is_some() { "/api/rooms/live/events" } else { "/api/rooms/live/events?after=0" };
            let mut events = Events::open_at(address, path, last.as_deref()).await;
            assert_eq!(events.event().await.json()["resumed"], true);
            while log.len() < MESSAGES {
                let event = events.event().await;
                log.push(event.data);
                last = event.id;
                if is_cut(n, &mut dice) {
                    break;
                }
            }
        }
        log
    })
}

/// Posts every so-many-th line by one HTTP call each, under its writer's own name.
fn http_poster(address: SocketAddr, lines: Vec<(usize, Line)>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut web = Web::connect(address).await;
        for (n, line) in lines {
            let body = json!({"username": line.username, "text": line.text, "id": format!("line-{n}")});
            let answer = web.post("live", &body).await;
            assert_eq!(answer.status, StatusCode::CREATED, "line {n}: {}", answer.body);
        }
    })
}

/// Posts every so-many-th line over `/ws?v=1`, as a bridge does.
fn socket_poster(address: SocketAddr, name: String, lines: Vec<(usize, Line)>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let (mut bridge, _) = TestClient::named(address, &name).await;
        for (n, line) in lines {
            let id = format!("line-{n}");
            bridge.post(Post { text: line.text, ..post("live", &id, "") }).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_messages_reach_fifty_readers_each_once_in_one_order_though_some_are_cut_off() {
    let server = TestServer::open().await;
    let address = server.address;
    let live = room("live");
    let (_door, follow) = watch::channel(Some(address));
    let mut clients: Vec<_> =
        (0..CLIENTS).map(|n| Follower::begin(follow.clone(), &format!("reader {n}"), &live, n)).collect();
    for client in &mut clients {
        client.joined().await;
    }
    let mut readers: Vec<_> = (0..PLAIN).map(|n| plain_reader(address, n)).collect();
    readers.extend((0..EVENTS).map(|n| events_reader(address, n)));

    let lines: Vec<_> = history::lines().into_iter().cycle().take(MESSAGES).enumerate().collect();
    let of = |part: usize| -> Vec<_> {
        lines.iter().filter(|(n, _)| n % (2 * POSTERS) == part).cloned().collect()
    };
    let mut posters: Vec<_> = (0..POSTERS).map(|part| http_poster(address, of(part))).collect();
    posters.extend(
        (POSTERS..2 * POSTERS).map(|part| socket_poster(address, format!("bridge {part}"), of(part))),
    );

    // Every other client is cut off now and then, at moments that the log's growth tells.
    let mut dice = Dice(17);
    for step in 1..100 {
        let upto = Seq(step * MESSAGES as u64 / 100);
        clients[0].until("the next hundredth of the log", |progress| progress.last >= upto).await;
        let odd = 2 * usize::try_from(dice.roll(CLIENTS / 2)).unwrap() + 1;
        clients[odd].cut();
    }
    for poster in posters {
        soon("the end of a poster", poster).await.unwrap();
    }

    let rows = log_file::read(&server.database(), "live");
    let ids: BTreeSet<_> = rows.iter().map(|row| row.id.as_str().to_owned()).collect();
    assert_eq!((rows.len(), ids.len()), (MESSAGES, MESSAGES));
    for row in &rows {
        let n: usize = row.id.as_str().strip_prefix("line-").unwrap().parse().unwrap();
        assert_eq!(row.text, lines[n].1.text, "line {n}");
    }
    let head = rows.last().unwrap().seq;
    // What the first reader has is compared with the file; the others have what the first one has.
    let mut texts = Vec::new();
    for reader in readers {
        texts.push(soon("the end of a reader", reader).await.unwrap());
    }
    let log: Vec<_> = texts[0].iter().map(|text| message(text)).collect();
    let seen = log.iter().map(|message| (message.seq, &message.id, &message.username, &message.text));
    assert!(seen.eq(rows.iter().map(|row| (row.seq, &row.id, &row.username, &row.text))));
    for (n, others) in texts.iter().enumerate() {
        assert!(*others == texts[0], "reader {n} has {} messages", others.len());
    }
    let mut joins = 0;
    for (n, mut client) in clients.into_iter().enumerate() {
        client.until("the end of the log", |progress| progress.last >= head).await;
        let (client, story) = client.stop().await;
        assert_eq!(story.faults, [""; 0], "client {n}");
        assert!(story.log == log, "client {n} has {} messages", story.log.len());
        assert!(story.joins[1..].iter().all(|(resumed, _)| *resumed));
        joins += story.joins.len();
        // What the user would see ends as the log does.
        let shown = client.view().room(&live).unwrap().timeline().entries().back().unwrap().message.seq;
        assert_eq!(shown, head);
    }
    assert!(joins > clients_cut_at_least(), "{joins} joins");
}

/// The joins of clients that were cut as often as this test means to: each once at first, and again after most cuts
/// (a second cut may come before the client is back).
fn clients_cut_at_least() -> usize {
    usize::try_from(CLIENTS).unwrap() + 50
}
