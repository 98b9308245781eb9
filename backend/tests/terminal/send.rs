//! `parlor send`.

use std::io::Write;

use client::RoomName;

use crate::server::{TestServer, connect, finish, signal, stderr};

#[tokio::test]
async fn a_text_is_acknowledged_and_stored_under_the_name() {
    let server = TestServer::open();
    for text in ["Hello 你好", "again, by the kept token"] {
        let sent = server.run("ann", &["send", "--room", "lobby", "--name", "ann", text], "");
        assert_eq!((sent.status.code(), stderr(&sent)), (Some(0), String::new()));
    }
    let log = server.log("lobby").await;
    assert_eq!((log[0].username.as_str(), log[0].text.as_str()), ("ann", "Hello 你好"));
    let other = server.run("bob", &["send", "--room", "lobby", "--name", "ann", "mine"], "");
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("--token-file"), "{}", stderr(&other));
    // Without a name it is the one that was used last.
    server.run("ann", &["send", "--room", "lobby", "third"], "");
    let names: Vec<_> =
        server.log("lobby").await.iter().map(|message| message.username.to_string()).collect();
    assert_eq!(names, ["ann"; 3]);
}

#[tokio::test]
async fn five_thousand_lines_over_a_killed_server_are_each_stored_once_and_in_order() {
    let mut server = TestServer::open();
    let (reader, mut events) = connect(&server.url()).await;
    reader.join(&"lobby".parse::<RoomName>().unwrap());
    let mut child = server.command("ann", &["send", "--room", "lobby", "--timeout", "50s"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for line in 1..=5_000 {
            writeln!(input, "line {line}").unwrap();
        }
    });
    let mut kills = [300, 2_000].into_iter().peekable();
    while let Some(event) = events.next().await {
        let client::Event::Message(message) = event else { continue };
        if kills.next_if(|at| message.seq.0 >= *at).is_some() {
            server.kill();
            server.restart();
        }
        if kills.peek().is_none() {
            break;
        }
    }
    writer.join().unwrap();
    let sent = finish(child);
    assert_eq!((sent.status.code(), stderr(&sent)), (Some(0), String::new()));
    let log = server.log("lobby").await;
    let texts: Vec<_> = log.iter().map(|message| message.text.clone()).collect();
    let wanted: Vec<_> = (1..=5_000).map(|line| format!("line {line}")).collect();
    assert!(texts == wanted, "{} messages, {} lines", texts.len(), wanted.len());
}

#[tokio::test]
async fn a_line_that_is_refused_is_named_and_the_others_are_posted() {
    let server = TestServer::open();
    let input = format!("one\n\n{}\nthree\n", "x".repeat(70_000));
    let sent = server.run("ann", &["send", "--room", "lobby"], &input);
    assert_eq!(sent.status.code(), Some(1));
    assert!(stderr(&sent).contains("line 3 was not posted"), "{}", stderr(&sent));
    let texts: Vec<_> = server.log("lobby").await.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["one", "three"]);
}

#[test]
fn a_server_that_is_away_is_given_up_after_the_timeout() {
    let mut server = TestServer::open();
    server.kill();
    let sent = server.run("ann", &["send", "--room", "lobby", "--timeout", "300ms", "hello"], "");
    assert_eq!(sent.status.code(), Some(1));
    assert!(stderr(&sent).contains("cannot reach"), "{}", stderr(&sent));
}

#[tokio::test]
async fn a_link_is_a_text_and_words_are_joined() {
    let server = TestServer::open();
    for text in [&["https://example.org/news"][..], &["see", "https://example.org", "now"], &["ws://x", "y"]]
    {
        let sent = server.run("ann", &[&["send", "--room", "lobby"], text].concat(), "");
        assert_eq!((sent.status.code(), stderr(&sent)), (Some(0), String::new()));
    }
    let texts: Vec<_> = server.log("lobby").await.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["https://example.org/news", "see https://example.org now", "ws://x y"]);
}

#[test]
fn a_command_line_that_cannot_be_understood_is_a_usage_error() {
    let server = TestServer::open();
    for bad in [
        &["send", "hello"][..],
        &["send", "--room", "NO", "x"],
        &["send", "--room", "a", "--url", "ftp://x", "y"],
    ] {
        assert_eq!(server.run("ann", bad, "").status.code(), Some(2), "{bad:?}");
    }
}

#[tokio::test]
async fn every_posts_until_ctrl_c_and_all_of_it_is_acknowledged() {
    let server = TestServer::open();
    let (reader, mut events) = connect(&server.url()).await;
    reader.join(&"lobby".parse::<RoomName>().unwrap());
    let child =
        server.command("ann", &["send", "--room", "lobby", "--every", "20ms", "tick"]).spawn().unwrap();
    let mut ticks = 0;
    while ticks < 3 {
        let event = events.next().await.unwrap();
        ticks += usize::from(matches!(event, client::Event::Message(_)));
    }
    signal(&child, "INT");
    assert_eq!(finish(child).status.code(), Some(0));
}
