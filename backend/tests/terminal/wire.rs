//! `parlor wire`, against a server made of bytes.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Output,
    thread,
};

use tungstenite::handshake::derive_accept_key;

use crate::house::{House, finish, signal, stderr, stdout};

/// Takes one connection, shakes hands and does the rest. Returns the address, and what the client's handshake said.
fn serve(talk: impl FnOnce(TcpStream) + Send + 'static) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/some?path", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        let request = String::from_utf8(request).unwrap();
        let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = derive_accept_key(key.as_bytes());
        write!(
            stream,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .unwrap();
        talk(stream);
        request
    });
    (url, server)
}

fn wire(arguments: &[&str], input: &str) -> Output {
    let house = House::open();
    house.run("ann", &[&["wire"], arguments].concat(), input)
}

/// Fragments a message around a ping, and closes with a reason.
fn restless(mut stream: TcpStream) {
    stream.write_all(b"\x01\x03Hel\x89\x02hi\x80\x02lo\x82\x03\x00\x01\xff\x88\x0a\x03\xf4going on").unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap_or_default();
}

#[test]
fn frames_shows_fragments_pings_and_a_close_with_its_reason_and_meaning() {
    let (url, server) = serve(restless);
    let arguments = [&url, "--frames", "--origin", "https://o.example", "-H", "X-A: b", "-s", "one,two"];
    let shown = wire(&arguments, "");
    let (out, request) = (stdout(&shown), server.join().unwrap());
    assert!(request.starts_with("GET /some?path HTTP/1.1\r\n"), "{request}");
    for header in ["Origin: https://o.example\r\n", "X-A: b\r\n", "Sec-WebSocket-Protocol: one, two\r\n"] {
        assert!(request.contains(header), "{request}");
    }
    let frames: Vec<_> = out.lines().filter(|line| line.contains("RSV")).collect();
    let wanted = [
        ("←", "--- RSV 000 opcode 1 text no mask 3 bytes  48 65 6c  \"Hel\""),
        ("←", "FIN RSV 000 opcode 9 ping no mask 2 bytes  68 69  \"hi\""),
        ("→", "FIN RSV 000 opcode A pong mask "),
        ("←", "FIN RSV 000 opcode 0 continuation no mask 2 bytes  6c 6f  \"lo\""),
        ("←", "FIN RSV 000 opcode 2 binary no mask 3 bytes  00 01 ff"),
        ("←", "1012. Restart: the server restarts; connect again after a moment. Reason: \"going on\""),
        ("→", "FIN RSV 000 opcode 8 close mask "),
    ];
    assert_eq!(frames.len(), wanted.len(), "{out}");
    for (frame, (arrow, wanted)) in frames.iter().zip(wanted) {
        assert!(frame.starts_with(arrow) && frame.contains(wanted), "{frame} is not {wanted}");
    }
    assert!(
        out.contains("→ Sec-WebSocket-Version: 13") && out.contains("← HTTP/1.1 101 Switching Protocols")
    );
    assert!(!out.contains('\u{1b}'), "no colour goes into a pipe");
    assert_eq!(shown.status.code(), Some(1));
    assert!(stderr(&shown).contains("closed with 1012"), "{}", stderr(&shown));
}

#[test]
fn messages_are_put_together_and_printed_without_the_frames() {
    let (url, _server) = serve(restless);
    let shown = wire(&[&url], "");
    assert_eq!(stdout(&shown), "Hello\n00 01 ff\n");
}

/// Answers each short frame with what it says.
fn echo(mut stream: TcpStream) {
    let mut header = [0; 6];
    while stream.read_exact(&mut header).is_ok() {
        let mut payload = vec![0; usize::from(header[1] & 0x7F)];
        stream.read_exact(&mut payload).unwrap();
        for (at, byte) in payload.iter_mut().enumerate() {
            *byte ^= header[2 + at % 4];
        }
        let mut answer = vec![header[0], header[1] & 0x7F];
        answer.extend(&payload);
        let _ = stream.write_all(&answer);
        if header[0] == 0x88 {
            return;
        }
    }
}

#[test]
fn lines_go_out_and_their_answers_come_before_it_ends() {
    let (url, server) = serve(echo);
    let shown = wire(&[&url], "one\n二\n");
    assert_eq!((stdout(&shown), shown.status.code()), ("one\n二\n".into(), Some(0)));
    server.join().unwrap();
    let (url, _server) = serve(echo);
    assert_eq!(stdout(&wire(&[&url, "--hex"], "de ad\n")), "de ad\n");
    let (url, _server) = serve(echo);
    let counted = wire(&[&url, "--every", "20ms", "--count", "3", "tick"], "");
    assert_eq!((stdout(&counted), counted.status.code()), ("tick\ntick\ntick\n".into(), Some(0)));
}

#[test]
fn ctrl_c_closes_with_1000_and_waits_for_the_answer() {
    let (url, server) = serve(|mut stream| {
        stream.write_all(b"\x81\x05ready").unwrap();
        let mut header = [0; 8];
        stream.read_exact(&mut header).unwrap();
        assert_eq!((header[0], header[1]), (0x88, 0x82));
        let code = u16::from_be_bytes([header[6] ^ header[2], header[7] ^ header[3]]);
        assert_eq!(code, 1000);
        stream.write_all(b"\x88\x02\x03\xe8").unwrap();
    });
    let house = House::open();
    let mut child = house.command("ann", &["wire", &url, "--wait", "forever"]).spawn().unwrap();
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    signal(&child, "INT");
    assert_eq!(finish(child).status.code(), Some(130));
    server.join().unwrap();
}

#[test]
fn a_refused_handshake_is_told_with_its_reason() {
    let house = House::open();
    let url = format!("{}/ws", house.url());
    let refused = house.run("ann", &["wire", &url, "--origin", "https://evil.example", "x"], "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("403"), "{}", stderr(&refused));
}

#[test]
fn it_connects_again_if_asked_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    drop(listener);
    let house = House::open();
    let child = house.command("ann", &["wire", &url, "--auto-reconnect", "x"]).spawn().unwrap();
    thread::sleep(std::time::Duration::from_millis(200));
    signal(&child, "TERM");
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(143));
    assert!(stderr(&ended).contains("connecting again in 0.5 s"), "{}", stderr(&ended));
}
