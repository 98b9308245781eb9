//! `parlor wire`, against servers that keep the rules of RFC 6455 and servers that break them.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Output,
    thread,
    time::{Duration, Instant},
};

use crate::{
    fake::{FakeServer, shake_hands},
    screen::Screen,
    server::{DEAD_URL, TestServer, finish, parlor, signal, stderr, stdout},
};

/// Takes one connection, performs the handshake and does the rest. Returns the address, and the client's request.
fn serve(talk: impl FnOnce(TcpStream) + Send + 'static) -> (String, thread::JoinHandle<String>) {
    let server = FakeServer::open();
    let url = format!("{}/some?path", server.url);
    let peer = thread::spawn(move || {
        let mut stream = server.accept();
        let request = shake_hands(&mut stream, "");
        talk(stream);
        request
    });
    (url, peer)
}

fn wire(arguments: &[&str], input: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut child = parlor(folder.path(), &[&["wire"], arguments].concat()).spawn().unwrap();
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    finish(child)
}

/// Sends a message in fragments with a ping between them, and closes with a reason.
fn fragments_and_close(mut stream: TcpStream) {
    stream.write_all(b"\x01\x03Hel\x89\x02hi\x80\x02lo\x82\x03\x00\x01\xff\x88\x0a\x03\xf4going on").unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap_or_default();
}

#[test]
fn frames_shows_fragments_pings_and_a_close_with_its_reason_and_meaning() {
    let (url, server) = serve(fragments_and_close);
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
        ("←", "1012. Restart: the server restarts; connect again after a moment.  Reason: \"going on\""),
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
fn messages_are_assembled_and_printed_without_the_frames() {
    let (url, _server) = serve(fragments_and_close);
    let shown = wire(&[&url], "");
    assert_eq!(stdout(&shown), "Hello\n00 01 ff\n");
}

/// What a client sends after this: each frame's first byte and its payload.
fn read_frames(stream: &mut TcpStream) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    let mut header = [0; 6];
    while stream.read_exact(&mut header).is_ok() {
        assert_eq!(header[1] & 0x80, 0x80, "a client's frames are masked");
        let mut payload = vec![0; usize::from(header[1] & 0x7F)];
        assert!(payload.len() < 126, "only short frames are expected");
        stream.read_exact(&mut payload).unwrap();
        payload.iter_mut().enumerate().for_each(|(at, byte)| *byte ^= header[2 + at % 4]);
        let is_close = header[0] == 0x88;
        frames.push((header[0], payload));
        if is_close {
            break;
        }
    }
    frames
}

#[test]
fn whatever_the_server_breaks_it_is_told_and_closed_with_the_code_for_it_and_the_exit_code_is_1() {
    let mut long_ping = vec![0x89, 126, 0, 126];
    long_ping.extend([b'x'; 126]);
    let breaches: [(&str, Vec<u8>, u16); 10] = [
        ("a control frame has at most 125 bytes", long_ping, 1002),
        ("this close code must not be sent", b"\x88\x02\x03\xee".to_vec(), 1002),
        ("this close code must not be sent", b"\x88\x02\x03\xed".to_vec(), 1002),
        ("a close code has two bytes", b"\x88\x01\x03".to_vec(), 1002),
        ("frames are not masked", b"\x81\x82abcd\x09\x0b".to_vec(), 1002),
        ("reserved bits are set", b"\xc1\x02hi".to_vec(), 1002),
        ("opcode has no meaning", b"\x83\x00".to_vec(), 1002),
        ("a control frame is never fragmented", b"\x09\x00".to_vec(), 1002),
        ("a continuation came without a beginning", b"\x80\x02hi".to_vec(), 1002),
        ("a text message is not UTF-8", b"\x81\x01\xff".to_vec(), 1007),
    ];
    for (words, bytes, code) in breaches {
        let server = FakeServer::open();
        let url = server.url.clone();
        let peer = thread::spawn(move || {
            let mut stream = server.accept();
            shake_hands(&mut stream, "");
            stream.write_all(&bytes).unwrap();
            read_frames(&mut stream)
        });
        let shown = wire(&[&url, "--wait", "forever"], "");
        let (opcode, payload) = peer.join().unwrap().pop().unwrap();
        assert_eq!((opcode, payload.get(..2)), (0x88, Some(&code.to_be_bytes()[..])), "{words}");
        assert_eq!(shown.status.code(), Some(1), "{words}");
        assert!(stderr(&shown).contains(words), "{words}: {}", stderr(&shown));
    }
}

#[test]
fn a_choice_of_the_server_that_was_not_offered_is_told() {
    for (headers, words) in [
        ("Sec-WebSocket-Protocol: chat\r\n", "the subprotocol \"chat\", which was not offered"),
        (
            "Sec-WebSocket-Extensions: permessage-deflate\r\n",
            "the extension \"permessage-deflate\", which was not",
        ),
    ] {
        let server = FakeServer::open();
        let url = server.url.clone();
        let peer = thread::spawn(move || {
            let mut stream = server.accept();
            shake_hands(&mut stream, headers);
            let _ = stream.read(&mut [0; 64]);
        });
        let shown = wire(&[&url, "hello"], "");
        assert_eq!(shown.status.code(), Some(1));
        assert!(stderr(&shown).contains(words), "{}", stderr(&shown));
        peer.join().unwrap();
    }
}

/// Returns each short frame.
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
fn lines_are_sent_and_their_answers_come_before_it_ends() {
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
fn a_text_that_was_answered_does_not_cost_the_whole_wait() {
    let (url, _server) = serve(echo);
    let started = Instant::now();
    assert_eq!(stdout(&wire(&[&url, "hello"], "")), "hello\n");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[test]
fn as_much_of_a_frame_is_shown_as_was_asked_for() {
    let text: String = ('a'..='z').chain('A'..='Z').chain('a'..='z').collect();
    let shown = |arguments: &[&str]| {
        let (url, _server) = serve(echo);
        stdout(&wire(&[&[url.as_str(), "--frames", &text], arguments].concat(), ""))
    };
    assert!(shown(&[]).contains(&format!("{:?}", &text[..64])));
    assert!(shown(&["--bytes", "all"]).contains(&format!("{text:?}")));
    assert!(shown(&["--bytes", "2"]).contains("61 62 …  \"ab\""));
}

#[test]
fn close_codes_of_an_application_are_explained_in_parlors_words_only_at_its_rooms() {
    for (path, words) in
        [("/ws", "On Parlor's /ws: Write timeout"), ("/feed", "A code of the application's own.")]
    {
        let server = FakeServer::open();
        let url = format!("{}{path}", server.url);
        let peer = thread::spawn(move || {
            let mut stream = server.accept();
            shake_hands(&mut stream, "");
            stream.write_all(b"\x88\x0e\x0f\xa1unauthorized").unwrap();
            read_frames(&mut stream)
        });
        let shown = wire(&[&url], "");
        assert!(
            stderr(&shown).contains(words) && stderr(&shown).contains("unauthorized"),
            "{}",
            stderr(&shown)
        );
        assert_eq!(peer.join().unwrap(), [(0x88, vec![0x0F, 0xA1])]);
    }
}

#[test]
fn in_a_terminal_lines_are_edited_and_called_back_while_answers_are_printed() {
    let server = TestServer::open();
    let echo = format!("{}/lab/echo", server.url());
    let mut screen = Screen::open(&server, "ann", &["wire", &echo], (12, 60));
    screen.await_text("\n>\n");
    screen.press("helo\x1b[Dl\r");
    screen.await_text("hello\n>\n");
    screen.press("\x1b[A!\r");
    screen.await_text("hello\nhello!\n>\n");
    screen.press("\x04");
    assert_eq!(screen.exit_code(), Some(0));
    let mut screen = Screen::open(&server, "ann", &["wire", &echo], (12, 60));
    screen.await_text("\n>\n");
    screen.press("unsent\x03");
    assert_eq!(screen.exit_code(), Some(130));
}

#[test]
fn ctrl_c_closes_with_1000_and_waits_for_the_answer() {
    let (url, server) = serve(|mut stream| {
        stream.write_all(b"\x81\x05ready").unwrap();
        assert_eq!(read_frames(&mut stream), [(0x88, 1000_u16.to_be_bytes().to_vec())]);
        stream.write_all(b"\x88\x02\x03\xe8").unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let mut child = parlor(folder.path(), &["wire", &url, "--wait", "forever"]).spawn().unwrap();
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    signal(&child, "INT");
    assert_eq!(finish(child).status.code(), Some(130));
    server.join().unwrap();
}

#[test]
fn a_refused_handshake_is_told_with_its_reason() {
    let server = TestServer::open();
    let url = format!("{}/ws", server.url());
    let refused = server.run("ann", &["wire", &url, "--origin", "https://evil.example", "x"], "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("403"), "{}", stderr(&refused));
}

#[test]
fn it_connects_again_if_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let child = parlor(folder.path(), &["wire", DEAD_URL, "--auto-reconnect", "x"]).spawn().unwrap();
    thread::sleep(Duration::from_millis(200));
    signal(&child, "TERM");
    let ended = finish(child);
    assert_eq!(ended.status.code(), Some(143));
    assert!(stderr(&ended).contains("connecting again in 0.5 s"), "{}", stderr(&ended));
}
