//! Clients by others: Python's `websockets` and Node's `ws`, as their users run them.
//!
//! Their languages' package managers install them once into the tools folder. If a language is missing, its test says so and
//! ends; in CI it fails.

use std::{env, path::PathBuf, process::Stdio};

use tokio::process::Command;

use crate::{bound::soon, server::TestServer, web};

const PYTHON: &str = r#"
import asyncio, json, sys, websockets

async def main(address):
    async with websockets.connect(f"ws://{address}/ws?username=py") as ws:
        await ws.send(json.dumps({"username": "py", "text": "from Python 你好"}))
        print(json.loads(await ws.recv())["text"])
        await ws.send("plain text")
        print(json.loads(await ws.recv())["text"])
    async with websockets.connect(f"ws://{address}/ws?after=1") as ws:
        print(json.loads(await ws.recv())["text"])
    async with websockets.connect(f"ws://{address}/lab/echo") as ws:
        await ws.send(["a ", "fragmented ", "message"])
        print(await ws.recv())
        await ws.send(b"\x00\xff")
        print((await ws.recv()).hex())
        await (await ws.ping())
        await ws.close(3000, "done")
        print(ws.close_code, ws.close_reason)
    async with websockets.connect(f"ws://{address}/lab/worker") as ws:
        await ws.send("job")
        print((await ws.recv()).decode())

asyncio.run(main(sys.argv[1]))
"#;

const NODE: &str = r#"
const WebSocket = require("ws");
const address = process.argv[2];
const open = (path) => new Promise((done, failed) => {
  const ws = new WebSocket(`ws://${address}${path}`);
  ws.on("open", () => done(ws));
  ws.on("error", failed);
});
const next = (ws) => new Promise((done) => ws.once("message", (data, binary) => done(binary ? data.toString("hex") : data.toString())));
(async () => {
  const room = await open("/ws?username=node");
  let heard = next(room);
  room.send(JSON.stringify({ text: "from Node 你好" }));
  console.log(JSON.parse(await heard).text);
  const echo = await open("/lab/echo");
  heard = next(echo);
  echo.send(Buffer.from([0, 255]));
  console.log(await heard);
  const number = await open("/lab/number");
  heard = next(number);
  number.send('{"Num": 7}');
  console.log(await heard);
  const pong = new Promise((done) => echo.once("pong", done));
  echo.ping();
  await pong;
  const closed = new Promise((done) => echo.once("close", (code, reason) => done(`${code} ${reason}`)));
  echo.close(3000, "done");
  console.log(await closed);
  room.close();
  number.close();
})();
"#;

/// Where tools are cached, as `cargo xtask` caches its own.
fn tools() -> PathBuf {
    let from = |name: &str| env::var_os(name).map(PathBuf::from);
    from("PARLOR_TOOLS")
        .or_else(|| Some(from("XDG_CACHE_HOME")?.join("parlor/tools")))
        .or_else(|| Some(from("HOME")?.join(".cache/parlor/tools")))
        .unwrap_or_else(env::temp_dir)
}

/// Runs a program to its end and returns its output. `None`: there is no such program.
async fn run(mut command: Command) -> Option<String> {
    let child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn();
    let output = child.ok()?.wait_with_output().await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn missing(what: &str) {
    assert!(env::var_os("CI").is_none(), "{what} is missing, and CI has it");
    eprintln!("not tested: {what} is missing");
}

#[tokio::test]
async fn a_python_program_talks_in_a_room_and_with_the_lab() {
    let folder = tools().join("python-websockets-15.0.1");
    if !folder.exists() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&folder).arg("websockets==15.0.1");
        if run(pip).await.is_none() {
            return missing("python3");
        }
    }
    let server = TestServer::open().await;
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", &folder).env("PYTHONIOENCODING", "utf-8").args(["-c", PYTHON]);
    python.arg(server.address.to_string());
    let said = soon("the end of the Python program", run(python)).await.expect("it was there a moment ago");
    let expected =
        "from Python 你好\nplain text\nplain text\na fragmented message\n00ff\n3000 done\njob done\n";
    assert_eq!(said, expected);
    let stored = web::get(server.address, "/api/rooms/lobby/messages").await.messages();
    assert_eq!(stored.len(), 2);
}

#[tokio::test]
async fn a_node_program_talks_in_a_room_and_with_the_lab() {
    let folder = tools().join("node-ws-8.18.3");
    if !folder.exists() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg("ws@8.18.3");
        if run(npm).await.is_none() {
            return missing("npm");
        }
    }
    let server = TestServer::open().await;
    let mut node = Command::new("node");
    node.env("NODE_PATH", folder.join("node_modules")).args(["-e", NODE, "--", ""]);
    node.arg(server.address.to_string());
    let said = soon("the end of the Node program", run(node)).await.expect("npm comes with node");
    assert_eq!(said, "from Node 你好\n00ff\n{\"Num\":7}\n3000 done\n");
}
