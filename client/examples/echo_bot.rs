//! Answers every message in a room that begins with `!echo`, as a reply.
//!
//! ```sh
//! parlor &                                            # a server on this machine
//! cargo run -p parlor-client --example echo_bot -- ws://127.0.0.1:8080 lobby echo-bot
//! ```
//!
//! The claim secret and the token are kept in `NAME.secret` and `NAME.token` in the working folder.

use std::{env, fs, io, path::Path};

use client::{
    About, AboutKind, Address, ClaimSecret, Client, Event, Message, Options, RoomName, Token, Username,
    new_claim_secret,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let mut argument = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let address: Address = argument("ws://127.0.0.1:8080").parse()?;
    let room: RoomName = argument("lobby").parse()?;
    let username: Username = argument("echo-bot").parse()?;

    let token_file = format!("{username}.token");
    let token = read(Path::new(&token_file))?.map(|text| Token::parse(&text)).transpose()?;
    let secret = claim_secret(Path::new(&format!("{username}.secret")))?;
    let options =
        Options { username: Some(username.clone()), token, secret: Some(secret), ..Options::default() };
    let (client, mut events) = Client::connect(&address, options).await?;
    if let Some(token) = client.token() {
        fs::write(&token_file, token.as_str())?;
    }

    client.join(&room);
    println!("{username} listens in {room}; Ctrl-C ends");
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Message(message)) if message.username != username => answer(&client, &message).await,
                Some(_) => {}
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    client.close().await;
    Ok(())
}

async fn answer(client: &Client, message: &Message) {
    let Some(text) = message.text.strip_prefix("!echo ").map(str::trim).filter(|text| !text.is_empty())
    else {
        return;
    };
    let about = About { seq: message.seq, kind: AboutKind::Reply };
    match client.enqueue(&message.room, text, Some(about)).await.await {
        Ok(posted) => println!("answered #{} with #{}", message.seq, posted.seq),
        Err(failure) => eprintln!("#{} was not answered: {failure}", message.seq),
    }
}

/// The secret is on disk before it is used: if the answer to the claim is lost, the next run can repeat the claim.
fn claim_secret(file: &Path) -> Result<ClaimSecret, Box<dyn std::error::Error>> {
    if let Some(text) = read(file)? {
        return Ok(ClaimSecret::parse(&text)?);
    }
    let secret = new_claim_secret();
    fs::write(file, secret.as_str())?;
    fs::File::open(file)?.sync_all()?;
    Ok(secret)
}

fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
