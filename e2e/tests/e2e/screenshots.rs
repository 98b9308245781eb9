//! Makes the README's screenshots from the real app:
//! `cargo test -p parlor-e2e -- --ignored pictures`, with the environment that `cargo xtask test --only e2e` sets.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use parlor_e2e::{Server, TestEnvironment, wait_for};

/// The maximum size of a screenshot in the README, in bytes.
const LARGEST: u64 = 200_000;

/// What was said in the morning: room, name, text.
const BEFORE: &[(&str, &str, &str)] = &[
    ("lobby", "Mei", "Good morning! The beta opens on Thursday, so this is the week for small things."),
    ("lobby", "Tomás", "Morning. I'll take the onboarding mail and the two crashes from the weekend."),
    ("lobby", "Aiko", "The French and the Chinese texts are in. 谢谢小明!"),
    ("design", "Lena", "New icons are up, please look at them in dark mode too"),
    ("kitchen", "Tomás", "There is cake. It will not last."),
    ("deploys", "deploy-bot", "staging: 4f2c9e1 is live (38 s)"),
];

#[test]
#[ignore = "it writes the README's pictures into docs/; run by name"]
fn the_pictures_of_the_readme_show_a_believable_afternoon() {
    let environment = TestEnvironment::new();
    let server = &environment.server;
    for (room, name, text) in BEFORE {
        server.post(room, name, text);
    }
    talk(server);
    let _members = ["Mei", "Tomás", "Aiko", "小明", "deploy-bot"].map(|name| follow(server, name));
    let page = environment.signed_in("Noor");
    for room in ["deploys", "design", "kitchen", "lobby"] {
        page.go_to_room(room);
        page.wait_for_room(room);
    }
    server.post("kitchen", "Tomás", "I was right about the cake");
    server.post("kitchen", "Aiko", "I have a photo of the last piece");
    server.post("deploys", "deploy-bot", "production: 4f2c9e1 is live (41 s)");
    server.post("design", "Mei", "@Noor the dark icons are lovely");
    page.wait_for_message("See you at four, then. ☕\u{FE0F}");
    wait_for("the badges", || page.badge_of("design"));
    wait_for("the members", || (page.count("[data-testid='member']") == 6).then_some(()));
    page.to_composer();
    page.browser.type_keys("I'll bring the icons as a sticker sheet");

    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").join("docs");
    for (scheme, name) in [("light", "screenshot.png"), ("dark", "screenshot-dark.png")] {
        page.browser.prefer(scheme);
        // The pointer is moved away, and animations have finished.
        page.browser.hover(".bar-room");
        let settled = "const done = arguments[0];
            Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})))
                .then(() => requestAnimationFrame(() => done(true)))";
        page.browser.run_async(settled, &[]);
        let file = docs.join(name);
        page.browser.screenshot(&file).expect("docs/ can be written");
        let size = fs::metadata(&file).expect("it was written").len();
        assert!(size < LARGEST, "{name} has {size} bytes");
    }
}

/// Today's conversation in the lobby.
fn talk(server: &Server) {
    let say = |name: &str, text: &str| server.post("lobby", name, text).seq;
    server.post_unproven(
        "lobby",
        "ci-bot",
        "main is green: **412 tests**, 3 min 20 s · https://ci.example.org/runs/8812",
    );
    let crash = say(
        "Tomás",
        "Found the weekend's crash. It was the retry: the second attempt had a new id, so the server stored it twice.\n```\npost(id: new_id(), text)   // each try\npost(id, text)             // the same id\n```",
    );
    let fixed = server
        .post_about("lobby", "Mei", "Beautiful, a one-line fix. Shipping it today?", crash, "reply")
        .seq;
    for (name, emoji) in [("Mei", "🎉"), ("Aiko", "🎉"), ("小明", "🎉"), ("Aiko", "👀")] {
        server.post_about("lobby", name, emoji, crash, "reaction");
    }
    say("Tomás", "Already on staging.");
    server.post_about("lobby", "小明", "👍", fixed, "reaction");
    say("小明", "中文界面我也检查过了，没有问题。@Noor 新图标很好看！");
    say("Aiko", "Then we are ready a day early. Coffee on the roof?");
    say("Mei", "See you at four, then. ☕\u{FE0F}");
}

/// A member of the room: a WebSocket that is kept open.
fn follow(server: &Server, name: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).expect("the server listens");
    let request = format!(
        "GET /ws?room=lobby HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address(),
        Server::token(name)
    );
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("the server answers");
    assert_eq!(&answer, b"HTTP/1.1 101", "a WebSocket");
    stream
}
