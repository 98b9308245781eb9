//! The operator's commands against a server that lets in who was invited.

mod bots;
mod people;
mod rooms;
mod server;
