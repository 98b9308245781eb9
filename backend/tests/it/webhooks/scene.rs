//! A house with a bot that has webhooks, and the API as an owner calls it.

use std::{net::SocketAddr, path::Path};

use backend::token::Key;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::TO_PRIVATE;
use crate::{
    bound::soon,
    receiver::Receiver,
    server::TestServer,
    web::{Answer, Web},
};

/// A caller of the API with a token.
pub(super) struct Api {
    pub(super) address: SocketAddr,
    pub(super) bearer: String,
}

impl Api {
    /// The operator of the server with this data folder.
    pub(super) fn operator(address: SocketAddr, folder: &Path) -> Self {
        Self::with_token(address, Key::load_or_make(folder).unwrap().sign_operator().as_str())
    }

    pub(super) fn with_token(address: SocketAddr, token: &str) -> Self {
        Self { address, bearer: format!("Bearer {token}") }
    }

    pub(super) async fn request(&self, method: Method, path: &str, body: String) -> Answer {
        let headers = [("authorization", self.bearer.as_str())];
        Web::connect(self.address).await.request(method, path, &headers, body).await
    }

    /// Does an act, which must succeed.
    pub(super) async fn act(&self, act: Value) -> Value {
        let answer = self.request(Method::POST, "/api/acts", act.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{act}: {}", answer.body);
        answer.json()
    }

    /// Posts into the lobby, and tells the seq.
    pub(super) async fn post(&self, body: Value) -> u64 {
        let answer = self.request(Method::POST, "/api/rooms/lobby/messages", body.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()["seq"].as_u64().unwrap()
    }

    pub(super) async fn say(&self, text: &str) -> u64 {
        self.post(json!({ "text": text })).await
    }

    /// Makes a bot of the lobby. The caller that has its token.
    pub(super) async fn add_bot(&self, name: &str) -> Self {
        let made = self.act(json!({"act": "add_bot", "username": name, "rooms": ["lobby"]})).await;
        Self::with_token(self.address, made["token"].as_str().unwrap())
    }

    /// Makes a webhook of the bot `deploy-bot` in the lobby. Its number and secret.
    pub(super) async fn add_webhook(&self, when: &str, url: &str) -> (u64, String) {
        let act = json!({"act": "add_webhook", "username": "deploy-bot", "room": "lobby", "when": when, "url": url});
        let made = self.act(act).await;
        (made["number"].as_u64().unwrap(), made["webhook_secret"].as_str().unwrap().to_owned())
    }

    /// A webhook as it is listed.
    pub(super) async fn webhook(&self, number: u64) -> Value {
        let bots = self.request(Method::GET, "/api/bots", String::new()).await.json();
        let bots = bots["bots"].as_array().unwrap().clone();
        let mut all = bots.iter().flat_map(|bot| bot["webhooks"].as_array().unwrap());
        all.find(|webhook| webhook["number"] == number).unwrap().clone()
    }

    /// A webhook, once it is listed in this state.
    pub(super) async fn webhook_that_is(&self, number: u64, state: &str) -> Value {
        soon(&format!("a webhook that is {state}"), async {
            loop {
                let webhook = self.webhook(number).await;
                if webhook["state"] == state {
                    return webhook;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }
}

/// A server with a lobby, `ann` who talks there and the bot `deploy-bot`, and a receiver.
pub(super) struct Scene {
    pub(super) server: TestServer,
    pub(super) operator: Api,
    pub(super) ann: Api,
    pub(super) bot: Api,
    pub(super) receiver: Receiver,
}

impl Scene {
    pub(super) async fn open() -> Self {
        let server = TestServer::with_flags(TO_PRIVATE).await;
        let operator = Api::operator(server.address, server.folder());
        let (ann, bot) = lobby(&operator).await;
        Self { server, operator, ann, bot, receiver: Receiver::open().await }
    }
}

/// Makes the lobby, and two bots in it: one has webhooks, and the other one talks.
pub(super) async fn lobby(operator: &Api) -> (Api, Api) {
    operator.act(json!({"act": "make_room", "room": "lobby", "kind": "open"})).await;
    let bot = operator.add_bot("deploy-bot").await;
    (operator.add_bot("ann").await, bot)
}
