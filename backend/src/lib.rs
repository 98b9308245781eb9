//! Parlor server.
