//! The server's promises, kept by the real server over real sockets and real files.
//!
//! Each test opens a server of its own on port 0 with a log in a temporary folder: in this process where that is enough,
//! the `parlor` binary as a child where a start, a signal or a sudden death is what counts. Nothing sleeps to let
//! things happen: what is awaited is an event, for at most [`bound::PATIENCE`]. That nothing happens is shown by asking
//! for something that comes behind it.
//!
//! | file | what it is |
//! |---|---|
//! | `bound.rs` | the one time limit, and chance from a seed |
//! | `server.rs` | a server in this process |
//! | `child.rs` | the `parlor` binary as a child |
//! | `cut_short.rs` | commands that end at a chosen step |
//! | `client.rs` | a WebSocket client that sees the frames |
//! | `receiver.rs` | a receiver of webhooks |
//! | `wire.rs` | bytes on a TCP connection, as no proper client would send them |
//! | `web.rs` | an HTTP client, with Server-Sent Events |
//! | `follower.rs` | a reader and writer with [`shared::Client`], as the browser is one |
//! | `house.rs` | an invited house with somebody in every role |
//! | `history.rs` | what people really said, to be posted and imported |
//! | `jwt.rs` | tokens of an application that every server knows |
//! | `signer.rs` | signatures of every algorithm, as applications make them |
//! | `metrics.rs` | what a server answers at `/metrics` |
//! | `log_file.rs` | the log as it is in its SQLite file |
//! | the rest | a file for each behaviour |

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod bound;
mod child;
mod client;
mod cut_short;
mod follower;
mod history;
mod house;
mod imported;
mod jwt;
mod log_file;
mod metrics;
mod receiver;
mod server;
mod signer;
mod web;
mod wire;

mod about;
mod api;
mod application_keys;
mod application_page;
mod autobahn;
mod backing_up;
mod broken_disk;
mod checking;
mod damaged;
mod device_links;
mod drain;
mod events;
mod exporting;
mod fairness;
mod foreign;
mod frozen;
mod handshake;
mod hearing;
mod hosts;
mod importing;
mod invitations;
mod joining;
mod killed;
mod lab;
mod leaving;
mod live;
mod long_lists;
mod naming;
mod observing;
mod operations;
mod operators;
mod packaging;
mod paging;
mod patience;
mod plain;
mod posting;
mod presence;
mod refusing;
mod restoring;
mod retention;
mod rights;
mod roles;
mod rules;
mod seen;
mod sessions_end;
mod slow;
mod starting;
mod tokens;
mod ways_around;
mod ways_in;
mod webhooks;
