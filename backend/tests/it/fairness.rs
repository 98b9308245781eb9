//! Connections that send as much as they can: everybody else is served beside them, and the server ends.

#[path = "../../examples/fairness/pump.rs"]
mod pump;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use crate::{
    bound::soon,
    child::Child,
    server::TestServer,
    web::Web,
    wire::{CONTINUATION, FIN, TEXT, Wire, frame},
};
use pump::Pumped;

const MASK: Option<[u8; 4]> = Some([7, 7, 7, 7]);

#[tokio::test]
async fn a_bystander_is_served_beside_pumps_of_every_kind_and_sigterm_ends_the_server() {
    const PUMPS: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let server = Child::start(folder.path()).await;
    let mut tasks = JoinSet::new();
    let pumps: Vec<_> = pump::kinds()
        .into_iter()
        .cycle()
        .take(PUMPS)
        .map(|kind| {
            let pumped = Arc::new(Pumped::default());
            tasks.spawn(pump::run(server.address, kind.clone(), pumped.clone()));
            (kind.name, pumped)
        })
        .collect();
    let sent = |pumped: &Pumped| pumped.sent.load(Ordering::Relaxed);
    let mut bystander = Web::connect(server.address).await;
    for round in 1..=10 {
        // Each post comes after more was pumped.
        soon("much from the pumps", async {
            while pumps.iter().map(|(_, pumped)| sent(pumped)).sum::<u64>() < round << 21 {
                sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        let answer = bystander.post("quiet", &json!({"username": "ann", "text": "still here"})).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    for (name, pumped) in &pumps {
        assert!(sent(pumped) > 0, "nothing was pumped: {name}");
    }
    server.terminate().await;
    assert!(server.end().await.success());
    for (_, pumped) in &pumps {
        pumped.stop.store(true, Ordering::Relaxed);
    }
    while tasks.join_next().await.is_some() {}
}

#[tokio::test]
async fn a_message_of_endless_empty_fragments_is_ended_while_they_come() {
    let server = TestServer::open().await;
    for (path, most) in
        [("/ws?v=1", 1 << 20), ("/ws", 1 << 20), ("/lab/clock", 1 << 20), ("/lab/echo", 32 << 20)]
    {
        let mut wire = Wire::handshake(server.address, path).await;
        wire.frame(TEXT, b"").await;
        let block = frame(CONTINUATION, b"", MASK).repeat(10_000);
        let (mut reader, mut writer) = wire.split();
        let sent = async {
            let mut sent = 0;
            // The server may end the connection before the last of it.
            while sent < most && writer.send(&block).await.is_ok() {
                sent += block.len();
            }
            // Not even a last frame may be needed to see that it is too much.
            std::future::pending::<()>().await;
        };
        let code = tokio::select! {
            code = reader.close_code() => code,
            () = sent => unreachable!("it waits for ever"),
        };
        assert_eq!(code, 1009, "{path}");
    }
}

#[tokio::test]
async fn messages_of_one_byte_all_come_back_from_the_echo() {
    const MESSAGES: usize = 20_000;
    let server = TestServer::open().await;
    let wire = Wire::handshake(server.address, "/lab/echo").await;
    let (mut reader, mut writer) = wire.split();
    let all = frame(FIN | TEXT, b"1", MASK).repeat(MESSAGES);
    let sending = tokio::spawn(async move { writer.send(&all).await.map(|()| writer) });
    for _ in 0..MESSAGES {
        assert_eq!(reader.read(TEXT).await, b"1");
    }
    soon("the last byte to be taken", sending).await.unwrap().unwrap();
}
