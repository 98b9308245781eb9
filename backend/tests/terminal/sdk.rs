//! The SDK.

use client::{
    About, AboutKind, Address, Client, ConnectError, Connection, Event, Events, Options, PostFailure,
    RefusalCode, RoomName, Seq, Side,
};
use tokio::time::timeout;

use crate::server::{TIMEOUT, TestServer, connect};

fn lobby() -> RoomName {
    "lobby".parse().unwrap()
}

async fn next(events: &mut Events) -> Event {
    timeout(TIMEOUT, events.next()).await.expect("an event comes in time").expect("the client is not closed")
}

/// The text of the next message.
async fn heard(events: &mut Events) -> String {
    loop {
        if let Event::Message(message) = next(events).await {
            return message.text;
        }
    }
}

async fn joined(events: &mut Events) -> (bool, usize) {
    loop {
        if let Event::Joined { resumed, messages, .. } = next(events).await {
            return (resumed, messages.len());
        }
    }
}

/// The example of the crate's documentation.
#[tokio::test]
async fn the_example_of_the_documentation_works() -> Result<(), Box<dyn std::error::Error>> {
    let server = TestServer::open();
    let options = Options { username: Some("ann".parse()?), ..Options::default() };
    let (client, mut events) = Client::connect(&server.url().parse()?, options).await?;
    let lobby: RoomName = "lobby".parse()?;
    client.join(&lobby);
    let stored = client.post(&lobby, "Hello, everyone").await?;
    while let Some(event) = events.next().await {
        match event {
            Event::Message(message) if message.seq == stored.seq => break,
            // It may have been stored before the room was joined.
            Event::Joined { messages, .. } if messages.iter().any(|message| message.seq == stored.seq) => {
                break;
            }
            _ => {}
        }
    }
    client.close().await;
    assert_eq!(client.connection(), Connection::Stopped);
    Ok(())
}

#[tokio::test]
async fn a_reader_over_a_killed_server_hears_each_message_once_and_in_order() {
    let mut server = TestServer::open();
    let (reader, mut events) = connect(&server.url()).await;
    reader.join(&lobby());
    assert_eq!(joined(&mut events).await, (false, 0));
    let (writer, _) = connect(&server.url()).await;
    let mut wanted = Vec::new();
    for round in 0..3 {
        for at in 0..40 {
            let text = format!("{round}-{at}");
            writer.post(&lobby(), &text).await.unwrap();
            wanted.push(text);
        }
        server.kill();
        server.restart();
    }
    let last = writer.post(&lobby(), "last").await.unwrap();
    wanted.push("last".into());
    assert_eq!(last.seq, Seq(121));
    for text in wanted {
        assert_eq!(heard(&mut events).await, text);
    }
}

#[tokio::test]
async fn posts_in_a_row_are_stored_in_their_order_and_refusals_are_told() {
    let server = TestServer::open();
    let (client, events) = connect(&server.url()).await;
    drop(events);
    let mut postings = Vec::new();
    for at in 0..200 {
        postings.push(client.enqueue(&lobby(), &at.to_string(), None).await);
    }
    let mut seqs = Vec::new();
    for posting in postings {
        seqs.push(posting.await.unwrap().seq.0);
    }
    assert_eq!(seqs, (1..=200).collect::<Vec<_>>());
    assert!(matches!(client.post(&lobby(), " ").await, Err(PostFailure::Refused(_))));
    let about = About { seq: Seq(900), kind: AboutKind::Reply };
    let refused = client.enqueue(&lobby(), "to nobody", Some(about)).await.await;
    assert!(matches!(refused, Err(PostFailure::Refused(refusal)) if refusal.code == RefusalCode::BadAbout));
    let page = client.page(&lobby(), Side::Before(Seq(11)), 5).await.unwrap();
    let texts: Vec<_> = page.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!((texts, page.more), (vec!["5", "6", "7", "8", "9"], true));
}

#[tokio::test]
async fn a_name_is_proved_by_its_token_alone() {
    let server = TestServer::open();
    let address: Address = server.url().parse().unwrap();
    let ann = Options { username: Some("ann".parse().unwrap()), ..Options::default() };
    let (client, _) = Client::connect(&address, ann.clone()).await.unwrap();
    let token = client.token();
    client.close().await;
    let refused = Client::connect(&address, ann.clone()).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(refusal) if refusal.code == RefusalCode::NameTaken));
    let (client, _) = Client::connect(&address, Options { token, ..ann }).await.unwrap();
    assert_eq!(client.username().unwrap().as_str(), "ann");
}

#[tokio::test]
async fn events_that_nobody_reads_hold_up_the_reading_and_lose_nothing() {
    let server = TestServer::open();
    let (slow, mut events) = connect(&server.url()).await;
    slow.join(&lobby());
    assert_eq!(joined(&mut events).await, (false, 0));
    let (writer, _) = connect(&server.url()).await;
    let mut postings = Vec::new();
    for at in 0..1_000 {
        postings.push(writer.enqueue(&lobby(), &at.to_string(), None).await);
    }
    for posting in postings {
        posting.await.unwrap();
    }
    for at in 0..1_000 {
        assert_eq!(heard(&mut events).await, at.to_string());
    }
}

#[tokio::test]
async fn a_client_that_is_closed_says_that_posts_are_unknown() {
    let mut server = TestServer::open();
    let (client, _) = connect(&server.url()).await;
    server.kill();
    let posting = client.enqueue(&lobby(), "into the dark", None).await;
    client.close().await;
    assert_eq!(timeout(TIMEOUT, posting).await.unwrap(), Err(PostFailure::Closed));
}
