//! A server inside of the page: it answers requests and frames as a test says.

use std::cell::RefCell;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};

/// Replaces `fetch` and `WebSocket`. An answer to a frame that is a number closes the socket with this code. Drivers of other tests
/// that nobody has stopped try to connect to port 9 from time to time: they are not answered, as ever.
const FAKE: &str = "
    const real = { fetch: window.fetch, WebSocket: window.WebSocket };
    window.asked = [];
    window.said = [];
    window.sockets = [];
    window.fetch = (path, init) => {
        const token = init?.headers?.get('authorization') ?? '';
        window.asked.push(`${path} ${token} ${init?.body ?? ''}`);
        const answer = window.answerRequest(path, init?.body ?? '');
        if (answer === undefined) return Promise.reject(new TypeError('Failed to fetch'));
        return Promise.resolve(new Response(answer.slice(4), { status: Number(answer.slice(0, 3)) }));
    };
    window.WebSocket = class extends EventTarget {
        readyState = 0;
        constructor(url) {
            super();
            if (String(url).startsWith('ws://127.0.0.1:9/')) return new real.WebSocket(url);
            window.sockets.push(url);
            setTimeout(() => { this.readyState = 1; this.dispatchEvent(new Event('open')); });
        }
        send(text) {
            window.said.push(text);
            const answer = window.answerFrame(text, '');
            if (answer === undefined) return;
            setTimeout(() => this.dispatchEvent(/^[0-9]+$/.test(answer)
                ? new CloseEvent('close', { code: Number(answer) })
                : new MessageEvent('message', { data: answer })));
        }
        close() { this.readyState = 3; }
    };
    return real;";

type Answer = Closure<dyn FnMut(String, String) -> Option<String>>;

/// The server. The page has its own `fetch` and `WebSocket` again when it is dropped.
pub(crate) struct Fake {
    real: JsValue,
    page: JsValue,
    _answers: [Answer; 2],
}

impl Fake {
    /// A server. A request, with its path and body, is answered by `200 {…}`, and a frame by a frame.
    pub(crate) fn new(
        request: impl Fn(&str, &str) -> Option<String> + 'static,
        frame: impl Fn(&str) -> Option<String> + 'static,
    ) -> Self {
        let real = Function::new_no_args(FAKE).call0(&JsValue::NULL).expect("the script runs");
        let answers: [Answer; 2] = [
            Closure::new(move |path: String, body: String| request(&path, &body)),
            Closure::new(move |text: String, _: String| frame(&text)),
        ];
        for (name, answer) in ["answerRequest", "answerFrame"].into_iter().zip(&answers) {
            let _ = Reflect::set(&window(), &name.into(), answer.as_ref());
        }
        Self { real, page: window(), _answers: answers }
    }

    /// A server without frames.
    pub(crate) fn of_requests(request: impl Fn(&str, &str) -> Option<String> + 'static) -> Self {
        Self::new(request, |_| None)
    }

    /// The requests that came: path, authorization and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.list("asked")
    }

    /// The frames that came.
    pub(crate) fn frames(&self) -> Vec<String> {
        self.list("said")
    }

    fn list(&self, name: &str) -> Vec<String> {
        let list: Array = Reflect::get(&self.page, &name.into()).expect("it is there").unchecked_into();
        list.iter().filter_map(|one| one.as_string()).collect()
    }

    /// How many sockets were opened.
    pub(crate) fn sockets(&self) -> usize {
        self.list("sockets").len()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        for name in ["fetch", "WebSocket"] {
            let real = Reflect::get(&self.real, &name.into()).expect("it was kept");
            let _ = Reflect::set(&window(), &name.into(), &real);
        }
    }
}

fn window() -> JsValue {
    web_sys::window().expect("tests run in a page").into()
}

thread_local! {
    static CLAIMED: RefCell<u32> = const { RefCell::new(0) };
}

/// A `welcome` for this name, with a token of its own.
pub(crate) fn welcome(username: &str, role: shared::Role) -> String {
    let number = CLAIMED.with_borrow_mut(|claimed| {
        *claimed += 1;
        *claimed
    });
    shared::FromServer::Welcome {
        username: crate::fixtures::user(username),
        token: shared::Token::parse(&format!("token-{number}")).ok(),
        session: "s".to_owned(),
        heartbeat_ms: 25_000,
        limits: shared::Limits::default(),
        rooms: Vec::new(),
        role,
        access: shared::house::Access::Open,
    }
    .encode()
}

/// A `refused` without a room.
pub(crate) fn refused(code: shared::RefusalCode) -> String {
    shared::FromServer::Refused(shared::Refusal::new(code, "for a reason")).encode()
}
