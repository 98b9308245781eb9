//! What the routes of the API and those of the lab both use: errors as JSON, and the WebSocket handshake.

mod error;
mod handshake;

pub use error::{ApiBody, ApiError, ApiPath, ApiQuery, BODY_BYTES, RefusedWith};
pub use handshake::{accept, is_upgrade, upgrade};
