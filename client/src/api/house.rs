//! People, rooms, rights and acts over HTTP.

use bytes::Bytes;
use form_urlencoded::byte_serialize;
use http_body_util::BodyExt;
use hyper::{Request, body::Incoming, header::ACCEPT};
use shared::{
    Act, InvitationSecret, Keep, RoomName, Seq, Username,
    house::{
        ActDone, Acts, Bars, Bots, Expiring, House, HouseSettings, InvitationOffer, Invitations,
        LookAtInvitation, Me, People, RoomMembers, Rooms,
    },
};
use tokio::time::timeout;

use super::{ANSWER, Api, is_of_type};
use crate::api_error::ApiError;

const JSON_LINES: &str = "application/jsonl";

/// A file that is read in pieces. See [`Api::export_acts`].
#[derive(Debug)]
pub struct Export {
    body: Incoming,
    server: String,
}

impl Export {
    /// The next piece. `None`: the file was read to its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            let frame = timeout(ANSWER, self.body.frame()).await;
            let frame = frame.map_err(|_| self.broken("sent nothing for 15 s"))?;
            match frame.transpose() {
                Ok(None) => return Ok(None),
                Ok(Some(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    // An empty piece, or trailers.
                    _ => {}
                },
                Err(_) => return Err(self.broken("ended the connection")),
            }
        }
    }

    fn broken(&self, what: &str) -> ApiError {
        ApiError::Lost(format!("{} {what} before the export was complete", self.server))
    }
}

impl Api {
    /// Does what changes who may do what. If the answer is lost ([`ApiError::Lost`]), the act may be done or not: the lists
    /// and [`Api::acts`] tell.
    pub async fn act(&self, act: &Act) -> Result<ActDone, ApiError> {
        self.post("/api/acts", act).await
    }

    /// What the server tells everybody about itself.
    pub async fn house(&self) -> Result<House, ApiError> {
        self.get("/api/house").await
    }

    /// Who invites to what. It uses nothing up.
    pub async fn look_at_invitation(&self, secret: &InvitationSecret) -> Result<InvitationOffer, ApiError> {
        self.post("/api/invitations/look", &LookAtInvitation { invitation: secret.clone() }).await
    }

    /// Who the token's owner is, and what they may do.
    pub async fn me(&self) -> Result<Me, ApiError> {
        self.get("/api/me").await
    }

    /// The settings that owners change, for owners.
    pub async fn settings(&self) -> Result<HouseSettings, ApiError> {
        self.get("/api/settings").await
    }

    /// All rooms but the direct ones after this one, with the closed and archived ones, by name, at most 500; for owners.
    pub async fn all_rooms(&self, after: Option<&RoomName>) -> Result<Rooms, ApiError> {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        self.get(&format!("/api/rooms?all=true{after}")).await
    }

    /// The members of a room after this name, and who was removed from it, by name, at most 500 together.
    pub async fn members(&self, room: &RoomName, after: Option<&Username>) -> Result<RoomMembers, ApiError> {
        self.get(&format!("/api/rooms/{room}/members{}", after_name(after))).await
    }

    /// What would go if a room's messages were kept so long. `None`: as long as the house keeps messages. For owners and who has
    /// made the room.
    pub async fn expiring(&self, room: &RoomName, keep: Option<Keep>) -> Result<Expiring, ApiError> {
        let keep = keep.map_or_else(String::new, |keep| format!("?keep={keep}"));
        self.get(&format!("/api/rooms/{room}/expiring{keep}")).await
    }

    /// The accounts after this one, by name, at most 500; for owners and moderators.
    pub async fn people(&self, after: Option<&Username>) -> Result<People, ApiError> {
        self.get(&format!("/api/people{}", after_name(after))).await
    }

    /// The invitations before this number, newest first, at most 500: all, for owners and moderators; for others their own.
    pub async fn invitations(&self, before: Option<Seq>) -> Result<Invitations, ApiError> {
        self.get(&format!("/api/invitations{}", before_number(before))).await
    }

    /// The addresses that are kept out, for owners and moderators.
    pub async fn bars(&self) -> Result<Bars, ApiError> {
        self.get("/api/bars").await
    }

    /// The bots and their webhooks, for owners.
    pub async fn bots(&self) -> Result<Bots, ApiError> {
        self.get("/api/bots").await
    }

    /// The acts before this number, newest first, at most 200; for owners.
    pub async fn acts(&self, before: Option<Seq>) -> Result<Acts, ApiError> {
        self.get(&format!("/api/acts{}", before_number(before))).await
    }

    /// All acts as JSON lines, oldest first; for owners.
    pub async fn export_acts(&self) -> Result<Export, ApiError> {
        let request = Request::get(self.address.with_path("/api/acts/export")).header(ACCEPT, JSON_LINES);
        let response = self.send(request, Bytes::new()).await?;
        if !is_of_type(&response, JSON_LINES) {
            return Err(self.not_parlor());
        }
        Ok(Export { body: response.into_body(), server: self.address.authority() })
    }
}

fn after_name(after: Option<&Username>) -> String {
    after.map_or_else(String::new, |after| {
        let after: String = byte_serialize(after.as_str().as_bytes()).collect();
        format!("?after={after}")
    })
}

fn before_number(before: Option<Seq>) -> String {
    before.map_or_else(String::new, |before| format!("?before={before}"))
}
